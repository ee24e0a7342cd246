/* Control port: what customers write in a widget. */
#include "sandbox/content.h"
#include "sandbox/control.h"
#include "sandbox/hooks.h"
#include "sandbox/messages.h"
#include "sandbox/router.h"
#include "sandbox/switching.h"

const struct brand *need_brand(struct call *c)
{
    const struct json *name = json_find(c->body, "brand");
    const struct brand *brand = store_brand(c->store, json_id(name));
    if (brand == NULL) {
        call_refuse(c, 400, "bad_request", "\"brand\" must be the name, id or widget of a brand");
    }
    return brand;
}

static struct conversation *newest_of(const struct user *user)
{
    struct conversation *newest = NULL;
    for (struct membership *m = user->conversations; m != NULL; m = m->next) {
        newest = m->conversation->removed ? newest : m->conversation;
    }
    return newest;
}

static struct conversation *begin_conversation(struct call *c, const struct brand *brand,
                                               struct user *user)
{
    struct conversation *conversation = NULL;
    struct participant *participant = NULL;
    if (!call_ok(c, store_add_conversation(c->store, c->now, &conversation))) {
        return NULL;
    }
    conversation->type = SLICE("personal");
    conversation->brand = brand;
    conversation->widget = brand->widget;
    conversation->is_default = user->conversations == NULL;
    if (!call_ok(c, store_add_participant(c->store, conversation, user, &participant))) {
        return NULL;
    }
    store_set_active(conversation, switching_responder(c->store, brand->widget), c->now);
    hooks_raise(c, &(struct hook){.type = HOOK_CONVERSATION_CREATE,
                                  .conversation = conversation,
                                  .user = user,
                                  .creation_reason = "message",
                                  .source_type = SLICE("web"),
                                  .source_integration_id = brand->widget->id});
    return conversation;
}

/* The conversation that the customer writes in: the one named, the newest, or a new one. */
static struct conversation *need_place(struct call *c, struct user **ret_user)
{
    struct slice wanted = json_string(json_find(c->body, "conversation"));
    bool fresh = slice_equal(wanted, SLICE("new"));
    if (!slice_empty(wanted) && !fresh) {
        struct conversation *named = need_conversation(c, wanted);
        *ret_user = named == NULL ? NULL : store_customer(named);
        if (named != NULL && *ret_user == NULL) {
            call_refuse(c, 409, "conflict", "The conversation has no customer");
            return NULL;
        }
        return named;
    }
    const struct brand *brand = need_brand(c);
    if (brand == NULL) {
        return NULL;
    }
    struct user *user = store_find_customer(c->store, brand->widget, c->params[0]);
    if (user == NULL &&
        !call_ok(c, store_add_customer(c->store, brand->widget, c->params[0], c->now, &user))) {
        return NULL;
    }
    *ret_user = user;
    struct conversation *newest = fresh ? NULL : newest_of(user);
    return newest == NULL ? begin_conversation(c, brand, user) : newest;
}

bool read_words(struct call *c, struct message_draft *draft)
{
    const struct json *content = json_find(c->body, "content");
    const struct json *text = json_find(c->body, "text");
    struct json type = {.type = JSON_STRING, .key = SLICE("type"), .text = SLICE("text")};
    struct json words = {.type = JSON_STRING, .key = SLICE("text")};
    struct json made = {.type = JSON_OBJECT, .first = &type, .count = 2};
    if (content == NULL) {
        words.text = json_string(text);
        type.next = &words;
        content = &made;
    }
    return check_metadata(c, c->body, &draft->metadata_json) &&
           check_content(c, content, &draft->content_json, &draft->text);
}

void answer_message(struct call *c, const struct conversation *conversation,
                    const struct message *message)
{
    call_begin(c, 201);
    json_object(&c->out);
    json_put_slice(&c->out, "conversation", conversation->id);
    json_put_slice(&c->out, "message", message->id);
    if (message->user != NULL) {
        json_put_slice(&c->out, "user", message->user->id);
    }
    if (conversation->brand != NULL) {
        json_put_int(&c->out, "brand", conversation->brand->id);
    }
    if (conversation->widget != NULL) {
        json_put_slice(&c->out, "widget_integration_id", conversation->widget->id);
    }
    json_end(&c->out);
}

static void customer_writes(struct call *c)
{
    struct user *user = NULL;
    struct message_draft draft = {.author = AUTHOR_USER, .source_type = SLICE("web")};
    if (!need_body(c) || !read_words(c, &draft)) {
        return;
    }
    struct conversation *conversation = need_place(c, &user);
    if (conversation == NULL) {
        return;
    }
    draft.user = user;
    if (conversation->widget != NULL) {
        draft.source_integration_id = conversation->widget->id;
    } else if (conversation->brand != NULL) { /* one that was made by API, shown in the widget */
        draft.source_integration_id = conversation->brand->widget->id;
    }
    const struct message *message = messages_add(c, conversation, &draft);
    if (message != NULL) {
        answer_message(c, conversation, message);
    }
}

struct route_table control_people_routes(void)
{
    static const struct route routes[] = {
        {"POST", "/sandbox/customers/{}/messages", NEED_NOTHING, customer_writes},
    };
    return ROUTE_TABLE(routes);
}
