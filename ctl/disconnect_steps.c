#include "ctl/disconnect_steps.h"

#include "ctl/setup.h"
#include "ctl/setup_triggers.h"
#include "ctl/text.h"

enum { TEXT_BYTES = 1024 };

/* kind  "connectors" or "stores"; tail  "webhook" or "tickets" */
static bool leads_to_us(const struct disconnect *d, struct slice url, const char *kind,
                        struct slice owner, const char *tail, bool *ret_exactly)
{
    char path[TEXT_BYTES];
    char whole[2 * TEXT_BYTES];
    text_set(path, sizeof path, "/api/v1/%s/%.*s/%s", kind, SLICE_ARG(owner), tail);
    text_set(whole, sizeof whole, "%s%s", d->public_url, path);
    *ret_exactly = d->public_url[0] != '\0' && slice_equal(url, slice_of(whole));
    return slice_ends_with(url, slice_of(path));
}

static bool is_our_webhook(const struct disconnect *d, const struct store *store,
                           const struct json *webhook)
{
    char name[TEXT_BYTES];
    bool exactly = false;
    text_set(name, sizeof name, "%s %.*s", d->name, SLICE_ARG(store->name));
    bool leads = leads_to_us(d, json_string(json_find(webhook, "endpoint")), "stores", store->name,
                             "tickets", &exactly);
    return exactly ||
           (leads && slice_equal(json_string(json_find(webhook, "name")), slice_of(name)));
}

static const struct json *find_webhook(const struct disconnect *d, const struct store *store,
                                       const struct zendesk_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (is_our_webhook(d, store, list->items[i])) {
            return list->items[i];
        }
    }
    return NULL;
}

static bool is_our_trigger(const struct trigger_place *place, const struct json *trigger)
{
    for (size_t which = 0; which < TRIGGER_COUNT; which++) {
        if (trigger_is_ours(place, which, trigger)) {
            return true;
        }
    }
    return false;
}

static err_t remove_of_store(struct steps *s, const struct disconnect *d, const struct store *store,
                             const struct zendesk_list *webhooks,
                             const struct zendesk_list *triggers)
{
    char name[TEXT_BYTES];
    char what[TEXT_BYTES];
    char path[TEXT_BYTES];
    const struct json *webhook = find_webhook(d, store, webhooks);
    text_set(name, sizeof name, "%.*s", SLICE_ARG(store->name));
    const struct trigger_place place = {
        .name = d->name, .store = name, .webhook_id = json_id(json_find(webhook, "id"))};
    for (size_t i = 0; i < triggers->count; i++) {
        const struct json *trigger = triggers->items[i];
        if (is_our_trigger(&place, trigger)) {
            text_set(what, sizeof what, "delete the trigger \"%.*s\"",
                     SLICE_ARG(json_string(json_find(trigger, "title"))));
            text_set(path, sizeof path, "/api/v2/triggers/%.*s",
                     SLICE_ARG(json_id(json_find(trigger, "id"))));
            TRY(steps_remove(s, STEP_TRIGGER, what, path));
        }
    }
    if (webhook == NULL) {
        return err_ok();
    }
    text_set(what, sizeof what, "delete the webhook \"%.*s\"",
             SLICE_ARG(json_string(json_find(webhook, "name"))));
    text_set(path, sizeof path, "/api/v2/webhooks/%.*s", SLICE_ARG(place.webhook_id));
    return steps_remove(s, STEP_WEBHOOK, what, path);
}

err_t disconnect_tickets(struct steps *s, const struct disconnect *d)
{
    struct zendesk_list webhooks;
    struct zendesk_list triggers;
    s->at = STEP_WEBHOOK;
    TRY(zendesk_webhooks(s->zendesk, &webhooks));
    s->at = STEP_TRIGGER;
    TRY(zendesk_triggers(s->zendesk, &triggers));
    for (size_t i = 0; i < d->store_count; i++) {
        TRY(remove_of_store(s, d, d->stores[i], &webhooks, &triggers));
    }
    return err_ok();
}

static const struct json *find_integration(const struct disconnect *d,
                                           const struct zendesk_list *list)
{
    char name[TEXT_BYTES];
    text_set(name, sizeof name, "%s %.*s", d->name, SLICE_ARG(d->account->name));
    for (size_t i = 0; i < list->count; i++) {
        const struct json *item = list->items[i];
        bool is_named = slice_equal(json_string(json_find(item, "displayName")), slice_of(name)) ||
                        slice_equal(json_string(json_find(item, "id")), d->account->integration_id);
        JSON_EACH(webhook, json_find(item, "webhooks"))
        {
            bool exactly = false;
            bool leads = leads_to_us(d, json_string(json_find(webhook, "target")), "connectors",
                                     d->account->name, "webhook", &exactly);
            if (exactly || (leads && is_named)) {
                return item;
            }
        }
    }
    return NULL;
}

