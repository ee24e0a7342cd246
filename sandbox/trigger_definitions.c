/* GET /api/v2/triggers/definitions: what a trigger of this account may ask and do. */
#include "sandbox/triggers.h"

#include <inttypes.h>

static void put_value(struct call *c, struct slice value, struct slice title)
{
    json_object(&c->out);
    json_put_slice(&c->out, "value", value);
    json_put_slice(&c->out, "title", title);
    json_put_bool(&c->out, "enabled", true);
    json_end(&c->out);
}

static void put_words(struct call *c, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        put_value(c, slice_of(words[i]), slice_of(words[i]));
    }
}

static void put_staff(struct call *c)
{
    const struct desk *desk = &c->store->desk;
    for (size_t i = 0; i < table_count(desk->people); i++) {
        const struct person *person = table_at(desk->people, i, NULL);
        if (tickets_can_own(person)) {
            put_value(c, person->id_text, person->name);
        }
    }
}

static void put_groups(struct call *c)
{
    size_t count = 0;
    const struct group *groups = desk_groups(&count);
    for (size_t i = 0; i < count; i++) {
        struct slice id = {0};
        if (call_ok(c, arena_printf(c->arena, &id, "%" PRId64, groups[i].id))) {
            put_value(c, id, slice_of(groups[i].name));
        }
    }
}

static void put_brands(struct call *c)
{
    for (size_t i = 0; i < c->store->brand_count; i++) {
        put_value(c, c->store->brands[i].id_text, c->store->brands[i].name);
    }
}

static void put_statuses(struct call *c)
{
    for (size_t i = 0; i < STATUS_COUNT; i++) {
        struct slice name = slice_of(status_name((enum status)i));
        put_value(c, name, name);
    }
}

static void put_values(struct call *c, enum trigger_field field)
{
    static const char *const update[] = {"Create", "Change"};
    static const char *const comment[] = {"true", "false", "not_relevant",
                                          "requester_can_see_comment"};
    static const char *const role[] = {"agent", "end_user"};
    static const char *const someone[] = {"current_user", "requester_id"};
    static const char *const priority[] = {"low", "normal", "high", "urgent"};
    static const char *const via[] = {"0", "4", "5", "8", "75"};
    switch (field) {
    case TRIGGER_FIELD_UPDATE_TYPE: put_words(c, update, 2); break;
    case TRIGGER_FIELD_COMMENT: put_words(c, comment, 4); break;
    case TRIGGER_FIELD_ROLE:
        put_words(c, role, 2);
        put_staff(c);
        break;
    case TRIGGER_FIELD_ASSIGNEE:
        put_words(c, someone, 2);
        put_staff(c);
        break;
    case TRIGGER_FIELD_GROUP: put_groups(c); break;
    case TRIGGER_FIELD_BRAND: put_brands(c); break;
    case TRIGGER_FIELD_STATUS: put_statuses(c); break;
    case TRIGGER_FIELD_PRIORITY: put_words(c, priority, 4); break;
    case TRIGGER_FIELD_VIA:
    case TRIGGER_FIELD_CURRENT_VIA: put_words(c, via, 5); break;
    case TRIGGER_FIELD_REQUESTER:
    case TRIGGER_FIELD_TAGS:
    case TRIGGER_FIELD_TYPE:
    case TRIGGER_FIELD_COUNT: break;
    }
}

static void put_conditions(struct call *c, const char *key)
{
    json_key(&c->out, key);
    json_array(&c->out);
    for (size_t f = 0; f < TRIGGER_FIELD_COUNT; f++) {
        unsigned operators = trigger_operators((enum trigger_field)f);
        const char *name = trigger_field_name((enum trigger_field)f);
        json_object(&c->out);
        json_put_text(&c->out, "title", name);
        json_put_text(&c->out, "subject", name);
        json_put_text(&c->out, "type", f == TRIGGER_FIELD_TAGS ? "text" : "list");
        json_put_text(&c->out, "group", "ticket");
        json_put_bool(&c->out, "nullable", f == TRIGGER_FIELD_ASSIGNEE || f == TRIGGER_FIELD_GROUP);
        json_put_bool(&c->out, "repeatable", false);
        json_key(&c->out, "operators");
        json_array(&c->out);
        for (size_t o = 0; o < TRIGGER_OPERATOR_COUNT; o++) {
            if ((operators & (1U << o)) != 0) {
                const char *op = trigger_operator_name((enum trigger_operator)o);
                json_object(&c->out);
                json_put_text(&c->out, "value", op);
                json_put_text(&c->out, "title", op);
                json_put_bool(&c->out, "terminal",
                              o == TRIGGER_OPERATOR_CHANGED || o == TRIGGER_OPERATOR_NOT_CHANGED);
                json_end(&c->out);
            }
        }
        json_end(&c->out);
        json_key(&c->out, "values");
        json_array(&c->out);
        put_values(c, (enum trigger_field)f);
        json_end(&c->out);
        json_end(&c->out);
    }
    json_end(&c->out);
}

static void put_hooks(struct call *c)
{
    const struct desk *desk = &c->store->desk;
    for (size_t i = 0; i < table_count(desk->hooks); i++) {
        const struct support_hook *hook = table_at(desk->hooks, i, NULL);
        if (!hook->hook.removed &&
            slice_equal(hook->subscription, SLICE("conditional_ticket_events"))) {
            put_value(c, hook->hook.id, hook->name);
        }
    }
}

static void put_actions(struct call *c)
{
    json_key(&c->out, "actions");
    json_array(&c->out);
    for (size_t k = 0; k < TRIGGER_ACTION_COUNT; k++) {
        const char *name = trigger_action_name((enum trigger_action_kind)k);
        json_object(&c->out);
        json_put_text(&c->out, "title", name);
        json_put_text(&c->out, "subject", name);
        json_put_text(&c->out, "type", "list");
        json_put_text(&c->out, "group", "ticket");
        json_put_bool(&c->out, "nullable", k == TRIGGER_ACTION_ASSIGNEE);
        json_put_bool(&c->out, "repeatable", k == TRIGGER_ACTION_WEBHOOK);
        json_key(&c->out, "values");
        json_array(&c->out);
        if (k == TRIGGER_ACTION_WEBHOOK) {
            put_hooks(c);
        } else if (k == TRIGGER_ACTION_ASSIGNEE) {
            put_staff(c);
        } else if (k == TRIGGER_ACTION_STATUS) {
            put_statuses(c);
        } else if (k == TRIGGER_ACTION_GROUP) {
            put_groups(c);
        }
        json_end(&c->out);
        json_end(&c->out);
    }
    json_end(&c->out);
}

void trigger_write_definitions(struct call *c)
{
    call_begin(c, 200);
    json_object(&c->out);
    json_key(&c->out, "definitions");
    json_object(&c->out);
    put_conditions(c, "conditions_all");
    put_conditions(c, "conditions_any");
    put_actions(c);
    json_end(&c->out);
    json_end(&c->out);
}
