#include "sandbox/store.h"

struct user *store_user(const struct store *s, struct slice id)
{
    struct user *user = table_get(s->users, id);
    return user == NULL || user->removed ? NULL : user;
}

struct conversation *store_conversation(const struct store *s, struct slice id)
{
    struct conversation *conversation = table_get(s->conversations, id);
    return conversation == NULL || conversation->removed ? NULL : conversation;
}

struct integration *store_integration(const struct store *s, struct slice id)
{
    struct integration *integration = table_get(s->integrations, id);
    return integration == NULL || integration->removed ? NULL : integration;
}

struct webhook *store_webhook(const struct store *s, struct slice id)
{
    struct webhook *webhook = table_get(s->webhooks, id);
    return webhook == NULL || webhook->removed ? NULL : webhook;
}

struct api_key *store_key(const struct store *s, struct slice id)
{
    struct api_key *key = table_get(s->keys, id);
    return key == NULL || key->removed ? NULL : key;
}

struct switchboard_integration *store_line(const struct store *s, struct slice id)
{
    struct switchboard_integration *line = table_get(s->lines, id);
    return line == NULL || line->removed ? NULL : line;
}

struct attachment *store_attachment(const struct store *s, struct slice path)
{
    struct attachment *attachment = table_get(s->attachments, path);
    return attachment == NULL || attachment->removed ? NULL : attachment;
}

const struct brand *store_brand(const struct store *s, struct slice id_or_name_or_widget)
{
    for (size_t i = 0; i < s->brand_count; i++) {
        const struct brand *brand = &s->brands[i];
        if (slice_equal(brand->id_text, id_or_name_or_widget) ||
            slice_equal_nocase(brand->name, id_or_name_or_widget) ||
            slice_equal(brand->widget->id, id_or_name_or_widget)) {
            return brand;
        }
    }
    return NULL;
}

const struct agent *store_agent(const struct store *s, struct slice id_or_name)
{
    uint64_t id = 0;
    bool is_id = !err_failed(slice_to_u64(id_or_name, &id));
    for (size_t i = 0; i < s->agent_count; i++) {
        if (slice_equal_nocase(s->agents[i].name, id_or_name) ||
            (is_id && (uint64_t)s->agents[i].id == id)) {
            return &s->agents[i];
        }
    }
    return NULL;
}

struct user *store_customer(const struct conversation *conversation)
{
    for (struct participant *p = conversation->participants; p != NULL; p = p->next) {
        if (!p->left) {
            return p->user;
        }
    }
    return NULL;
}

struct participant *store_participant(const struct conversation *conversation,
                                      const struct user *user)
{
    for (struct participant *p = conversation->participants; p != NULL; p = p->next) {
        if (!p->left && p->user == user) {
            return p;
        }
    }
    return NULL;
}

void store_set_active(struct conversation *conversation, struct switchboard_integration *line,
                      wall_ms_t now)
{
    conversation->active_before = conversation->active;
    conversation->active = line;
    conversation->active_since = now;
    conversation->pending = NULL;
}
