#include "tests/sim/egress_sim.h"

#include "base/check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALM_S_MAX = 3600, STEPS_MAX = 200 * 1000, ARENA_BYTES_MAX = 64 * 1024 * 1024 };

const char *sim_moment_text(enum sim_moment moment)
{
    static const char *const texts[] = {
#define X(name, what) what,
        SIM_MOMENTS(X)
#undef X
    };
    return texts[moment];
}

const char *sim_state_text(enum sim_state state)
{
    static const char *const texts[] = {
#define X(name, what) what,
        SIM_STATES(X)
#undef X
    };
    return texts[state];
}

const char *sim_fault_text(enum sim_fault fault)
{
    static const char *const texts[] = {
        "none",
        "killed",
        "stopped",
        "its loop stands still",
        "told to end",
        "rebalance out of the blue",
        "cut off from the coordinator",
        "what it writes has trouble",
    };
    return texts[fault];
}

/* ---- chance, and the story */

uint64_t sim_below(struct sim *s, uint64_t bound)
{
    return rng_below(&s->rng, bound);
}

bool sim_chance(struct sim *s, unsigned percent)
{
    return rng_below(&s->rng, 100) < percent && !s->is_calm;
}

static PRINTF_LIKE(3, 0) void tell(const struct sim *s, const struct sim_copy *copy,
                                   const char *format, va_list args)
{
    static const mono_ms_t zero = {1000 * 1000};
    int64_t at = mono_since(s->clock.mono, zero).ms;
    printf("%5" PRId64 ".%03" PRId64 " %c  ", at / 1000, at % 1000,
           copy == NULL ? '-' : 'A' + copy->number);
    (void)vprintf(format, args);
    printf("\n");
}

void sim_tell(const struct sim *s, const struct sim_copy *copy, const char *format, ...)
{
    if (!s->tells) {
        return;
    }
    va_list args;
    va_start(args, format);
    tell(s, copy, format, args);
    va_end(args);
}

void sim_break(struct sim *s, const char *format, ...)
{
    if (s->broken[0] != '\0') {
        return;
    }
    va_list args;
    va_start(args, format);
    (void)vsnprintf(s->broken, sizeof s->broken, format, args);
    va_end(args);
    sim_tell(s, NULL, "!!! %s", s->broken);
}

/* ---- what happens next */

enum next { NEXT_NOTHING, NEXT_ITEM, NEXT_GROUP, NEXT_RESTART, NEXT_WAKING, NEXT_TURN };

/* When this copy does something by itself, and what. */
static enum next next_of(const struct sim_copy *c, mono_ms_t *ret_at)
{
    if (!c->is_up) {
        *ret_at = c->restart;
        return NEXT_RESTART;
    }
    if (c->in_turn) {
        return NEXT_NOTHING;
    }
    *ret_at = c->is_asleep ? c->wakes : c->next_turn;
    return c->is_asleep ? NEXT_WAKING : NEXT_TURN;
}

static enum next next_thing(struct sim *s, mono_ms_t *at, struct sim_copy **ret_copy)
{
    enum next what = NEXT_NOTHING;
    const struct agenda_item *first = agenda_first(&s->agenda);
    if (first != NULL && !mono_before(*at, first->at)) {
        *at = first->at;
        what = NEXT_ITEM;
    }
    mono_ms_t expires = {0};
    if (group_double_next(&s->group, &expires) && mono_before(expires, *at)) {
        *at = expires;
        what = NEXT_GROUP;
    }
    for (int i = 0; i < s->plan.copies; i++) {
        mono_ms_t own = {0};
        enum next kind = next_of(&s->copies[i], &own);
        if (kind != NEXT_NOTHING && mono_before(own, *at)) {
            *at = own;
            what = kind;
            *ret_copy = &s->copies[i];
        }
    }
    return what;
}

