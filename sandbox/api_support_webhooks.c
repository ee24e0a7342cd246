/* Webhooks of Support, their signing secrets, and what became of their calls. */
#include "sandbox/desk_render.h"
#include "sandbox/router.h"
#include "sandbox/support.h"
#include "sandbox/text.h"
#include "sandbox/world.h"

enum { HOOKS_MAX = 100, HOOK_HEADERS_MAX = 5 };

static struct support_hook *need_hook(struct call *c)
{
    struct support_hook *hook = desk_hook(&c->store->desk, c->params[0]);
    if (hook == NULL) {
        support_refuse(c, 404, "WebhookNotFound", "Webhook not found");
    }
    return hook;
}

static void answer_hook(struct call *c, unsigned status, const struct support_hook *hook)
{
    call_begin(c, status);
    json_object(&c->out);
    json_key(&c->out, "webhook");
    render_support_hook(c, hook);
    json_end(&c->out);
}

static void nothing(struct call *c)
{
    call_begin(c, 204);
    c->out.out = NULL;
}

/* These endpoints tell errors in a shape of their own. */
static bool refuse(struct call *c, const char *title)
{
    call_begin(c, 400);
    json_object(&c->out);
    json_key(&c->out, "errors");
    json_array(&c->out);
    json_object(&c->out);
    json_put_text(&c->out, "code", "InvalidWebhook");
    json_put_text(&c->out, "title", title);
    json_end(&c->out);
    json_end(&c->out);
    json_end(&c->out);
    return false;
}

static bool read_login(struct call *c, const struct json *login, struct support_hook *hook)
{
    struct slice type = json_string(json_find(login, "type"));
    const struct json *data = json_find(login, "data");
    const char *name = NULL;
    const char *secret = "token";
    if (slice_equal(type, SLICE("bearer_token"))) {
        hook->login = LOGIN_BEARER;
    } else if (slice_equal(type, SLICE("basic_auth"))) {
        hook->login = LOGIN_BASIC;
        name = "username";
        secret = "password";
    } else if (slice_equal(type, SLICE("api_key"))) {
        hook->login = LOGIN_API_KEY;
        name = "name";
        secret = "value";
    } else {
        return refuse(c, "authentication.type is not one of bearer_token, basic_auth, api_key");
    }
    if (!slice_equal(json_string(json_find(login, "add_position")), SLICE("header"))) {
        return refuse(c, "authentication.add_position must be header");
    }
    if (slice_empty(json_string(json_find(data, secret))) ||
        (name != NULL && slice_empty(json_string(json_find(data, name))))) {
        return refuse(c, "authentication.data is not complete");
    }
    return check_kept(c, data, secret, &hook->login_secret) &&
           (name == NULL || check_kept(c, data, name, &hook->login_name));
}

static bool read_subscriptions(struct call *c, const struct json *list, bool is_new,
                               struct support_hook *hook)
{
    struct slice triggers = SLICE("conditional_ticket_events");
    if (list == NULL && !is_new) {
        return true;
    }
    if (list == NULL || list->type != JSON_ARRAY || list->count == 0) {
        return refuse(c, "subscriptions must be a list of at least one");
    }
    JSON_EACH(item, list)
    {
        bool is_event = slice_starts_with(json_string(item), SLICE("zen:event-type:"));
        bool is_triggers = slice_equal(json_string(item), triggers);
        if (!is_event && !is_triggers) {
            return refuse(c, "subscriptions: not one that is known");
        }
        if (list->count > 1 && is_triggers) {
            return refuse(c, "subscriptions: triggers and events cannot be mixed");
        }
    }
    if (!is_new && !slice_equal(hook->subscription, json_string(list->first))) {
        return refuse(c, "subscriptions cannot be changed");
    }
    return call_keep(c, json_string(list->first), &hook->subscription);
}

static bool read_words(struct call *c, const struct json *object, struct support_hook *draft)
{
    const struct json *status = json_find(object, "status");
    const struct json *headers = json_find(object, "custom_headers");
    if (!check_kept(c, object, "name", &draft->name) ||
        !check_kept(c, object, "description", &draft->description) ||
        !check_kept(c, object, "endpoint", &draft->hook.target) ||
        !check_kept(c, object, "http_method", &draft->method)) {
        return false;
    }
    if (status != NULL) {
        draft->active = slice_equal(json_string(status), SLICE("active"));
        if (!draft->active && !slice_equal(json_string(status), SLICE("inactive"))) {
            return refuse(c, "status must be active or inactive");
        }
    }
    if (slice_empty(draft->name)) {
        return refuse(c, "name is required");
    }
    if (!slice_starts_with(draft->hook.target, SLICE("http://")) &&
        !slice_starts_with(draft->hook.target, SLICE("https://"))) {
        return refuse(c, "endpoint must be a URL");
    }
    if (!slice_equal(draft->method, SLICE("POST")) && !slice_equal(draft->method, SLICE("PUT")) &&
        !slice_equal(draft->method, SLICE("PATCH"))) {
        return refuse(c, "http_method must be POST, PUT or PATCH");
    }
    if (headers == NULL || headers->type == JSON_NULL) {
        return true;
    }
    if (headers->type != JSON_OBJECT || headers->count > HOOK_HEADERS_MAX) {
        return refuse(c, "custom_headers must be an object of at most 5");
    }
    return call_ok(c, text_render_json(&c->store->arena, headers, &draft->headers_json));
}

