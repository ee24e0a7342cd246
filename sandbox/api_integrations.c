/* Integrations (a web widget for each brand, custom ones with a webhook) and their keys. */
#include "sandbox/hooks.h"
#include "sandbox/render.h"
#include "sandbox/router.h"
#include "sandbox/webhook_body.h"

enum { DISPLAY_NAME_UNITS_MAX = 100, KEYS_MAX = 10 };

static void answer_integration(struct call *c, unsigned status,
                               const struct integration *integration)
{
    call_begin(c, status);
    json_object(&c->out);
    json_key(&c->out, "integration");
    render_integration(&c->out, integration, &c->store->switchboard);
    json_end(&c->out);
}

static bool check_name(struct call *c, const struct json *body, struct slice *name)
{
    return check_text(c, body, "displayName", DISPLAY_NAME_UNITS_MAX, name);
}

static void create_integration(struct call *c)
{
    struct slice name = {0};
    struct webhook_draft draft = {0};
    struct integration *integration = NULL;
    struct webhook *webhook = NULL;
    if (!need_body(c) || !check_name(c, c->body, &name)) {
        return;
    }
    if (!slice_equal(json_string(json_find(c->body, "type")), SLICE("custom"))) {
        call_refuse(c, 400, "bad_request", "Invalid integration type");
        return;
    }
    const struct json *webhooks = json_find(c->body, "webhooks");
    if (webhooks == NULL || webhooks->type != JSON_ARRAY || webhooks->count != 1) {
        call_refuse(c, 400, "bad_request", "\"webhooks\" must contain exactly 1 item");
        return;
    }
    if (!webhook_read(c, webhooks->first, true, &draft) || !webhook_has_room(c) ||
        !call_ok(c, store_add_integration(c->store, INTEGRATION_CUSTOM, SLICE("custom"), name,
                                          &integration)) ||
        !call_ok(c, store_add_webhook(c->store, integration, &webhook))) {
        return;
    }
    webhook_apply(webhook, &draft);
    call_touched(c, "integration", integration->id);
    answer_integration(c, 201, integration);
}

static bool is_wanted(struct slice types, struct slice type)
{
    if (slice_empty(types)) {
        return true;
    }
    while (!slice_empty(types)) {
        struct slice one = {0};
        (void)slice_split(types, ',', &one, &types);
        if (slice_equal(slice_trim(one), type)) {
            return true;
        }
    }
    return false;
}

static void list_integrations(struct call *c)
{
    struct slice types = call_query(c, "filter[types]");
    size_t all = table_count(c->store->integrations);
    struct slice *ids = ARENA_ARRAY(c->arena, struct slice, all + 1);
    const struct integration **shown = ARENA_ARRAY(c->arena, const struct integration *, all + 1);
    struct page page = {0};
    size_t count = 0;
    if (ids == NULL || shown == NULL) {
        (void)call_ok(c, ERR(ARENA_FULL));
        return;
    }
    for (size_t i = 0; i < all; i++) {
        const struct integration *integration = table_at(c->store->integrations, i, NULL);
        if (!integration->removed && integration->kind != INTEGRATION_ZENDESK &&
            is_wanted(types, integration->type)) {
            ids[count] = integration->id;
            shown[count++] = integration;
        }
    }
    if (!check_page(c, ids, count, 0, &page)) {
        return;
    }
    call_begin(c, 200);
    json_object(&c->out);
    json_key(&c->out, "integrations");
    json_array(&c->out);
    for (size_t i = page.from; i < page.to; i++) {
        render_integration(&c->out, shown[i], &c->store->switchboard);
    }
    json_end(&c->out);
    write_page(c, &page, ids);
    json_end(&c->out);
}

static void get_integration(struct call *c)
{
    const struct integration *integration = need_integration(c, c->params[1]);
    if (integration != NULL) {
        answer_integration(c, 200, integration);
    }
}

static void update_integration(struct call *c)
{
    struct integration *integration = need_integration(c, c->params[1]);
    if (integration == NULL || !need_body(c)) {
        return;
    }
    struct integration draft = *integration;
    const struct json *responder = json_find(c->body, "defaultResponderId");
    if (!check_name(c, c->body, &draft.display_name)) {
        return;
    }
    if (responder != NULL) {
        struct switchboard_integration *line = store_line(c->store, json_string(responder));
        if (integration->kind != INTEGRATION_WEB ||
            (responder->type != JSON_NULL && line == NULL)) {
            call_refuse(c, 400, "bad_request", "\"defaultResponderId\" is not valid");
            return;
        }
        draft.default_responder = line;
    }
    *integration = draft;
    call_touched(c, "integration", integration->id);
    answer_integration(c, 200, integration);
}

