/* Triggers as the API takes them: every field, operator and value is checked. */
#include "sandbox/support.h"
#include "sandbox/tags.h"
#include "sandbox/text.h"
#include "sandbox/triggers.h"

#define BIT(op) (1U << TRIGGER_OPERATOR_##op)

static const char *const fields[] = {
#define X(field, name) [TRIGGER_FIELD_##field] = (name),
    TRIGGER_FIELD_TABLE(X)
#undef X
};
static const char *const operators[] = {
#define X(op, name) [TRIGGER_OPERATOR_##op] = (name),
    TRIGGER_OPERATOR_TABLE(X)
#undef X
};
static const char *const actions[] = {
#define X(kind, name) [TRIGGER_ACTION_##kind] = (name),
    TRIGGER_ACTION_TABLE(X)
#undef X
};

const char *trigger_field_name(enum trigger_field field)
{
    return fields[field];
}

const char *trigger_operator_name(enum trigger_operator op)
{
    return operators[op];
}

const char *trigger_action_name(enum trigger_action_kind kind)
{
    return actions[kind];
}

unsigned trigger_operators(enum trigger_field field)
{
    const unsigned is = BIT(IS) | BIT(IS_NOT);
    const unsigned change =
        BIT(CHANGED) | BIT(NOT_CHANGED) | BIT(TO) | BIT(FROM) | BIT(NOT_TO) | BIT(NOT_FROM);
    switch (field) {
    case TRIGGER_FIELD_UPDATE_TYPE:
    case TRIGGER_FIELD_COMMENT: return BIT(IS);
    case TRIGGER_FIELD_TAGS: return BIT(INCLUDES) | BIT(NOT_INCLUDES);
    case TRIGGER_FIELD_ASSIGNEE:
    case TRIGGER_FIELD_GROUP:
    case TRIGGER_FIELD_TYPE: return is | change;
    case TRIGGER_FIELD_STATUS:
    case TRIGGER_FIELD_PRIORITY: return is | change | BIT(LESS) | BIT(GREATER);
    case TRIGGER_FIELD_REQUESTER:
    case TRIGGER_FIELD_ROLE:
    case TRIGGER_FIELD_BRAND:
    case TRIGGER_FIELD_CURRENT_VIA:
    case TRIGGER_FIELD_VIA:
    case TRIGGER_FIELD_COUNT: break;
    }
    return is;
}

/* Index of `name`, or `count`. */
static size_t find(const char *const *names, size_t count, struct slice name)
{
    size_t at = 0;
    while (at < count && !slice_equal(name, slice_of(names[at]))) {
        at++;
    }
    return at;
}

static bool is_person(const struct desk *desk, struct slice value)
{
    return slice_empty(value) || slice_equal(value, SLICE("current_user")) ||
           slice_equal(value, SLICE("requester_id")) || slice_equal(value, SLICE("assignee_id")) ||
           desk_person(desk, value) != NULL;
}

static bool value_fits(const struct desk *desk, enum trigger_field field, struct slice value)
{
    enum status status = STATUS_NEW;
    enum priority priority = PRIORITY_NONE;
    uint64_t number = 0;
    switch (field) {
    case TRIGGER_FIELD_UPDATE_TYPE:
        return slice_equal(value, SLICE("Create")) || slice_equal(value, SLICE("Change"));
    case TRIGGER_FIELD_COMMENT:
        return slice_equal(value, SLICE("true")) || slice_equal(value, SLICE("false")) ||
               slice_equal(value, SLICE("not_relevant")) ||
               slice_equal(value, SLICE("requester_can_see_comment"));
    case TRIGGER_FIELD_ASSIGNEE:
    case TRIGGER_FIELD_REQUESTER: return is_person(desk, value);
    case TRIGGER_FIELD_ROLE:
        return slice_equal(value, SLICE("end_user")) || slice_equal(value, SLICE("agent")) ||
               desk_person(desk, value) != NULL;
    case TRIGGER_FIELD_BRAND: return desk_brand(desk, value) != NULL;
    case TRIGGER_FIELD_GROUP: return slice_empty(value) || desk_group(value) != NULL;
    case TRIGGER_FIELD_STATUS: return status_by_name(value, &status);
    case TRIGGER_FIELD_PRIORITY: return slice_empty(value) || priority_by_name(value, &priority);
    case TRIGGER_FIELD_CURRENT_VIA:
    case TRIGGER_FIELD_VIA: return !err_failed(slice_to_u64(value, &number));
    case TRIGGER_FIELD_TAGS: return !slice_empty(slice_trim(value));
    case TRIGGER_FIELD_TYPE:
    case TRIGGER_FIELD_COUNT: break;
    }
    return true;
}

