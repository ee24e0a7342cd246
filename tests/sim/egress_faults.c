#include "base/check.h"
#include "tests/sim/egress_sim.h"

#include <stdlib.h>

/* A fault at a time of its own. */
struct blow {
    struct agenda_item item;
    struct sim *sim;
    int copy;
    enum sim_fault fault;
    span_ms_t span;
};

static void blow_drop(struct agenda_item *item)
{
    free(item);
}

static void strikes(struct agenda_item *item)
{
    struct blow *b = (struct blow *)item;
    if (!b->sim->is_calm) {
        faults_do(&b->sim->copies[b->copy], b->fault, b->span);
    }
    free(b);
}

static void blow_put(struct sim *s, int copy, enum sim_fault fault, span_ms_t span, int64_t in_ms)
{
    struct blow *b = calloc(1, sizeof *b);
    CHECK(b != NULL);
    *b = (struct blow){{.act = strikes, .drop = blow_drop}, s, copy, fault, span};
    agenda_put(&s->agenda, &b->item, sim_in(s, in_ms));
}

static enum sim_fault fault_chosen(struct sim *s)
{
    static const struct {
        unsigned weight;
        enum sim_fault fault;
    } rows[] = {
        {36, FAULT_KILL}, {23, FAULT_SLEEP}, {7, FAULT_FREEZE}, {8, FAULT_DRAIN},
        {8, FAULT_SHAKE}, {12, FAULT_CUT},   {8, FAULT_MUDDLE},
    };
    unsigned at = (unsigned)sim_below(s, 102);
    size_t i = 0;
    while (at >= rows[i].weight) {
        at -= rows[i++].weight;
    }
    return rows[i].fault;
}

/* Shorter than half a session, about a session, or so long that all has settled. */
static span_ms_t span_chosen(struct sim *s)
{
    switch (sim_below(s, 4)) {
    case 0: return span_ms(100 + (int64_t)sim_below(s, SIM_SESSION_MS / 2));
    case 1: return span_ms(SIM_SESSION_MS / 2 + (int64_t)sim_below(s, SIM_SESSION_MS));
    case 2: return span_ms(SIM_SESSION_MS + (int64_t)sim_below(s, 3 * SIM_SESSION_MS));
    default: return span_ms(2 * SIM_SETTLE_MS + (int64_t)sim_below(s, 2 * SIM_SETTLE_MS));
    }
}

static unsigned percent(struct sim *s, unsigned most)
{
    return sim_below(s, 2) == 0 ? 0 : (unsigned)sim_below(s, most + 1);
}

void faults_plan(struct sim *s)
{
    struct sim_plan *p = &s->plan;
    p->partitions = 1 + (int32_t)sim_below(s, SIM_PARTITIONS_MAX);
    p->copies = 1 + (int)sim_below(s, SIM_COPIES);
    p->is_static = sim_below(s, 2) == 0;
    p->lags = sim_below(s, 2) == 0;
    p->late_tickets = sim_below(s, 6) == 0;
    p->lost = percent(s, 15);
    p->cut_off = percent(s, 25);
    p->after_error = percent(s, 10);
    p->error = percent(s, 10);
    p->limited = percent(s, 8);
    p->slow = percent(s, 25);
    p->unsent = percent(s, 8);
    p->twin_commits = percent(s, 20);
    p->agents = percent(s, 150);
    int64_t length = 15 * 1000 + (int64_t)sim_below(s, 45 * 1000);
    p->faults_end = sim_in(s, length);
    p->trap_count = (size_t)sim_below(s, SIM_TRAPS_MAX + 1);
    for (size_t i = 0; i < p->trap_count; i++) {
        p->traps[i] = (struct sim_trap){.moment = (unsigned)sim_below(s, MOMENT_COUNT),
                                        .passes = 1 + (unsigned)sim_below(s, 6),
                                        .fault = fault_chosen(s),
                                        .span = span_chosen(s)};
        if (planted_count() > 0 && sim_below(s, 3) == 0) {
            p->traps[i].moment = MOMENT_COUNT + (unsigned)sim_below(s, planted_count());
        }
        /* A turn is nothing special: any of them. */
        p->traps[i].passes += p->traps[i].moment == MOMENT_TURN ? (unsigned)sim_below(s, 300) : 0;
    }
    enum sim_scene scene = (enum sim_scene)sim_below(s, 8);
    scene = s->scene != SCENE_ANY ? s->scene : scene;
    p->empties = scene == SCENE_EMPTIES;
    if (p->empties) {
        p->copies = 2 + (int)sim_below(s, SIM_COPIES - 1);
        p->trap_count = p->trap_count == 0 ? 1 : p->trap_count;
        p->traps[0] = (struct sim_trap){
            .moment = MOMENT_COMMIT_ASKED,
            .passes = 1 + (unsigned)sim_below(s, 12),
            .fault = FAULT_SLEEP,
            .span = span_ms(3 * SIM_SESSION_MS + (int64_t)sim_below(s, 4 * SIM_SESSION_MS)),
        };
    }
    p->believes = scene == SCENE_BELIEVES;
    if (p->believes) {
        p->copies = 2 + (int)sim_below(s, SIM_COPIES - 1);
        p->trap_count = sim_below(s, 2) == 0 ? 0 : p->trap_count;
        blow_put(s, (int)sim_below(s, 2), FAULT_CUT, span_ms(8000 + (int64_t)sim_below(s, 8000)),
                 1500 + (int64_t)sim_below(s, 6000));
    }
    p->mumbles = scene == SCENE_MUMBLES;
    for (int i = 0; i < p->copies && p->mumbles; i++) {
        blow_put(s, i, FAULT_MUDDLE, span_s(30), 500);
        /* One dies just when it has told the group more than it has told the log. */
        p->trap_count = p->trap_count == 0 ? 1 : p->trap_count;
        p->traps[0] = (struct sim_trap){MOMENT_COMMIT_STORED, 1 + (unsigned)sim_below(s, 24),
                                        FAULT_KILL, span_chosen(s)};
    }
    uint64_t count = sim_below(s, SIM_FAULTS_MAX + 1) / (p->empties || p->believes ? 4 : 2);
    for (uint64_t i = 0; i < count; i++) {
        enum sim_fault fault = fault_chosen(s);
        blow_put(s, (int)sim_below(s, (uint64_t)p->copies), fault, span_chosen(s),
                 (int64_t)sim_below(s, (uint64_t)length));
    }
}

