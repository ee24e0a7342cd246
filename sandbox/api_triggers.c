/* Triggers: list, show, create, update, delete, and what may stand in them. */
#include "sandbox/desk_render.h"
#include "sandbox/router.h"
#include "sandbox/support.h"
#include "sandbox/triggers.h"

static struct trigger *need_trigger(struct call *c)
{
    struct trigger *trigger = desk_trigger(&c->store->desk, c->params[0]);
    if (trigger == NULL) {
        support_not_found(c);
    }
    return trigger;
}

static void answer_trigger(struct call *c, unsigned status, const struct trigger *trigger)
{
    call_begin(c, status);
    json_object(&c->out);
    json_key(&c->out, "trigger");
    render_trigger(c, trigger);
    json_end(&c->out);
}

static void list(struct call *c, bool only_active)
{
    const struct desk *desk = &c->store->desk;
    struct desk_page page = {0};
    size_t count = 0;
    size_t room = table_count(desk->triggers);
    const struct trigger **found = ARENA_ARRAY(c->arena, const struct trigger *, room + 1);
    int64_t *ids = ARENA_ARRAY(c->arena, int64_t, room + 1);
    if (found == NULL || ids == NULL) {
        (void)call_ok(c, ERR(ARENA_FULL));
        return;
    }
    for (size_t i = 0; i < room; i++) {
        const struct trigger *trigger = table_at(desk->triggers, i, NULL);
        if (!trigger->removed && (trigger->active || !only_active)) {
            ids[count] = trigger->id;
            found[count++] = trigger;
        }
    }
    if (!check_desk_page(c, ids, count, &page)) {
        return;
    }
    call_begin(c, 200);
    json_object(&c->out);
    json_key(&c->out, "triggers");
    json_array(&c->out);
    for (size_t i = page.from; i < page.to; i++) {
        render_trigger(c, found[i]);
    }
    json_end(&c->out);
    write_desk_page(c, &page, ids);
    json_end(&c->out);
}

static void list_triggers(struct call *c)
{
    list(c, slice_equal(call_query(c, "active"), SLICE("true")));
}

static void list_active(struct call *c)
{
    list(c, true);
}

static void show_trigger(struct call *c)
{
    const struct trigger *trigger = need_trigger(c);
    if (trigger != NULL) {
        answer_trigger(c, 200, trigger);
    }
}

static void create_trigger(struct call *c)
{
    struct desk *desk = &c->store->desk;
    struct trigger draft = {.active = true, .position = (int64_t)table_count(desk->triggers) + 1};
    struct trigger *trigger = NULL;
    const struct json *object = need_wrapped(c, "trigger");
    if (object == NULL || !trigger_read(c, object, true, &draft)) {
        return;
    }
    if (table_count(desk->triggers) >= TRIGGERS_MAX) {
        support_invalid(c, "base", "There are %d triggers already", TRIGGERS_MAX);
        return;
    }
    if (!call_ok(c, desk_add_trigger(desk, c->now, &trigger))) {
        return;
    }
    draft.id = trigger->id;
    draft.id_text = trigger->id_text;
    draft.created_at = c->now;
    draft.updated_at = c->now;
    *trigger = draft;
    call_touched(c, "trigger", trigger->id_text);
    answer_trigger(c, 201, trigger);
}

static void update_trigger(struct call *c)
{
    struct trigger *trigger = need_trigger(c);
    const struct json *object = trigger == NULL ? NULL : need_wrapped(c, "trigger");
    if (object == NULL || !trigger_read(c, object, false, trigger)) {
        return;
    }
    trigger->updated_at = c->now;
    call_touched(c, "trigger", trigger->id_text);
    answer_trigger(c, 200, trigger);
}

static void delete_trigger(struct call *c)
{
    struct trigger *trigger = need_trigger(c);
    if (trigger != NULL) {
        trigger->removed = true;
        call_touched(c, "trigger", trigger->id_text);
        call_begin(c, 204);
        c->out.out = NULL;
    }
}

struct route_table api_triggers_routes(void)
{
    static const struct route routes[] = {
        {"GET", "/api/v2/triggers", NEED_ADMIN, list_triggers},
        {"GET", "/api/v2/triggers/active", NEED_ADMIN, list_active},
        {"GET", "/api/v2/triggers/definitions", NEED_ADMIN, trigger_write_definitions},
        {"POST", "/api/v2/triggers", NEED_ADMIN, create_trigger},
        {"GET", "/api/v2/triggers/{}", NEED_ADMIN, show_trigger},
        {"PUT", "/api/v2/triggers/{}", NEED_ADMIN, update_trigger},
        {"DELETE", "/api/v2/triggers/{}", NEED_ADMIN, delete_trigger},
    };
    return ROUTE_TABLE(routes);
}
