/* Messages of a conversation, and typing and read signs. */
#include "sandbox/content.h"
#include "sandbox/hooks.h"
#include "sandbox/messages.h"
#include "sandbox/render.h"
#include "sandbox/router.h"
#include "sandbox/text.h"

enum { MESSAGES_PAGE = 100 };

static bool check_business(struct call *c, const struct json *author, struct message_draft *draft)
{
    const struct json *subtypes = json_find(author, "subtypes");
    draft->author = AUTHOR_BUSINESS;
    draft->subtype = SLICE("bot");
    if (subtypes != NULL && subtypes->type != JSON_NULL) {
        struct slice name = json_string(subtypes->first);
        bool known = slice_equal(name, SLICE("AI")) || slice_equal(name, SLICE("activity"));
        if (subtypes->type != JSON_ARRAY || subtypes->count != 1 || !known) {
            call_refuse(c, 400, "bad_request", "\"author.subtypes\" must be one of [AI, activity]");
            return false;
        }
        draft->subtype = slice_equal(name, SLICE("AI")) ? SLICE("AI") : SLICE("activity");
    }
    return check_text(c, author, "displayName", 100, &draft->display_name) &&
           check_text(c, author, "avatarUrl", 2048, &draft->avatar_url);
}

static bool check_author(struct call *c, const struct conversation *conversation,
                         struct message_draft *draft)
{
    const struct json *author = json_find(c->body, "author");
    struct slice type = json_string(json_find(author, "type"));
    if (slice_equal(type, SLICE("business"))) {
        return check_business(c, author, draft);
    }
    if (!slice_equal(type, SLICE("user"))) {
        call_refuse(c, 400, "bad_request", "\"author.type\" must be one of [business, user]");
        return false;
    }
    struct slice id = json_string(json_find(author, "userId"));
    struct slice external_id = json_string(json_find(author, "userExternalId"));
    if (slice_empty(id) == slice_empty(external_id)) {
        call_refuse(c, 400, "bad_request",
                    "One of \"author.userId\" or \"author.userExternalId\" is required");
        return false;
    }
    draft->author = AUTHOR_USER;
    draft->user =
        need_user(c, slice_empty(id) ? external_id : id, json_string(json_find(author, "brandId")));
    if (draft->user != NULL && store_participant(conversation, draft->user) == NULL) {
        call_refuse(c, 400, "bad_request", "User is not a participant of the conversation");
        return false;
    }
    return draft->user != NULL && check_text(c, author, "displayName", 100, &draft->display_name);
}

static bool check_destination(struct call *c, struct message_draft *draft)
{
    const struct json *destination = json_find(c->body, "destination");
    if (destination == NULL || destination->type == JSON_NULL) {
        return true;
    }
    struct slice type = json_string(json_find(destination, "integrationType"));
    struct slice id = json_string(json_find(destination, "integrationId"));
    draft->silent = slice_equal(type, SLICE("none"));
    if (slice_empty(type) == slice_empty(id) || draft->author == AUTHOR_USER) {
        call_refuse(c, 400, "bad_request", "\"destination\" is not valid");
        return false;
    }
    return true;
}

static void post_message(struct call *c)
{
    struct message_draft draft = {.source_type = SLICE("api:conversations")};
    struct conversation *conversation = need_conversation(c, c->params[1]);
    if (conversation == NULL || !need_body(c) || !check_author(c, conversation, &draft) ||
        !check_destination(c, &draft) || !check_metadata(c, c->body, &draft.metadata_json) ||
        !check_content(c, json_find(c->body, "content"), &draft.content_json, &draft.text)) {
        return;
    }
    const struct message *message = messages_add(c, conversation, &draft);
    if (message == NULL) {
        return;
    }
    const struct message_view view = {0};
    call_begin(c, 201);
    json_object(&c->out);
    json_key(&c->out, "messages");
    json_array(&c->out);
    render_message(&c->out, message, &view);
    json_end(&c->out);
    json_end(&c->out);
}

