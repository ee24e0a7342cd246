/* turns — what the bot is asked, and what becomes of its answer.
 *
 *     pending: [ m1 m2 | m3 ]      turn: none ─▶ asked ─▶ speaking ─▶ none ─▶ …
 *                covers                             └▶ deferred ┘
 *
 * Messages that no answer has covered travel together in one turn, sorted by the time Zendesk
 * received them; one turn is outstanding at a time; it ends when each of its words has an outcome,
 * and what came meanwhile makes the next one. An answer that comes for another turn or an older
 * owner epoch is dropped. Feature rows 4, 49, 60. */
#ifndef PROCESSOR_CORE_TURNS_H
#define PROCESSOR_CORE_TURNS_H

#include "base/err.h"
#include "processor/core/context.h"

/* Takes a customer's message (or pressed button) of this event in; starts nothing. */
MUST_USE err_t turns_take_message(struct context *ctx);
/* The same for one that came another way. */
void turns_take_pending(struct context *ctx, const struct pending_message *message);
/* Looks whether these words call a human. */
MUST_USE err_t turns_customer_wrote(struct context *ctx, struct slice text);
/* Whatever is held back is said to a human, not to the bot: from now on it is history. */
void turns_settle(struct context *ctx);
/* The same for the first `count` of it, which no turn covers. */
void turns_settle_first(struct context *ctx, size_t count);
/* A word that still waits in a conversation that has ended is nobody's: noted, and history. */
void turns_after_end(struct context *ctx);
/* Remembers what somebody else said in the conversation. */
void turns_take_history(struct context *ctx, enum speaker speaker, struct slice text, wall_ms_t at);
/* Says the welcome if nothing was said yet and the bot may speak. */
MUST_USE err_t turns_welcome(struct context *ctx);
/* Starts the next turn if the bot may speak and something waits. Called at the end of every step.
 */
MUST_USE err_t turns_continue(struct context *ctx);

/* Forgets the outstanding turn, and its timer: its answer will be stale. What was said stays said.
 */
void turns_drop(struct conversation *state);

/* The bot's answer to turn `turn`, from an outcome or a later reply. */
MUST_USE err_t turns_answered(struct context *ctx, struct slice turn,
                              const struct bot_answer *answer);
/* The files of a bot's answer, said behind its `words` messages, which it counts on; is_last: told
 * at a hand-over. */
MUST_USE err_t turns_say_files(struct context *ctx, const struct bot_answer *answer, bool is_last,
                               uint32_t *words);
/* The outcome of a bot turn, or of one of its words. */
MUST_USE err_t turns_outcome(struct context *ctx, const struct outcome *outcome);
/* The time of a deferred turn is over. */
MUST_USE err_t turns_timer(struct context *ctx, const struct timer_fired *timer);

#endif
