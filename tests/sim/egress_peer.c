#include "base/check.h"
#include "tests/sim/egress_sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What becomes of one request. */
enum fate {
    FATE_SERVED,
    FATE_LOST,        /* it never arrives */
    FATE_CUT_OFF,     /* it arrives, and its answer is lost */
    FATE_AFTER_ERROR, /* 503 after it was applied */
    FATE_ERROR,       /* 503, not applied */
    FATE_LIMITED,     /* 429 */
    FATE_UNSENT,      /* no connection */
};

/* A request on its way, and its answer on its way back. */
struct trip {
    struct agenda_item item;
    struct sim_copy *copy;
    uint64_t life, number;
    enum fate fate;
    mono_ms_t given_up; /* by its sender */
    mono_ms_t arrives;
    bool is_send;
    bool is_hollow; /* sent by one who slept too long for any promise: it never arrives */
    enum peer_result result;
    uint32_t status;
    span_ms_t retry_after;
    wall_ms_t date;
    char *answer;
    struct zendesk_request request;
    char bytes[];
};

struct sim_answer {
    struct sim_answer *next;
    uint64_t cookie;
    enum peer_result result;
    uint32_t status;
    span_ms_t retry_after, took;
    wall_ms_t date;
    bool is_send;
    char *body;
};

static void trip_drop(struct agenda_item *item)
{
    struct trip *t = (struct trip *)item;
    free(t->answer);
    free(t);
}

static char *text_keep(const char *text)
{
    size_t len = strlen(text);
    char *copy = malloc(len + 1);
    CHECK(copy != NULL);
    memcpy(copy, text, len + 1);
    return copy;
}

/* ---- the way back */

static void answered(struct agenda_item *item)
{
    struct trip *t = (struct trip *)item;
    struct sim_copy *c = t->copy;
    if (copy_is_away(c, t->life, item, false)) {
        return;
    }
    for (size_t i = 0; i < SIM_PENDING_MAX; i++) {
        if (c->pending[i].number != t->number) {
            continue;
        }
        struct sim_answer *a = calloc(1, sizeof *a);
        CHECK(a != NULL);
        *a = (struct sim_answer){.cookie = c->pending[i].cookie,
                                 .result = t->result,
                                 .status = t->status,
                                 .retry_after = t->retry_after,
                                 .took = mono_since(sim_now(c->sim), c->pending[i].began),
                                 .date = t->date,
                                 .is_send = c->pending[i].is_send,
                                 .body = t->answer};
        t->answer = NULL;
        if (c->last_answer == NULL) {
            c->first_answer = a;
        } else {
            c->last_answer->next = a;
        }
        c->last_answer = a;
        c->pending[i].number = 0;
        copy_wake(c);
    }
    trip_drop(item);
}

static void answer_leaves(struct trip *t, int64_t in_ms)
{
    t->item.act = answered;
    agenda_put(&t->copy->sim->agenda, &t->item, sim_in(t->copy->sim, in_ms));
}

/* ---- the way there */

/* Zendesk's clock is not ours. */
static wall_ms_t zendesk_wall(const struct sim *s)
{
    return wall_add(s->clock.wall, span_ms((int64_t)(s->seed % 7) * 1000 - 3000));
}

static void serve(struct trip *t)
{
    struct sim_copy *c = t->copy;
    struct sim *s = c->sim;
    bool is_its_own = c->is_up && !c->is_dead && c->life == t->life;
    if (t->fate == FATE_ERROR || t->fate == FATE_LIMITED) {
        t->status = t->fate == FATE_ERROR ? 503 : 429;
        t->retry_after = span_ms(t->fate == FATE_ERROR ? 0 : 1000);
        t->answer = text_keep("{}");
        return;
    }
    struct zendesk_reply reply = zendesk_double_serve(&s->zendesk, zendesk_wall(s), &t->request);
    t->status = t->fate == FATE_AFTER_ERROR ? 503 : reply.status;
    t->answer = text_keep(t->fate == FATE_AFTER_ERROR ? "{}" : reply.body);
    if (!t->is_send) {
        return;
    }
    s->counts->late_arrivals += mono_before(t->given_up, sim_now(s)) ? 1 : 0;
    sim_tell(s, c, "  Zendesk: %.*s %.*s %.*s -> %u%s%s", SLICE_ARG(t->request.method),
             SLICE_ARG(t->request.url), SLICE_ARG(zendesk_double_effect(t->request.body)),
             reply.status, reply.is_applied ? " APPLIED" : "",
             mono_before(t->given_up, sim_now(s)) ? " late" : "");
    if (reply.is_applied) {
        oracle_applied(s, &t->request, &reply);
        if (is_its_own) {
            c->applied += c->sent > 0 ? 1 : 0;
            faults_at(c, MOMENT_APPLIED);
        }
    }
}

