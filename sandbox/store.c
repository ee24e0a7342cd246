#include "sandbox/store.h"

#include <string.h>

enum { STORE_RECORDS_MAX = 4 * 1000 * 1000, STORE_MESSAGES_FIRST = 16 };

static err_t add(struct table *table, struct slice key, void *record)
{
    return table_put(table, key, record, NULL);
}

err_t store_add_user(struct store *s, wall_ms_t now, struct user **ret_user)
{
    struct user *user = ARENA_NEW(&s->arena, struct user);
    if (user == NULL) {
        return ERR(ARENA_FULL);
    }
    TRY(ids_next(&s->ids, &s->arena, &user->id));
    user->created_at = now;
    user->signed_up_at = now;
    TRY(add(s->users, user->id, user));
    *ret_user = user;
    return err_ok();
}

static err_t external_key(struct arena *arena, struct slice brand_id, struct slice external_id,
                          struct slice *ret_key)
{
    return arena_printf(arena, ret_key, "%.*s/%.*s", SLICE_ARG(brand_id), SLICE_ARG(external_id));
}

err_t store_name_user(struct store *s, struct user *user, struct slice brand_id,
                      struct slice external_id)
{
    struct slice key = {0};
    TRY(arena_copy(&s->arena, brand_id, &user->brand_id));
    TRY(arena_copy(&s->arena, external_id, &user->external_id));
    TRY(external_key(&s->arena, brand_id, external_id, &key));
    return add(s->users_external, key, user);
}

struct user *store_user_external(const struct store *s, struct slice brand_id,
                                 struct slice external_id)
{
    CLEANUP(arena) struct arena scratch = {0};
    struct slice key = {0};
    arena_init(&scratch, 8192);
    if (err_failed(external_key(&scratch, brand_id, external_id, &key))) {
        return NULL;
    }
    return table_get(s->users_external, key);
}

struct user *store_find_customer(const struct store *s, const struct integration *widget,
                                 struct slice name)
{
    CLEANUP(arena) struct arena scratch = {0};
    struct slice key = {0};
    arena_init(&scratch, 8192);
    if (err_failed(external_key(&scratch, widget->id, name, &key))) {
        return NULL;
    }
    struct user *user = table_get(s->customers, key);
    return user == NULL || user->removed ? NULL : user;
}

err_t store_add_customer(struct store *s, const struct integration *widget, struct slice name,
                         wall_ms_t now, struct user **ret_user)
{
    struct slice key = {0};
    struct slice kept = {0};
    struct user *user = NULL;
    TRY(store_add_user(s, now, &user));
    TRY(arena_copy(&s->arena, name, &kept));
    (void)slice_split(kept, ' ', &user->given_name, &user->surname);
    TRY(external_key(&s->arena, widget->id, name, &key));
    TRY(add(s->customers, key, user));
    *ret_user = user;
    return err_ok();
}

err_t store_rename_customer(struct store *s, const struct integration *widget, struct slice name,
                            struct user *user)
{
    struct slice key = {0};
    TRY(external_key(&s->arena, widget->id, name, &key));
    return table_put(s->customers, key, user, NULL);
}

void store_remove_user(struct store *s, struct user *user)
{
    CLEANUP(arena) struct arena scratch = {0};
    struct slice key = {0};
    arena_init(&scratch, 8192);
    user->removed = true;
    if (!slice_empty(user->external_id) &&
        !err_failed(external_key(&scratch, user->brand_id, user->external_id, &key))) {
        (void)table_remove(s->users_external, key);
    }
}

err_t store_add_conversation(struct store *s, wall_ms_t now, struct conversation **ret_conversation)
{
    struct conversation *conversation = ARENA_NEW(&s->arena, struct conversation);
    if (conversation == NULL) {
        return ERR(ARENA_FULL);
    }
    TRY(ids_next(&s->ids, &s->arena, &conversation->id));
    conversation->created_at = now;
    conversation->updated_at = now;
    TRY(add(s->conversations, conversation->id, conversation));
    *ret_conversation = conversation;
    return err_ok();
}

err_t store_add_participant(struct store *s, struct conversation *conversation, struct user *user,
                            struct participant **ret_participant)
{
    struct participant *participant = ARENA_NEW(&s->arena, struct participant);
    struct membership *membership = ARENA_NEW(&s->arena, struct membership);
    if (participant == NULL || membership == NULL) {
        return ERR(ARENA_FULL);
    }
    TRY(ids_next(&s->ids, &s->arena, &participant->id));
    participant->user = user;
    struct participant **end = &conversation->participants;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = participant;
    membership->conversation = conversation;
    struct membership **last = &user->conversations;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = membership;
    *ret_participant = participant;
    return err_ok();
}

