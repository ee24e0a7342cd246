#include "ingest/core/platform.h"

#include "base/limits.h"
#include "ingest/core/fingerprint.h"
#include "ingest/core/member.h"

#include <math.h>

static const struct kind {
    struct slice name;
    enum event_type type;
    const char *needs; /* NULL = nothing */
    const char *example;
} kinds[] = {
    {{"reply", 5}, EVENT_BOT_REPLY, "turn", "the id of the turn that it answers"},
    {{"message", 7}, EVENT_PLATFORM_MESSAGE, "text", "what was written"},
    {{"rating", 6}, EVENT_RATING, "value", "a number"},
    {{"action", 6}, EVENT_ACTION, "name", "the action's name"},
    {{"handoff", 7}, EVENT_HANDOFF, NULL, NULL},
    {{"customer_data", 13}, EVENT_CUSTOMER_DATA, "data", "an object"},
    {{"end", 3}, EVENT_END, NULL, NULL},
    {{"handback", 8}, EVENT_HANDBACK, NULL, NULL},
};

/* JSON null says the same as leaving the member out. */
static const struct json *given(const struct json *object, const char *name)
{
    const struct json *value = json_member(object, slice_of(name));
    return value != NULL && value->type == JSON_NULL ? NULL : value;
}

static err_t refuse_type(struct why *why, const char *name, const char *wanted,
                         const struct json *found)
{
    why_set(why, "`%s` must be %s, not %s", name, wanted, json_type_name(found->type));
    return ERR(WRONG_TYPE);
}

/* A string of at most `bytes_max` bytes without NUL; untouched when it is absent. */
static err_t read_string(const struct json *object, const char *name, size_t bytes_max,
                         struct why *why, struct slice *ret_text)
{
    const struct json *value = given(object, name);
    if (value == NULL) {
        return err_ok();
    }
    if (value->type != JSON_STRING) {
        return refuse_type(why, name, "a string", value);
    }
    if (value->text.len > bytes_max) {
        why_set(why, "`%s` has %zu bytes, at most %zu are allowed: shorten it", name,
                value->text.len, bytes_max);
        return ERR(TOO_LARGE);
    }
    if (slice_has_nul(value->text)) {
        why_set(why, "`%s` has a NUL character in it: leave that out", name);
        return ERR(RANGE);
    }
    *ret_text = value->text;
    return err_ok();
}

static err_t read_value(const struct json *root, struct why *why, double *ret_value)
{
    const struct json *value = given(root, "value");
    if (value == NULL) {
        return err_ok();
    }
    if (value->type != JSON_NUMBER) {
        return refuse_type(why, "value", "a number", value);
    }
    *ret_value = json_double(value, HUGE_VAL);
    if (!isfinite(*ret_value)) {
        why_set(why, "`value` is out of range: send a number that a double can hold");
        return ERR(RANGE);
    }
    return err_ok();
}

static err_t read_customer(const struct json *root, struct why *why, struct customer *ret_customer)
{
    const struct json *object = given(root, "customer");
    if (object == NULL) {
        return err_ok();
    }
    if (object->type != JSON_OBJECT) {
        return refuse_type(why, "customer", "an object", object);
    }
    struct customer customer = {0};
    const struct {
        const char *name;
        size_t bytes_max;
        struct slice *text;
    } members[] = {
        {"id", LIMIT_ID_BYTES_MAX, &customer.user_id},
        {"external_id", LIMIT_ID_BYTES_MAX, &customer.external_id},
        {"zendesk_id", LIMIT_ID_BYTES_MAX, &customer.zendesk_id},
        {"name", LIMIT_LABEL_BYTES_MAX, &customer.name},
        {"email", LIMIT_LABEL_BYTES_MAX, &customer.email},
        {"locale", LIMIT_LABEL_BYTES_MAX, &customer.locale},
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        err_t error =
            read_string(object, members[i].name, members[i].bytes_max, why, members[i].text);
        if (err_failed(error)) {
            why_prefix(why, "in `customer`: ");
            return error;
        }
    }
    *ret_customer = customer;
    return err_ok();
}

static err_t read_other(const struct platform_call *call, const struct kind *kind,
                        const struct json *root, struct why *why, struct platform_event *body)
{
    TRY(read_string(root, "text", LIMIT_TEXT_BYTES_MAX, why, &body->text));
    TRY(read_string(root, "name", LIMIT_LABEL_BYTES_MAX, why, &body->name));
    TRY(read_string(root, "reason", LIMIT_LABEL_BYTES_MAX, why, &body->reason));
    TRY(read_string(root, "summary", LIMIT_TEXT_BYTES_MAX, why, &body->summary));
    TRY(read_value(root, why, &body->value));
    if (kind->type == EVENT_HANDOFF) {
        TRY(bot_answer_read_wish(root, why, &body->handoff_way, &body->handoff_priority,
                                 &body->handoff_tags));
    }
    TRY(read_customer(root, why, &body->customer));
    const struct json *data = given(root, "data");
    if (data != NULL && data->type != JSON_OBJECT) {
        return refuse_type(why, "data", "an object", data);
    }
    body->data = member_raw(call->body, data);
    return err_ok();
}