static void arrives(struct agenda_item *item)
{
    struct trip *t = (struct trip *)item;
    struct sim *s = t->copy->sim;
    t->result = PEER_ANSWERED;
    serve(t);
    t->date = zendesk_wall(s);
    if (t->fate == FATE_CUT_OFF) {
        if (sim_chance(s, 50)) {
            t->result = PEER_LOST;
            answer_leaves(t, (int64_t)sim_below(s, 50));
        } else {
            trip_drop(item);
        }
        return;
    }
    answer_leaves(t, 1 + (int64_t)sim_below(s, sim_chance(s, 10) ? 400 : 20));
}

static void leaves(struct agenda_item *item)
{
    struct trip *t = (struct trip *)item;
    struct sim *s = t->copy->sim;
    if (copy_is_away(t->copy, t->life, item, true)) {
        return;
    }
    if (t->fate == FATE_UNSENT) {
        t->result = PEER_NOT_SENT;
        answer_leaves(t, (int64_t)sim_below(s, 100));
        return;
    }
    if (t->fate == FATE_LOST && sim_chance(s, 50)) {
        t->result = PEER_LOST;
        answer_leaves(t, (int64_t)sim_below(s, 500));
        return;
    }
    if (t->fate == FATE_LOST) {
        trip_drop(item); /* its time runs out */
        return;
    }
    /* One that slept between giving it away and this sends no later than was promised. */
    if (t->is_hollow || mono_since(sim_now(s), t->arrives).ms > SIM_HOLE_MS) {
        s->counts->holes++;
        trip_drop(item);
        return;
    }
    t->item.act = arrives;
    agenda_put(&s->agenda, item, mono_before(t->arrives, sim_now(s)) ? sim_now(s) : t->arrives);
}

