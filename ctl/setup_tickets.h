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

#include "base/err.h"
#include "base/slice.h"
#include "ctl/steps.h"

#include <stddef.h>

/* What Zendesk gave for a store. */
struct setup_tickets_given {
    struct slice webhook_id;
    struct slice signing_secret; /* in a dry run perhaps one that is only going to be */
};

struct setup_tickets_store {
    const char *name;
    struct slice brand_id; /* of Support */
    struct slice token;    /* bearer, of its ticket endpoint */
    const char *target;    /* where our ingest takes its tickets */
    struct setup_tickets_given *ret;
};

struct setup_tickets_request {
    const char *name; /* shown in Zendesk; also finds webhooks and triggers again */
    struct slice bot_user_id;
    const struct setup_tickets_store *stores;
    size_t store_count;
};

/* The webhooks, which nothing calls yet; their signing secrets are to be published before
 * setup_triggers(), which reads what this wrote. As zendesk_open(); CONFIG also: an object of ours
 * was made into something else. */
MUST_USE err_t setup_webhooks(struct steps *s, const struct setup_tickets_request *request);
MUST_USE err_t setup_triggers(struct steps *s, const struct setup_tickets_request *request);
/* Both. */
MUST_USE err_t setup_tickets(struct steps *s, const struct setup_tickets_request *request);

#endif