void sim_run(struct sim *s, mono_ms_t until, const struct sim_copy *copy)
{
    while (s->broken[0] == '\0' && (copy == NULL || !copy->is_dead)) {
        struct sim_copy *who = NULL;
        mono_ms_t at = until;
        if (++s->steps > STEPS_MAX) {
            sim_break(s, "the world turns on the spot");
        }
        enum next what = next_thing(s, &at, &who);
        if (mono_before(s->clock.mono, at)) {
            clock_double_advance(&s->clock, mono_since(at, s->clock.mono));
        }
        switch (what) {
        case NEXT_NOTHING: return;
        case NEXT_ITEM: {
            struct agenda_item *item = agenda_take(&s->agenda);
            item->act(item);
            break;
        }
        case NEXT_GROUP:
            group_double_tick(&s->group, s->clock.mono);
            client_group_moved(s);
            break;
        case NEXT_RESTART: copy_start(who); break;
        case NEXT_WAKING:
            who->is_asleep = false;
            who->next_turn = s->clock.mono;
            break;
        case NEXT_TURN: copy_turn(who); break;
        }
    }
}

/* ---- a history */

static void begin(struct sim *s, const struct sim_order *order, struct sim_counts *counts)
{
    memset(s, 0, sizeof *s);
    s->seed = order->seed;
    s->tells = order->tells;
    s->only_effects = order->only_effects;
    s->scene = order->scene;
    s->counts = counts;
    rng_seed(&s->rng, s->seed * 2654435761U + 17);
    clock_double_init(&s->clock);
    arena_init(&s->arena, ARENA_BYTES_MAX);
    faults_plan(s);
    s->log = log_double_new(&s->clock, s->plan.partitions);
    for (int32_t i = 0; i < s->plan.partitions; i++) {
        s->events[i] = calloc(SIM_EVENTS_MAX, sizeof *s->events[i]);
        CHECK(s->events[i] != NULL);
        struct bus_offset first = {i, 0, slice_of(horizon_first_metadata())};
        log_double_commit(s->log, &first);
    }
    group_double_init(&s->group, s->log, span_ms(SIM_SESSION_MS));
    ports_configure(s);
    story_begin(s);
    for (int i = 0; i < s->plan.copies; i++) {
        struct sim_copy *c = &s->copies[i];
        c->sim = s;
        c->number = i;
        bool is_early = i == 0 || s->plan.believes;
        c->restart = sim_in(s, (int64_t)sim_below(s, is_early ? 100 : 10 * 1000));
    }
}

void sim_clear(struct sim *s)
{
    s->is_calm = true;
    for (int i = 0; i < s->plan.copies; i++) {
        if (s->copies[i].is_up) {
            copy_kill(&s->copies[i]);
        }
    }
    agenda_deinit(&s->agenda);
    log_double_free(s->log);
    config_log_free(s->config_log);
    arena_deinit(&s->arena);
    for (int32_t i = 0; i < s->plan.partitions; i++) {
        free(s->events[i]);
    }
}

bool sim_play(struct sim *s, const struct sim_order *order, struct sim_counts *counts)
{
    begin(s, order, counts);
    sim_run(s, s->plan.faults_end, NULL);
    s->is_calm = true;
    sim_tell(s, NULL, "all is calm from now on");
    for (int i = 0; i < s->plan.copies; i++) {
        struct sim_copy *c = &s->copies[i];
        c->restart = mono_before(sim_in(s, 1000), c->restart) ? sim_in(s, 1000) : c->restart;
    }
    bool is_done = false;
    for (int i = 0; i < CALM_S_MAX && s->broken[0] == '\0' && !is_done; i++) {
        sim_run(s, sim_in(s, 1000), NULL);
        is_done = story_is_told(s) && oracle_is_done(s);
    }
    /* What is still under way may arrive. */
    sim_run(s, sim_in(s, s->plan.late_tickets ? 8 * SIM_SETTLE_MS : SIM_SETTLE_MS), NULL);
    if (s->broken[0] == '\0') {
        oracle_end(s);
    }
    return s->broken[0] == '\0';
}