static err_t read_kind(const struct json *root, struct why *why, const struct kind **ret_kind)
{
    struct slice name = {0};
    TRY(read_string(root, "type", LIMIT_ID_BYTES_MAX, why, &name));
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (slice_equal(name, kinds[i].name)) {
            *ret_kind = &kinds[i];
            return err_ok();
        }
    }
    why_set(why, "`type` must be one of reply, message, rating, action, handoff, customer_data, "
                 "end, handback");
    return slice_empty(name) ? ERR(MISSING) : ERR(RANGE);
}

/* The member that its type cannot do without; an empty text is none. */
static err_t check_needs(const struct kind *kind, const struct json *root, struct why *why)
{
    if (kind->needs == NULL) {
        return err_ok();
    }
    const struct json *value = given(root, kind->needs);
    bool empty = value != NULL && value->type == JSON_STRING && slice_empty(value->text);
    if (value == NULL || empty) {
        why_set(why, "`%s` is missing: send %s", kind->needs, kind->example);
        return ERR(MISSING);
    }
    return err_ok();
}

static err_t read_conversation(const struct platform_call *call, const struct json *root,
                               struct why *why, struct slice *ret_key)
{
    struct slice key = {0};
    TRY(read_string(root, "conversation", LIMIT_KEY_BYTES_MAX, why, &key));
    struct slice account = {0};
    struct slice id = {0};
    enum surface surface = SURFACE_NONE;
    if (slice_empty(key)) {
        why_set(why, "`conversation` is missing: send it as the turn had it");
        return ERR(MISSING);
    }
    if (err_failed(ident_key_parse(key, &account, &surface, &id)) || surface == SURFACE_USER ||
        surface == SURFACE_ACCOUNT) {
        why_set(why, "`conversation` is not one: send it exactly as the turn had it");
        return ERR(RANGE);
    }
    if (!slice_equal(account, call->account->name)) {
        why_set(why, "`conversation` belongs to another account than this store: post it to the "
                     "store that asked");
        return ERR(RANGE);
    }
    *ret_key = key;
    return err_ok();
}

static err_t read_id(struct arena *arena, const struct platform_call *call, const struct json *root,
                     struct why *why, struct slice *ret_id)
{
    struct slice id = {0};
    TRY(read_string(root, "id", LIMIT_ID_BYTES_MAX, why, &id));
    if (slice_empty(id) && call->id.len <= LIMIT_ID_BYTES_MAX) {
        id = call->id;
    }
    if (slice_empty(id)) {
        return fingerprint(arena, &call->body, 1, ret_id);
    }
    *ret_id = id;
    return err_ok();
}

err_t platform_read(struct arena *arena, const struct platform_call *call, const struct json *root,
                    struct why *why, struct event *ret_event)
{
    if (root->type != JSON_OBJECT) {
        why_set(why, "the body must be an object, not %s", json_type_name(root->type));
        return ERR(WRONG_TYPE);
    }
    const struct kind *kind = NULL;
    TRY(read_kind(root, why, &kind));
    TRY(check_needs(kind, root, why));
    struct event event = {
        .type = kind->type,
        .source = EVENT_FROM_PLATFORM,
        .account = call->account->name,
        .store = call->store->name,
    };
    struct platform_event *body = &event.body.platform;
    TRY(read_conversation(call, root, why, &event.conversation));
    TRY(read_id(arena, call, root, why, &event.id));
    if (kind->type == EVENT_BOT_REPLY) {
        TRY(read_string(root, "turn", LIMIT_ID_BYTES_MAX, why, &body->turn));
        TRY(bot_answer_read(arena, root, why, &body->answer));
    } else {
        TRY(read_other(call, kind, root, why, body));
    }
    if (kind->type == EVENT_PLATFORM_MESSAGE) {
        body->message_id = event.id;
    }
    *ret_event = event;
    return err_ok();
}

struct slice platform_field(const struct why *why)
{
    struct slice text = slice_of(why->text);
    struct slice before = {0};
    struct slice rest = {0};
    struct slice name = {0};
    struct slice after = {0};
    if (!slice_split(text, '`', &before, &rest) || !slice_split(rest, '`', &name, &after)) {
        return (struct slice){0};
    }
    return name;
}
