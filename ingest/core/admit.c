#include "ingest/core/admit.h"

#include "base/limits.h"
#include "ingest/core/conversations.h"
#include "ingest/core/member.h"
#include "ingest/core/platform.h"
#include "ingest/core/ticket.h"
#include "json/json_read.h"

/* Where a batch is put together. */
struct admission {
    struct arena *arena;
    const struct admit_request *request;
    struct event *events;
    struct dead *dead;
    size_t event_count;
    size_t dead_count;
};

static struct slice kept_text(struct arena *arena, const struct why *why, err_t error)
{
    struct slice text = slice_of(why->text);
    struct slice copy = slice_of(err_text(error));
    text.len = slice_utf8_prefix(text); /* it may have been cut within a character */
    if (!slice_empty(text) && err_failed(arena_copy(arena, text, &copy))) {
        return slice_of(err_text(error));
    }
    return copy;
}

static struct dead dead_letter(const struct admit_request *request, struct slice bytes, err_t error,
                               struct slice text)
{
    return (struct dead){
        .stage = SLICE("ingest"),
        .class = slice_of(err_class_name(err_class(error))),
        .reason = slice_of(err_name(error)),
        .text = text,
        .partition = -1,
        .offset = -1,
        .tries = 1,
        .at = request->now,
        .account = request->account->name,
        .value = bytes,
    };
}

static void add_event(struct admission *a, const struct event *event, struct slice raw)
{
    struct event *kept = &a->events[a->event_count++];
    *kept = *event;
    kept->accepted = a->request->now;
    kept->traceparent = a->request->traceparent;
    kept->raw = raw;
}

static void add_dead(struct admission *a, struct slice bytes, err_t error, const struct why *why)
{
    a->dead[a->dead_count++] =
        dead_letter(a->request, bytes, error, kept_text(a->arena, why, error));
}

static err_t admit_batch(struct admission *a, const struct json *root, struct why *why)
{
    const struct json *events = json_member(root, SLICE("events"));
    if (events == NULL || events->type != JSON_ARRAY) {
        why_set(why, "`events` must be an array");
        return events == NULL ? ERR(MISSING) : ERR(WRONG_TYPE);
    }
    if (events->count > LIMIT_EVENTS_PER_REQUEST_MAX) {
        why_set(why, "`events` has %zu elements, at most %d are read", events->count,
                LIMIT_EVENTS_PER_REQUEST_MAX);
        return ERR(TOO_LARGE);
    }
    a->events = ARENA_ARRAY(a->arena, struct event, events->count);
    struct dead *dead = ARENA_ARRAY(a->arena, struct dead, events->count);
    if (a->events == NULL || dead == NULL) {
        return ERR(ARENA_FULL);
    }
    a->dead = dead;
    JSON_EACH(item, events)
    {
        struct slice raw = member_raw(a->request->body, item);
        struct event event = {0};
        struct why item_why = {0};
        err_t error = conversations_read(a->arena, a->request->account, item, &item_why, &event);
        if (err_is(error, ERR_ARENA_FULL)) {
            return error;
        }
        if (err_failed(error)) {
            add_dead(a, raw, error, &item_why);
        } else {
            add_event(a, &event, raw);
        }
    }
    return err_ok();
}

static err_t admit_one(struct admission *a, const struct json *root, struct why *why)
{
    const struct admit_request *request = a->request;
    struct event event = {0};
    a->events = ARENA_NEW(a->arena, struct event);
    if (a->events == NULL) {
        return ERR(ARENA_FULL);
    }
    if (request->endpoint == ENDPOINT_TICKETS) {
        struct ticket_call call = {request->account, request->store, request->invocation_id,
                                   request->nonce};
        TRY(ticket_read(a->arena, &call, root, why, &event));
    } else {
        struct platform_call call = {request->account, request->store, request->body, request->id};
        TRY(platform_read(a->arena, &call, root, why, &event));
    }
    add_event(a, &event, request->body);
    return err_ok();
}

static err_t admit_body(struct admission *a, struct why *why)
{
    const struct json *root = NULL;
    TRY(json_parse(a->arena, a->request->body, NULL, why, &root));
    return a->request->endpoint == ENDPOINT_CONVERSATIONS ? admit_batch(a, root, why)
                                                          : admit_one(a, root, why);
}

err_t admit(struct arena *arena, const struct admit_request *request, struct admitted *ret_admitted)
{
    /* Taken first, so that there is room for it whatever the body needs. */
    struct dead *whole = ARENA_NEW(arena, struct dead);
    if (whole == NULL) {
        return ERR(ARENA_FULL);
    }
    struct admission a = {.arena = arena, .request = request};
    *ret_admitted = (struct admitted){0};
    err_t error = admit_body(&a, &ret_admitted->why);
    if (!err_failed(error)) {
        ret_admitted->events = a.events;
        ret_admitted->event_count = a.event_count;
        ret_admitted->dead = a.dead;
        ret_admitted->dead_count = a.dead_count;
        return err_ok();
    }
    if (ret_admitted->why.text[0] == '\0') {
        why_set(&ret_admitted->why, "%s", err_text(error));
    }
    if (!endpoint_is_zendesk(request->endpoint)) {
        ret_admitted->refused = true;
        return err_ok();
    }
    *whole =
        dead_letter(request, request->body, error, kept_text(arena, &ret_admitted->why, error));
    ret_admitted->dead = whole;
    ret_admitted->dead_count = 1;
    return err_ok();
}