static void list_messages(struct call *c)
{
    const struct conversation *conversation = need_conversation(c, c->params[1]);
    const struct message_view view = {0};
    struct page page = {0};
    size_t count = 0;
    if (conversation == NULL) {
        return;
    }
    struct slice *ids = ARENA_ARRAY(c->arena, struct slice, conversation->message_count + 1);
    struct message **shown =
        ARENA_ARRAY(c->arena, struct message *, conversation->message_count + 1);
    if (ids == NULL || shown == NULL) {
        (void)call_ok(c, ERR(ARENA_FULL));
        return;
    }
    for (size_t i = 0; i < conversation->message_count; i++) {
        struct message *message = conversation->messages[i];
        if (!message->removed && call_sees(c, message->received)) {
            ids[count] = message->id;
            shown[count++] = message;
        }
    }
    if (!check_page(c, ids, count, MESSAGES_PAGE, &page)) {
        return;
    }
    call_begin(c, 200);
    json_object(&c->out);
    json_key(&c->out, "messages");
    json_array(&c->out);
    for (size_t i = page.from; i < page.to; i++) {
        render_message(&c->out, shown[i], &view);
    }
    json_end(&c->out);
    write_page(c, &page, ids);
    json_end(&c->out);
}

static void delete_messages(struct call *c)
{
    struct conversation *conversation = need_conversation(c, c->params[1]);
    if (conversation == NULL) {
        return;
    }
    for (size_t i = 0; i < conversation->message_count; i++) {
        conversation->messages[i]->removed = true;
    }
    conversation->message_live = 0;
    conversation->message_count = 0;
    call_touched(c, "conversation", conversation->id);
    call_empty(c);
}

static void delete_message(struct call *c)
{
    struct conversation *conversation = need_conversation(c, c->params[1]);
    for (size_t i = 0; conversation != NULL && i < conversation->message_count; i++) {
        struct message *message = conversation->messages[i];
        if (!message->removed && slice_equal(message->id, c->params[2])) {
            message->removed = true;
            conversation->message_live--;
            call_touched(c, "message", message->id);
            call_empty(c);
            return;
        }
    }
    if (conversation != NULL) {
        call_refuse(c, 404, "message_not_found", "Message not found");
    }
}

static void user_read(struct call *c, struct conversation *conversation,
                      const struct message_draft *draft)
{
    struct participant *participant = store_participant(conversation, draft->user);
    participant->last_read = c->now;
    participant->unread_count = 0;
    hooks_raise(c, &(struct hook){.type = HOOK_CONVERSATION_READ,
                                  .conversation = conversation,
                                  .user = draft->user,
                                  .source_type = SLICE("api:conversations"),
                                  .activity_type = SLICE("conversation:read")});
}

static void post_activity(struct call *c)
{
    struct message_draft draft = {0};
    struct conversation *conversation = need_conversation(c, c->params[1]);
    if (conversation == NULL || !need_body(c) || !check_author(c, conversation, &draft)) {
        return;
    }
    struct slice type = json_string(json_find(c->body, "type"));
    bool is_read = slice_equal(type, SLICE("conversation:read"));
    bool is_typing =
        slice_equal(type, SLICE("typing:start")) || slice_equal(type, SLICE("typing:stop"));
    if (!is_read && (!is_typing || draft.author == AUTHOR_USER)) {
        call_refuse(c, 400, "bad_request",
                    draft.author == AUTHOR_USER
                        ? "\"type\" must be conversation:read for a user"
                        : "\"type\" must be one of [conversation:read, typing:start, typing:stop]");
        return;
    }
    call_touched(c, "activity", conversation->id);
    if (is_read && draft.author == AUTHOR_USER) {
        user_read(c, conversation, &draft);
    } else if (is_read) {
        conversation->business_last_read = c->now;
    }
    call_empty(c);
}

struct route_table api_messages_routes(void)
{
    static const struct route routes[] = {
        {"POST", "/v2/apps/{}/conversations/{}/messages", NEED_INTEGRATION, post_message},
        {"GET", "/v2/apps/{}/conversations/{}/messages", NEED_INTEGRATION, list_messages},
        {"DELETE", "/v2/apps/{}/conversations/{}/messages", NEED_INTEGRATION, delete_messages},
        {"DELETE", "/v2/apps/{}/conversations/{}/messages/{}", NEED_INTEGRATION, delete_message},
        {"POST", "/v2/apps/{}/conversations/{}/activity", NEED_INTEGRATION, post_activity},
    };
    return ROUTE_TABLE(routes);
}