/* A store's own widget asks whom the account asks again. */
static err_t free_widget(struct steps *s, const struct store *store, struct slice integration,
                         const struct json *widget)
{
    char what[TEXT_BYTES];
    char path[TEXT_BYTES];
    struct rest_answer answer;
    const struct json *responder = json_find(widget, "defaultResponder");
    bool is_ours = slice_equal(json_string(json_find(responder, "integrationId")), integration) &&
                   !json_bool(json_find(responder, "inherited"), true);
    if (!is_ours) {
        return err_ok();
    }
    text_set(what, sizeof what, "give the widget %.*s the account's default responder",
             SLICE_ARG(store->widget_id));
    text_set(path, sizeof path, "/integrations/%.*s", SLICE_ARG(store->widget_id));
    struct json_write *w = steps_begin(s);
    json_key(w, "defaultResponderId");
    json_null(w);
    return steps_change(s, STEP_RESPONDER, what, "PATCH", path, &answer);
}

/* Who had it before us nobody remembers: it is said, or it is the humans. */
static err_t give_default_away(struct steps *s, const struct disconnect *d,
                               const struct setup_result *found, struct slice our_line)
{
    char what[TEXT_BYTES];
    char path[TEXT_BYTES];
    struct rest_answer answer;
    const struct json *other = d->responder == NULL
                                   ? setup_other_responder(&found->lines)
                                   : zendesk_find(&found->lines, "name", slice_of(d->responder));
    struct slice now = json_string(json_find(found->board, "defaultSwitchboardIntegrationId"));
    if (!slice_equal(now, our_line)) {
        return err_ok();
    }
    if (other == NULL) {
        why_set(s->zendesk->why,
                "there is no \"%s\" on the switchboard to be the default responder",
                d->responder == NULL ? "zd-agentWorkspace" : d->responder);
        return ERR(CONFIG);
    }
    text_set(what, sizeof what, "give the default responder to %.*s",
             SLICE_ARG(json_string(json_find(other, "name"))));
    text_set(path, sizeof path, "/switchboards/%.*s", SLICE_ARG(found->switchboard));
    struct json_write *w = steps_begin(s);
    json_put_slice(w, "defaultSwitchboardIntegrationId", json_string(json_find(other, "id")));
    return steps_change(s, STEP_RESPONDER, what, "PATCH", path, &answer);
}

static err_t remove_shared(struct steps *s, const struct disconnect *d, const struct json *ours)
{
    char what[TEXT_BYTES];
    char path[TEXT_BYTES];
    struct setup_result found = {.board = NULL};
    struct slice id = json_string(json_find(ours, "id"));
    TRY(setup_board(s, &found));
    const struct json *line = zendesk_find(&found.lines, "integrationId", id);
    struct slice line_id = json_string(json_find(line, "id"));
    if (line != NULL) {
        TRY(give_default_away(s, d, &found, line_id));
        text_set(what, sizeof what, "take \"%.*s\" off the switchboard",
                 SLICE_ARG(json_string(json_find(line, "name"))));
        text_set(path, sizeof path, "/switchboards/%.*s/switchboardIntegrations/%.*s",
                 SLICE_ARG(found.switchboard), SLICE_ARG(line_id));
        TRY(steps_remove(s, STEP_LINE, what, path));
    }
    text_set(what, sizeof what, "delete the integration \"%.*s\" with its webhook",
             SLICE_ARG(json_string(json_find(ours, "displayName"))));
    text_set(path, sizeof path, "/integrations/%.*s", SLICE_ARG(id));
    return steps_remove(s, STEP_INTEGRATION, what, path);
}

err_t disconnect_messaging(struct steps *s, const struct disconnect *d)
{
    struct zendesk_list all;
    s->at = STEP_KEY;
    TRY(zendesk_integrations(s->zendesk, "", &all));
    const struct json *ours = find_integration(d, &all);
    if (ours == NULL) {
        return err_ok();
    }
    for (size_t i = 0; i < d->store_count; i++) {
        TRY(free_widget(s, d->stores[i], json_string(json_find(ours, "id")),
                        zendesk_find(&all, "id", d->stores[i]->widget_id)));
    }
    return d->shared ? remove_shared(s, d, ours) : err_ok();
}
