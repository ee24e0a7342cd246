#include "ctl/setup_triggers.h"

#include "base/check.h"
#include "ctl/text.h"

#include <string.h>

enum { ALL_MAX = 5, ANY_MAX = 2 };

/* What a condition compares with: a text, or what the place says. */
enum operand { OPERAND_NONE, OPERAND_TEXT, OPERAND_BRAND, OPERAND_BOT };

struct condition {
    const char *field; /* NULL = the list ends here */
    const char *is;
    enum operand operand;
    const char *text;
    const char *words; /* as Zendesk's screen for triggers has it */
};

struct trigger {
    const char *event;
    const char *title;
    const char *what;
    struct condition all[ALL_MAX + 1];
    struct condition any[ANY_MAX + 1];
    bool assigns; /* to the bot, before it calls the webhook */
};

static const struct trigger triggers[TRIGGER_COUNT] = {
    {
        .event = "ticket_created",
        .title = "ticket created",
        .what = "the trigger for new tickets",
        .all =
            {
                {"update_type", "is", OPERAND_TEXT, "Create", "Ticket > Ticket: Is, Created"},
                {"brand_id", "is", OPERAND_BRAND, NULL, "Ticket > Brand: Is, the store's brand"},
            },
        .assigns = true,
    },
    {
        .event = "comment_added",
        .title = "customer wrote",
        .what = "the trigger for customers' comments",
        .all =
            {
                {"update_type", "is", OPERAND_TEXT, "Change", "Ticket > Ticket: Is, Updated"},
                {"brand_id", "is", OPERAND_BRAND, NULL, "Ticket > Brand: Is, the store's brand"},
                {"assignee_id", "is", OPERAND_BOT, NULL, "Ticket > Assignee: Is, the bot's user"},
                {"role", "is", OPERAND_TEXT, "end_user", "Other > Current user: Is, (end user)"},
                {"comment_is_public", "is", OPERAND_TEXT, "requester_can_see_comment",
                 "Ticket > Comment: Is, Present and requester can see the comment"},
            },
    },
    {
        .event = "ticket_changed",
        .title = "assignee or status changed",
        .what = "the trigger for a change of assignee or status",
        .all =
            {
                {"update_type", "is", OPERAND_TEXT, "Change", "Ticket > Ticket: Is, Updated"},
                {"brand_id", "is", OPERAND_BRAND, NULL, "Ticket > Brand: Is, the store's brand"},
            },
        .any =
            {
                {"assignee_id", "changed", OPERAND_NONE, NULL, "Ticket > Assignee: Changed"},
                {"status", "changed", OPERAND_NONE, NULL, "Ticket > Status: Changed"},
            },
    },
};

static const struct trigger *trigger_at(size_t which)
{
    CHECK(which < TRIGGER_COUNT);
    return &triggers[which];
}

static struct slice operand_of(const struct trigger_place *place, const struct condition *c)
{
    switch (c->operand) {
    case OPERAND_TEXT: return slice_of(c->text);
    case OPERAND_BRAND: return place->brand_id;
    case OPERAND_BOT: return place->bot_user_id;
    case OPERAND_NONE: break;
    }
    return (struct slice){NULL, 0};
}

void trigger_body(size_t which, char body[TRIGGER_BODY_BYTES])
{
    text_set(body, TRIGGER_BODY_BYTES,
             "{\"event\":\"%s\",\"ticket_id\":\"{{ticket.id}}\",\"brand_id\":\"{{ticket.brand.id}}"
             "\",\"current_user_id\":\"{{current_user.id}}\",\"updated_at\":\"{{ticket.updated_at_"
             "with_timestamp}}\",\"latest_comment_id\":\"{{ticket.latest_comment.id}}\"}",
             trigger_at(which)->event);
}

void trigger_title(const struct trigger_place *place, size_t which, char title[TRIGGER_TITLE_BYTES])
{
    text_set(title, TRIGGER_TITLE_BYTES, "%s %s: %s", place->name, place->store,
             trigger_at(which)->title);
}

const char *trigger_what(size_t which)
{
    return trigger_at(which)->what;
}

static const struct json *action_of(const struct json *trigger, const char *field)
{
    JSON_EACH(action, json_find(trigger, "actions"))
    {
        if (slice_equal(json_string(json_find(action, "field")), slice_of(field))) {
            return json_find(action, "value");
        }
    }
    return NULL;
}

/* [webhook, body] of the trigger's call. */
static bool read_call(const struct json *trigger, struct slice *ret_webhook, struct slice *ret_body)
{
    const struct json *value = action_of(trigger, "notification_webhook");
    if (value == NULL || value->type != JSON_ARRAY || value->count != 2) {
        return false;
    }
    *ret_webhook = json_id(value->first);
    *ret_body = json_string(value->first->next);
    return true;
}

bool trigger_is_ours(const struct trigger_place *place, size_t which, const struct json *trigger)
{
    char title[TRIGGER_TITLE_BYTES];
    char event[64];
    struct slice webhook;
    struct slice body;
    trigger_title(place, which, title);
    if (slice_equal(json_string(json_find(trigger, "title")), slice_of(title))) {
        return true;
    }
    text_set(event, sizeof event, "{\"event\":\"%s\",", trigger_at(which)->event);
    return read_call(trigger, &webhook, &body) && slice_equal(webhook, place->webhook_id) &&
           slice_starts_with(body, slice_of(event));
}

