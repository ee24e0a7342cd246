#include "ingest/core/conversations.h"

#include "base/limits.h"
#include "ingest/core/member.h"

#include <sodium.h>

static const struct {
    struct slice name;
    enum event_type type;
    enum switchboard_action action;
} types[] = {
    {{"conversation:message", 20}, EVENT_MESSAGE, SWITCHBOARD_NONE},
    {{"conversation:create", 19}, EVENT_CONVERSATION_CREATED, SWITCHBOARD_NONE},
    {{"conversation:postback", 21}, EVENT_POSTBACK, SWITCHBOARD_NONE},
    {{"conversation:remove", 19}, EVENT_CONVERSATION_REMOVED, SWITCHBOARD_NONE},
    {{"user:merge", 10}, EVENT_USER_MERGED, SWITCHBOARD_NONE},
    {{"switchboard:passControl", 23}, EVENT_SWITCHBOARD, SWITCHBOARD_PASS},
    {{"switchboard:passControl:failure", 31}, EVENT_SWITCHBOARD, SWITCHBOARD_PASS_FAILED},
    {{"switchboard:offerControl", 24}, EVENT_SWITCHBOARD, SWITCHBOARD_OFFER},
    {{"switchboard:offerControl:failure", 32}, EVENT_SWITCHBOARD, SWITCHBOARD_OFFER_FAILED},
    {{"switchboard:acceptControl", 25}, EVENT_SWITCHBOARD, SWITCHBOARD_ACCEPT},
    {{"switchboard:acceptControl:failure", 33}, EVENT_SWITCHBOARD, SWITCHBOARD_ACCEPT_FAILED},
    {{"switchboard:releaseControl", 26}, EVENT_SWITCHBOARD, SWITCHBOARD_RELEASE},
};

/* An event with what of it is looked at more than once. */
struct reading {
    struct arena *arena;
    const struct account *account;
    const struct json *payload;
    const struct json *conversation;
    const struct json *message;
    const struct json *author; /* of the message, or of the activity (read, typing) */
    const struct json *source;
};

static const struct json *object_or_null(const struct json *value)
{
    return value != NULL && value->type == JSON_OBJECT ? value : NULL;
}

static struct reading reading_of(struct arena *arena, const struct account *account,
                                 const struct json *payload)
{
    struct reading r = {.arena = arena, .account = account, .payload = payload};
    r.conversation = object_or_null(json_find(payload, "conversation"));
    r.message = object_or_null(json_find(payload, "message"));
    const struct json *activity = object_or_null(json_find(payload, "activity"));
    const struct json *speaking = r.message != NULL ? r.message : activity;
    r.author = object_or_null(json_find(speaking, "author"));
    r.source = object_or_null(json_find(speaking, "source"));
    if (r.source == NULL) {
        r.source = object_or_null(json_find(payload, "source"));
    }
    return r;
}

static struct integration read_integration(const struct json *value)
{
    if (object_or_null(value) == NULL) {
        return (struct integration){0};
    }
    return (struct integration){
        .present = true,
        .id = member_id(json_find(value, "id")),
        .name = member_label(json_find(value, "name")),
        .integration_id = member_id(json_find(value, "integrationId")),
        .type = member_label(json_find(value, "integrationType")),
    };
}

static enum author read_author(const struct reading *r)
{
    struct slice type = json_string(json_find(r->author, "type"));
    if (slice_equal(type, SLICE("user"))) {
        return AUTHOR_CUSTOMER;
    }
    if (slice_equal(type, SLICE("business"))) {
        return AUTHOR_BUSINESS;
    }
    return AUTHOR_NONE;
}

/* "given surname", one of them, or the name that the message shows. */
static err_t read_name(const struct reading *r, const struct json *user, struct slice *ret_name)
{
    struct slice given = member_label(json_find(user, "profile.givenName"));
    struct slice surname = member_label(json_find(user, "profile.surname"));
    if (given.len > 0 && surname.len > 0) {
        TRY(arena_printf(r->arena, ret_name, "%.*s %.*s", SLICE_ARG(given), SLICE_ARG(surname)));
        *ret_name = slice_cut_utf8(*ret_name, LIMIT_LABEL_BYTES_MAX);
        return err_ok();
    }
    struct slice shown = {0};
    if (read_author(r) == AUTHOR_CUSTOMER) {
        shown = member_label(json_find(r->author, "displayName"));
    }
    *ret_name = member_or(member_or(given, surname), shown);
    return err_ok();
}

