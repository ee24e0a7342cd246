/* absorb — two conversations turn out to be one: what one of them knows travels into the other.
 *
 *     user:merge ──▶ [of the user] ──absorb: go──▶ [the one that ends] ──absorb: state──▶ [the
 * other] │ words wait here until its outstanding │ commands have outcomes; later ones follow
 *
 * A merge of users joins conversations only where Zendesk says so (mergedConversations); then the
 * id of one of them is gone. It ends here at once: a fence, no turn, no timer. What was asked of
 * egress before has its outcomes still, which are noted and lead to nothing. Then its state goes
 * across in one event: what the customer wrote and nobody answered, the history, the ids that were
 * seen, the ticket. Who has the surviving conversation is asked of Zendesk, not carried over.
 *
 * Everything else that a merge changes, the user's ids, comes with the next event of each of his
 * conversations by itself. */
#ifndef PROCESSOR_CORE_ABSORB_H
#define PROCESSOR_CORE_ABSORB_H

#include "base/err.h"
#include "processor/core/context.h"

#include <stdbool.h>

/* Of a user: tells the conversation that ends, if the merge names one. */
MUST_USE err_t absorb_merged(struct context *ctx);
/* An absorb event of a conversation: it is to go into another, or takes another in. */
MUST_USE err_t absorb_event(struct context *ctx);
/* Any other event of a conversation that goes into another. */
MUST_USE err_t absorb_other(struct context *ctx);
static inline bool absorb_is_on(const struct conversation *state)
{
    return state->absorbed_into.len > 0;
}
/* At the end of a step: sends across what there is, once nothing is outstanding. */
MUST_USE err_t absorb_continue(struct context *ctx);

#endif
