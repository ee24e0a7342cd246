/* Webhooks of an integration. A custom integration has exactly one. */
#include "sandbox/hooks.h"
#include "sandbox/render.h"
#include "sandbox/router.h"
#include "sandbox/webhook_body.h"

enum { TARGET_UNITS_MAX = 2048, WEBHOOKS_MAX = 10, TRIGGERS_MAX = 64 };

static bool read_triggers(struct call *c, const struct json *list, struct webhook_draft *draft)
{
    if (list->type != JSON_ARRAY || list->count == 0 || list->count > TRIGGERS_MAX) {
        call_refuse(c, 400, "bad_request", "\"triggers\" must be a list of triggers");
        return false;
    }
    struct slice *triggers = ARENA_ARRAY(&c->store->arena, struct slice, list->count);
    if (triggers == NULL) {
        return call_ok(c, ERR(ARENA_FULL));
    }
    size_t count = 0;
    JSON_EACH(item, list)
    {
        struct slice name = json_string(item);
        if (!hooks_knows_trigger(name)) {
            call_refuse(c, 400, "bad_request", "\"triggers\": \"%.*s\" is not a trigger",
                        SLICE_ARG(slice_cut_utf8(name, 100)));
            return false;
        }
        if (!call_keep(c, name, &triggers[count++])) {
            return false;
        }
    }
    draft->triggers = triggers;
    draft->trigger_count = count;
    return true;
}

bool webhook_read(struct call *c, const struct json *body, bool is_new, struct webhook_draft *draft)
{
    const struct json *triggers = json_find(body, "triggers");
    *draft = (struct webhook_draft){0};
    if (!check_text(c, body, "target", TARGET_UNITS_MAX, &draft->target) ||
        !check_bool(c, body, "includeFullUser", &draft->full_user) ||
        !check_bool(c, body, "includeFullSource", &draft->full_source)) {
        return false;
    }
    draft->has_full_user = json_find(body, "includeFullUser") != NULL;
    draft->has_full_source = json_find(body, "includeFullSource") != NULL;
    bool is_url = slice_starts_with(draft->target, SLICE("http://")) ||
                  slice_starts_with(draft->target, SLICE("https://"));
    if ((is_new || !slice_empty(draft->target)) && !is_url) {
        call_refuse(c, 400, "bad_request", "\"target\" must be a URL");
        return false;
    }
    if (triggers == NULL && is_new) {
        call_refuse(c, 400, "bad_request", "\"triggers\" is required");
        return false;
    }
    return triggers == NULL || read_triggers(c, triggers, draft);
}

void webhook_apply(struct webhook *webhook, const struct webhook_draft *draft)
{
    if (!slice_empty(draft->target)) {
        webhook->target = draft->target;
    }
    if (draft->trigger_count > 0) {
        webhook->triggers = draft->triggers;
        webhook->trigger_count = draft->trigger_count;
    }
    if (draft->has_full_user) {
        webhook->include_full_user = draft->full_user;
    }
    if (draft->has_full_source) {
        webhook->include_full_source = draft->full_source;
    }
}

bool webhook_has_room(struct call *c)
{
    size_t count = 0;
    for (size_t i = 0; i < table_count(c->store->webhooks); i++) {
        const struct webhook *webhook = table_at(c->store->webhooks, i, NULL);
        count += webhook->removed ? 0 : 1;
    }
    if (count >= WEBHOOKS_MAX) {
        call_refuse(c, 400, "bad_request", "An app has at most %d webhooks", WEBHOOKS_MAX);
        return false;
    }
    return true;
}

/* With an int_ key only the key's own integration is in reach. */
static struct integration *need_own(struct call *c)
{
    struct integration *integration = need_integration(c, c->params[1]);
    if (integration != NULL && call_integration_scope(c) && c->key->integration != integration) {
        call_refuse(c, 403, "forbidden", "Forbidden");
        return NULL;
    }
    if (integration != NULL && integration->kind != INTEGRATION_CUSTOM) {
        call_refuse(c, 400, "bad_request", "Webhooks are available only for custom integrations");
        return NULL;
    }
    return integration;
}

static struct webhook *need_webhook(struct call *c)
{
    const struct integration *integration = need_own(c);
    if (integration == NULL) {
        return NULL;
    }
    struct webhook *webhook = store_webhook(c->store, c->params[2]);
    if (webhook == NULL || webhook->integration != integration) {
        call_refuse(c, 404, "webhook_not_found", "Webhook not found");
        return NULL;
    }
    return webhook;
}

static void answer_webhook(struct call *c, unsigned status, const struct webhook *webhook)
{
    call_begin(c, status);
    json_object(&c->out);
    json_key(&c->out, "webhook");
    render_webhook(&c->out, webhook);
    json_end(&c->out);
}

static void create_webhook(struct call *c)
{
    struct webhook_draft draft = {0};
    struct webhook *webhook = NULL;
    struct integration *integration = need_own(c);
    if (integration == NULL || !need_body(c) || !webhook_read(c, c->body, true, &draft)) {
        return;
    }
    if (integration->webhook != NULL && !integration->webhook->removed) {
        call_refuse(c, 400, "bad_request", "A custom integration has exactly one webhook");
        return;
    }
    if (!webhook_has_room(c) || !call_ok(c, store_add_webhook(c->store, integration, &webhook))) {
        return;
    }
    webhook_apply(webhook, &draft);
    call_touched(c, "webhook", webhook->id);
    answer_webhook(c, 201, webhook);
}

static void list_webhooks(struct call *c)
{
    const struct integration *integration = need_own(c);
    if (integration == NULL) {
        return;
    }
    call_begin(c, 200);
    json_object(&c->out);
    json_key(&c->out, "webhooks");
    json_array(&c->out);
    if (integration->webhook != NULL && !integration->webhook->removed) {
        render_webhook(&c->out, integration->webhook);
    }
    json_end(&c->out);
    json_end(&c->out);
}

static void get_webhook(struct call *c)
{
    const struct webhook *webhook = need_webhook(c);
    if (webhook != NULL) {
        answer_webhook(c, 200, webhook);
    }
}

static void update_webhook(struct call *c)
{
    struct webhook_draft draft = {0};
    struct webhook *webhook = need_webhook(c);
    if (webhook != NULL && need_body(c) && webhook_read(c, c->body, false, &draft)) {
        webhook_apply(webhook, &draft);
        call_touched(c, "webhook", webhook->id);
        answer_webhook(c, 200, webhook);
    }
}

static void delete_webhook(struct call *c)
{
    struct webhook *webhook = need_webhook(c);
    if (webhook != NULL) {
        webhook->removed = true;
        call_touched(c, "webhook", webhook->id);
        call_empty(c);
    }
}

struct route_table api_webhooks_routes(void)
{
    static const struct route routes[] = {
        {"POST", "/v2/apps/{}/integrations/{}/webhooks", NEED_INTEGRATION, create_webhook},
        {"GET", "/v2/apps/{}/integrations/{}/webhooks", NEED_INTEGRATION, list_webhooks},
        {"GET", "/v2/apps/{}/integrations/{}/webhooks/{}", NEED_INTEGRATION, get_webhook},
        {"PATCH", "/v2/apps/{}/integrations/{}/webhooks/{}", NEED_INTEGRATION, update_webhook},
        {"DELETE", "/v2/apps/{}/integrations/{}/webhooks/{}", NEED_INTEGRATION, delete_webhook},
    };
    return ROUTE_TABLE(routes);
}