static bool read_condition(struct call *c, const struct json *item,
                           struct trigger_condition *condition)
{
    struct slice field = json_string(json_find(item, "field"));
    struct slice op = json_string(json_find(item, "operator"));
    size_t f = find(fields, TRIGGER_FIELD_COUNT, field);
    size_t o = find(operators, TRIGGER_OPERATOR_COUNT, op);
    if (f == TRIGGER_FIELD_COUNT || o == TRIGGER_OPERATOR_COUNT ||
        (trigger_operators((enum trigger_field)f) & (1U << o)) == 0) {
        support_invalid(c, "base", "Condition: '%.*s' '%.*s' is invalid",
                        SLICE_ARG(slice_cut_utf8(field, 64)), SLICE_ARG(slice_cut_utf8(op, 64)));
        return false;
    }
    bool needs_none = o == TRIGGER_OPERATOR_CHANGED || o == TRIGGER_OPERATOR_NOT_CHANGED;
    const struct json *value = json_find(item, "value");
    struct slice text = {0};
    if (value != NULL && value->type == JSON_BOOL) {
        text = value->boolean ? SLICE("true") : SLICE("false");
    } else if (value != NULL && value->type == JSON_ARRAY) {
        if (!call_ok(c, tags_read(c->arena, value, &text))) {
            return false;
        }
    } else {
        text = json_id(value);
    }
    if (!needs_none && !value_fits(&c->store->desk, (enum trigger_field)f, text)) {
        support_invalid(c, "base", "Condition: the value of '%s' is invalid", fields[f]);
        return false;
    }
    condition->field = (enum trigger_field)f;
    condition->op = (enum trigger_operator)o;
    return call_keep(c, text, &condition->value);
}

static bool read_conditions(struct call *c, const struct json *list,
                            const struct trigger_condition **ret_list, size_t *ret_count)
{
    size_t count = 0;
    if (list == NULL || list->type == JSON_NULL) {
        *ret_list = NULL;
        *ret_count = 0;
        return true;
    }
    if (list->type != JSON_ARRAY || list->count > TRIGGER_CONDITIONS_MAX) {
        support_invalid(c, "base", "Conditions: must be lists");
        return false;
    }
    struct trigger_condition *made =
        ARENA_ARRAY(&c->store->arena, struct trigger_condition, list->count + 1);
    if (made == NULL) {
        return call_ok(c, ERR(ARENA_FULL));
    }
    JSON_EACH(item, list)
    {
        if (!read_condition(c, item, &made[count++])) {
            return false;
        }
    }
    *ret_list = made;
    *ret_count = count;
    return true;
}

static bool read_webhook(struct call *c, const struct json *value, struct trigger_action *action)
{
    const struct json *id = value != NULL && value->type == JSON_ARRAY ? value->first : NULL;
    const struct json *body = id == NULL ? NULL : id->next;
    action->hook = desk_hook(&c->store->desk, json_string(id));
    if (action->hook == NULL || body == NULL || body->type != JSON_STRING) {
        support_invalid(c, "base", "Action: notification_webhook needs a webhook and a body");
        return false;
    }
    if (!slice_equal(action->hook->subscription, SLICE("conditional_ticket_events"))) {
        support_invalid(c, "base", "Action: the webhook is not one for triggers");
        return false;
    }
    return call_keep(c, body->text, &action->body);
}

static bool action_fits(const struct call *c, enum trigger_action_kind kind, struct slice value)
{
    const struct desk *desk = &c->store->desk;
    enum status status = STATUS_NEW;
    enum priority priority = PRIORITY_NONE;
    switch (kind) {
    case TRIGGER_ACTION_STATUS: return status_by_name(value, &status) && status != STATUS_NEW;
    case TRIGGER_ACTION_PRIORITY: return priority_by_name(value, &priority);
    case TRIGGER_ACTION_ASSIGNEE: {
        const struct person *person = desk_person(desk, value);
        return slice_empty(value) || slice_equal(value, SLICE("current_user")) ||
               (person != NULL && tickets_can_own(person));
    }
    case TRIGGER_ACTION_GROUP: return slice_empty(value) || desk_group(value) != NULL;
    case TRIGGER_ACTION_ADD_TAGS:
    case TRIGGER_ACTION_REMOVE_TAGS:
    case TRIGGER_ACTION_SET_TAGS:
    case TRIGGER_ACTION_WEBHOOK:
    case TRIGGER_ACTION_MAIL_USER:
    case TRIGGER_ACTION_MAIL_GROUP:
    case TRIGGER_ACTION_COUNT: break;
    }
    return true;
}