/* The user stands in the payload, in the author, or (a merge) as the one that survives. */
static err_t read_customer(const struct reading *r, struct customer *ret_customer)
{
    const struct json *user = object_or_null(json_find(r->payload, "user"));
    if (user == NULL && read_author(r) == AUTHOR_CUSTOMER) {
        user = object_or_null(json_find(r->author, "user"));
    }
    if (user == NULL) {
        user = object_or_null(json_find(r->payload, "mergedUsers.surviving"));
    }
    struct customer customer = {
        .user_id = member_id(json_find(user, "id")),
        .external_id = member_id(json_find(user, "externalId")),
        .zendesk_id = member_id(json_find(user, "zendeskId")),
        .email = member_label(json_find(user, "profile.email")),
        .locale = member_label(json_find(user, "profile.locale")),
    };
    if (customer.user_id.len == 0 && read_author(r) == AUTHOR_CUSTOMER) {
        customer.user_id = member_id(json_find(r->author, "userId"));
    }
    TRY(read_name(r, user, &customer.name));
    *ret_customer = customer;
    return err_ok();
}

static err_t read_attachment(struct arena *arena, const struct json *content,
                             struct conversations_event *event)
{
    struct slice url = member_url(json_find(content, "mediaUrl"));
    if (url.len == 0) {
        return err_ok();
    }
    struct attachment *attachment = ARENA_NEW(arena, struct attachment);
    if (attachment == NULL) {
        return ARENA_ERR(arena);
    }
    attachment->url = url;
    attachment->media_type = member_label(json_find(content, "mediaType"));
    attachment->name = member_label(json_find(content, "altText"));
    event->attachments = attachment;
    event->attachment_count = 1;
    return err_ok();
}

/* The text that a person would see of a content of any kind. */
static struct slice read_text(const struct json *content)
{
    struct slice text = member_text(json_find(content, "text"));
    text = member_or(text, member_text(json_find(content, "textFallback")));
    return member_or(text, member_text(json_find(content, "caption")));
}

static err_t read_message(const struct reading *r, struct conversations_event *event)
{
    event->message_id = member_id(json_find(r->message, "id"));
    event->received = member_time(json_find(r->message, "received"));
    event->author = read_author(r);
    const struct json *subtypes = json_find(r->author, "subtypes");
    if (subtypes != NULL && subtypes->type == JSON_ARRAY) {
        event->author_subtype = member_label(subtypes->first);
    }
    event->author_name = member_label(json_find(r->author, "displayName"));
    const struct json *content = object_or_null(json_find(r->message, "content"));
    event->content_type = member_label(json_find(content, "type"));
    event->text = read_text(content);
    event->payload = member_text(json_find(content, "payload"));
    TRY(read_attachment(r->arena, content, event));
    event->activity = member_label(json_find(r->message, "activity.type"));
    const struct json *metadata = json_find(r->message, "metadata");
    event->effect_id = member_label(json_member(metadata, SLICE("tieline.effect")));
    event->deleted = json_bool(json_find(r->message, "deleted"), false);
    return err_ok();
}

