/* The Conversations API: key, integration, webhook, switchboard. FEATURES rows 8, 11, 16, 19, 20,
 * 22, 26, 30, 48, 49, 52, 55, 56, 58, 62. */
#include "ctl/doctor/examine.h"
#include "ctl/text.h"
#include "event/ident.h"

#include <string.h>

enum { PATH_BYTES = 512, LIST_BYTES = 400, MESSAGING_CHECKS = 19 };

/* What does not work without an event; conversation:message is a check of its own. */
struct subscription {
    const char *trigger;
    const char *feature;
};
static const struct subscription subscriptions[] = {
    {"conversation:create", "the welcome"},
    {"conversation:postback", "buttons"},
    {"conversation:remove", "forgetting what was deleted"},
    {"conversation:message:delivery:failure", "noticing what was not delivered"},
    {"switchboard:passControl", "noticing a hand-over by others"},
    {"switchboard:passControl:failure", "noticing a hand-over that failed"},
    {"switchboard:releaseControl", "the bot's coming back after a human"},
    {"user:merge", "going on after a log-in"},
    {"user:update", "the customer's data"},
};

/* What a refused first call means. */
static void refused(struct examination *x, const struct seen *seen)
{
    static const struct {
        long status;
        enum check_id id;
    } causes[] = {
        {0, CHECK_MESSAGING_UNREACHABLE},
        {401, CHECK_MESSAGING_KEY},
        {403, CHECK_MESSAGING_SCOPE},
        {404, CHECK_MESSAGING_PLAN},
    };
    enum check_id id = CHECK_MESSAGING_UNREACHABLE;
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
        id = causes[i].status == seen->status ? causes[i].id : id;
    }
    found(x, id, NULL, "%s", seen->said.text);
}

static void look_at_app(struct examination *x, const struct json *app)
{
    const struct json *multi = json_find(app, "settings.multiConvoEnabled");
    for (size_t i = 0; i < x->patient->store_count && multi != NULL; i++) {
        const struct store *store = x->patient->stores[i].store;
        if (store->enabled && store->chat && store->handoff_live && !json_bool(multi, true)) {
            found(x, CHECK_MULTI_CONVERSATIONS, store, "multi-conversations are off");
        }
    }
}

static bool is_subscribed(const struct json *webhook, const char *name)
{
    JSON_EACH(item, json_find(webhook, "triggers"))
    {
        if (slice_equal(json_string(item), slice_of(name))) {
            return true;
        }
    }
    return false;
}

static void look_at_events(struct examination *x, const struct json *webhook)
{
    char missing[LIST_BYTES] = "";
    if (!is_subscribed(webhook, "conversation:message")) {
        found(x, CHECK_HOOK_MESSAGES, NULL, "conversation:message is not subscribed to");
    }
    for (size_t i = 0; i < sizeof subscriptions / sizeof subscriptions[0]; i++) {
        const struct subscription *s = &subscriptions[i];
        if (!is_subscribed(webhook, s->trigger)) {
            text_add(missing, sizeof missing, "%s%s (%s)", missing[0] == '\0' ? "" : ", ",
                     s->trigger, s->feature);
        }
    }
    if (missing[0] != '\0') {
        found(x, CHECK_HOOK_EVENTS, NULL, "not subscribed to: %s", missing);
    }
}

static void look_at_secret(struct examination *x, struct slice secret)
{
    const struct secret_hashes *known = &x->patient->webhook_secrets;
    unsigned char hash[IDENT_KEY_BYTES];
    if (secret.len == 0) {
        return; /* Zendesk does not show it to this key */
    }
    ident_secret_hash(secret, hash);
    for (size_t i = 0; i < known->count; i++) {
        if (memcmp(known->hash[i].bytes, hash, sizeof hash) == 0) {
            return;
        }
    }
    found(x, CHECK_HOOK_SECRET, NULL, "the shared secret of the webhook is none of the %zu known",
          known->count);
}

static void look_at_webhook(struct examination *x, const struct json *webhook)
{
    char tail[PATH_BYTES];
    struct slice target = json_string(json_find(webhook, "target"));
    text_set(tail, sizeof tail, "/api/v1/connectors/%.*s/webhook",
             SLICE_ARG(x->patient->account->name));
    if (!slice_ends_with(target, slice_of(tail))) {
        found(x, CHECK_HOOK_TARGET, NULL, "it sends to %.*s, not to …%s", SLICE_ARG(target), tail);
    }
    look_at_secret(x, json_string(json_find(webhook, "secret")));
    look_at_events(x, webhook);
}

/* Others whose webhook goes where ours goes. */
static void look_for_double(struct examination *x, const struct json *ours, struct slice target)
{
    for (size_t i = 0; i < x->integrations.list.count; i++) {
        const struct json *other = x->integrations.list.items[i];
        JSON_EACH(webhook, json_find(other, "webhooks"))
        {
            if (other != ours && target.len > 0 &&
                slice_equal(json_string(json_find(webhook, "target")), target)) {
                found(x, CHECK_INTEGRATION_DOUBLED, NULL, "\"%.*s\" (%.*s) sends to %.*s too",
                      SLICE_ARG(json_string(json_find(other, "displayName"))),
                      SLICE_ARG(json_string(json_find(other, "id"))), SLICE_ARG(target));
                return;
            }
        }
    }
}

