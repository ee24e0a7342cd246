/* Conversations: create, read, list, update, delete. */
#include "sandbox/hooks.h"
#include "sandbox/render.h"
#include "sandbox/router.h"
#include "sandbox/switching.h"

enum { DISPLAY_NAME_UNITS_MAX = 100, PARTICIPANTS_MAX = 10 };

static void write_conversation(struct call *c, const struct conversation *conversation)
{
    bool lags = !call_sees(c, conversation->active_since);
    render_conversation(&c->out, conversation,
                        lags ? conversation->active_before : conversation->active);
}

static void answer_conversation(struct call *c, unsigned status,
                                const struct conversation *conversation)
{
    call_begin(c, status);
    json_object(&c->out);
    json_key(&c->out, "conversation");
    write_conversation(c, conversation);
    json_end(&c->out);
}

struct draft {
    struct slice type, display_name, description, icon_url, metadata;
    struct user *users[PARTICIPANTS_MAX];
    size_t user_count;
};

static bool read_participants(struct call *c, struct draft *draft)
{
    JSON_EACH(item, json_find(c->body, "participants"))
    {
        struct slice id = json_string(json_find(item, "userId"));
        struct slice external_id = json_string(json_find(item, "userExternalId"));
        if (draft->user_count == PARTICIPANTS_MAX) {
            call_refuse(c, 400, "bad_request", "Too many participants");
            return false;
        }
        if (slice_empty(id) == slice_empty(external_id)) {
            call_refuse(c, 400, "bad_request",
                        "One of \"userId\" or \"userExternalId\" is required, but not both");
            return false;
        }
        struct user *user = need_user(c, slice_empty(id) ? external_id : id, (struct slice){0});
        if (user == NULL) {
            return false;
        }
        draft->users[draft->user_count++] = user;
    }
    return true;
}

static bool read_draft(struct call *c, struct draft *draft)
{
    if (!check_text(c, c->body, "type", 32, &draft->type) ||
        !check_text(c, c->body, "displayName", DISPLAY_NAME_UNITS_MAX, &draft->display_name) ||
        !check_text(c, c->body, "description", DISPLAY_NAME_UNITS_MAX, &draft->description) ||
        !check_text(c, c->body, "iconUrl", 2048, &draft->icon_url) ||
        !check_metadata(c, c->body, &draft->metadata)) {
        return false;
    }
    bool personal = slice_equal(draft->type, SLICE("personal"));
    if (!personal && !slice_equal(draft->type, SLICE("sdkGroup"))) {
        call_refuse(c, 400, "bad_request", "\"type\" must be one of [personal, sdkGroup]");
        return false;
    }
    if (!read_participants(c, draft)) {
        return false;
    }
    if (personal && draft->user_count != 1) {
        call_refuse(c, 400, "bad_request", "\"participants\" must contain exactly 1 item");
        return false;
    }
    return true;
}

static const struct brand *brand_of(const struct store *store, const struct draft *draft)
{
    struct slice wanted = draft->user_count > 0 ? draft->users[0]->brand_id : (struct slice){0};
    const struct brand *brand = slice_empty(wanted) ? NULL : store_brand(store, wanted);
    return brand == NULL ? &store->brands[0] : brand;
}

/* An account for which several are not switched on: a user has the one. */
static bool may_have_another(struct call *c, const struct draft *draft)
{
    if (c->store->limits.multi_conversations || !slice_equal(draft->type, SLICE("personal"))) {
        return true;
    }
    for (const struct membership *m = draft->users[0]->conversations; m != NULL; m = m->next) {
        if (!m->conversation->removed) {
            call_refuse(c, 403, "forbidden",
                        "Multi-conversations is not enabled: the user has a conversation already");
            return false;
        }
    }
    return true;
}

static void create_conversation(struct call *c)
{
    struct draft draft = {0};
    struct conversation *conversation = NULL;
    struct participant *participant = NULL;
    if (!need_body(c) || !read_draft(c, &draft) || !may_have_another(c, &draft) ||
        !call_ok(c, store_add_conversation(c->store, c->now, &conversation))) {
        return;
    }
    bool personal = slice_equal(draft.type, SLICE("personal"));
    conversation->type = draft.type;
    conversation->display_name = draft.display_name;
    conversation->description = draft.description;
    conversation->icon_url = draft.icon_url;
    conversation->metadata_json = draft.metadata;
    conversation->brand = brand_of(c->store, &draft);
    conversation->is_default = personal && draft.users[0]->conversations == NULL;
    for (size_t i = 0; i < draft.user_count; i++) {
        if (!call_ok(c,
                     store_add_participant(c->store, conversation, draft.users[i], &participant))) {
            return;
        }
    }
    store_set_active(conversation, switching_responder(c->store, NULL), c->now);
    c->note.conversation = conversation->id;
    call_touched(c, "conversation", conversation->id);
    hooks_raise(c, &(struct hook){.type = HOOK_CONVERSATION_CREATE,
                                  .conversation = conversation,
                                  .user = personal ? draft.users[0] : NULL,
                                  .creation_reason = "none",
                                  .source_type = SLICE("api")});
    answer_conversation(c, 201, conversation);
}