static enum fate fate_of(struct sim *s)
{
    const struct {
        unsigned chance;
        enum fate fate;
    } rows[] = {
        {s->plan.lost, FATE_LOST},       {s->plan.cut_off, FATE_CUT_OFF},
        {s->plan.error, FATE_ERROR},     {s->plan.after_error, FATE_AFTER_ERROR},
        {s->plan.limited, FATE_LIMITED}, {s->plan.unsent, FATE_UNSENT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (sim_chance(s, rows[i].chance)) {
            return rows[i].fate;
        }
    }
    return FATE_SERVED;
}

/* How long the request is under way. */
static int64_t way_of(struct sim *s, const struct zendesk_request *request)
{
    if (!sim_chance(s, s->plan.slow)) {
        return 1 + (int64_t)sim_below(s, sim_chance(s, 20) ? 300 : 10);
    }
    bool is_support = strstr(request->url.ptr, "/api/v2/") != NULL;
    if (is_support && s->plan.late_tickets && sim_chance(s, 50)) {
        return (int64_t)sim_below(s, 8 * SIM_SETTLE_MS);
    }
    return (int64_t)sim_below(s, SIM_CALL_MS + SIM_LATE_MS);
}

static struct slice keep(char **room, struct slice text)
{
    char *to = *room;
    if (text.len > 0) {
        memcpy(to, text.ptr, text.len);
    }
    to[text.len] = '\0';
    *room += text.len + 1;
    return slice_from(to, text.len);
}

static struct slice key_of(const struct peer_request *request)
{
    const struct slice name = SLICE("Idempotency-Key: ");
    for (size_t i = 0; i < request->header_count; i++) {
        if (slice_starts_with(request->headers[i], name)) {
            return slice_sub(request->headers[i], name.len, request->headers[i].len);
        }
    }
    return (struct slice){0};
}

static struct trip *trip_new(struct sim_copy *c, const struct peer_request *request)
{
    struct slice key = key_of(request);
    size_t size = request->method.len + request->url.len + request->body.len + key.len + 4;
    struct trip *t = calloc(1, sizeof *t + size);
    CHECK(t != NULL);
    char *room = t->bytes;
    t->request = (struct zendesk_request){.method = keep(&room, request->method),
                                          .url = keep(&room, request->url),
                                          .body = keep(&room, request->body),
                                          .key = keep(&room, key)};
    t->item.drop = trip_drop;
    t->copy = c;
    t->life = c->life;
    t->number = ++c->sim->numbers;
    t->is_send = !slice_empty(zendesk_double_effect(request->body));
    t->is_hollow = c->in_hole;
    return t;
}

/* Its sender waits no longer. */
static void time_out_put(struct sim_copy *c, uint64_t number, span_ms_t deadline)
{
    struct trip *t = calloc(1, sizeof *t);
    CHECK(t != NULL);
    t->item = (struct agenda_item){.act = answered, .drop = trip_drop};
    t->copy = c;
    t->life = c->life;
    t->number = number;
    t->result = PEER_TIMED_OUT;
    agenda_put(&c->sim->agenda, &t->item, sim_in(c->sim, deadline.ms));
}

static size_t pending_free(const struct sim_copy *c)
{
    size_t i = 0;
    while (i < SIM_PENDING_MAX && c->pending[i].number != 0) {
        i++;
    }
    CHECK(i < SIM_PENDING_MAX);
    return i;
}

static err_t submit(void *self, const struct peer_request *request)
{
    struct sim_copy *c = self;
    struct sim *s = c->sim;
    bool is_send = !slice_empty(zendesk_double_effect(request->body));
    if (is_send) {
        faults_at(c, MOMENT_SENDS);
    }
    if (c->is_dead) {
        return ERR(QUEUE_FULL);
    }
    struct trip *t = trip_new(c, request);
    size_t place = pending_free(c);
    c->pending[place].number = t->number;
    c->pending[place].cookie = request->cookie;
    c->pending[place].began = sim_now(s);
    c->pending[place].is_send = is_send;
    c->in_flight++;
    c->sent += is_send ? 1 : 0;
    t->fate = fate_of(s);
    t->given_up = sim_in(s, request->deadline.ms);
    t->arrives = sim_in(s, way_of(s, &t->request));
    t->item.act = leaves;
    sim_tell(s, c, "%s %.*s %.*s %.*s%s", is_send ? "SENDS" : "asks", SLICE_ARG(request->method),
             SLICE_ARG(request->url), SLICE_ARG(zendesk_double_effect(request->body)),
             c->in_hole ? " (out of a sleep between two instructions)" : "");
    if (is_send && !c->in_hole) {
        oracle_sends(c, &t->request);
    }
    agenda_put(&s->agenda, &t->item, sim_in(s, (int64_t)sim_below(s, 2)));
    time_out_put(c, t->number, request->deadline);
    if (is_send) {
        faults_at(c, MOMENT_SENT);
    }
    return err_ok();
}

static void told_free(struct sim_copy *c)
{
    if (c->told != NULL) {
        free(c->told->body);
        free(c->told);
        c->told = NULL;
    }
}

static err_t collect(void *self, struct peer_answer *ret_answer, bool *ret_got)
{
    struct sim_copy *c = self;
    struct sim_answer *a = c->first_answer;
    *ret_got = a != NULL && !c->is_dead;
    if (!*ret_got) {
        return err_ok();
    }
    c->first_answer = a->next;
    if (c->first_answer == NULL) {
        c->last_answer = NULL;
    }
    told_free(c);
    c->told = a;
    c->in_flight--;
    if (a->is_send) {
        c->sent -= c->sent > 0 ? 1 : 0;
        c->applied -= c->applied > 0 ? 1 : 0;
        c->collected = true;
    }
    faults_at(c, a->is_send ? MOMENT_ANSWERED : MOMENT_LOOKED);
    if (c->is_dead) {
        *ret_got = false;
        return err_ok();
    }
    bool is_answered = a->result == PEER_ANSWERED;
    sim_tell(c->sim, c, "takes an answer%s: %d, %u", a->is_send ? " to an effect" : "",
             (int)a->result, is_answered ? a->status : 0);
    *ret_answer = (struct peer_answer){
        .cookie = a->cookie,
        .result = a->result,
        .status = is_answered ? a->status : 0,
        .body = is_answered && a->body != NULL ? slice_of(a->body) : (struct slice){0},
        .retry_after = a->retry_after,
        .date = is_answered ? a->date : (wall_ms_t){0},
        .error = is_answered ? (struct slice){0} : SLICE("as the seed wants it"),
        .took = a->took,
    };
    return err_ok();
}

static size_t in_flight(void *self)
{
    return ((struct sim_copy *)self)->in_flight;
}

struct peer peer_port(struct sim_copy *c)
{
    static const struct peer_ops ops = {submit, collect, in_flight};
    return (struct peer){&ops, c};
}

void peer_forget(struct sim_copy *c)
{
    while (c->first_answer != NULL) {
        struct sim_answer *next = c->first_answer->next;
        free(c->first_answer->body);
        free(c->first_answer);
        c->first_answer = next;
    }
    c->last_answer = NULL;
    told_free(c);
    memset(c->pending, 0, sizeof c->pending);
    c->in_flight = 0;
}
