#include "ctl/setup.h"

#include "ctl/text.h"

enum { PATH_BYTES = 1024, STEP_BYTES = 512 };

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

static void put_webhook(struct json_write *w, const struct setup_request *request)
{
    json_put_text(w, "target", request->target);
    json_key(w, "triggers");
    json_array(w);
    for (size_t i = 0; i < TRIGGER_COUNT; i++) {
        json_text(w, triggers[i]);
    }
    json_end(w);
    json_put_bool(w, "includeFullUser", true);
    json_put_bool(w, "includeFullSource", true);
}

static bool goes_there(const struct setup_request *request, const struct json *integration)
{
    JSON_EACH(webhook, json_find(integration, "webhooks"))
    {
        if (slice_equal(json_string(json_find(webhook, "target")), slice_of(request->target))) {
            return true;
        }
    }
    return false;
}

/* Ours is the one that the configuration names; else known by its name; one that was renamed, by
 * where its webhook goes. */
static const struct json *find_ours(const struct setup_request *request,
                                    const struct zendesk_list *list)
{
    if (request->integration_id.len > 0) {
        return zendesk_find(list, "id", request->integration_id);
    }
    const struct json *found = zendesk_find(list, "displayName", slice_of(request->name));
    for (size_t i = 0; found == NULL && i < list->count; i++) {
        found = goes_there(request, list->items[i]) ? list->items[i] : NULL;
    }
    return found;
}