static void get_conversation(struct call *c)
{
    const struct conversation *conversation = need_conversation(c, c->params[1]);
    if (conversation != NULL) {
        answer_conversation(c, 200, conversation);
    }
}

static void update_conversation(struct call *c)
{
    struct conversation *conversation = need_conversation(c, c->params[1]);
    if (conversation == NULL || !need_body(c)) {
        return;
    }
    struct conversation draft = *conversation;
    if (!check_text(c, c->body, "displayName", DISPLAY_NAME_UNITS_MAX, &draft.display_name) ||
        !check_text(c, c->body, "description", DISPLAY_NAME_UNITS_MAX, &draft.description) ||
        !check_text(c, c->body, "iconUrl", 2048, &draft.icon_url) ||
        !check_metadata(c, c->body, &draft.metadata_json)) {
        return;
    }
    *conversation = draft;
    call_touched(c, "conversation", conversation->id);
    answer_conversation(c, 200, conversation);
}

static void delete_conversation(struct call *c)
{
    struct conversation *conversation = need_conversation(c, c->params[1]);
    if (conversation == NULL) {
        return;
    }
    if (conversation->is_default) {
        call_refuse(c, 400, "bad_request",
                    "Conversation %.*s cannot be deleted because it is the default.",
                    SLICE_ARG(conversation->id));
        return;
    }
    call_touched(c, "conversation", conversation->id);
    hooks_raise(c, &(struct hook){.type = HOOK_CONVERSATION_REMOVE, .conversation = conversation});
    conversation->removed = true;
    call_empty(c);
}

/* The conversations of a user that this call may see; *ret_ids runs beside it. */
static bool collect(struct call *c, const struct user *user, struct conversation ***ret_list,
                    struct slice **ret_ids, size_t *ret_count)
{
    size_t count = 0;
    size_t room = 0;
    for (struct membership *m = user->conversations; m != NULL; m = m->next) {
        room++;
    }
    struct conversation **list = ARENA_ARRAY(c->arena, struct conversation *, room + 1);
    struct slice *ids = ARENA_ARRAY(c->arena, struct slice, room + 1);
    if (list == NULL || ids == NULL) {
        return call_ok(c, ERR(ARENA_FULL));
    }
    for (struct membership *m = user->conversations; m != NULL; m = m->next) {
        if (!m->conversation->removed && call_sees(c, m->conversation->created_at) &&
            store_participant(m->conversation, user) != NULL) {
            ids[count] = m->conversation->id;
            list[count++] = m->conversation;
        }
    }
    *ret_list = list;
    *ret_ids = ids;
    *ret_count = count;
    return true;
}

static void list_conversations(struct call *c)
{
    struct slice id = call_query(c, "filter[userId]");
    struct slice external_id = call_query(c, "filter[userExternalId]");
    struct conversation **list = NULL;
    struct slice *ids = NULL;
    size_t count = 0;
    struct page page = {0};
    if (slice_empty(id) == slice_empty(external_id)) {
        call_refuse(c, 400, "bad_request",
                    "One of \"userId\" or \"userExternalId\" is required, but not both");
        return;
    }
    const struct user *user = need_user(c, slice_empty(id) ? external_id : id, (struct slice){0});
    if (user == NULL || !collect(c, user, &list, &ids, &count) ||
        !check_page(c, ids, count, 0, &page)) {
        return;
    }
    call_begin(c, 200);
    json_object(&c->out);
    json_key(&c->out, "conversations");
    json_array(&c->out);
    for (size_t i = page.from; i < page.to; i++) {
        write_conversation(c, list[i]);
    }
    json_end(&c->out);
    write_page(c, &page, ids);
    json_end(&c->out);
}

struct route_table api_conversations_routes(void)
{
    static const struct route routes[] = {
        {"POST", "/v2/apps/{}/conversations", NEED_INTEGRATION, create_conversation},
        {"GET", "/v2/apps/{}/conversations", NEED_INTEGRATION, list_conversations},
        {"GET", "/v2/apps/{}/conversations/{}", NEED_INTEGRATION, get_conversation},
        {"PATCH", "/v2/apps/{}/conversations/{}", NEED_INTEGRATION, update_conversation},
        {"DELETE", "/v2/apps/{}/conversations/{}", NEED_INTEGRATION, delete_conversation},
    };
    return ROUTE_TABLE(routes);
}
