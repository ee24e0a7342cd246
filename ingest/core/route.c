#include "ingest/core/route.h"

static const struct {
    struct slice before; /* the name */
    struct slice after;
    enum endpoint endpoint;
} routes[] = {
    {{"/api/v1/connectors/", 19}, {"/webhook", 8}, ENDPOINT_CONVERSATIONS},
    {{"/api/v1/stores/", 15}, {"/tickets", 8}, ENDPOINT_TICKETS},
    {{"/api/v1/stores/", 15}, {"/events", 7}, ENDPOINT_EVENTS},
};

static const struct {
    const char *label;
    enum event_source source;
} endpoints[ENDPOINT_COUNT] = {
#define X(name, label, source) {label, EVENT_FROM_##source},
    ENDPOINT_TABLE(X)
#undef X
};

/* The path of an absolute target (RFC 9112 §3.2.2); others as they are. */
static struct slice path_of(struct slice target)
{
    static const struct slice schemes[] = {{"http://", 7}, {"https://", 8}};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        struct slice head = slice_sub(target, 0, schemes[i].len);
        if (slice_equal_nocase(head, schemes[i])) {
            struct slice rest = slice_sub(target, schemes[i].len, target.len);
            return slice_sub(rest, slice_find(rest, '/'), rest.len);
        }
    }
    return target;
}

enum route_result route_find(struct slice method, struct slice target, struct route *ret_route)
{
    struct slice path = path_of(target);
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (!slice_starts_with(path, routes[i].before)) {
            continue;
        }
        struct slice rest = slice_sub(path, routes[i].before.len, path.len);
        size_t name_len = slice_find(rest, '/');
        struct slice after = slice_sub(rest, name_len, rest.len);
        if (name_len > 0 && slice_equal(after, routes[i].after)) {
            ret_route->endpoint = routes[i].endpoint;
            ret_route->name = slice_sub(rest, 0, name_len);
            return slice_equal(method, SLICE("POST")) ? ROUTE_FOUND : ROUTE_NO_METHOD;
        }
    }
    return ROUTE_NO_PATH;
}

const char *endpoint_label(enum endpoint endpoint)
{
    return endpoint < ENDPOINT_COUNT ? endpoints[endpoint].label : "none";
}

enum event_source endpoint_source(enum endpoint endpoint)
{
    return endpoint < ENDPOINT_COUNT ? endpoints[endpoint].source : EVENT_FROM_NONE;
}

const char *endpoint_source_label(enum endpoint endpoint)
{
    switch (endpoint) {
    case ENDPOINT_CONVERSATIONS: return "conversations";
    case ENDPOINT_TICKETS: return "support";
    case ENDPOINT_EVENTS: return "platform";
    case ENDPOINT_NONE:
    case ENDPOINT_COUNT: break;
    }
    return "ingest";
}