static bool read_action(struct call *c, const struct json *item, struct trigger_action *action)
{
    struct slice field = json_string(json_find(item, "field"));
    const struct json *value = json_find(item, "value");
    struct slice text = json_id(value);
    size_t kind = find(actions, TRIGGER_ACTION_COUNT, field);
    if (kind == TRIGGER_ACTION_COUNT) {
        support_invalid(c, "base", "Action: '%.*s' is invalid",
                        SLICE_ARG(slice_cut_utf8(field, 64)));
        return false;
    }
    action->kind = (enum trigger_action_kind)kind;
    if (action->kind == TRIGGER_ACTION_WEBHOOK) {
        return read_webhook(c, value, action);
    }
    if (value != NULL && value->type == JSON_ARRAY &&
        !call_ok(c, tags_read(c->arena, value, &text))) {
        return false;
    }
    if (!action_fits(c, action->kind, text)) {
        support_invalid(c, "base", "Action: the value of '%s' is invalid", actions[kind]);
        return false;
    }
    return call_keep(c, text, &action->value);
}

static bool read_actions(struct call *c, const struct json *list, struct trigger *trigger)
{
    size_t count = 0;
    if (list->type != JSON_ARRAY || list->count == 0 || list->count > TRIGGER_ACTIONS_MAX) {
        support_invalid(c, "actions", "Actions: must be a list of at least one");
        return false;
    }
    struct trigger_action *made = ARENA_ARRAY(&c->store->arena, struct trigger_action, list->count);
    if (made == NULL) {
        return call_ok(c, ERR(ARENA_FULL));
    }
    JSON_EACH(item, list)
    {
        if (!read_action(c, item, &made[count++])) {
            return false;
        }
    }
    trigger->actions = made;
    trigger->action_count = count;
    return call_ok(c, text_render_json(&c->store->arena, list, &trigger->actions_json));
}

static bool read_all_conditions(struct call *c, const struct json *object, struct trigger *trigger)
{
    if (object->type != JSON_OBJECT ||
        !read_conditions(c, json_find(object, "all"), &trigger->all, &trigger->all_count) ||
        !read_conditions(c, json_find(object, "any"), &trigger->any, &trigger->any_count)) {
        if (object->type != JSON_OBJECT) {
            support_invalid(c, "conditions", "Conditions: must be an object");
        }
        return false;
    }
    if (trigger->all_count + trigger->any_count == 0) {
        support_invalid(c, "conditions", "Conditions: at least one is needed");
        return false;
    }
    return call_ok(c, text_render_json(&c->store->arena, object, &trigger->conditions_json));
}

bool trigger_read(struct call *c, const struct json *object, bool is_new, struct trigger *trigger)
{
    struct trigger draft = *trigger;
    const struct json *conditions = json_find(object, "conditions");
    const struct json *list = json_find(object, "actions");
    const struct json *active = json_find(object, "active");
    if (!check_kept(c, object, "title", &draft.title) ||
        !check_kept(c, object, "description", &draft.description) ||
        !check_kept(c, object, "category_id", &draft.category_id)) {
        return false;
    }
    if (slice_empty(slice_trim(draft.title))) {
        support_invalid(c, "title", "Title: cannot be blank");
        return false;
    }
    if (is_new && (conditions == NULL || list == NULL)) {
        support_invalid(c, "base", "A trigger needs conditions and actions");
        return false;
    }
    draft.active = active == NULL ? draft.active : json_bool(active, true);
    draft.position = json_i64(json_find(object, "position"), draft.position);
    if ((conditions != NULL && !read_all_conditions(c, conditions, &draft)) ||
        (list != NULL && !read_actions(c, list, &draft))) {
        return false;
    }
    *trigger = draft;
    return true;
}
