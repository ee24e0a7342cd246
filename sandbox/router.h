/* router — tables of endpoints, and the way from a request to its handler.
 *
 * Each surface (Conversations, Support, control) is a list of tables, one for each file of
 * handlers; a new surface is a new list. */
#ifndef SANDBOX_ROUTER_H
#define SANDBOX_ROUTER_H

#include "base/slice.h"
#include "sandbox/call.h"

#include <stdbool.h>
#include <stddef.h>

enum route_need {
    NEED_NOTHING,     /* the control port; files behind links */
    NEED_INTEGRATION, /* any key */
    NEED_APP,         /* a key with app scope */
    NEED_LOGIN,       /* Support: an agent, with a scope that fits */
    NEED_ADMIN,       /* the same, and an administrator */
};

struct route {
    const char *method;
    const char *pattern; /* "/v2/apps/{}/users/{}": each {} is a parameter */
    enum route_need need;
    void (*handle)(struct call *c);
};

struct route_table {
    const struct route *routes;
    size_t count;
};

/* The route of method and path, its parameters decoded in c->params; NULL = none.
 * ERR_ARENA_FULL goes to call_ok(). */
const struct route *router_find(struct call *c, const struct route_table *tables, size_t count);

#define ROUTE_TABLE(array) ((struct route_table){(array), sizeof(array) / sizeof((array)[0])})

/* Tables of the Conversations API. */
struct route_table api_users_routes(void);
struct route_table api_conversations_routes(void);
struct route_table api_participants_routes(void);
struct route_table api_messages_routes(void);
struct route_table api_switching_routes(void);
struct route_table api_integrations_routes(void);
struct route_table api_webhooks_routes(void);
struct route_table api_switchboards_routes(void);
struct route_table api_lines_routes(void);
struct route_table api_attachments_routes(void);
/* Tables of the Support API. */
struct route_table api_oauth_routes(void);
struct route_table api_tickets_routes(void);
struct route_table api_ticket_lists_routes(void);
struct route_table api_comments_routes(void);
struct route_table api_tags_routes(void);
struct route_table api_uploads_routes(void);
struct route_table api_search_routes(void);
struct route_table api_support_users_routes(void);
struct route_table api_desk_routes(void);
struct route_table api_availabilities_routes(void);
struct route_table api_support_webhooks_routes(void);
struct route_table api_triggers_routes(void);
/* Tables of the control port. */
struct route_table control_account_routes(void);
struct route_table control_people_routes(void);
struct route_table control_agents_routes(void);
struct route_table control_mail_routes(void);
struct route_table control_tickets_routes(void);
struct route_table control_rules_routes(void);
struct route_table control_views_routes(void);

#endif