/* Over what stands in *hook; a refused one leaves it alone. */
static bool read_hook(struct call *c, bool is_new, bool whole, struct support_hook *hook)
{
    struct support_hook draft = *hook;
    const struct json *object = json_find(c->body, "webhook");
    if (object == NULL || object->type != JSON_OBJECT) {
        return refuse(c, "webhook is required");
    }
    const struct json *login = json_find(object, "authentication");
    struct slice format = json_string(json_find(object, "request_format"));
    if (whole && (!slice_equal(format, SLICE("json")) || json_find(object, "status") == NULL ||
                  json_find(object, "http_method") == NULL)) {
        return refuse(c, "status, http_method and request_format (json) are required");
    }
    if (!read_words(c, object, &draft) ||
        !read_subscriptions(c, json_find(object, "subscriptions"), is_new, &draft)) {
        return false;
    }
    if (login != NULL && login->type != JSON_NULL && !read_login(c, login, &draft)) {
        return false;
    }
    *hook = draft;
    return true;
}

static void create_hook(struct call *c)
{
    struct support_hook draft = {0};
    struct support_hook *hook = NULL;
    struct slice number = {0};
    struct slice id = {0};
    struct slice secret = {0};
    struct store *store = c->store;
    if (!need_body(c) || !read_hook(c, true, true, &draft)) {
        return;
    }
    if (table_count(store->desk.hooks) >= HOOKS_MAX) {
        (void)refuse(c, "there are too many webhooks already");
        return;
    }
    if (!call_ok(c, ids_next(&store->ids, c->arena, &number)) ||
        !call_ok(c, arena_printf(&store->arena, &id, "01%.*s", SLICE_ARG(number))) ||
        !call_ok(c, ids_secret(&store->ids, &store->arena, id, &secret)) ||
        !call_ok(c, desk_add_hook(&store->desk, id, secret, c->now, &hook))) {
        return;
    }
    draft.hook.id = id;
    draft.hook.secret = secret;
    draft.hook.support = hook;
    draft.created_at = c->now;
    draft.updated_at = c->now;
    *hook = draft;
    call_touched(c, "webhook", hook->hook.id);
    answer_hook(c, 201, hook);
}

static void list_hooks(struct call *c)
{
    const struct desk *desk = &c->store->desk;
    call_begin(c, 200);
    json_object(&c->out);
    json_key(&c->out, "webhooks");
    json_array(&c->out);
    for (size_t i = 0; i < table_count(desk->hooks); i++) {
        const struct support_hook *hook = table_at(desk->hooks, i, NULL);
        if (!hook->hook.removed) {
            render_support_hook(c, hook);
        }
    }
    json_end(&c->out);
    json_key(&c->out, "meta");
    json_object(&c->out);
    json_put_bool(&c->out, "has_more", false);
    json_end(&c->out);
    json_end(&c->out);
}

static void show_hook(struct call *c)
{
    const struct support_hook *hook = need_hook(c);
    if (hook != NULL) {
        answer_hook(c, 200, hook);
    }
}

static void update_hook(struct call *c)
{
    struct support_hook *hook = need_hook(c);
    bool whole = slice_equal(c->request->method, SLICE("PUT"));
    if (hook == NULL || !need_body(c) || !read_hook(c, false, whole, hook)) {
        return;
    }
    hook->updated_at = c->now;
    call_touched(c, "webhook", hook->hook.id);
    nothing(c);
}

static void delete_hook(struct call *c)
{
    struct support_hook *hook = need_hook(c);
    if (hook != NULL) {
        hook->hook.removed = true;
        call_touched(c, "webhook", hook->hook.id);
        nothing(c);
    }
}

static void answer_secret(struct call *c, unsigned status, const struct support_hook *hook)
{
    call_begin(c, status);
    json_object(&c->out);
    json_key(&c->out, "signing_secret");
    json_object(&c->out);
    json_put_text(&c->out, "algorithm", "SHA256");
    json_put_slice(&c->out, "secret", hook->hook.secret);
    json_end(&c->out);
    json_end(&c->out);
}

static void show_secret(struct call *c)
{
    const struct support_hook *hook = need_hook(c);
    if (hook != NULL) {
        answer_secret(c, 200, hook);
    }
}

static void reset_secret(struct call *c)
{
    struct support_hook *hook = need_hook(c);
    struct slice fresh = {0};
    if (hook == NULL || !call_ok(c, ids_next(&c->store->ids, c->arena, &fresh)) ||
        !call_ok(c, ids_secret(&c->store->ids, &c->store->arena, fresh, &hook->hook.secret))) {
        return;
    }
    call_touched(c, "webhook", hook->hook.id);
    answer_secret(c, 201, hook);
}

struct route_table api_support_webhooks_routes(void)
{
    static const struct route routes[] = {
        {"GET", "/api/v2/webhooks", NEED_ADMIN, list_hooks},
        {"POST", "/api/v2/webhooks", NEED_ADMIN, create_hook},
        {"GET", "/api/v2/webhooks/{}", NEED_ADMIN, show_hook},
        {"PUT", "/api/v2/webhooks/{}", NEED_ADMIN, update_hook},
        {"PATCH", "/api/v2/webhooks/{}", NEED_ADMIN, update_hook},
        {"DELETE", "/api/v2/webhooks/{}", NEED_ADMIN, delete_hook},
        {"GET", "/api/v2/webhooks/{}/signing_secret", NEED_ADMIN, show_secret},
        {"POST", "/api/v2/webhooks/{}/signing_secret", NEED_ADMIN, reset_secret},
    };
    return ROUTE_TABLE(routes);
}
