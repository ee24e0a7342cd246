/* handoff — a human is called, once an episode, and what the human finds.
 *
 *   messaging   fence ─▶ notice ─▶ summary (silent) ─▶ pass control ──refused──▶ told, ticket
 *   ticket      fence ─▶ notice ─▶ one update: unassigned, summary as internal note
 *
 * How a human is called, how urgently and under which tags is each rule's own outcome (ways.h).
 * Where all that holds is a text, that is told, once an episode each, and the bot goes on.
 *
 * A second reason in the same episode is recorded and calls nobody again. Where the live way fails
 * the customer is told and a ticket is made, one an episode; where that fails too, the bot goes on
 * and the next hand-over counts as another attempt. Where nobody can tell whether control was
 * passed, Zendesk is asked before anything is said. Feature rows 10, 58, 78, 84, 86, 87, 103. */
#ifndef PROCESSOR_CORE_HANDOFF_H
#define PROCESSOR_CORE_HANDOFF_H

#include "base/err.h"
#include "processor/core/context.h"

#include <stdint.h>

/* Does what follows from these reasons (REASON_BITs; 0 = nothing): calls a human, or tells a text.
 * answer  of the bot, whose last words go out first, whose reason and summary are used; NULL = none
 */
MUST_USE err_t handoff_call(struct context *ctx, uint32_t reasons, const struct bot_answer *answer);
/* The way into Conversations is made: what is left of a live hand-over. */
MUST_USE err_t handoff_bridged(struct context *ctx);
/* Whether an agent is online is known (agents.h): the hand-over goes on as it was called, or by a
 * ticket. CHECK: a store and its account. */
MUST_USE err_t handoff_go_on(struct context *ctx);
MUST_USE err_t handoff_by_ticket(struct context *ctx);
/* The live way has failed: told, and a ticket instead. */
MUST_USE err_t handoff_live_failed(struct context *ctx);
/* False where only a text would follow. */
bool handoff_would_call(const struct context *ctx, uint32_t reasons);
/* The outcome of one of its commands. */
MUST_USE err_t handoff_outcome(struct context *ctx, const struct outcome *outcome);
/* Zendesk took our pass, and tells later that it came to nothing: no human will come that way. */
MUST_USE err_t handoff_pass_failed(struct context *ctx);
/* Zendesk was asked who is active: decides where it was not known whether control was passed. To
 * be called behind lifecycle_fetched. */
MUST_USE err_t handoff_fetched(struct context *ctx);
/* A ticket whose outcome nobody waits for any more is there: known from now on, where no other is;
 * nothing else follows. */
void handoff_ticket_found(struct context *ctx, const struct outcome *outcome);
/* It was handed over live and no human said a word for as long as the store waits. Told; control
 * comes back, to the bot at once, or when the team has the ticket that the store wants: until then
 * it is as where control was not passed. CHECK: a store and its account.
 */
MUST_USE err_t handoff_nobody_came(struct context *ctx);
/* An operator, or the platform, gives the conversation back to the bot: asks Zendesk for it;
 * evidence decides. */
MUST_USE err_t handoff_give_back(struct context *ctx);

#endif
