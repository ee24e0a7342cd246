/* bridge — the way of a chat of the bot's own site to the humans, and what goes over it.
 *
 *   called ─▶ user ─▶ conversation ─▶ summary (silent) ─▶ pass control ─▶ the customer's words …
 *               │           │                                 │
 *               └───────────┴── refused, given up ────────────┴──▶ told, a ticket instead
 *
 * Nothing of it begins before the hand-over. What the customer writes from the decision on waits in
 * `pending` until the conversation is there, and is forwarded behind the pass, in order and once.
 * The conversation is made once a chat; a later hand-over uses it again. Feature rows 5, 88, 104,
 * 105. */
#ifndef PROCESSOR_CORE_BRIDGE_H
#define PROCESSOR_CORE_BRIDGE_H

#include "base/err.h"
#include "processor/core/context.h"

/* Control is to pass to humans, over a bridge that is made first if it is not there. */
MUST_USE err_t bridge_hand_over(struct context *ctx);
/* The outcome of a user's or a conversation's creation. */
MUST_USE err_t bridge_outcome(struct context *ctx, const struct outcome *outcome);
/* Forwards what waits, as far as one step has room for it; the outcomes bring the next ones. */
MUST_USE err_t bridge_forward(struct context *ctx);
/* True while what the customer writes is for a human, who is there or on the way. */
bool bridge_is_wanted(const struct conversation *state);
/* Something was said in the conversation at Zendesk, by whomever: the platform is told what others
 * said. */
MUST_USE err_t bridge_heard(struct context *ctx);
/* The conversation is gone. */
MUST_USE err_t bridge_removed(struct context *ctx);

#endif
