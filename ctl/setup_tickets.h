/* setup_tickets — makes the Zendesk side of tickets ready, through the public Support API.
 *
 *   webhook    one a store, at its ticket endpoint, with its bearer token       adopted if there
 *   triggers   three a store, for its brand alone                               adopted if there
 *                created             assigns the ticket to the bot, calls the webhook
 *                customer wrote      of tickets that the bot has: calls the webhook
 *                assignee or status  changed: calls the webhook
 *
 * What the webhook carries is ids alone (setup_triggers.h); all else is fetched. Run again it
 * changes only what differs: no second object, ever. Zendesk never shows a token again, so the
 * webhook's description has the first digits of its hash: another token is noticed. */
#ifndef CTL_SETUP_TICKETS_H
#define CTL_SETUP_TICKETS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

#include <stddef.h>

struct setup_tickets_store {
    const char *name;
    struct slice brand_id; /* of Support */
    struct slice token;    /* bearer, of its ticket endpoint */
    const char *target;    /* where our ingest takes its tickets */
};

struct setup_tickets_request {
    const char *support_url; /* without a slash at its end */
    /* An OAuth client with client credentials, of an administrator; or, where client_id is "", mail
     * address and API token of one. */
    const char *client_id;
    const char *client_secret;
    const char *email;
    const char *api_token;
    const char *name; /* shown in Zendesk; also finds webhooks and triggers again */
    struct slice bot_user_id;
    const struct setup_tickets_store *stores;
    size_t store_count;
};

struct setup_tickets_result {
    unsigned changes; /* calls that changed something; 0 = all was as it should be */
};

/* arena   for what is read. UNAVAILABLE, CONFIG (refused; the step that failed stands in `why`),
 *         NO_MEMORY, ARENA_FULL. */
MUST_USE err_t setup_tickets(const struct setup_tickets_request *request, struct arena *arena,
                             struct why *why, struct setup_tickets_result *ret_result);

#endif
