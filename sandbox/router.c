#include "sandbox/router.h"

#include "sandbox/text.h"

/* Takes the next segment off a path that begins with a slash. */
static struct slice next_segment(struct slice *path)
{
    struct slice rest = slice_sub(*path, 1, path->len);
    size_t end = slice_find(rest, '/');
    *path = slice_sub(rest, end, rest.len);
    return slice_sub(rest, 0, end);
}

static bool matches(struct slice pattern, struct slice path, struct slice params[CALL_PARAMS_MAX],
                    size_t *ret_count)
{
    size_t count = 0;
    while (!slice_empty(pattern) && !slice_empty(path)) {
        struct slice wanted = next_segment(&pattern);
        struct slice found = next_segment(&path);
        if (slice_equal(wanted, SLICE("{}"))) {
            if (slice_empty(found) || count == CALL_PARAMS_MAX) {
                return false;
            }
            params[count++] = found;
        } else if (!slice_equal(wanted, found)) {
            return false;
        }
    }
    *ret_count = count;
    return slice_empty(pattern) && slice_empty(path);
}

static const struct route *find_in(const struct route_table *table, struct slice method,
                                   struct slice path, struct slice params[CALL_PARAMS_MAX],
                                   size_t *ret_count)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct route *route = &table->routes[i];
        if (slice_equal(method, slice_of(route->method)) &&
            matches(slice_of(route->pattern), path, params, ret_count)) {
            return route;
        }
    }
    return NULL;
}

const struct route *router_find(struct call *c, const struct route_table *tables, size_t count)
{
    struct slice params[CALL_PARAMS_MAX];
    struct slice path = c->request->path;
    if (slice_empty(path) || path.ptr[0] != '/') {
        return NULL;
    }
    for (size_t t = 0; t < count; t++) {
        const struct route *route =
            find_in(&tables[t], c->request->method, path, params, &c->param_count);
        if (route == NULL) {
            continue;
        }
        for (size_t i = 0; i < c->param_count; i++) {
            if (!call_ok(c, text_percent_decode(c->arena, params[i], &c->params[i]))) {
                return NULL;
            }
        }
        return route;
    }
    return NULL;
}
