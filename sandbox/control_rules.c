/* Control port: faults and the clock. */
#include "sandbox/router.h"
#include "sandbox/world.h"

enum { ADVANCE_S_MAX = 400 * 86400 };

static void add_fault(struct call *c)
{
    struct why why = {{0}};
    const struct fault *fault = NULL;
    if (!need_body(c)) {
        return;
    }
    if (err_failed(faults_add(&c->world->faults, c->body, &why, &fault))) {
        call_refuse(c, 400, "bad_request", "%s", why.text);
        return;
    }
    call_begin(c, 201);
    json_object(&c->out);
    json_put_int(&c->out, "id", (int64_t)fault->id);
    json_put_text(&c->out, "kind", fault_name(fault->kind));
    json_put_int(&c->out, "times", fault->left);
    json_end(&c->out);
}

static void list_faults(struct call *c)
{
    call_begin(c, 200);
    faults_write(&c->world->faults, &c->out);
}

static void clear_faults(struct call *c)
{
    faults_clear(&c->world->faults);
    call_empty(c);
}

static void answer_clock(struct call *c)
{
    char text[INSTANT_TEXT_BYTES];
    instant_format_iso8601(clock_now(&c->world->clock), text);
    call_begin(c, 200);
    json_object(&c->out);
    json_put_text(&c->out, "now", text);
    json_put_int(&c->out, "advanced_ms", c->world->clock.offset.ms);
    json_end(&c->out);
}

static void advance_clock(struct call *c)
{
    if (!need_body(c)) {
        return;
    }
    double seconds = json_double(json_find(c->body, "advance_s"), -1);
    if (!(seconds >= 0 && seconds <= ADVANCE_S_MAX)) {
        call_refuse(c, 400, "bad_request", "\"advance_s\" must be a number of seconds up to %d",
                    ADVANCE_S_MAX);
        return;
    }
    clock_advance(&c->world->clock, span_ms((int64_t)(seconds * 1000)));
    answer_clock(c);
}

struct route_table control_rules_routes(void)
{
    static const struct route routes[] = {
        {"POST", "/sandbox/faults", NEED_NOTHING, add_fault},
        {"GET", "/sandbox/faults", NEED_NOTHING, list_faults},
        {"DELETE", "/sandbox/faults", NEED_NOTHING, clear_faults},
        {"POST", "/sandbox/clock", NEED_NOTHING, advance_clock},
        {"GET", "/sandbox/clock", NEED_NOTHING, answer_clock},
    };
    return ROUTE_TABLE(routes);
}
