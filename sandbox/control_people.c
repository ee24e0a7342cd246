/* Control port: what customers write in a widget, and two of them who turn out to be one. */
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

/* --- two customers who turn out to be one --- */

/* What was said in the one stands in the other from now on, in the order in which it was said. */
static bool join_messages(struct call *c, struct user *stays, struct conversation *into,
                          struct conversation *from)
{
    size_t count = into->message_count + from->message_count;
    struct message **all = ARENA_ARRAY(&c->store->arena, struct message *, count);
    if (all == NULL) {
        return call_ok(c, ERR(ARENA_FULL));
    }
    size_t mine = 0;
    size_t theirs = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_theirs =
            mine == into->message_count ||
            (theirs < from->message_count &&
             wall_before(from->messages[theirs]->received, into->messages[mine]->received));
        all[i] = is_theirs ? from->messages[theirs++] : into->messages[mine++];
        all[i]->user = all[i]->user != NULL ? stays : NULL;
    }
    into->messages = all;
    into->message_count = count;
    into->message_room = count;
    into->message_live += from->message_live;
    from->removed = true;
    return true;
}

/* The conversations of the one who goes: the newest becomes a part of the other's newest, if there
 * is one; else they are the other's, under their own ids. */
static bool join_people(struct call *c, struct user *stays, struct user *goes, struct hook *hook)
{
    struct conversation *from = newest_of(goes);
    struct conversation *into = newest_of(stays);
    if (from != NULL && into != NULL) {
        hook->surviving = into;
        hook->discarded = from;
        if (!join_messages(c, stays, into, from)) {
            return false;
        }
    }
    for (struct membership *m = goes->conversations; m != NULL; m = m->next) {
        struct participant *participant = NULL;
        struct participant *before = store_participant(m->conversation, goes);
        if (m->conversation->removed || before == NULL) {
            continue;
        }
        before->left = true;
        if (!call_ok(c, store_add_participant(c->store, m->conversation, stays, &participant))) {
            return false;
        }
    }
    return true;
}

static void customers_merge(struct call *c)
{
    struct slice name = json_string(json_find(c->body, "into"));
    const struct brand *brand = need_body(c) ? need_brand(c) : NULL;
    if (brand == NULL) {
        return;
    }
    struct user *goes = store_find_customer(c->store, brand->widget, c->params[0]);
    struct user *stays = store_find_customer(c->store, brand->widget, name);
    if (goes == NULL || stays == NULL || goes == stays) {
        call_refuse(c, 400, "bad_request",
                    "\"into\" must name another customer of the brand, and both must have written");
        return;
    }
    struct hook hook = {
        .type = HOOK_USER_MERGE, .user = stays, .discarded_user = goes, .reason = "sdkLogin"};
    if (!join_people(c, stays, goes, &hook) ||
        !call_ok(c, store_rename_customer(c->store, brand->widget, c->params[0], stays))) {
        return;
    }
    store_remove_user(c->store, goes);
    call_touched(c, "user", stays->id);
    hooks_raise(c, &hook);
    call_begin(c, 200);
    json_object(&c->out);
    json_put_slice(&c->out, "user", stays->id);
    json_put_slice(&c->out, "discarded_user", goes->id);
    if (hook.discarded != NULL) {
        json_put_slice(&c->out, "conversation", hook.surviving->id);
        json_put_slice(&c->out, "discarded_conversation", hook.discarded->id);
    }
    json_end(&c->out);
}

struct route_table control_people_routes(void)
{
    static const struct route routes[] = {
        {"POST", "/sandbox/customers/{}/messages", NEED_NOTHING, customer_writes},
        {"POST", "/sandbox/customers/{}/merge", NEED_NOTHING, customers_merge},
    };
    return ROUTE_TABLE(routes);
}
