#include "ingest/serve.h"

#include "base/arena.h"
#include "base/check.h"
#include "base/planted.h"
#include "ingest/core/admit.h"
#include "ingest/core/platform.h"
#include "ingest/core/problem.h"
#include "ingest/core/trace.h"
#include "ingest/counters.h"
#include "ingest/say.h"
#include "json/json_write.h"

#include <sodium.h>

#include <stdlib.h>

enum {
    /* A body over the limit is read on, so that the sender gets to read the answer; not for ever.
     */
    DISCARD_BYTES_MAX = 16 * LIMIT_BODY_BYTES_MAX,
    NONCE_BYTES = 16,
    REQUEST_RANDOM_BYTES = TRACE_RANDOM_BYTES + NONCE_BYTES,
};

struct serve {
    struct serve_parts parts;
    struct counters counters;
    struct say say;
    struct publisher *publisher;
    struct arena arena;                              /* of the request at hand */
    unsigned char random[64 * REQUEST_RANDOM_BYTES]; /* a call of the kernel for many requests */
    size_t random_left;
    size_t bodies_bytes;
    bool draining;
    bool turned_away;
};

static const char trouble_config[] = "the configuration is not known to be the newest: try again";
static const char trouble_crowd[] = "too many requests of this address are under way: try again";
static const char trouble_moved[] = "this deployment was moved, and goes on elsewhere: try again";
static const char trouble_drain[] = "this copy is stopping: try again";
static const char trouble_full[] = "too much is on its way to the log: try again";
static const char trouble_log[] = "the log did not confirm in time: try again";
static const char trouble_memory[] = "too many large requests at the same time: try again";
static const char unauthorized[] = "the secret is missing or wrong for this path";

static void on_done(void *context, void *request, err_t result);

err_t serve_new(const struct serve_parts *parts, struct serve **ret_serve)
{
    struct serve *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return ERR(NO_MEMORY);
    }
    s->parts = *parts;
    s->say.log = parts->log;
    counters_init(&s->counters, parts->metrics);
    arena_init(&s->arena, LIMIT_DELIVERY_ARENA_BYTES_MAX);
    err_t error = publisher_new(on_done, s, &s->publisher);
    if (err_failed(error)) {
        serve_free(s);
        return error;
    }
    *ret_serve = s;
    return err_ok();
}

void serve_free(struct serve *s)
{
    if (s != NULL) {
        say_rest(&s->say, (mono_ms_t){INT64_MAX});
        publisher_free(s->publisher);
        arena_deinit(&s->arena);
        free(s);
    }
}

struct publisher *serve_publisher(struct serve *s)
{
    return s->publisher;
}

void serve_drain(struct serve *s)
{
    s->draining = true;
}

static void decide(struct exchange *x, unsigned status, const char *detail)
{
    x->answer.status = status;
    x->answer.detail = detail;
}

/* Whether a caller is a stranger cannot be told now. */
static void decide_unsure(struct exchange *x)
{
    CRASH_POINT(I7);
    x->unsure = true;
    decide(x, 503, trouble_config);
}

/* What the class of a failure means to who sent the request. FATAL is of this request alone: the
 * heap may have room for the next. */
static void decide_error(struct exchange *x, err_t error)
{
    switch (err_class(error)) {
    case ERR_CLASS_POISON: decide(x, 413, "the request makes a record that is too large"); break;
    case ERR_CLASS_BACKPRESSURE:
    case ERR_CLASS_FATAL: decide(x, 503, trouble_full); break;
    case ERR_CLASS_TRANSIENT: decide(x, 503, trouble_log); break;
    case ERR_CLASS_OK:
    case ERR_CLASS_BUG: BUG("no failure of a request");
    }
}

/* Gives the memory of the body back as soon as nobody looks at it any more. */
static void drop_body(struct serve *s, struct exchange *x)
{
    s->bodies_bytes -= x->body.len;
    buf_deinit(&x->body);
    x->body = (struct buf){0};
}

static void on_done(void *context, void *request, err_t result)
{
    struct serve *s = context;
    struct exchange *x = request;
    if (err_failed(result) && !MUTANT(unconfirmed)) {
        CRASH_POINT(I6);
        x->answer.accepted = 0;
        x->answer.dead = 0;
        decide(x, 503, trouble_log);
        say_failed(&s->say, clock_mono(&s->parts.clock), SAY_UNCONFIRMED, x->endpoint, result);
    } else {
        CRASH_POINT(I3);
        x->answer.status = 200;
        counters_confirmed(&s->counters, &x->tally, x->endpoint);
    }
    x->state = EXCHANGE_ANSWERED;
    s->parts.wake(x->transport);
}

