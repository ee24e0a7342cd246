/* waits — what waits in vain comes to an end, where its store says after how long.
 *
 *     handed over live ──▶ nobody took it ──▶ told; goes on waiting, or a ticket, or the bot
 *     bot has it, nothing left to do ──▶ customer silent ──▶ told; released, or ended
 *
 * A timer runs exactly while what it waits for is still to come: each step looks at the state that
 * it leaves behind, so there is no way out of a situation that forgets its timer. Who took a
 * conversation is known by a human's word: control alone passes to a queue. Tickets wait without
 * end, as mail does. Feature rows 103, 107; docs/TIME.md has it for users. */
#ifndef PROCESSOR_CORE_WAITS_H
#define PROCESSOR_CORE_WAITS_H

#include "base/err.h"
#include "processor/core/context.h"

/* Sets and cancels the timers; called at the end of every step that changed the state.
 * before  how far the hand-over had come when the step began */
MUST_USE err_t waits_continue(struct context *ctx, enum handover before);
/* One of the two is due. */
MUST_USE err_t waits_timer(struct context *ctx, const struct timer_fired *timer);

#endif
