/* outcomes — what egress tells of a command, taken in once.
 *
 *   told by an owner before the last takeover   applied: a fact, it counts
 *                                               anything else: the new owner tells its own
 *   first outcome of an effect                  counts: what it waits for is settled
 *   "applied" after it was given up             the better news: what can still be saved is
 *   all else                                    told before, or of an effect that no longer matters
 *
 * Each writing of a command has an outcome of its own (a redrive writes it again), named by its
 * offset. What was decided for an older episode, attempt or owner epoch is not decided again: such
 * an outcome is taken off the list of what is outstanding, and nothing else follows. */
#ifndef PROCESSOR_CORE_OUTCOMES_H
#define PROCESSOR_CORE_OUTCOMES_H

#include "base/err.h"
#include "processor/core/context.h"

/* Takes in the outcome that the event of `ctx` is. */
MUST_USE err_t outcomes_take(struct context *ctx);
/* Of a conversation that goes into another: its end is noted and leads to nothing. */
void outcomes_note(struct context *ctx);

#endif
