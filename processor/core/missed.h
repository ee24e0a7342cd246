/* missed — what may have come to one conversation while nobody took in webhooks.
 *
 *     missed(since, until) ─▶ ticket      fetch it with its newest comments
 *                             messaging   fetch who is active, then the newest messages; the bot
 *                                         is silent until both are known
 *
 * What comes back goes through the same dedupe as webhooks do, and only what is still unanswered is
 * acted on: not what was said to a human, nor what a human has answered since. Each gap counts once
 * for a conversation, known by its end; a ticket that a search found counts when it was updated
 * after it was read last. Feature rows 44, 61. */
#ifndef PROCESSOR_CORE_MISSED_H
#define PROCESSOR_CORE_MISSED_H

#include "base/err.h"
#include "processor/core/context.h"

#include <stdbool.h>

/* True for conversations in which something can have been missed that anybody would act on: open,
 * and of a store; a messaging one also while it is not known whose it is. (A ticket of which that
 * is not known after it was fetched is none of ours: the ticket of a messaging conversation.) */
bool missed_concerns(const struct conversation *state);
/* The event of `ctx` says that something may have been missed: fetches it. One that waits for an
 * operator remembers it until it goes on. */
MUST_USE err_t missed_event(struct context *ctx);
/* It goes on: what was missed and not fetched yet is fetched. */
MUST_USE err_t missed_resume(struct context *ctx);
/* The outcome of a fetch of messages. What cannot be read is as if it had failed. */
MUST_USE err_t missed_fetched(struct context *ctx, const struct outcome *outcome);

#endif
