/* Participants of a conversation: list, join, leave. */
#include "sandbox/hooks.h"
#include "sandbox/render.h"
#include "sandbox/router.h"

enum { GROUP_USERS_MAX = 10 };

static size_t count_participants(const struct conversation *conversation)
{
    size_t count = 0;
    for (const struct participant *p = conversation->participants; p != NULL; p = p->next) {
        count += p->left ? 0 : 1;
    }
    return count;
}

static void list_participants(struct call *c)
{
    const struct conversation *conversation = need_conversation(c, c->params[1]);
    struct page page = {0};
    size_t count = 0;
    if (conversation == NULL) {
        return;
    }
    size_t room = count_participants(conversation) + 1;
    struct slice *ids = ARENA_ARRAY(c->arena, struct slice, room);
    const struct participant **shown = ARENA_ARRAY(c->arena, const struct participant *, room);
    if (ids == NULL || shown == NULL) {
        (void)call_ok(c, ERR(ARENA_FULL));
        return;
    }
    for (const struct participant *p = conversation->participants; p != NULL; p = p->next) {
        if (!p->left) {
            ids[count] = p->id;
            shown[count++] = p;
        }
    }
    if (!check_page(c, ids, count, 0, &page)) {
        return;
    }
    call_begin(c, 200);
    json_object(&c->out);
    json_key(&c->out, "participants");
    json_array(&c->out);
    for (size_t i = page.from; i < page.to; i++) {
        render_participant(&c->out, shown[i]);
    }
    json_end(&c->out);
    write_page(c, &page, ids);
    json_end(&c->out);
}

static struct user *need_named_user(struct call *c)
{
    struct slice id = json_string(json_find(c->body, "userId"));
    struct slice external_id = json_string(json_find(c->body, "userExternalId"));
    if (slice_empty(id) == slice_empty(external_id)) {
        call_refuse(c, 400, "bad_request",
                    "One of \"userId\" or \"userExternalId\" is required, but not both");
        return NULL;
    }
    return need_user(c, slice_empty(id) ? external_id : id, (struct slice){0});
}

static void join(struct call *c)
{
    struct conversation *conversation = need_conversation(c, c->params[1]);
    struct participant *participant = NULL;
    if (conversation == NULL || !need_body(c)) {
        return;
    }
    struct user *user = need_named_user(c);
    if (user == NULL) {
        return;
    }
    if (!slice_equal(conversation->type, SLICE("sdkGroup"))) {
        call_refuse(c, 400, "bad_request", "Only sdkGroup conversations can be joined");
        return;
    }
    if (store_participant(conversation, user) != NULL) {
        call_refuse(c, 400, "bad_request", "User is already a participant of the conversation");
        return;
    }
    if (count_participants(conversation) >= GROUP_USERS_MAX) {
        call_refuse(c, 400, "bad_request", "Too many participants");
        return;
    }
    if (!call_ok(c, store_add_participant(c->store, conversation, user, &participant))) {
        return;
    }
    call_touched(c, "participant", participant->id);
    hooks_raise(c, &(struct hook){
                       .type = HOOK_CONVERSATION_JOIN, .conversation = conversation, .user = user});
    call_begin(c, 201);
    json_object(&c->out);
    json_key(&c->out, "participant");
    render_participant(&c->out, participant);
    json_end(&c->out);
}

static struct participant *find_named(struct call *c, const struct conversation *conversation)
{
    struct slice id = json_string(json_find(c->body, "participantId"));
    if (slice_empty(id)) {
        struct user *user = need_named_user(c);
        return user == NULL ? NULL : store_participant(conversation, user);
    }
    for (struct participant *p = conversation->participants; p != NULL; p = p->next) {
        if (!p->left && slice_equal(p->id, id)) {
            return p;
        }
    }
    return NULL;
}

static void leave(struct call *c)
{
    struct conversation *conversation = need_conversation(c, c->params[1]);
    if (conversation == NULL || !need_body(c)) {
        return;
    }
    struct participant *participant = find_named(c, conversation);
    if (participant == NULL) {
        if (c->answer->status < 300 || c->answer->status == 500) {
            call_refuse(c, 404, "not_found", "User is not a member of the conversation");
        }
        return;
    }
    if (!slice_equal(conversation->type, SLICE("sdkGroup"))) {
        call_refuse(c, 400, "bad_request", "Only sdkGroup conversations can be left");
        return;
    }
    participant->left = true;
    call_touched(c, "participant", participant->id);
    hooks_raise(c, &(struct hook){.type = HOOK_CONVERSATION_LEAVE,
                                  .conversation = conversation,
                                  .user = participant->user});
    call_empty(c);
}

struct route_table api_participants_routes(void)
{
    static const struct route routes[] = {
        {"GET", "/v2/apps/{}/conversations/{}/participants", NEED_INTEGRATION, list_participants},
        {"POST", "/v2/apps/{}/conversations/{}/join", NEED_INTEGRATION, join},
        {"POST", "/v2/apps/{}/conversations/{}/leave", NEED_INTEGRATION, leave},
    };
    return ROUTE_TABLE(routes);
}
