#include "ctl/setup.h"

#include "ctl/rest.h"
#include "ctl/text.h"
#include "json/json_write.h"

enum { BODY_BYTES_MAX = 16 * 1024, PATH_BYTES = 1024, PAGES_MAX = 100 };

static const char agent_type[] = "zd:agentWorkspace";
static const char agent_name[] = "zd-agentWorkspace";

/* Every trigger that there is: what is not used today is kept on the log and costs nothing. */
static const char *const triggers[] = {
    "conversation:create",
    "conversation:join",
    "conversation:leave",
    "conversation:message",
    "conversation:message:delivery:channel",
    "conversation:message:delivery:failure",
    "conversation:message:delivery:user",
    "conversation:postback",
    "conversation:read",
    "conversation:referral",
    "conversation:remove",
    "conversation:typing",
    "switchboard:acceptControl",
    "switchboard:acceptControl:failure",
    "switchboard:offerControl",
    "switchboard:offerControl:failure",
    "switchboard:passControl",
    "switchboard:passControl:failure",
    "switchboard:releaseControl",
    "user:merge",
    "user:remove",
    "user:update",
};
enum { TRIGGER_COUNT = sizeof triggers / sizeof triggers[0] };

struct setup {
    const struct setup_request *request;
    struct rest *rest;
    struct arena *arena;
    struct why *why;
    struct setup_result result;
    struct buf body;
    struct json_write json;
};

static err_t call(struct setup *s, const char *step, const char *method, const char *tail,
                  struct slice body, struct rest_answer *ret)
{
    char path[PATH_BYTES];
    text_set(path, sizeof path, "/v2/apps/%s%s", s->request->app_id, tail);
    s->result.changes += method[0] != 'G';
    return rest_call(s->rest, step, method, path, body, s->arena, s->why, ret);
}

static struct json_write *begin(struct setup *s)
{
    buf_reset(&s->body);
    json_write_init(&s->json, &s->body);
    json_object(&s->json);
    return &s->json;
}

/* Sends what was written since begin(). */
static err_t change(struct setup *s, const char *step, const char *method, const char *tail,
                    struct rest_answer *ret)
{
    json_end(&s->json);
    TRY(json_write_done(&s->json));
    return call(s, step, method, tail, buf_slice(&s->body), ret);
}

static err_t need(struct setup *s, const char *step, struct slice value)
{
    if (slice_empty(value)) {
        why_set(s->why, "could not %s: the answer is not as documented", step);
        return ERR(CONFIG);
    }
    return err_ok();
}

static void put_webhook(struct setup *s)
{
    json_put_text(&s->json, "target", s->request->target);
    json_key(&s->json, "triggers");
    json_array(&s->json);
    for (size_t i = 0; i < TRIGGER_COUNT; i++) {
        json_text(&s->json, triggers[i]);
    }
    json_end(&s->json);
    json_put_bool(&s->json, "includeFullUser", true);
    json_put_bool(&s->json, "includeFullSource", true);
}

/* Ours is known by its name; one that was renamed, by where its webhook goes. */
static bool is_ours(const struct setup *s, const struct json *integration)
{
    if (slice_equal(json_string(json_find(integration, "displayName")),
                    slice_of(s->request->name))) {
        return true;
    }
    JSON_EACH(webhook, json_find(integration, "webhooks"))
    {
        if (slice_equal(json_string(json_find(webhook, "target")), slice_of(s->request->target))) {
            return true;
        }
    }
    return false;
}

static err_t find_integration(struct setup *s, struct slice *ret_id)
{
    static const char step[] = "list the integrations";
    struct slice after = {NULL, 0};
    for (int page = 0; page < PAGES_MAX; page++) {
        char tail[PATH_BYTES];
        struct rest_answer answer;
        text_set(tail, sizeof tail,
                 "/integrations?filter%%5Btypes%%5D=custom&page%%5Bsize%%5D=100%s%.*s",
                 after.len > 0 ? "&page%5Bafter%5D=" : "", SLICE_ARG(after));
        TRY(call(s, step, "GET", tail, (struct slice){NULL, 0}, &answer));
        JSON_EACH(integration, json_find(answer.body, "integrations"))
        {
            if (is_ours(s, integration)) {
                *ret_id = json_string(json_find(integration, "id"));
                return need(s, step, *ret_id);
            }
        }
        after = json_string(json_find(answer.body, "meta.afterCursor"));
        if (!json_bool(json_find(answer.body, "meta.hasMore"), false) || slice_empty(after)) {
            break;
        }
    }
    *ret_id = (struct slice){NULL, 0};
    return err_ok();
}

