/* route — which of the three doors a request knocks at.
 *
 *     POST /api/v1/connectors/{account}/webhook    Zendesk Conversations
 *     POST /api/v1/stores/{store}/tickets          Zendesk Support
 *     POST /api/v1/stores/{store}/events           the bot or chat platform
 *
 * Paths are compared as they were sent: nothing is percent-decoded, because no account or store has
 * a name that would need it. Pure; any thread. */
#ifndef INGEST_CORE_ROUTE_H
#define INGEST_CORE_ROUTE_H

#include "base/slice.h"
#include "event/event.h"

/* name, label in metrics, source of its events */
#define ENDPOINT_TABLE(X)                                                                          \
    X(NONE, "none", NONE)                                                                          \
    X(CONVERSATIONS, "conversations", CONVERSATIONS)                                               \
    X(TICKETS, "tickets", SUPPORT)                                                                 \
    X(EVENTS, "events", PLATFORM)

enum endpoint {
#define X(name, label, source) ENDPOINT_##name,
    ENDPOINT_TABLE(X)
#undef X
        ENDPOINT_COUNT
};

enum route_result {
    ROUTE_FOUND,
    ROUTE_NO_PATH,   /* 404 */
    ROUTE_NO_METHOD, /* 405, Allow: POST */
};

struct route {
    enum endpoint endpoint;
    struct slice
        name; /* of the account or store, borrowed from the target; perhaps no such thing */
};

/* target  as in the request line, without the query: "/api/…" or "http://host/api/…"
 * ret_route  written for FOUND and NO_METHOD */
enum route_result route_find(struct slice method, struct slice target, struct route *ret_route);

const char *endpoint_label(enum endpoint endpoint);        /* "conversations" */
enum event_source endpoint_source(enum endpoint endpoint); /* EVENT_FROM_CONVERSATIONS … */
const char *endpoint_source_label(enum endpoint endpoint); /* "conversations", "support", … */
static inline bool endpoint_is_zendesk(enum endpoint endpoint)
{
    return endpoint == ENDPOINT_CONVERSATIONS || endpoint == ENDPOINT_TICKETS;
}

#endif