/* Who sleeps long shall sometimes wake to an empty group in which others have been at work: there a
 * commit of nobody's is stored. */
static void others_go(struct sim_copy *c, span_ms_t span)
{
    struct sim *s = c->sim;
    bool may_be = s->plan.empties || sim_below(s, 2) == 0;
    if (span.ms < 2 * SIM_SESSION_MS + 3000 || !may_be) {
        return;
    }
    int64_t end = span.ms - SIM_SESSION_MS - 200 - (int64_t)sim_below(s, 2000);
    for (int i = 0; i < s->plan.copies; i++) {
        if (i != c->number) {
            blow_put(s, i, FAULT_KILL, span_ms(10 * 1000), end - (int64_t)sim_below(s, 50));
        }
    }
    if (mono_before(s->plan.faults_end, sim_in(s, span.ms + 5000))) {
        s->plan.faults_end = sim_in(s, span.ms + 5000);
    }
}

void faults_do(struct sim_copy *c, enum sim_fault fault, span_ms_t span)
{
    struct sim *s = c->sim;
    if (s->is_calm) {
        return;
    }
    s->counts->faults[fault]++;
    switch (fault) {
    case FAULT_KILL:
        copy_kill(c);
        if (!c->is_up && span.ms > SIM_SESSION_MS) {
            c->restart = sim_in(s, span.ms);
        }
        break;
    case FAULT_SLEEP:
        others_go(c, span);
        copy_sleep(c, span, false);
        break;
    case FAULT_FREEZE: copy_sleep(c, span, true); break;
    case FAULT_DRAIN: copy_drain(c); break;
    case FAULT_SHAKE:
        sim_tell(s, NULL, "%s", sim_fault_text(fault));
        group_double_shake(&s->group);
        group_double_tick(&s->group, sim_now(s));
        client_group_moved(s);
        break;
    case FAULT_CUT:
        sim_tell(s, c, "%s for %lld ms", sim_fault_text(fault), (long long)span.ms);
        c->cut_until = sim_in(s, span.ms);
        /* The answer to its last heartbeat was slow: it believes in its session longer than others.
         */
        c->client.session_until =
            mono_add(c->client.session_until, span_ms((int64_t)sim_below(s, SIM_BELIEF_MS)));
        break;
    case FAULT_MUDDLE:
        sim_tell(s, c, "%s for %lld ms", sim_fault_text(fault), (long long)span.ms);
        c->muddled_until = sim_in(s, span.ms);
        break;
    case FAULT_NONE:
    case FAULT_COUNT: break;
    }
}

static void come_by(struct sim_copy *c, unsigned moment, const char *text)
{
    struct sim *s = c->sim;
    for (size_t i = 0; i < s->plan.trap_count && !s->is_calm; i++) {
        struct sim_trap *trap = &s->plan.traps[i];
        if (trap->moment == moment && trap->passes > 0 && --trap->passes == 0) {
            sim_tell(s, c, "-- %s --", text);
            faults_do(c, trap->fault, trap->span);
        }
    }
}

void faults_at(struct sim_copy *c, enum sim_moment moment)
{
    c->sim->counts->moments[moment]++;
    come_by(c, moment, sim_moment_text(moment));
}

void faults_at_point(struct sim_copy *c, unsigned point)
{
    c->sim->counts->points[point]++;
    come_by(c, MOMENT_COUNT + point, planted_text(point));
}