static err_t make_integration(struct setup *s)
{
    static const char step[] = "make the integration";
    struct rest_answer answer;
    struct json_write *w = begin(s);
    json_put_text(w, "type", "custom");
    json_put_text(w, "displayName", s->request->name);
    json_key(w, "webhooks");
    json_array(w);
    json_object(w);
    put_webhook(s);
    json_end(w);
    json_end(w);
    TRY(change(s, step, "POST", "/integrations", &answer));
    const struct json *webhooks = json_find(answer.body, "integration.webhooks");
    s->result.integration_id = json_string(json_find(answer.body, "integration.id"));
    s->result.webhook_secret =
        json_string(json_find(webhooks == NULL ? NULL : webhooks->first, "secret"));
    TRY(need(s, step, s->result.integration_id));
    return need(s, step, s->result.webhook_secret);
}

static bool has_trigger(const struct json *webhook, const char *name)
{
    JSON_EACH(item, json_find(webhook, "triggers"))
    {
        if (slice_equal(json_string(item), slice_of(name))) {
            return true;
        }
    }
    return false;
}

static bool webhook_is_right(const struct setup *s, const struct json *webhook)
{
    bool right =
        slice_equal(json_string(json_find(webhook, "target")), slice_of(s->request->target)) &&
        json_bool(json_find(webhook, "includeFullUser"), false) &&
        json_bool(json_find(webhook, "includeFullSource"), false);
    for (size_t i = 0; i < TRIGGER_COUNT && right; i++) {
        right = has_trigger(webhook, triggers[i]);
    }
    return right;
}

static err_t adopt_webhook(struct setup *s, struct slice integration)
{
    static const char step[] = "read the webhook of the integration";
    char tail[PATH_BYTES];
    struct rest_answer answer;
    text_set(tail, sizeof tail, "/integrations/%.*s/webhooks", SLICE_ARG(integration));
    TRY(call(s, step, "GET", tail, (struct slice){NULL, 0}, &answer));
    const struct json *webhooks = json_find(answer.body, "webhooks");
    const struct json *webhook = webhooks == NULL ? NULL : webhooks->first;
    struct slice id = json_string(json_find(webhook, "id"));
    if (webhook == NULL) {
        (void)begin(s);
        put_webhook(s);
        TRY(change(s, "make the webhook of the integration", "POST", tail, &answer));
        webhook = json_find(answer.body, "webhook");
    } else if (!webhook_is_right(s, webhook)) {
        text_set(tail, sizeof tail, "/integrations/%.*s/webhooks/%.*s", SLICE_ARG(integration),
                 SLICE_ARG(id));
        (void)begin(s);
        put_webhook(s);
        TRY(change(s, "correct the webhook of the integration", "PATCH", tail, &answer));
    }
    s->result.integration_id = integration;
    s->result.webhook_secret = json_string(json_find(webhook, "secret"));
    return need(s, step, s->result.webhook_secret);
}

static err_t find_switchboard(struct setup *s, struct slice *ret_id,
                              const struct json **ret_switchboard)
{
    static const char step[] = "find the switchboard";
    struct rest_answer answer;
    TRY(call(s, step, "GET", "/switchboards", (struct slice){NULL, 0}, &answer));
    const struct json *list = json_find(answer.body, "switchboards");
    const struct json *found = list == NULL ? NULL : list->first;
    if (found == NULL) {
        (void)begin(s);
        TRY(change(s, "make the switchboard", "POST", "/switchboards", &answer));
        found = json_find(answer.body, "switchboard");
    }
    *ret_id = json_string(json_find(found, "id"));
    *ret_switchboard = found;
    return need(s, step, *ret_id);
}

static const struct json *find_line(const struct json *lines, const char *member,
                                    struct slice value)
{
    JSON_EACH(line, lines)
    {
        if (slice_equal(json_string(json_find(line, member)), value)) {
            return line;
        }
    }
    return NULL;
}