static bool accepts_type(struct slice type)
{
    struct slice essence = {0};
    struct slice parameters = {0};
    (void)slice_split(type, ';', &essence, &parameters);
    essence = slice_trim(essence);
    struct slice suffix = slice_sub(essence, essence.len < 5 ? 0 : essence.len - 5, essence.len);
    return essence.len == 0 || slice_equal_nocase(essence, SLICE("application/json")) ||
           slice_equal_nocase(suffix, SLICE("+json"));
}

/* What the fields say about the body. Zendesk is not judged by its type: what it sends and is not
 * JSON is kept. */
static void check_media(struct exchange *x, const struct head *head)
{
    struct slice coding = head_value(head, SLICE("Content-Encoding"));
    if (coding.len > 0 && !slice_equal_nocase(coding, SLICE("identity"))) {
        decide(x, 415, "send the body without Content-Encoding");
    } else if (!endpoint_is_zendesk(x->endpoint) &&
               !accepts_type(head_value(head, SLICE("Content-Type")))) {
        decide(x, 415, "send Content-Type: application/json");
    }
}

static void check_caller(struct serve *s, struct exchange *x, const struct head *head,
                         struct slice name)
{
    struct auth_head input = {
        .endpoint = x->endpoint,
        .name = name,
        .api_key = head_value(head, SLICE("X-API-Key")),
        .authorization = head_value(head, SLICE("Authorization")),
        .fresh = config_live_sure(s->parts.config),
    };
    switch (auth_head(config_live_set(s->parts.config), &input, &x->caller)) {
    case AUTH_GRANTED: check_media(x, head); break;
    case AUTH_UNTIMELY:
    case AUTH_REFUSED: decide(x, 401, unauthorized); break;
    case AUTH_UNSURE: decide_unsure(x); break;
    }
}

static size_t body_max(const struct exchange *x)
{
    return endpoint_is_zendesk(x->endpoint) ? LIMIT_DELIVERY_BYTES_MAX : LIMIT_BODY_BYTES_MAX;
}

static void decide_too_large(struct exchange *x)
{
    decide(x, 413,
           endpoint_is_zendesk(x->endpoint) ? "the body is larger than 4 MiB"
                                            : "the body is larger than 1 MiB");
}

/* What the head alone decides; 0 in the answer's status when nothing. */
static void decide_head(struct serve *s, struct exchange *x, const struct head *head)
{
    struct route route = {0};
    struct slice target = slice_sub(head->target, 0, slice_find(head->target, '?'));
    enum route_result routed = route_find(head->method, target, &route);
    x->endpoint = route.endpoint;
    if (head->length > body_max(x)) {
        decide_too_large(x);
        x->answer.close = true;
        /* It ends where it says: it can be read past. */
        bool endless = head->length > DISCARD_BYTES_MAX;
        x->state = endless ? EXCHANGE_ANSWERED : EXCHANGE_DISCARDING;
    } else if (x->crowded) {
        if (routed == ROUTE_FOUND) {
            check_caller(s, x, head, route.name); /* a stranger is no webhook that is missed */
        }
        decide(x, 503, trouble_crowd);
    } else if (routed == ROUTE_NO_PATH) {
        decide(x, 404, "there is nothing at this path");
    } else if (routed == ROUTE_NO_METHOD) {
        decide(x, 405, "send a POST");
    } else if (s->draining) {
        decide(x, 503, trouble_drain);
        x->answer.close = true;
    } else if (config_live_moved(s->parts.config)) {
        decide(x, 503, trouble_moved);
    } else {
        check_caller(s, x, head, route.name);
    }
}

void serve_begin(struct serve *s, struct exchange *x, const struct head *head)
{
    x->begun = clock_mono(&s->parts.clock);
    decide_head(s, x, head);
    buf_init(&x->body, body_max(x));
    if (x->answer.status == 0) {
        x->state = EXCHANGE_READING;
    } else if (x->state == EXCHANGE_NEW) {
        x->state = EXCHANGE_DISCARDING;
    }
    if (x->state == EXCHANGE_DISCARDING && head->expects_continue) {
        x->answer.close = true; /* who asks before he sends is told before he sends */
        x->state = EXCHANGE_ANSWERED;
    }
}

