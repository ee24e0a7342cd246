/* ticket — what a Zendesk Support webhook says: that something happened to a ticket.
 *
 *     trigger (our template)   {"event","ticket_id","brand_id","current_user_id","updated_at",
 *                               "latest_comment_id"}, all rendered as text, empty when unknown
 *     event subscription       {"type":"zen:event-type:…","id","detail":{…},"event":{…}}
 *
 * Both start a fetch of the ticket and nothing else, so only the ticket's id is needed. The event's
 * id must be the same for a repeated call and never the same for another one: it is made from the
 * invocation id or Zendesk's event id, and when there is neither, from `nonce`: a double fetch is
 * harmless, a swallowed one is not. Pure. */
#ifndef INGEST_CORE_TICKET_H
#define INGEST_CORE_TICKET_H

#include "base/arena.h"
#include "base/err.h"
#include "event/config.h"
#include "event/event.h"
#include "json/json_read.h"

struct ticket_call {
    const struct account *account;
    const struct store *store;
    struct slice invocation_id; /* X-Zendesk-Webhook-Invocation-Id; empty = none */
    struct slice nonce;         /* random bytes of this request */
};

/* Sets type, source, id, account, store, conversation, occurred and the body of *ret_event, which
 * borrows from call, tree and arena.
 * Errors  WRONG_TYPE, MISSING (no ticket id), RANGE (an id that cannot be one, or of another thing
 *         than a ticket), each with `why`; ARENA_FULL: all POISON. */
MUST_USE err_t ticket_read(struct arena *arena, const struct ticket_call *call,
                           const struct json *root, struct why *why, struct event *ret_event);

#endif