static err_t make_agent_line(struct setup *s, const char *tail, struct slice *ret_id)
{
    static const char step[] = "put Agent Workspace on the switchboard";
    struct rest_answer answer;
    struct json_write *w = begin(s);
    json_put_text(w, "name", agent_name);
    json_put_text(w, "integrationType", agent_type);
    TRY(change(s, step, "POST", tail, &answer));
    *ret_id = json_string(json_find(answer.body, "switchboardIntegration.id"));
    s->result.agent_target = slice_of(agent_name);
    return need(s, step, *ret_id);
}

static void put_our_line(struct setup *s, struct slice next)
{
    json_put_bool(&s->json, "deliverStandbyEvents", true);
    json_put_slice(&s->json, "nextSwitchboardIntegrationId", next);
    json_put_int(&s->json, "messageHistoryCount", 10);
}

static err_t our_line(struct setup *s, const struct json *lines, const char *tail,
                      struct slice next)
{
    static const char step[] = "put our integration on the switchboard";
    struct rest_answer answer;
    const struct json *ours = find_line(lines, "integrationId", s->result.integration_id);
    if (ours == NULL) {
        struct json_write *w = begin(s);
        json_put_text(w, "name", "tieline");
        json_put_slice(w, "integrationId", s->result.integration_id);
        put_our_line(s, next);
        TRY(change(s, step, "POST", tail, &answer));
        ours = json_find(answer.body, "switchboardIntegration");
    }
    s->result.line = json_string(json_find(ours, "id"));
    TRY(need(s, step, s->result.line));
    bool right = slice_equal(json_string(json_find(ours, "nextSwitchboardIntegrationId")), next) &&
                 json_bool(json_find(ours, "deliverStandbyEvents"), false);
    if (!right) {
        char path[PATH_BYTES];
        text_set(path, sizeof path, "%s/%.*s", tail, SLICE_ARG(s->result.line));
        (void)begin(s);
        put_our_line(s, next);
        TRY(change(s, "correct our line of the switchboard", "PATCH", path, &answer));
    }
    return err_ok();
}

static err_t make_default(struct setup *s, struct slice id, const struct json *switchboard)
{
    char tail[PATH_BYTES];
    struct rest_answer answer;
    bool right = slice_equal(json_string(json_find(switchboard, "defaultSwitchboardIntegrationId")),
                             s->result.line) &&
                 json_bool(json_find(switchboard, "enabled"), false);
    if (right || !s->request->default_responder) {
        return err_ok();
    }
    text_set(tail, sizeof tail, "/switchboards/%.*s", SLICE_ARG(id));
    struct json_write *w = begin(s);
    json_put_bool(w, "enabled", true);
    json_put_slice(w, "defaultSwitchboardIntegrationId", s->result.line);
    return change(s, "make our integration the default responder", "PATCH", tail, &answer);
}

static err_t set_up(struct setup *s)
{
    struct slice integration;
    TRY(find_integration(s, &integration));
    TRY(slice_empty(integration) ? make_integration(s) : adopt_webhook(s, integration));

    char tail[PATH_BYTES];
    struct slice switchboard_id;
    const struct json *switchboard = NULL;
    struct rest_answer answer;
    TRY(find_switchboard(s, &switchboard_id, &switchboard));
    text_set(tail, sizeof tail, "/switchboards/%.*s/switchboardIntegrations",
             SLICE_ARG(switchboard_id));
    TRY(call(s, "list the lines of the switchboard", "GET", tail, (struct slice){NULL, 0},
             &answer));
    const struct json *lines = json_find(answer.body, "switchboardIntegrations");
    const struct json *agents = find_line(lines, "integrationType", slice_of(agent_type));
    struct slice agents_id = json_string(json_find(agents, "id"));
    s->result.agent_target = json_string(json_find(agents, "name"));
    if (agents == NULL) {
        TRY(make_agent_line(s, tail, &agents_id));
    }
    TRY(our_line(s, lines, tail, agents_id));
    return make_default(s, switchboard_id, switchboard);
}

err_t setup_messaging(const struct setup_request *request, struct arena *arena, struct why *why,
                      struct setup_result *ret_result)
{
    CLEANUP_PTR(rest) struct rest *rest = NULL;
    const struct rest_login login = {REST_KEY, request->key_id, request->key_secret};
    TRY(rest_new(request->conversations_url, &login, &rest));
    struct setup s = {.request = request, .rest = rest, .arena = arena, .why = why};
    buf_init(&s.body, BODY_BYTES_MAX);
    err_t e = set_up(&s);
    buf_deinit(&s.body);
    TRY(e);
    *ret_result = s.result;
    return err_ok();
}
