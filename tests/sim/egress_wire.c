#include "base/check.h"
#include "tests/sim/egress_sim.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { DELIVERY_MS = 5000, MUDDLE_LATE_MS = 2500 };

/* One record on its way into the log, and its report on its way back. */
struct letter {
    struct agenda_item item;
    struct sim_copy *copy;
    uint64_t life;
    uint64_t cookie;
    enum topic topic;
    int32_t partition;
    enum event_type type; /* EVENT_NONE: none of `events` that matters here */
    err_t result;
    int64_t offset;
    bool is_silent; /* stored without a word: its report says that nobody knows */
    bool is_lost;
    size_t key_len, value_len;
    char bytes[];
};

struct sim_report {
    struct sim_report *next;
    uint64_t cookie;
    enum event_type type;
    err_t result;
    int32_t partition;
    int64_t offset;
};

static void letter_drop(struct agenda_item *item)
{
    free(item);
}

static enum event_type type_of(const struct bus_message *m)
{
    static const enum event_type types[] = {EVENT_OUTCOME, EVENT_HORIZON, EVENT_TAKEOVER};
    for (size_t i = 0; i < sizeof types / sizeof types[0] && m->topic == TOPIC_EVENTS; i++) {
        if (slice_equal(m->ce_type, slice_of(event_type_name(types[i])))) {
            return types[i];
        }
    }
    return EVENT_NONE;
}

/* The moment of a record: handed over (0), stored (1), acknowledged (2). */
static void moment_of(struct sim_copy *c, enum event_type type, int step)
{
    static const enum sim_moment moments[3][3] = {
        {MOMENT_OUTCOME_PRODUCED, MOMENT_OUTCOME_STORED, MOMENT_OUTCOME_ACKED},
        {MOMENT_HORIZON_PRODUCED, MOMENT_HORIZON_STORED, MOMENT_HORIZON_ACKED},
        {MOMENT_MARK_PRODUCED, MOMENT_MARK_STORED, MOMENT_MARK_ACKED},
    };
    if (type != EVENT_NONE) {
        faults_at(c, moments[type == EVENT_OUTCOME ? 0 : type == EVENT_HORIZON ? 1 : 2][step]);
    }
}

static void reported(struct agenda_item *item)
{
    struct letter *l = (struct letter *)item;
    struct sim_copy *c = l->copy;
    if (copy_is_away(c, l->life, item, false)) {
        return;
    }
    struct sim_report *r = calloc(1, sizeof *r);
    CHECK(r != NULL);
    *r = (struct sim_report){NULL, l->cookie, l->type, l->result, l->partition, l->offset};
    if (c->last_report == NULL) {
        c->first_report = r;
    } else {
        c->last_report->next = r;
    }
    c->last_report = r;
    copy_wake(c);
    free(l);
}

/* Reports keep the order of their records, too. */
static void report_put(struct letter *l, int64_t in_ms)
{
    struct sim_copy *c = l->copy;
    mono_ms_t at = sim_in(c->sim, in_ms);
    c->last_report_at = mono_before(at, c->last_report_at) ? c->last_report_at : at;
    l->item.act = reported;
    agenda_put(&c->sim->agenda, &l->item, c->last_report_at);
}

static void arrives(struct agenda_item *item)
{
    struct letter *l = (struct letter *)item;
    struct sim_copy *c = l->copy;
    struct sim *s = c->sim;
    const struct bus_message message = {
        .topic = l->topic,
        .partition = l->partition,
        .key = slice_from(l->bytes, l->key_len),
        .value = slice_from(l->bytes + l->key_len, l->value_len),
    };
    bool is_its_own = c->is_up && !c->is_dead && c->life == l->life;
    l->offset = log_double_append(s->log, &message);
    if (l->topic == TOPIC_EVENTS) {
        sim_tell(s, c, "  events %d/%" PRId64 ": %s%s%s", (int)l->partition, l->offset,
                 l->type == EVENT_NONE ? "?" : event_type_name(l->type),
                 is_its_own ? "" : " of one gone", l->is_silent ? ", without a word" : "");
        oracle_event(s, l->partition, message.value);
    }
    if (is_its_own) {
        c->judged -= l->type == EVENT_OUTCOME && c->judged > 0 ? 1 : 0;
        c->stored += l->type == EVENT_OUTCOME ? 1 : 0;
        moment_of(c, l->type, 1);
    }
    if (l->is_silent) {
        l->result = ERR(TIMEOUT);
        report_put(l, DELIVERY_MS);
    } else {
        report_put(l, (int64_t)sim_below(s, 4));
    }
}