static void delete_integration(struct call *c)
{
    struct integration *integration = need_integration(c, c->params[1]);
    if (integration == NULL) {
        return;
    }
    if (integration->kind != INTEGRATION_CUSTOM) {
        call_refuse(c, 400, "bad_request",
                    "SDK integrations configured on Admin Center cannot be deleted");
        return;
    }
    if (hooks_line_of(c->store, integration) != NULL) {
        call_refuse(c, 400, "bad_request", "Integration is linked to a switchboard");
        return;
    }
    for (struct api_key *key = integration->keys; key != NULL; key = key->next) {
        key->removed = true;
    }
    if (integration->webhook != NULL) {
        integration->webhook->removed = true;
    }
    integration->removed = true;
    call_touched(c, "integration", integration->id);
    call_empty(c);
}

static struct integration *need_custom(struct call *c)
{
    struct integration *integration = need_integration(c, c->params[1]);
    if (integration != NULL && integration->kind != INTEGRATION_CUSTOM) {
        call_refuse(c, 400, "bad_request", "API keys are available only for custom integrations");
        return NULL;
    }
    return integration;
}

static void answer_key(struct call *c, unsigned status, const struct api_key *key)
{
    call_begin(c, status);
    json_object(&c->out);
    json_key(&c->out, "key");
    render_key(&c->out, key);
    json_end(&c->out);
}

static void create_key(struct call *c)
{
    struct slice name = {0};
    struct api_key *key = NULL;
    struct integration *integration = need_custom(c);
    size_t count = 0;
    if (integration == NULL || !need_body(c) || !check_name(c, c->body, &name)) {
        return;
    }
    if (slice_empty(name)) {
        call_refuse(c, 400, "bad_request", "\"displayName\" is required");
        return;
    }
    for (const struct api_key *k = integration->keys; k != NULL; k = k->next) {
        count += k->removed ? 0 : 1;
    }
    if (count >= KEYS_MAX) {
        call_refuse(c, 400, "bad_request", "An integration has at most %d keys", KEYS_MAX);
        return;
    }
    if (call_ok(c, store_add_key(c->store, integration, "int_", name, &key))) {
        call_touched(c, "key", key->id);
        answer_key(c, 201, key);
    }
}

static void list_keys(struct call *c)
{
    const struct integration *integration = need_custom(c);
    if (integration == NULL) {
        return;
    }
    call_begin(c, 200);
    json_object(&c->out);
    json_key(&c->out, "keys");
    json_array(&c->out);
    for (const struct api_key *key = integration->keys; key != NULL; key = key->next) {
        if (!key->removed) {
            render_key(&c->out, key);
        }
    }
    json_end(&c->out);
    json_end(&c->out);
}

static struct api_key *need_key(struct call *c)
{
    struct integration *integration = need_custom(c);
    if (integration == NULL) {
        return NULL;
    }
    struct api_key *key = store_key(c->store, c->params[2]);
    if (key == NULL || key->integration != integration) {
        call_refuse(c, 404, "key_not_found", "Key not found");
        return NULL;
    }
    return key;
}

static void get_key(struct call *c)
{
    const struct api_key *key = need_key(c);
    if (key != NULL) {
        answer_key(c, 200, key);
    }
}

static void delete_key(struct call *c)
{
    struct api_key *key = need_key(c);
    if (key != NULL) {
        key->removed = true;
        call_touched(c, "key", key->id);
        call_empty(c);
    }
}

struct route_table api_integrations_routes(void)
{
    static const struct route routes[] = {
        {"POST", "/v2/apps/{}/integrations", NEED_APP, create_integration},
        {"GET", "/v2/apps/{}/integrations", NEED_APP, list_integrations},
        {"GET", "/v2/apps/{}/integrations/{}", NEED_APP, get_integration},
        {"PATCH", "/v2/apps/{}/integrations/{}", NEED_APP, update_integration},
        {"DELETE", "/v2/apps/{}/integrations/{}", NEED_APP, delete_integration},
        {"POST", "/v2/apps/{}/integrations/{}/keys", NEED_APP, create_key},
        {"GET", "/v2/apps/{}/integrations/{}/keys", NEED_APP, list_keys},
        {"GET", "/v2/apps/{}/integrations/{}/keys/{}", NEED_APP, get_key},
        {"DELETE", "/v2/apps/{}/integrations/{}/keys/{}", NEED_APP, delete_key},
    };
    return ROUTE_TABLE(routes);
}
