#include "ingest/core/admit.h"

#include "base/limits.h"
#include "ingest/core/conversations.h"
#include "ingest/core/member.h"
#include "ingest/core/platform.h"
#include "ingest/core/ticket.h"
#include "json/json_elements.h"
#include "json/json_read.h"

static const struct slice events_name = {"events", 6};
/* The body is there as long as what is made of it, so both borrow. Zendesk cannot mend half of an
 * emoji, and a customer must not be unheard for it. */
static const struct json_options of_zendesk = {.mend_surrogates = true, .borrow = true};
static const struct json_options of_platform = {.borrow = true};

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

/* Room for so many, each of which becomes one or the other. */
static err_t want_room(struct admission *a, size_t count, struct why *why)
{
    if (count > LIMIT_EVENTS_PER_REQUEST_MAX) {
        why_set(why, "`events` has %zu elements, at most %d are read", count,
                LIMIT_EVENTS_PER_REQUEST_MAX);
        return ERR(TOO_LARGE);
    }
    a->events = ARENA_ARRAY(a->arena, struct event, count);
    a->dead = ARENA_ARRAY(a->arena, struct dead, count);
    if (a->events == NULL || a->dead == NULL) {
        return ARENA_ERR(a->arena);
    }
    return err_ok();
}

/* Not every reader asks the arena why it failed. */
static err_t told_apart(const struct arena *arena, err_t error)
{
    return err_is(error, ERR_ARENA_FULL) ? ARENA_ERR(arena) : error;
}

/* A dead letter for what cannot be read; NO_MEMORY says nothing of it, so that nothing is buried
 * which the next try would take. */
static err_t bury(struct admission *a, struct slice bytes, err_t error, const struct why *why)
{
    if (!err_is(error, ERR_NO_MEMORY)) {
        add_dead(a, bytes, error, why);
        return err_ok();
    }
    return error;
}

static err_t admit_event(struct admission *a, const struct json *item, struct slice raw)
{
    struct event event = {0};
    struct why why = {{0}};
    err_t error = conversations_read(a->arena, a->request->account, item, &why, &event);
    if (err_failed(error)) {
        return bury(a, raw, told_apart(a->arena, error), &why);
    }
    add_event(a, &event, raw);
    return err_ok();
}

static err_t admit_tree(struct admission *a, const struct json *root, struct why *why)
{
    const struct json *events = json_member(root, events_name);
    if (events == NULL || events->type != JSON_ARRAY) {
        why_set(why, "`events` must be an array");
        return events == NULL ? ERR(MISSING) : ERR(WRONG_TYPE);
    }
    TRY(want_room(a, events->count, why));
    JSON_EACH(item, events)
    {
        TRY(admit_event(a, item, member_raw(a->request->body, item)));
    }
    return err_ok();
}

/* Each event by itself: one that cannot be read costs no other. */
static err_t admit_pieces(struct admission *a, struct json_elements *pieces, struct why *why)
{
    TRY(want_room(a, pieces->count, why));
    struct slice piece = {0};
    while (json_elements_next(pieces, &piece)) {
        const struct json *item = NULL;
        struct why piece_why = {{0}};
        err_t error = json_parse(a->arena, piece, &of_zendesk, &piece_why, &item);
        TRY(err_failed(error) ? bury(a, piece, error, &piece_why) : admit_event(a, item, piece));
    }
    return err_ok();
}

/* What is not small is read in pieces at once: as a whole it may have more values than a text may.
 */
static err_t admit_batch(struct admission *a, struct why *why)
{
    const struct json *root = NULL;
    struct json_elements pieces = {.count = 0};
    struct slice body = a->request->body;
    bool small = body.len <= LIMIT_BODY_BYTES_MAX;
    err_t error = small ? json_parse(a->arena, body, &of_zendesk, why, &root) : err_ok();
    if (err_is(error, ERR_NO_MEMORY)) {
        return error;
    }
    if (small && !err_failed(error)) {
        return admit_tree(a, root, why);
    }
    err_t broken = json_elements_find(body, events_name, &pieces);
    if (!err_failed(broken)) {
        *why = (struct why){{0}};
        return admit_pieces(a, &pieces, why);
    }
    if (!small) {
        why_set(why, "nobody can tell where its `events` are, or where each of them ends");
        return broken;
    }
    return error;
}

static err_t admit_one(struct admission *a, const struct json *root, struct why *why)
{
    const struct admit_request *request = a->request;
    struct event event = {0};
    a->events = ARENA_NEW(a->arena, struct event);
    if (a->events == NULL) {
        return ARENA_ERR(a->arena);
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
    bool strict = !endpoint_is_zendesk(a->request->endpoint);
    if (a->request->endpoint == ENDPOINT_CONVERSATIONS) {
        return admit_batch(a, why);
    }
    TRY(json_parse(a->arena, a->request->body, strict ? &of_platform : &of_zendesk, why, &root));
    return admit_one(a, root, why);
}

err_t admit(struct arena *arena, const struct admit_request *request, struct admitted *ret_admitted)
{
    /* Taken first, so that there is room for it whatever the body needs. */
    struct dead *whole = ARENA_NEW(arena, struct dead);
    if (whole == NULL) {
        return ARENA_ERR(arena);
    }
    struct admission a = {.arena = arena, .request = request};
    *ret_admitted = (struct admitted){0};
    err_t error = told_apart(arena, admit_body(&a, &ret_admitted->why));
    if (err_is(error, ERR_NO_MEMORY)) {
        return error; /* of no fault of the body */
    }
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