bool serve_take(struct serve *s, struct exchange *x, struct slice piece)
{
    x->received += piece.len;
    if (x->state == EXCHANGE_READING) {
        if (piece.len > body_max(x) - x->body.len) {
            decide_too_large(x);
            x->answer.close = true;
        } else if (s->bodies_bytes + piece.len > LIMIT_BODIES_BYTES_MAX ||
                   err_failed(buf_append(&x->body, piece))) {
            decide(x, 503, trouble_memory);
        } else {
            s->bodies_bytes += piece.len;
            return true;
        }
        x->state = EXCHANGE_DISCARDING;
        drop_body(s, x);
    }
    x->discarded += piece.len;
    if (x->discarded > DISCARD_BYTES_MAX) {
        x->answer.close = true;
        x->state = EXCHANGE_ANSWERED;
    }
    return x->state != EXCHANGE_ANSWERED;
}

static enum auth_verdict check_signature(struct serve *s, struct exchange *x,
                                         const struct head *head)
{
    const struct auth_caller *caller = &x->caller;
    struct auth_boxes boxes = auth_boxes(x->endpoint, caller);
    if (boxes.count == 0) {
        return AUTH_GRANTED;
    }
    struct signing_secrets secrets =
        config_live_signing(s->parts.config, boxes, caller->store->name);
    struct auth_body input = {
        .signature_set = true,
        .secrets = secrets.secret,
        .secret_count = secrets.count,
        .signature = head_value(head, SLICE("X-Zendesk-Webhook-Signature")),
        .timestamp = head_value(head, SLICE("X-Zendesk-Webhook-Signature-Timestamp")),
        .body = buf_slice(&x->body),
        .now = clock_wall(&s->parts.clock),
        .fresh = config_live_sure(s->parts.config),
        .incomplete = secrets.incomplete,
    };
    enum auth_verdict verdict = auth_body(&input);
    if (verdict == AUTH_UNTIMELY) {
        say_untimely(&s->say, clock_mono(&s->parts.clock), caller->store->name);
    }
    return verdict;
}

static void publish(struct serve *s, struct exchange *x, const struct admitted *admitted)
{
    if (admitted->event_count + admitted->dead_count == 0) {
        decide(x, 200, NULL); /* an empty batch */
        return;
    }
    err_t error =
        publisher_submit(s->publisher, admitted, x, clock_mono(&s->parts.clock), &x->tally);
    if (err_failed(error)) {
        CRASH_POINT(I6);
        decide_error(x, error);
        if (err_class(error) != ERR_CLASS_BACKPRESSURE) { /* of which there is a count */
            say_failed(&s->say, clock_mono(&s->parts.clock), SAY_NOT_HANDED, x->endpoint, error);
        }
        return;
    }
    CRASH_POINT(I2);
    x->answer.accepted = x->tally.events;
    x->answer.dead = x->tally.dead;
    x->state = EXCHANGE_PARKED;
}

/* REQUEST_RANDOM_BYTES that nobody else gets, until the next call. */
static const unsigned char *draw(struct serve *s)
{
    if (s->random_left == 0) {
        randombytes_buf(s->random, sizeof s->random);
        s->random_left = sizeof s->random;
    }
    s->random_left -= REQUEST_RANDOM_BYTES;
    return s->random + s->random_left;
}

static void take_in(struct serve *s, struct exchange *x, const struct head *head)
{
    const unsigned char *random = draw(s);
    trace_take(head_value(head, SLICE("traceparent")), random, x->traceparent);
    struct slice id = head_value(head, SLICE("Idempotency-Key"));
    struct admit_request request = {
        .endpoint = x->endpoint,
        .account = x->caller.account,
        .store = x->caller.store,
        .body = buf_slice(&x->body),
        .invocation_id = head_value(head, SLICE("X-Zendesk-Webhook-Invocation-Id")),
        .id = id.len > 0 ? id : head_value(head, SLICE("webhook-id")),
        .traceparent = slice_of(x->traceparent),
        .nonce = slice_from(random + TRACE_RANDOM_BYTES, NONCE_BYTES),
        .now = clock_wall(&s->parts.clock),
    };
    struct admitted admitted = {0};
    arena_reset(&s->arena);
    err_t error = admit(&s->arena, &request, &admitted);
    if (err_failed(error)) {
        decide(x, 503, trouble_memory); /* the heap, not the cap: the arena was empty */
    } else if (admitted.refused) {
        x->why = admitted.why;
        decide(x, 400, NULL);
    } else {
        publish(s, x, &admitted);
    }
}