static err_t look_at_integration(struct examination *x)
{
    struct slice id = x->patient->account->integration_id;
    struct zendesk_list hooks = {NULL, 0};
    struct seen seen;
    const struct json *ours = zendesk_find(&x->integrations.list, "id", id);
    if (ours == NULL || !slice_equal(json_string(json_find(ours, "type")), SLICE("custom"))) {
        found(x, CHECK_INTEGRATION_MISSING, NULL, "there is no Conversations integration %.*s",
              SLICE_ARG(id));
        return err_ok();
    }
    TRY(heard(x, x->messaging.conversations,
              zendesk_integration_webhooks(&x->messaging, id, &hooks), &seen));
    x->webhook = hooks.count == 0 ? NULL : hooks.items[0];
    if (x->webhook == NULL) {
        found(x, CHECK_HOOK_MISSING, NULL, "the integration %.*s has none", SLICE_ARG(id));
        return err_ok();
    }
    look_at_webhook(x, x->webhook);
    look_for_double(x, ours, json_string(json_find(x->webhook, "target")));
    return err_ok();
}

static bool names(const struct json *line, struct slice text)
{
    return slice_equal(json_string(json_find(line, "id")), text) ||
           slice_equal(json_string(json_find(line, "name")), text) ||
           slice_equal(json_string(json_find(line, "integrationType")), text);
}

static bool is_named(const struct zendesk_list *lines, struct slice text)
{
    for (size_t i = 0; i < lines->count; i++) {
        if (names(lines->items[i], text)) {
            return true;
        }
    }
    return false;
}

static void look_at_our_line(struct examination *x)
{
    const struct account *account = x->patient->account;
    const struct json *line = x->our_line;
    if (account->switchboard_integration.len > 0 &&
        !names(line, account->switchboard_integration)) {
        found(x, CHECK_LINE_NAME, NULL, "the line is \"%.*s\" (%.*s), configured is \"%.*s\"",
              SLICE_ARG(json_string(json_find(line, "name"))),
              SLICE_ARG(json_string(json_find(line, "id"))),
              SLICE_ARG(account->switchboard_integration));
    }
    if (!json_bool(json_find(line, "deliverStandbyEvents"), false)) {
        found(x, CHECK_LINE_STANDBY, NULL, "the line does not get standby events");
    }
    const struct json *next = zendesk_find(
        &x->lines.list, "id", json_string(json_find(line, "nextSwitchboardIntegrationId")));
    if (!slice_equal(json_string(json_find(next, "integrationType")), SLICE("zd:agentWorkspace"))) {
        found(x, CHECK_LINE_NEXT, NULL, "the line after ours is %s",
              next == NULL ? "nobody's" : "not Agent Workspace");
    }
}

static err_t look_at_switchboard(struct examination *x)
{
    const struct account *account = x->patient->account;
    struct rest *rest = x->messaging.conversations;
    struct seen seen;
    TRY(heard(x, rest, zendesk_switchboard(&x->messaging, &x->switchboard), &seen));
    if (!seen_fine(&seen)) {
        refused(x, &seen);
        return err_ok();
    }
    if (x->switchboard == NULL || !json_bool(json_find(x->switchboard, "enabled"), false)) {
        found(x, CHECK_SWITCHBOARD_MISSING, NULL, "%s",
              x->switchboard == NULL ? "there is no switchboard" : "the switchboard is off");
        x->switchboard = NULL;
        return err_ok();
    }
    struct slice board = json_string(json_find(x->switchboard, "id"));
    TRY(heard(x, rest, zendesk_lines(&x->messaging, board, &x->lines.list), &x->lines.seen));
    x->our_line = zendesk_find(&x->lines.list, "integrationId", account->integration_id);
    if (x->our_line == NULL) {
        found(x, CHECK_LINE_MISSING, NULL, "none of its %zu lines is our integration's",
              x->lines.list.count);
    } else {
        look_at_our_line(x);
    }
    struct slice target =
        account->agent_target.len > 0 ? account->agent_target : SLICE("zd-agentWorkspace");
    if (!is_named(&x->lines.list, target)) {
        found(x, CHECK_AGENT_TARGET, NULL, "no line is called \"%.*s\"", SLICE_ARG(target));
    }
    return err_ok();
}

/* Row 19: all three are needed. */
static const char *lacking(const struct patient *patient)
{
    const struct zendesk_login *login = patient->login;
    return login->app_id[0] == '\0'       ? "App ID"
           : login->key_id[0] == '\0'     ? "Key ID"
           : login->key_secret[0] == '\0' ? "Secret"
                                          : NULL;
}

/* Row 83: keys are only missed where a store has a widget. */
static bool wants_messaging(const struct patient *patient)
{
    bool wants = patient->account->app_id.len > 0 || patient->account->key_id.len > 0;
    for (size_t i = 0; i < patient->store_count; i++) {
        wants = wants || patient->stores[i].store->widget_id.len > 0;
    }
    return wants;
}

err_t check_messaging(struct examination *x)
{
    const char *lacks = lacking(x->patient);
    const struct json *app = NULL;
    struct seen seen;
    if (!wants_messaging(x->patient)) {
        return err_ok();
    }
    looked(x, MESSAGING_CHECKS);
    if (lacks != NULL) {
        found(x, CHECK_MESSAGING_KEYS, NULL, "the account has no %s", lacks);
        return err_ok();
    }
    x->messaging_login = *x->patient->login;
    x->messaging_login.support_url = "";
    TRY(zendesk_open(&x->messaging_login, x->arena, &x->why, &x->messaging));
    struct rest *rest = x->messaging.conversations;
    TRY(heard(x, rest, zendesk_app(&x->messaging, &app), &seen));
    if (!seen_fine(&seen)) {
        refused(x, &seen);
        return err_ok();
    }
    look_at_app(x, app);
    TRY(heard(x, rest, zendesk_integrations(&x->messaging, "", &x->integrations.list),
              &x->integrations.seen));
    if (!seen_fine(&x->integrations.seen)) {
        refused(x, &x->integrations.seen);
        return err_ok();
    }
    TRY(look_at_integration(x));
    return look_at_switchboard(x);
}
