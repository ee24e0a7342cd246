/* transcript — nothing of what was said is lost before a human has got it.
 *
 *     said ─▶ history of the state (20 short turns) ─falls out, or is too long─▶ chunks beside it
 *     a human is called ─▶ owed ─the ticket is known─▶ internal notes (render_transcript.h)
 *                                                      ─▶ the chunks go, what comes later is new
 *
 * Only for stores that want it: else nothing is kept and no byte of a state differs. What falls out
 * goes in groups, so that a chunk is written once in many turns. A step says which chunks stand
 * differently behind it; the shell writes them in the transaction of the state. Beyond the limits
 * the oldest turns are cut, counted, and the note says how many. Feature row 85, decision 0021. */
#ifndef PROCESSOR_CORE_TRANSCRIPT_H
#define PROCESSOR_CORE_TRANSCRIPT_H

#include "base/err.h"
#include "event/transcript.h"
#include "processor/core/context.h"

#include <stdbool.h>

/* The store wants it. */
bool transcript_is_on(const struct context *ctx);
/* Something is said and comes into the history next: what has no room there is kept first. True:
 * it is kept whole itself, and so all that will stand in the history then. */
bool transcript_keep(struct context *ctx, const struct transcript_entry *said);
/* A human was called: the ticket gets all of it, as soon as there is one. */
void transcript_owe(struct context *ctx);
/* The hand-over has its ticket. */
void transcript_due(struct context *ctx);
/* What was said in a conversation that goes into this one, before its history is joined; its own
 * chunks stay behind and count as cut. */
void transcript_absorb(struct context *ctx, const struct conversation *other);
/* All of it goes. ARENA_FULL. */
MUST_USE err_t transcript_forget(struct context *ctx);
/* The end of a step: hands over what is due, else writes what had no room.
 * ARENA_FULL, NO_MEMORY, BUF_FULL. */
MUST_USE err_t transcript_finish(struct context *ctx);

#endif