static bool is_condition(const struct trigger_place *place, const struct json *item,
                         const struct condition *wanted)
{
    return slice_equal(json_string(json_find(item, "field")), slice_of(wanted->field)) &&
           slice_equal(json_string(json_find(item, "operator")), slice_of(wanted->is)) &&
           slice_equal(json_id(json_find(item, "value")), operand_of(place, wanted));
}

static bool has_condition(const struct trigger_place *place, const struct json *list,
                          const struct condition *wanted)
{
    JSON_EACH(item, list)
    {
        if (is_condition(place, item, wanted)) {
            return true;
        }
    }
    return false;
}

/* In any order. */
static bool same_conditions(const struct trigger_place *place, const struct json *list,
                            const struct condition *wanted)
{
    size_t count = 0;
    for (; wanted[count].field != NULL; count++) {
        if (!has_condition(place, list, &wanted[count])) {
            return false;
        }
    }
    return count == (list == NULL ? 0 : list->count);
}

static void tell(struct trigger_faults *faults, const char *what, const char *words)
{
    size_t len = strlen(faults->conditions);
    text_add(faults->conditions, sizeof faults->conditions, "%s%s%s", len > 0 ? "; " : "", what,
             words);
}

static void look_at_conditions(const struct trigger_place *place, const struct json *list,
                               const struct condition *wanted, struct trigger_faults *faults)
{
    for (const struct condition *c = wanted; c->field != NULL; c++) {
        if (!has_condition(place, list, c)) {
            tell(faults, "missing: ", c->words);
        }
    }
    JSON_EACH(item, list)
    {
        bool is_known = false;
        for (const struct condition *c = wanted; c->field != NULL && !is_known; c++) {
            is_known = is_condition(place, item, c);
        }
        if (!is_known) {
            char words[LIMIT_NAME_BYTES_MAX];
            text_set(words, sizeof words, "%.*s", SLICE_ARG(json_string(json_find(item, "field"))));
            tell(faults, "not ours: ", words);
        }
    }
}

void trigger_look(const struct trigger_place *place, size_t which, const struct json *trigger,
                  struct trigger_faults *ret)
{
    const struct trigger *wanted = trigger_at(which);
    char body[TRIGGER_BODY_BYTES];
    struct slice said = {NULL, 0};
    struct slice webhook = {NULL, 0};
    trigger_body(which, body);
    (void)read_call(trigger, &webhook, &said);
    *ret = (struct trigger_faults){
        .inactive = !json_bool(json_find(trigger, "active"), true),
        .assigns_nobody =
            wanted->assigns &&
            !slice_equal(json_id(action_of(trigger, "assignee_id")), place->bot_user_id),
        .body_differs = !slice_equal(said, slice_of(body)),
    };
    look_at_conditions(place, json_find(trigger, "conditions.all"), wanted->all, ret);
    look_at_conditions(place, json_find(trigger, "conditions.any"), wanted->any, ret);
}

bool trigger_is_right(const struct trigger_place *place, size_t which, const struct json *trigger)
{
    const struct trigger *wanted = trigger_at(which);
    const struct json *actions = json_find(trigger, "actions");
    char body[TRIGGER_BODY_BYTES];
    struct slice said;
    struct slice webhook;
    trigger_body(which, body);
    return json_bool(json_find(trigger, "active"), true) &&
           same_conditions(place, json_find(trigger, "conditions.all"), wanted->all) &&
           same_conditions(place, json_find(trigger, "conditions.any"), wanted->any) &&
           actions != NULL && actions->count == 1 + (size_t)wanted->assigns &&
           read_call(trigger, &webhook, &said) && slice_equal(webhook, place->webhook_id) &&
           slice_equal(said, slice_of(body)) &&
           (!wanted->assigns ||
            slice_equal(json_id(action_of(trigger, "assignee_id")), place->bot_user_id));
}

static void put_conditions(const struct trigger_place *place, const char *key,
                           const struct condition *list, struct json_write *w)
{
    json_key(w, key);
    json_array(w);
    for (const struct condition *c = list; c->field != NULL; c++) {
        json_object(w);
        json_put_text(w, "field", c->field);
        json_put_text(w, "operator", c->is);
        if (c->operand != OPERAND_NONE) {
            json_put_slice(w, "value", operand_of(place, c));
        }
        json_end(w);
    }
    json_end(w);
}

static void put_actions(const struct trigger_place *place, size_t which, struct json_write *w)
{
    char body[TRIGGER_BODY_BYTES];
    trigger_body(which, body);
    json_key(w, "actions");
    json_array(w);
    if (trigger_at(which)->assigns) {
        json_object(w);
        json_put_text(w, "field", "assignee_id");
        json_put_slice(w, "value", place->bot_user_id);
        json_end(w);
    }
    json_object(w);
    json_put_text(w, "field", "notification_webhook");
    json_key(w, "value");
    json_array(w);
    json_slice(w, place->webhook_id);
    json_text(w, body);
    json_end(w);
    json_end(w);
    json_end(w);
}

void trigger_put(const struct trigger_place *place, size_t which, struct json_write *w)
{
    char title[TRIGGER_TITLE_BYTES];
    trigger_title(place, which, title);
    json_key(w, "trigger");
    json_object(w);
    json_put_text(w, "title", title);
    json_put_bool(w, "active", true);
    json_key(w, "conditions");
    json_object(w);
    put_conditions(place, "all", trigger_at(which)->all, w);
    put_conditions(place, "any", trigger_at(which)->any, w);
    json_end(w);
    put_actions(place, which, w);
    json_end(w);
}