err_t store_add_message(struct store *s, struct conversation *conversation, wall_ms_t now,
                        struct message **ret_message)
{
    if (conversation->message_count == conversation->message_room) {
        size_t room =
            conversation->message_room == 0 ? STORE_MESSAGES_FIRST : conversation->message_room * 2;
        struct message **grown = ARENA_ARRAY(&s->arena, struct message *, room);
        if (grown == NULL) {
            return ERR(ARENA_FULL);
        }
        if (conversation->message_count > 0) {
            memcpy(grown, conversation->messages, conversation->message_count * sizeof *grown);
        }
        conversation->messages = grown;
        conversation->message_room = room;
    }
    struct message *message = ARENA_NEW(&s->arena, struct message);
    if (message == NULL) {
        return ERR(ARENA_FULL);
    }
    TRY(ids_next(&s->ids, &s->arena, &message->id));
    message->received = now;
    conversation->messages[conversation->message_count++] = message;
    conversation->message_live++;
    conversation->updated_at = now;
    *ret_message = message;
    return err_ok();
}

err_t store_add_integration(struct store *s, enum integration_kind kind, struct slice type,
                            struct slice display_name, struct integration **ret)
{
    struct integration *integration = ARENA_NEW(&s->arena, struct integration);
    if (integration == NULL) {
        return ERR(ARENA_FULL);
    }
    TRY(ids_next(&s->ids, &s->arena, &integration->id));
    integration->kind = kind;
    TRY(arena_copy(&s->arena, type, &integration->type));
    TRY(arena_copy(&s->arena, display_name, &integration->display_name));
    TRY(add(s->integrations, integration->id, integration));
    *ret = integration;
    return err_ok();
}

err_t store_add_webhook(struct store *s, struct integration *integration,
                        struct webhook **ret_webhook)
{
    struct webhook *webhook = ARENA_NEW(&s->arena, struct webhook);
    if (webhook == NULL) {
        return ERR(ARENA_FULL);
    }
    TRY(ids_next(&s->ids, &s->arena, &webhook->id));
    TRY(ids_secret(&s->ids, &s->arena, webhook->id, &webhook->secret));
    webhook->integration = integration;
    integration->webhook = webhook;
    TRY(add(s->webhooks, webhook->id, webhook));
    *ret_webhook = webhook;
    return err_ok();
}

err_t store_add_key(struct store *s, struct integration *integration, const char *prefix,
                    struct slice display_name, struct api_key **ret_key)
{
    struct slice id = {0};
    struct api_key *key = ARENA_NEW(&s->arena, struct api_key);
    if (key == NULL) {
        return ERR(ARENA_FULL);
    }
    TRY(ids_next(&s->ids, &s->arena, &id));
    TRY(arena_printf(&s->arena, &key->id, "%s%.*s", prefix, SLICE_ARG(id)));
    TRY(ids_secret(&s->ids, &s->arena, key->id, &key->secret));
    TRY(arena_copy(&s->arena, display_name, &key->display_name));
    key->integration = integration;
    if (integration != NULL) {
        struct api_key **end = &integration->keys;
        while (*end != NULL) {
            end = &(*end)->next;
        }
        *end = key;
    }
    TRY(add(s->keys, key->id, key));
    *ret_key = key;
    return err_ok();
}

err_t store_add_line(struct store *s, struct integration *integration, struct slice name,
                     struct switchboard_integration **ret_line)
{
    struct switchboard_integration *line = ARENA_NEW(&s->arena, struct switchboard_integration);
    if (line == NULL) {
        return ERR(ARENA_FULL);
    }
    TRY(ids_next(&s->ids, &s->arena, &line->id));
    TRY(arena_copy(&s->arena, name, &line->name));
    line->integration = integration;
    line->deliver_standby_events = true;
    TRY(add(s->lines, line->id, line));
    *ret_line = line;
    return err_ok();
}

err_t store_add_attachment(struct store *s, struct slice path, struct attachment **ret)
{
    struct attachment *attachment = ARENA_NEW(&s->arena, struct attachment);
    if (attachment == NULL) {
        return ERR(ARENA_FULL);
    }
    TRY(arena_copy(&s->arena, path, &attachment->path));
    TRY(add(s->attachments, attachment->path, attachment));
    *ret = attachment;
    return err_ok();
}