void serve_finish(struct serve *s, struct exchange *x, const struct head *head)
{
    if (x->state == EXCHANGE_READING) {
        CRASH_POINT(I1);
        switch (check_signature(s, x, head)) {
        case AUTH_GRANTED: take_in(s, x, head); break;
        case AUTH_UNTIMELY:
        case AUTH_REFUSED: decide(x, 401, unauthorized); break;
        case AUTH_UNSURE: decide_unsure(x); break;
        }
        drop_body(s, x);
    }
    if (x->state != EXCHANGE_PARKED) {
        x->state = EXCHANGE_ANSWERED;
    }
}

void serve_refuse(struct serve *s, struct exchange *x, unsigned status, const char *detail)
{
    CHECK(x->state != EXCHANGE_PARKED);
    if (x->state == EXCHANGE_NEW) {
        x->begun = clock_mono(&s->parts.clock);
    }
    drop_body(s, x);
    decide(x, status, detail);
    x->answer.close = true;
    x->state = EXCHANGE_ANSWERED;
}

static void note_access(struct serve *s, const struct exchange *x, unsigned status, int64_t took_ms)
{
    const struct account *account = x->caller.account;
    const struct store *store = x->caller.store;
    const struct access_entry entry = {
        .at = clock_wall(&s->parts.clock),
        .endpoint = x->endpoint,
        .status = status,
        .took_ms = took_ms,
        .bytes = x->received,
        .accepted = x->answer.accepted,
        .dead = x->answer.dead,
        .account = account == NULL ? (struct slice){0} : account->name,
        .store = store == NULL ? (struct slice){0} : store->name,
        .traceparent = slice_of(x->traceparent),
        .client = x->client,
        .proxy = x->proxy,
        .scheme = x->scheme,
    };
    access_add(s->parts.access, &entry);
}

static void note_forwarded(struct serve *s, const struct exchange *x)
{
    if (x->malformed) {
        counters_malformed(&s->counters);
        say_malformed(&s->say, clock_mono(&s->parts.clock), x->proxy, x->client);
    }
}

/* What Zendesk may bring no second time. */
static void note_turned_away(struct serve *s, const struct exchange *x)
{
    bool theirs = x->caller.account != NULL || x->unsure;
    if (x->answer.status == 503 && endpoint_is_zendesk(x->endpoint) && theirs) {
        s->turned_away = true;
    }
}

bool serve_turned_away(struct serve *s)
{
    bool turned_away = s->turned_away;
    s->turned_away = false;
    return turned_away;
}

void serve_end(struct serve *s, struct exchange *x)
{
    CHECK(x->state != EXCHANGE_PARKED);
    drop_body(s, x);
    unsigned status = x->answer.status;
    if (status == 0) {
        return; /* the sender went away */
    }
    CRASH_POINT(I4);
    int64_t took_ms = mono_since(clock_mono(&s->parts.clock), x->begun).ms;
    counters_request(&s->counters, x->endpoint, status, took_ms);
    note_turned_away(s, x);
    note_forwarded(s, x);
    note_access(s, x, status, took_ms);
    if (status >= 400) {
        const char *why = x->why.text[0] != '\0' ? x->why.text : x->answer.detail;
        say_refusal(&s->say, clock_mono(&s->parts.clock), x->endpoint, status, why, took_ms);
    }
}

void serve_measure(struct serve *s)
{
    say_rest(&s->say, clock_mono(&s->parts.clock));
    counters_waiting(&s->counters, publisher_waiting(s->publisher),
                     publisher_late(s->publisher, clock_mono(&s->parts.clock)));
}

err_t serve_write_answer(const struct exchange *x, struct buf *out)
{
    if (x->answer.status == 200) {
        struct json_write w;
        json_write_init(&w, out);
        json_object(&w);
        json_put_int(&w, "accepted", (int64_t)x->answer.accepted);
        if (x->answer.dead > 0) {
            json_put_int(&w, "dead", (int64_t)x->answer.dead);
        }
        json_end(&w);
        return json_write_done(&w);
    }
    bool refused = x->why.text[0] != '\0';
    struct problem problem = {
        .status = x->answer.status,
        .detail = slice_of(refused ? x->why.text : x->answer.detail),
        .field = refused ? platform_field(&x->why) : (struct slice){0},
    };
    return problem_write(&problem, out);
}

unsigned serve_retry_after_s(const struct exchange *x)
{
    return x->answer.status == 503 ? problem_retry_after_s(x->endpoint) : 0;
}