static err_t make_integration(struct steps *s, const struct setup_request *request,
                              struct setup_result *ret)
{
    char what[STEP_BYTES];
    struct rest_answer answer;
    text_set(what, sizeof what, "make the integration \"%s\" with its webhook at %s", request->name,
             request->target);
    struct json_write *w = steps_begin(s);
    json_put_text(w, "type", "custom");
    json_put_text(w, "displayName", request->name);
    json_key(w, "webhooks");
    json_array(w);
    json_object(w);
    put_webhook(w, request);
    json_end(w);
    json_end(w);
    TRY(steps_change(s, STEP_INTEGRATION, what, "POST", "/integrations", &answer));
    const struct json *webhooks = json_find(answer.body, "integration.webhooks");
    const struct json *secret = json_find(webhooks == NULL ? NULL : webhooks->first, "secret");
    TRY(steps_id(s, what, json_find(answer.body, "integration.id"), &ret->integration_id));
    return steps_id(s, what, secret, &ret->webhook_secret);
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

static bool webhook_is_right(const struct setup_request *request, const struct json *webhook)
{
    bool right =
        slice_equal(json_string(json_find(webhook, "target")), slice_of(request->target)) &&
        json_bool(json_find(webhook, "includeFullUser"), false) &&
        json_bool(json_find(webhook, "includeFullSource"), false);
    for (size_t i = 0; i < TRIGGER_COUNT && right; i++) {
        right = has_trigger(webhook, triggers[i]);
    }
    return right;
}

static err_t adopt_webhook(struct steps *s, const struct setup_request *request,
                           struct setup_result *ret)
{
    static const char make[] = "make the webhook of the integration";
    char tail[PATH_BYTES];
    char what[STEP_BYTES];
    struct zendesk_list list;
    struct rest_answer answer;
    TRY(zendesk_integration_webhooks(s->zendesk, ret->integration_id, &list));
    const struct json *webhook = list.count == 0 ? NULL : list.items[0];
    text_set(tail, sizeof tail, "/integrations/%.*s/webhooks", SLICE_ARG(ret->integration_id));
    text_set(what, sizeof what, "%s, at %s", make, request->target);
    if (webhook == NULL) {
        put_webhook(steps_begin(s), request);
        TRY(steps_change(s, STEP_INTEGRATION, what, "POST", tail, &answer));
        webhook = json_find(answer.body, "webhook");
    } else if (!webhook_is_right(request, webhook)) {
        text_set(what, sizeof what, "correct the webhook of the integration, at %s",
                 request->target);
        text_add(tail, sizeof tail, "/%.*s", SLICE_ARG(json_string(json_find(webhook, "id"))));
        put_webhook(steps_begin(s), request);
        TRY(steps_change(s, STEP_INTEGRATION, what, "PATCH", tail, &answer));
    }
    return steps_id(s, what, json_find(webhook, "secret"), &ret->webhook_secret);
}

err_t setup_integration(struct steps *s, const struct setup_request *request,
                        struct setup_result *ret)
{
    struct zendesk_list list;
    s->at = STEP_KEY;
    TRY(zendesk_integrations(s->zendesk, "custom", &list));
    s->at = STEP_INTEGRATION;
    const struct json *ours = find_ours(request, &list);
    if (ours == NULL && request->integration_id.len > 0) {
        why_set(s->zendesk->why,
                "there is no integration %.*s, which the configuration names as integration_id",
                SLICE_ARG(request->integration_id));
        return ERR(CONFIG);
    }
    if (ours == NULL) {
        return make_integration(s, request, ret);
    }
    TRY(steps_id(s, "list the integrations", json_find(ours, "id"), &ret->integration_id));
    return adopt_webhook(s, request, ret);
}

err_t setup_board(struct steps *s, struct setup_result *ret)
{
    s->at = STEP_SWITCHBOARD;
    ret->lines = (struct zendesk_list){NULL, 0};
    TRY(zendesk_switchboard(s->zendesk, &ret->board));
    if (ret->board == NULL) {
        return err_ok();
    }
    TRY(steps_id(s, "find the switchboard", json_find(ret->board, "id"), &ret->switchboard));
    return zendesk_lines(s->zendesk, ret->switchboard, &ret->lines);
}

static err_t make_switchboard(struct steps *s, struct setup_result *ret)
{
    static const char what[] = "make the switchboard";
    struct rest_answer answer;
    (void)steps_begin(s);
    TRY(steps_change(s, STEP_SWITCHBOARD, what, "POST", "/switchboards", &answer));
    return steps_id(s, what, json_find(answer.body, "switchboard.id"), &ret->switchboard);
}

static err_t make_agent_line(struct steps *s, const char *tail, struct slice *ret_id)
{
    static const char what[] = "put Agent Workspace on the switchboard";
    struct rest_answer answer;
    struct json_write *w = steps_begin(s);
    json_put_text(w, "name", agent_name);
    json_put_text(w, "integrationType", agent_type);
    TRY(steps_change(s, STEP_LINE, what, "POST", tail, &answer));
    return steps_id(s, what, json_find(answer.body, "switchboardIntegration.id"), ret_id);
}

static void put_our_line(struct json_write *w, struct slice next)
{
    json_put_bool(w, "deliverStandbyEvents", true);
    json_put_slice(w, "nextSwitchboardIntegrationId", next);
    json_put_int(w, "messageHistoryCount", 10);
}

static err_t our_line(struct steps *s, const struct setup_request *request, const char *tail,
                      struct slice next, struct setup_result *ret)
{
    char what[STEP_BYTES] = "";
    struct rest_answer answer;
    const struct json *ours = zendesk_find(&ret->lines, "integrationId", ret->integration_id);
    ret->line_name = json_string(json_find(ours, "name"));
    if (ours == NULL) {
        text_set(what, sizeof what,
                 "put our integration on the switchboard as \"%s\", next Agent Workspace",
                 request->line_name);
        struct json_write *w = steps_begin(s);
        json_put_text(w, "name", request->line_name);
        json_put_slice(w, "integrationId", ret->integration_id);
        put_our_line(w, next);
        TRY(steps_change(s, STEP_LINE, what, "POST", tail, &answer));
        ret->line_name = slice_of(request->line_name);
        return steps_id(s, what, json_find(answer.body, "switchboardIntegration.id"), &ret->line);
    }
    TRY(steps_id(s, "list the lines of the switchboard", json_find(ours, "id"), &ret->line));
    bool right = slice_equal(json_string(json_find(ours, "nextSwitchboardIntegrationId")), next) &&
                 json_bool(json_find(ours, "deliverStandbyEvents"), false);
    if (!right) {
        char path[PATH_BYTES];
        text_set(path, sizeof path, "%s/%.*s", tail, SLICE_ARG(ret->line));
        put_our_line(steps_begin(s), next);
        TRY(steps_change(s, STEP_LINE,
                         "correct our line of the switchboard: next Agent Workspace, and events "
                         "while others have the conversation",
                         "PATCH", path, &answer));
    }
    return err_ok();
}

err_t setup_line(struct steps *s, const struct setup_request *request, struct setup_result *ret)
{
    char tail[PATH_BYTES];
    s->at = STEP_LINE;
    if (ret->board == NULL) {
        TRY(make_switchboard(s, ret));
    }
    text_set(tail, sizeof tail, "/switchboards/%.*s/switchboardIntegrations",
             SLICE_ARG(ret->switchboard));
    const struct json *agents = zendesk_find(&ret->lines, "integrationType", slice_of(agent_type));
    struct slice agents_id = json_string(json_find(agents, "id"));
    ret->agent_target = json_string(json_find(agents, "name"));
    if (agents == NULL) {
        TRY(make_agent_line(s, tail, &agents_id));
        ret->agent_target = slice_of(agent_name);
    }
    return our_line(s, request, tail, agents_id, ret);
}

err_t setup_messaging(struct steps *s, const struct setup_request *request,
                      struct setup_result *ret)
{
    TRY(setup_integration(s, request, ret));
    TRY(setup_board(s, ret));
    TRY(setup_line(s, request, ret));
    return setup_responder(s, request, ret);
}