static err_t make_account(struct store *s, const struct scenario *scenario)
{
    struct slice id = {0};
    TRY(ids_next(&s->ids, &s->arena, &s->app_id));
    TRY(store_add_key(s, NULL, "app_", SLICE("sandbox"), &s->app_key));
    TRY(arena_copy(&s->arena, scenario->subdomain, &s->subdomain));
    TRY(arena_printf(&s->arena, &s->email, "admin@%.*s.example", SLICE_ARG(s->subdomain)));
    TRY(ids_secret(&s->ids, &s->arena, SLICE("api token"), &s->api_token));
    TRY(ids_next(&s->ids, &s->arena, &id));
    TRY(arena_printf(&s->arena, &s->oauth_client_id, "tieline_%.*s", SLICE_ARG(id)));
    TRY(ids_secret(&s->ids, &s->arena, SLICE("oauth client"), &s->oauth_client_secret));
    s->bot_user_id = 390004410001;

    s->brands = ARENA_ARRAY(&s->arena, struct brand, scenario->brand_count);
    s->agents = ARENA_ARRAY(&s->arena, struct agent, scenario->agent_count);
    if (s->brands == NULL || s->agents == NULL) {
        return ERR(ARENA_FULL);
    }
    for (size_t i = 0; i < scenario->agent_count; i++) {
        s->agents[i].id = scenario->agents[i].id;
        TRY(arena_copy(&s->arena, scenario->agents[i].name, &s->agents[i].name));
    }
    s->agent_count = scenario->agent_count;
    for (size_t i = 0; i < scenario->brand_count; i++) {
        struct brand *brand = &s->brands[i];
        struct slice widget_name = {0};
        brand->id = scenario->brands[i].id;
        TRY(arena_printf(&s->arena, &brand->id_text, "%lld", (long long)brand->id));
        TRY(arena_copy(&s->arena, scenario->brands[i].name, &brand->name));
        TRY(arena_printf(&s->arena, &widget_name, "%.*s widget", SLICE_ARG(brand->name)));
        TRY(store_add_integration(s, INTEGRATION_WEB, SLICE("web"), widget_name, &brand->widget));
        brand->widget->brand = brand;
    }
    s->brand_count = scenario->brand_count;
    return err_ok();
}

static err_t make_desk(struct store *s, uint64_t seed)
{
    const struct desk_start start = {
        .bot_user_id = s->bot_user_id,
        .bot_email = s->email,
        .agents = s->agents,
        .agent_count = s->agent_count,
        .brands = s->brands,
        .brand_count = s->brand_count,
        .seed = seed,
    };
    return desk_init(&s->desk, &s->arena, &start);
}

static err_t make_switchboard(struct store *s, bool wanted)
{
    static const char *const names[] = {"zd-agentWorkspace", "zd-answerBot"};
    static const char *const types[] = {"zd:agentWorkspace", "zd:answerBot"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct integration *integration = NULL;
        struct switchboard_integration *line = NULL;
        TRY(store_add_integration(s, INTEGRATION_ZENDESK, slice_of(types[i]), slice_of(names[i]),
                                  &integration));
        if (wanted) {
            TRY(store_add_line(s, integration, slice_of(names[i]), &line));
            line->deliver_standby_events = false;
            if (i == 0) {
                s->switchboard.default_integration = line;
            }
        }
    }
    if (wanted) {
        TRY(ids_next(&s->ids, &s->arena, &s->switchboard.id));
        s->switchboard.exists = true;
        s->switchboard.enabled = true;
    }
    return err_ok();
}

err_t store_init(struct store *s, uint64_t seed, const struct scenario *scenario)
{
    *s = (struct store){
        .limits = scenario->limits,
        .account = {
            .messaging = true, .support_api = true, .token_access = true, .administrator = true}};
    arena_init(&s->arena, scenario->limits.store_bytes);
    ids_init(&s->ids, seed);
    struct table **const tables[] = {&s->users,         &s->users_external, &s->customers,
                                     &s->conversations, &s->integrations,   &s->webhooks,
                                     &s->keys,          &s->lines,          &s->attachments};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        TRY(table_new(STORE_RECORDS_MAX, seed, tables[i]));
    }
    TRY(make_account(s, scenario));
    TRY(make_desk(s, seed));
    return make_switchboard(s, scenario->switchboard);
}

void store_deinit(struct store *s)
{
    struct table *const tables[] = {s->users,         s->users_external, s->customers,
                                    s->conversations, s->integrations,   s->webhooks,
                                    s->keys,          s->lines,          s->attachments};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        table_free(tables[i]);
    }
    desk_deinit(&s->desk);
    arena_deinit(&s->arena);
    *s = (struct store){0};
}