static void leaves(struct agenda_item *item)
{
    struct letter *l = (struct letter *)item;
    struct sim_copy *c = l->copy;
    struct sim *s = c->sim;
    if (copy_is_away(c, l->life, item, false)) {
        return;
    }
    if (l->is_lost) {
        l->result = ERR(TIMEOUT);
        c->judged -= l->type == EVENT_OUTCOME && c->judged > 0 ? 1 : 0;
        report_put(l, DELIVERY_MS);
        return;
    }
    bool is_muddled = mono_before(sim_now(s), c->muddled_until);
    int64_t late = is_muddled || sim_chance(s, 3) ? (int64_t)sim_below(s, MUDDLE_LATE_MS) : 0;
    mono_ms_t at = sim_in(s, late + (int64_t)sim_below(s, 4));
    c->last_arrival = mono_before(at, c->last_arrival) ? c->last_arrival : at;
    l->item.act = arrives;
    agenda_put(&s->agenda, item, c->last_arrival);
}

err_t wire_produce(struct sim_copy *c, const struct bus_message *m)
{
    struct sim *s = c->sim;
    moment_of(c, type_of(m), 0);
    if (c->is_dead) {
        return ERR(UNAVAILABLE);
    }
    bool is_muddled = mono_before(sim_now(s), c->muddled_until);
    if (is_muddled && sim_chance(s, 15)) {
        return ERR(QUEUE_FULL);
    }
    struct letter *l = calloc(1, sizeof *l + m->key.len + m->value.len);
    CHECK(l != NULL);
    l->item = (struct agenda_item){.act = leaves, .drop = letter_drop};
    l->copy = c;
    l->life = c->life;
    l->cookie = m->cookie;
    l->topic = m->topic;
    l->partition = m->partition >= 0 ? m->partition : 0;
    l->type = type_of(m);
    l->is_lost = is_muddled && sim_chance(s, 15);
    l->is_silent = is_muddled && sim_chance(s, s->plan.mumbles ? 40 : 15);
    l->key_len = m->key.len;
    l->value_len = m->value.len;
    if (m->key.len > 0) {
        memcpy(l->bytes, m->key.ptr, m->key.len);
    }
    memcpy(l->bytes + m->key.len, m->value.ptr, m->value.len);
    c->judged += l->type == EVENT_OUTCOME ? 1 : 0;
    mono_ms_t at = sim_in(s, (int64_t)sim_below(s, 2));
    c->last_left = mono_before(at, c->last_left) ? c->last_left : at;
    agenda_put(&s->agenda, &l->item, c->last_left);
    if (l->is_lost || l->is_silent) { /* nothing of this producer goes before it is given up */
        c->last_left = mono_add(c->last_left, span_ms(DELIVERY_MS));
    }
    return err_ok();
}

void wire_tell(struct sim_copy *c)
{
    while (c->first_report != NULL && !c->is_dead) {
        struct sim_report *r = c->first_report;
        c->first_report = r->next;
        if (c->first_report == NULL) {
            c->last_report = NULL;
        }
        if (!err_failed(r->result)) {
            c->stored -= r->type == EVENT_OUTCOME && c->stored > 0 ? 1 : 0;
            c->finished = c->finished || r->type == EVENT_OUTCOME;
            c->recorded = c->recorded || r->type == EVENT_HORIZON;
            moment_of(c, r->type, 2);
        }
        if (!c->is_dead) {
            c->handler.on_delivery(c->handler.loop, r->cookie, r->result, r->partition, r->offset);
        }
        free(r);
    }
}

void wire_forget(struct sim_copy *c)
{
    while (c->first_report != NULL) {
        struct sim_report *next = c->first_report->next;
        free(c->first_report);
        c->first_report = next;
    }
    c->last_report = NULL;
}
