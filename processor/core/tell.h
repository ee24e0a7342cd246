/* tell — what one conversation has to say to another goes through the log, as an event of its own.
 *
 *     step of A ──tell_event()──▶ effects->events ──shell──▶ `events`, partition of B ──▶ step of B
 */
#ifndef PROCESSOR_CORE_TELL_H
#define PROCESSOR_CORE_TELL_H

#include "base/err.h"
#include "processor/core/context.h"

/* Appends an event for the conversation `key`, of the same account, from the processor, now.
 *
 * id         no other event has it: duplicates are told by it; borrowed until the step is written
 * ret_event  for its body to be filled in; valid until the next event is appended
 * ARENA_FULL. */
MUST_USE err_t tell_event(struct context *ctx, enum event_type type, struct slice key,
                          struct slice id, struct event **ret_event);
/* An id of such an event: of WORD, the conversation that tells and the event that makes it do so.
 * In the arena. ARENA_FULL. */
MUST_USE err_t tell_id(struct context *ctx, const char *word, struct slice *ret_id);

#endif
