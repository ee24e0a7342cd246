/* ticket_state — the bot's side hears when the ticket of a conversation is solved, closed or opened
 * again, by whomever.
 *
 *   a ticket that is a conversation    fetched ─▶ taken here
 *   one of a messaging conversation    fetched ─▶ event ─▶ taken there   (its tag names it)
 *   one that a hand-over made          fetched ─▶ event ─▶ taken there   (its external id does)
 *
 * Each news carries when the ticket was updated, by Zendesk's clock: what is older than what is
 * known is late and ignored, and what is known already is told once. Feature row 106;
 * CONVERSATION 2.4. */
#ifndef PROCESSOR_CORE_TICKET_STATE_H
#define PROCESSOR_CORE_TICKET_STATE_H

#include "base/err.h"
#include "json/json_read.h"
#include "processor/core/context.h"

/* A ticket as it was fetched, that is this conversation: kept, and told to its bot.
 * updated  Zendesk's clock */
MUST_USE err_t ticket_state_fetched(struct context *ctx, const struct json *ticket,
                                    wall_ms_t updated);
/* One that is none of its own: what is new of it goes to the conversation whose key it carries. */
MUST_USE err_t ticket_state_pass_on(struct context *ctx, const struct json *ticket,
                                    wall_ms_t updated);
/* That event, where it belongs. */
MUST_USE err_t ticket_state_event(struct context *ctx);

#endif
