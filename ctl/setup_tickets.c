#include "ctl/setup_tickets.h"

#include "ctl/rest.h"
#include "ctl/setup_triggers.h"
#include "ctl/text.h"
#include "event/ident.h"
#include "json/json_write.h"

#include <stdio.h>

enum {
    BODY_BYTES_MAX = 16 * 1024,
    PATH_BYTES = 1024,
    NAME_BYTES = 256,
    PAGE_COUNT = 25, /* other people's triggers can be long, and an answer has its limit */
    PAGES_MAX = 400,
};

/* What was found of one store. */
struct found {
    const struct json *webhook;
    struct slice webhook_id;
    const struct json *triggers[TRIGGER_COUNT];
};

struct setup {
    const struct setup_tickets_request *request;
    struct rest *rest;
    struct arena *arena;
    struct why *why;
    struct found *found; /* one a store */
    unsigned changes;
    struct buf body;
    struct json_write json;
};

static struct json_write *begin(struct setup *s)
{
    buf_reset(&s->body);
    json_write_init(&s->json, &s->body);
    json_object(&s->json);
    return &s->json;
}

/* Sends what was written since begin(). */
static err_t change(struct setup *s, const char *step, const char *method, const char *path,
                    struct rest_answer *ret)
{
    json_end(&s->json);
    TRY(json_write_done(&s->json));
    s->changes++;
    return rest_call(s->rest, step, method, path, buf_slice(&s->body), s->arena, s->why, ret);
}

typedef void (*visit)(struct setup *s, const struct json *item);

/* Shows every object of a list that comes in pages. */
static err_t list(struct setup *s, const char *what, visit visit_item)
{
    char step[NAME_BYTES];
    struct slice after = {NULL, 0};
    text_set(step, sizeof step, "list the %s", what);
    for (int page = 0; page < PAGES_MAX; page++) {
        char path[PATH_BYTES];
        struct rest_answer answer;
        text_set(path, sizeof path, "/api/v2/%s?page%%5Bsize%%5D=%d%s%.*s", what, (int)PAGE_COUNT,
                 after.len > 0 ? "&page%5Bafter%5D=" : "", SLICE_ARG(after));
        TRY(rest_call(s->rest, step, "GET", path, (struct slice){NULL, 0}, s->arena, s->why,
                      &answer));
        JSON_EACH(item, json_find(answer.body, what))
        {
            visit_item(s, item);
        }
        after = json_string(json_find(answer.body, "meta.after_cursor"));
        if (!json_bool(json_find(answer.body, "meta.has_more"), false) || after.len == 0) {
            break;
        }
    }
    return err_ok();
}

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
    struct json_write *w = begin(s);
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
    static const char step[] = "make the webhook for tickets";
    struct rest_answer answer;
    put_webhook(s, index);
    TRY(change(s, step, "POST", "/api/v2/webhooks", &answer));
    s->found[index].webhook_id = json_id(json_find(answer.body, "webhook.id"));
    if (s->found[index].webhook_id.len == 0) {
        why_set(s->why, "could not %s: the answer is not as documented", step);
        return ERR(CONFIG);
    }
    return err_ok();
}

static err_t adopt_webhook(struct setup *s, size_t index)
{
    struct found *found = &s->found[index];
    char name[NAME_BYTES];
    webhook_name(s, index, name);
    if (!is_for_triggers(found->webhook)) { /* Zendesk cannot change this afterwards */
        why_set(s->why,
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
    struct rest_answer answer;
    text_set(path, sizeof path, "/api/v2/webhooks/%.*s", SLICE_ARG(found->webhook_id));
    put_webhook(s, index);
    return change(s, "correct the webhook for tickets", "PUT", path, &answer);
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
    trigger_put(&place, which, begin(s));
    return change(s, step, trigger == NULL ? "POST" : "PUT", path, &answer);
}

static err_t set_up(struct setup *s)
{
    TRY(list(s, "webhooks", see_webhook));
    for (size_t i = 0; i < s->request->store_count; i++) {
        TRY(s->found[i].webhook == NULL ? make_webhook(s, i) : adopt_webhook(s, i));
    }
    TRY(list(s, "triggers", see_trigger));
    for (size_t i = 0; i < s->request->store_count; i++) {
        for (size_t which = 0; which < TRIGGER_COUNT; which++) {
            TRY(set_trigger(s, i, which));
        }
    }
    return err_ok();
}

/* An access token for these few calls. */
static err_t ask_token(struct setup *s, struct slice *ret_token)
{
    static const char step[] = "log in to Support";
    static const struct rest_login nobody = {REST_NOBODY, NULL, NULL};
    CLEANUP_PTR(rest) struct rest *rest = NULL;
    TRY(rest_new(s->request->support_url, &nobody, &rest));
    struct rest_answer answer;
    struct json_write *w = begin(s);
    json_put_text(w, "grant_type", "client_credentials");
    json_put_text(w, "client_id", s->request->client_id);
    json_put_text(w, "client_secret", s->request->client_secret);
    json_put_text(w, "scope", "read write");
    json_end(w);
    TRY(json_write_done(w));
    TRY(rest_call(rest, step, "POST", "/oauth/tokens", buf_slice(&s->body), s->arena, s->why,
                  &answer));
    *ret_token = json_string(json_find(answer.body, "access_token"));
    if (ret_token->len == 0) {
        why_set(s->why, "could not %s: the answer is not as documented", step);
        return ERR(CONFIG);
    }
    return err_ok();
}

static err_t log_in(struct setup *s)
{
    const struct setup_tickets_request *request = s->request;
    if (request->client_id[0] != '\0') {
        struct slice token;
        TRY(ask_token(s, &token));
        const struct rest_login login = {REST_OAUTH, NULL, token.ptr};
        return rest_new(request->support_url, &login, &s->rest);
    }
    char user[NAME_BYTES];
    text_set(user, sizeof user, "%s/token", request->email);
    const struct rest_login login = {REST_TOKEN, user, request->api_token};
    return rest_new(request->support_url, &login, &s->rest);
}

err_t setup_tickets(const struct setup_tickets_request *request, struct arena *arena,
                    struct why *why, struct setup_tickets_result *ret_result)
{
    struct setup s = {.request = request, .arena = arena, .why = why};
    s.found = ARENA_ARRAY(arena, struct found, request->store_count);
    if (s.found == NULL) {
        return ERR(ARENA_FULL);
    }
    buf_init(&s.body, BODY_BYTES_MAX);
    err_t e = log_in(&s);
    e = err_failed(e) ? e : set_up(&s);
    rest_free(s.rest);
    buf_deinit(&s.body);
    TRY(e);
    *ret_result = (struct setup_tickets_result){s.changes};
    return err_ok();
}
