#include "ctl/setup_tickets.h"

#include "ctl/setup_triggers.h"
#include "ctl/text.h"
#include "event/ident.h"
#include "json/json_write.h"

#include <stdio.h>

enum {
    PATH_BYTES = 1024,
    NAME_BYTES = 256,
    STEP_BYTES = 512,
};

/* What was found of one store. */
struct found {
    const struct json *webhook;
    struct slice webhook_id;
    const struct json *triggers[TRIGGER_COUNT];
};

struct setup {
    const struct setup_tickets_request *request;
    struct steps *steps;
    struct found *found; /* one a store */
};

/* "Tieline shoes" */
static void webhook_name(const struct setup *s, size_t index, char name[NAME_BYTES])
{
    text_set(name, NAME_BYTES, "%s %s", s->request->name, s->request->stores[index].name);
}

static void webhook_description(const struct setup *s, size_t index, char text[NAME_BYTES])
{
    unsigned char hash[IDENT_KEY_BYTES];
    ident_secret_hash(s->request->stores[index].token, hash);
    text_set(text, NAME_BYTES,
             "Tells Tieline that a ticket of its store %s changed. Token %02x%02x%02x",
             s->request->stores[index].name, hash[0], hash[1], hash[2]);
}

/* Ours is known by its name; one that was renamed, by where it goes. */
static void see_webhook(struct setup *s, const struct json *webhook)
{
    for (size_t i = 0; i < s->request->store_count; i++) {
        char name[NAME_BYTES];
        webhook_name(s, i, name);
        bool is_named = slice_equal(json_string(json_find(webhook, "name")), slice_of(name));
        bool goes_there = slice_equal(json_string(json_find(webhook, "endpoint")),
                                      slice_of(s->request->stores[i].target));
        if (is_named || (goes_there && s->found[i].webhook == NULL)) {
            s->found[i].webhook = webhook;
        }
    }
}

static bool is_for_triggers(const struct json *webhook)
{
    const struct json *kinds = json_find(webhook, "subscriptions");
    return kinds != NULL && kinds->count == 1 &&
           slice_equal(json_string(kinds->first), SLICE("conditional_ticket_events"));
}

static bool is_text(const struct json *object, const char *path, const char *wanted)
{
    return slice_equal(json_string(json_find(object, path)), slice_of(wanted));
}

static bool webhook_is_right(const struct setup *s, size_t index, const struct json *webhook)
{
    char description[NAME_BYTES];
    webhook_description(s, index, description);
    return is_text(webhook, "endpoint", s->request->stores[index].target) &&
           is_text(webhook, "description", description) && is_text(webhook, "status", "active") &&
           is_text(webhook, "http_method", "POST") && is_text(webhook, "request_format", "json") &&
           is_text(webhook, "authentication.type", "bearer_token");
}

static void put_webhook(struct setup *s, size_t index)
{
    const struct setup_tickets_store *store = &s->request->stores[index];
    char text[NAME_BYTES];
    struct json_write *w = steps_begin(s->steps);
    json_key(w, "webhook");
    json_object(w);
    webhook_name(s, index, text);
    json_put_text(w, "name", text);
    webhook_description(s, index, text);
    json_put_text(w, "description", text);
    json_put_text(w, "status", "active");
    json_put_text(w, "endpoint", store->target);
    json_put_text(w, "http_method", "POST");
    json_put_text(w, "request_format", "json");
    json_key(w, "subscriptions");
    json_array(w);
    json_text(w, "conditional_ticket_events");
    json_end(w);
    json_key(w, "authentication");
    json_object(w);
    json_put_text(w, "type", "bearer_token");
    json_put_text(w, "add_position", "header");
    json_key(w, "data");
    json_object(w);
    json_put_slice(w, "token", store->token);
    json_end(w);
    json_end(w);
    json_end(w);
}

static err_t make_webhook(struct setup *s, size_t index)
{
    const struct setup_tickets_store *store = &s->request->stores[index];
    char what[STEP_BYTES];
    struct rest_answer answer;
    text_set(what, sizeof what, "make the webhook for tickets of %s, at %s", store->name,
             store->target);
    put_webhook(s, index);
    TRY(steps_change(s->steps, STEP_WEBHOOK, what, "POST", "/api/v2/webhooks", &answer));
    return steps_id(s->steps, what, json_find(answer.body, "webhook.id"),
                    &s->found[index].webhook_id);
}

static err_t adopt_webhook(struct setup *s, size_t index)
{
    struct found *found = &s->found[index];
    char name[NAME_BYTES];
    webhook_name(s, index, name);
    if (!is_for_triggers(found->webhook)) { /* Zendesk cannot change this afterwards */
        why_set(s->steps->zendesk->why,
                "the webhook \"%s\" exists but is subscribed to events; it must be one for "
                "triggers: delete or rename it",
                name);
        return ERR(CONFIG);
    }
    found->webhook_id = json_id(json_find(found->webhook, "id"));
    if (webhook_is_right(s, index, found->webhook)) {
        return err_ok();
    }
    char path[PATH_BYTES];
    char what[STEP_BYTES];
    struct rest_answer answer;
    text_set(path, sizeof path, "/api/v2/webhooks/%.*s", SLICE_ARG(found->webhook_id));
    text_set(what, sizeof what, "correct the webhook for tickets of %s, at %s",
             s->request->stores[index].name, s->request->stores[index].target);
    put_webhook(s, index);
    return steps_change(s->steps, STEP_WEBHOOK, what, "PUT", path, &answer);
}

