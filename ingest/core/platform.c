#include "ingest/core/platform.h"

#include "base/limits.h"
#include "ingest/core/fingerprint.h"
#include "ingest/core/member.h"
#include "ingest/core/platform_members.h"

#include <math.h>

enum { CHAT_ID_BYTES_MAX = 160 };

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
    {{"answer", 6}, EVENT_ANSWERED, NULL, NULL},
};

static err_t read_value(const struct json *root, struct why *why, double *ret_value)
{
    const struct json *value = members_given(root, "value");
    if (value == NULL) {
        return err_ok();
    }
    if (value->type != JSON_NUMBER) {
        return members_refuse_type(why, "value", "a number", value);
    }
    *ret_value = json_double(value, HUGE_VAL);
    if (!isfinite(*ret_value)) {
        why_set(why, "`value` is out of range: send a number that a double can hold");
        return ERR(RANGE);
    }
    return err_ok();
}

static err_t read_other(struct arena *arena, const struct platform_call *call,
                        const struct kind *kind, const struct json *root, struct why *why,
                        struct platform_event *body)
{
    TRY(members_text(root, "text", LIMIT_TEXT_BYTES_MAX, why, &body->text));
    TRY(members_text(root, "name", LIMIT_LABEL_BYTES_MAX, why, &body->name));
    TRY(members_text(root, "reason", LIMIT_LABEL_BYTES_MAX, why, &body->reason));
    TRY(members_text(root, "summary", LIMIT_TEXT_BYTES_MAX, why, &body->summary));
    TRY(read_value(root, why, &body->value));
    if (kind->type == EVENT_HANDOFF) {
        TRY(bot_answer_read_wish(root, why, &body->handoff_way, &body->handoff_priority,
                                 &body->handoff_tags));
    }
    TRY(platform_customer(root, why, &body->customer));
    TRY(members_attachments(arena, root, why, &body->attachments, &body->attachment_count));
    const struct json *data = members_given(root, "data");
    if (data != NULL && data->type != JSON_OBJECT) {
        return members_refuse_type(why, "data", "an object", data);
    }
    body->data = member_raw(call->body, data);
    return err_ok();
}

static err_t read_kind(const struct json *root, struct why *why, const struct kind **ret_kind)
{
    struct slice name = {0};
    TRY(members_text(root, "type", LIMIT_ID_BYTES_MAX, why, &name));
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (slice_equal(name, kinds[i].name)) {
            *ret_kind = &kinds[i];
            return err_ok();
        }
    }
    why_set(why, "`type` must be one of reply, message, rating, action, handoff, customer_data, "
                 "end, handback, answer");
    return slice_empty(name) ? ERR(MISSING) : ERR(RANGE);
}

/* The member that its type cannot do without; an empty text is none. */
static err_t check_needs(const struct kind *kind, const struct json *root, struct why *why)
{
    if (kind->needs == NULL) {
        return err_ok();
    }
    const struct json *value = members_given(root, kind->needs);
    const struct json *files = members_given(root, "attachments");
    if (kind->type == EVENT_PLATFORM_MESSAGE && files != NULL && files->count > 0) {
        return err_ok(); /* a file says something without words */
    }
    bool empty = value != NULL && value->type == JSON_STRING && slice_empty(value->text);
    if (value == NULL || empty) {
        why_set(why, "`%s` is missing: send %s", kind->needs, kind->example);
        return ERR(MISSING);
    }
    return err_ok();
}

/* A chat of the platform's own: its id there, below the store's name, since two platforms of one
 * account may have the same. */
static err_t read_chat(struct arena *arena, const struct platform_call *call, struct slice chat,
                       struct why *why, struct slice *ret_key)
{
    struct slice id = {0};
    if (!call->store->chat) {
        why_set(why,
                "`chat` is for stores that have \"chat\" in their configuration: add it there, "
                "or send `conversation` as the turn had it");
        return ERR(RANGE);
    }
    TRY(arena_printf(arena, &id, "%.*s:%.*s", SLICE_ARG(call->store->name), SLICE_ARG(chat)));
    return ident_key(arena, call->account->name, SURFACE_CHAT, id, ret_key);
}

static err_t read_key(const struct platform_call *call, struct slice key, struct why *why)
{
    struct slice account = {0};
    struct slice id = {0};
    struct slice store = {0};
    struct slice chat = {0};
    enum surface surface = SURFACE_NONE;
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
    bool is_named = slice_split(id, ':', &store, &chat) && chat.len > 0;
    if (surface == SURFACE_CHAT && (!is_named || !slice_equal(store, call->store->name))) {
        why_set(why, "`conversation` is a chat of another store: post it to that one, or send your "
                     "own id as `chat`");
        return ERR(RANGE);
    }
    return err_ok();
}

static err_t read_conversation(struct arena *arena, const struct platform_call *call,
                               const struct json *root, struct why *why, struct slice *ret_key)
{
    struct slice key = {0};
    struct slice chat = {0};
    struct slice of_chat = {0};
    TRY(members_text(root, "conversation", LIMIT_KEY_BYTES_MAX, why, &key));
    TRY(members_text(root, "chat", CHAT_ID_BYTES_MAX, why, &chat));
    if (slice_empty(key) && slice_empty(chat)) {
        why_set(why,
                "`conversation` is missing: send it as the turn had it, or the id of a chat of "
                "your own as `chat`");
        return ERR(MISSING);
    }
    if (!slice_empty(chat)) {
        TRY(read_chat(arena, call, chat, why, &of_chat));
    }
    if (!slice_empty(key)) {
        TRY(read_key(call, key, why));
    }
    if (!slice_empty(chat) && !slice_empty(key) && !slice_equal(key, of_chat)) {
        why_set(why, "`chat` is not the one of `conversation`: send one of the two");
        return ERR(RANGE);
    }
    *ret_key = slice_empty(key) ? of_chat : key;
    return err_ok();
}

static err_t read_id(struct arena *arena, const struct platform_call *call, const struct json *root,
                     bool is_message, struct why *why, struct slice *ret_id)
{
    struct slice id = {0};
    TRY(members_text(root, "id", LIMIT_ID_BYTES_MAX, why, &id));
    if (slice_empty(id) && call->id.len <= LIMIT_ID_BYTES_MAX) {
        id = call->id;
    }
    if (slice_empty(id) && is_message) { /* "yes" and "yes" are two */
        why_set(why, "`id` is missing: send the message's own id, which a repeated post repeats");
        return ERR(MISSING);
    }
    if (slice_empty(id)) {
        return fingerprint(arena, &call->body, 1, ret_id);
    }
    *ret_id = id;
    return err_ok();
}

static bool is_chats_message(const struct event *event)
{
    struct slice account = {0};
    struct slice id = {0};
    enum surface surface = SURFACE_NONE;
    return event->type == EVENT_PLATFORM_MESSAGE &&
           !err_failed(ident_key_parse(event->conversation, &account, &surface, &id)) &&
           surface == SURFACE_CHAT;
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
    TRY(read_conversation(arena, call, root, why, &event.conversation));
    TRY(read_id(arena, call, root, is_chats_message(&event), why, &event.id));
    if (kind->type == EVENT_BOT_REPLY) {
        TRY(members_text(root, "turn", LIMIT_ID_BYTES_MAX, why, &body->turn));
        TRY(bot_answer_read(arena, root, why, &body->answer));
    } else if (kind->type == EVENT_ANSWERED) {
        TRY(platform_customer(root, why, &body->customer));
        TRY(bot_answer_read(arena, root, why, &body->answer));
    } else {
        TRY(read_other(arena, call, kind, root, why, body));
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