/* What stands where depends on the type; the readers take what is there. */
static err_t read_body(const struct reading *r, struct conversations_event *event)
{
    event->conversation_id = member_id(json_find(r->conversation, "id"));
    event->brand_id = member_id(json_find(r->conversation, "brandId"));
    event->source_type = member_label(json_find(r->source, "type"));
    event->active = read_integration(json_find(r->conversation, "activeSwitchboardIntegration"));
    event->pending = read_integration(json_find(r->conversation, "pendingSwitchboardIntegration"));
    TRY(read_customer(r, &event->customer));
    TRY(read_message(r, event));
    const struct json *postback = object_or_null(json_find(r->payload, "postback"));
    if (postback != NULL) {
        event->payload = member_text(json_find(postback, "payload"));
        event->author = AUTHOR_CUSTOMER;
    }
    /* Only what a customer sent says which widget it came through. */
    if (event->author != AUTHOR_BUSINESS) {
        event->widget_id = member_id(json_find(r->source, "integrationId"));
    }
    event->reason = member_or(member_label(json_find(r->payload, "reason")),
                              member_or(member_label(json_find(r->payload, "creationReason")),
                                        member_label(json_find(r->payload, "error.code"))));
    event->discarded_user_id = member_id(json_find(r->payload, "mergedUsers.discarded.id"));
    event->surviving_conversation_id =
        member_id(json_find(r->payload, "mergedConversations.surviving.id"));
    event->discarded_conversation_id =
        member_id(json_find(r->payload, "mergedConversations.discarded.id"));
    return err_ok();
}

/* The key that a conversation of our making carries, if its MAC shows that we wrote it: page code
 * may set metadata too. */
static bool own_key(const struct reading *r, struct slice *ret_key)
{
    const struct json *metadata = json_find(r->conversation, "metadata");
    struct slice key = json_string(json_member(metadata, SLICE("tieline.key")));
    struct slice mac = json_string(json_member(metadata, SLICE("tieline.mac")));
    struct slice account = {0};
    struct slice id = {0};
    enum surface surface = SURFACE_NONE;
    if (mac.len != IDENT_EFFECT_TEXT_BYTES - 1 || r->account->id_key.len != IDENT_KEY_BYTES ||
        err_failed(ident_key_parse(key, &account, &surface, &id)) ||
        !slice_equal(account, r->account->name)) {
        return false;
    }
    char expected[IDENT_EFFECT_TEXT_BYTES];
    ident_key_mac(r->account->id_key, key, expected);
    if (sodium_memcmp(expected, mac.ptr, mac.len) != 0) {
        return false;
    }
    *ret_key = key;
    return true;
}

static err_t read_key(const struct reading *r, struct slice event_id,
                      const struct conversations_event *event, struct slice *ret_key)
{
    if (own_key(r, ret_key)) {
        return err_ok();
    }
    struct slice account = r->account->name;
    if (r->conversation != NULL) { /* an id that is none must not make it a user's event */
        return ident_key(r->arena, account, SURFACE_MESSAGING, event->conversation_id, ret_key);
    }
    struct slice user = member_or(event->customer.user_id, event_id);
    return ident_key(r->arena, account, SURFACE_USER, user, ret_key);
}

err_t conversations_read(struct arena *arena, const struct account *account,
                         const struct json *item, struct why *why, struct event *ret_event)
{
    if (item->type != JSON_OBJECT) {
        why_set(why, "an event must be an object, not %s", json_type_name(item->type));
        return ERR(WRONG_TYPE);
    }
    struct event event = {
        .type = EVENT_CONVERSATIONS_OTHER,
        .source = EVENT_FROM_CONVERSATIONS,
        .id = member_id(json_find(item, "id")),
        .account = account->name,
    };
    struct conversations_event *body = &event.body.conversations;
    body->type = member_label(json_find(item, "type"));
    if (event.id.len == 0 || body->type.len == 0) {
        why_set(why, "an event needs `%s`, a text", event.id.len == 0 ? "id" : "type");
        return ERR(MISSING);
    }
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (slice_equal(body->type, types[i].name)) {
            event.type = types[i].type;
            body->switchboard = types[i].action;
        }
    }
    event.occurred = member_time(json_find(item, "createdAt"));
    struct reading r = reading_of(arena, account, object_or_null(json_find(item, "payload")));
    TRY(read_body(&r, body));
    if (!wall_known(body->received)) {
        body->received = event.occurred;
    }
    err_t error = read_key(&r, event.id, body, &event.conversation);
    if (err_failed(error)) {
        why_set(why, "the id of its conversation is missing or cannot be one");
        return error;
    }
    *ret_event = event;
    return err_ok();
}