static struct trigger_place place_of(const struct setup *s, size_t index)
{
    return (struct trigger_place){
        .name = s->request->name,
        .store = s->request->stores[index].name,
        .brand_id = s->request->stores[index].brand_id,
        .bot_user_id = s->request->bot_user_id,
        .webhook_id = s->found[index].webhook_id,
    };
}

static void see_trigger(struct setup *s, const struct json *trigger)
{
    for (size_t i = 0; i < s->request->store_count; i++) {
        const struct trigger_place place = place_of(s, i);
        for (size_t which = 0; which < TRIGGER_COUNT; which++) {
            if (s->found[i].triggers[which] == NULL && trigger_is_ours(&place, which, trigger)) {
                s->found[i].triggers[which] = trigger;
            }
        }
    }
}

static err_t set_trigger(struct setup *s, size_t index, size_t which)
{
    const struct trigger_place place = place_of(s, index);
    const struct json *trigger = s->found[index].triggers[which];
    char step[NAME_BYTES];
    char path[PATH_BYTES] = "/api/v2/triggers";
    struct rest_answer answer;
    if (trigger != NULL && trigger_is_right(&place, which, trigger)) {
        return err_ok();
    }
    text_set(step, sizeof step, "%s %s of %s", trigger == NULL ? "make" : "correct",
             trigger_what(which), place.store);
    if (trigger != NULL) {
        text_add(path, sizeof path, "/%.*s", SLICE_ARG(json_id(json_find(trigger, "id"))));
    }
    trigger_put(&place, which, steps_begin(s->steps));
    return steps_change(s->steps, STEP_TRIGGER, step, trigger == NULL ? "POST" : "PUT", path,
                        &answer);
}

/* Each webhook has a signing secret of its own. */
static err_t read_signing(struct setup *s, size_t index)
{
    char path[PATH_BYTES];
    struct rest_answer answer;
    struct slice id = s->found[index].webhook_id;
    struct slice *secret = &s->request->stores[index].ret->signing_secret;
    if (steps_is_new(id)) {
        *secret = id;
        return err_ok();
    }
    text_set(path, sizeof path, "/api/v2/webhooks/%.*s/signing_secret", SLICE_ARG(id));
    TRY(zendesk_support(s->steps->zendesk, "read the signing secret of the webhook", "GET", path,
                        (struct slice){NULL, 0}, &answer));
    return steps_id(s->steps, "read the signing secret of the webhook",
                    json_find(answer.body, "signing_secret.secret"), secret);
}

static err_t init(struct setup *s, struct steps *steps, const struct setup_tickets_request *request)
{
    *s = (struct setup){.request = request, .steps = steps};
    s->found = ARENA_ARRAY(steps->zendesk->arena, struct found, request->store_count + 1);
    return s->found == NULL ? ERR(ARENA_FULL) : err_ok();
}

err_t setup_webhooks(struct steps *steps, const struct setup_tickets_request *request)
{
    struct setup s;
    struct zendesk_list list;
    TRY(init(&s, steps, request));
    steps->at = STEP_WEBHOOK;
    TRY(zendesk_webhooks(steps->zendesk, &list));
    for (size_t i = 0; i < list.count; i++) {
        see_webhook(&s, list.items[i]);
    }
    for (size_t i = 0; i < request->store_count; i++) {
        TRY(s.found[i].webhook == NULL ? make_webhook(&s, i) : adopt_webhook(&s, i));
        TRY(read_signing(&s, i));
        request->stores[i].ret->webhook_id = s.found[i].webhook_id;
    }
    return err_ok();
}

err_t setup_triggers(struct steps *steps, const struct setup_tickets_request *request)
{
    struct setup s;
    struct zendesk_list list;
    TRY(init(&s, steps, request));
    for (size_t i = 0; i < request->store_count; i++) {
        s.found[i].webhook_id = request->stores[i].ret->webhook_id;
    }
    steps->at = STEP_TRIGGER;
    TRY(zendesk_triggers(steps->zendesk, &list));
    for (size_t i = 0; i < list.count; i++) {
        see_trigger(&s, list.items[i]);
    }
    for (size_t i = 0; i < request->store_count; i++) {
        for (size_t which = 0; which < TRIGGER_COUNT; which++) {
            TRY(set_trigger(&s, i, which));
        }
    }
    return err_ok();
}

err_t setup_tickets(struct steps *steps, const struct setup_tickets_request *request)
{
    TRY(setup_webhooks(steps, request));
    return setup_triggers(steps, request);
}
