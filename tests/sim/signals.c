/* signals — what comes from elsewhere: the platform, an operator, time, a new configuration, an
 * event that crashes the program. */
#include "processor/core/halt.h"
#include "processor/core/timers.h"
#include "tests/sim/world.h"

#include <stdio.h>

static void platform(struct world *w)
{
    static const enum event_type types[] = {EVENT_RATING,        EVENT_ACTION,   EVENT_HANDOFF,
                                            EVENT_CUSTOMER_DATA, EVENT_HANDBACK, EVENT_END};
    enum event_type type = types[rng_below(&w->rng, sizeof types / sizeof types[0])];
    struct event event = world_event(w, type, EVENT_FROM_PLATFORM, "p");
    struct slice store = w->is_chat ? w->place->store : w->state->store;
    event.store = world_chance(w, 90) ? store : w->place->other_store;
    event.body.platform.name = type == EVENT_ACTION ? SLICE("refund") : SLICE("stars");
    event.body.platform.value = (double)rng_below(&w->rng, 6);
    event.body.platform.answer.confidence = -1;
    event.body.platform.reason = SLICE("needs a human");
    world_deliver(w, event);
}

void signals_operator(struct world *w, bool gives_back)
{
    struct event event = world_event(w, EVENT_OPERATOR, EVENT_FROM_OPERATOR, "operator/");
    event.body.operator_call.action = gives_back ? OPERATOR_HANDBACK : OPERATOR_ESCALATE;
    world_decide(w, &event);
    if (w->state->halted) {
        world_fail(w, "an order lets a halted conversation go on");
    }
}

static void halts(struct world *w)
{
    halt_begin(w->state, w->now);
    w->was_halted = true;
    w->reach->moments[REACH_HALT]++;
    world_hear(w, &(struct decided){.now = w->now, .halts = true});
}

static void configured(struct world *w)
{
    if (w->version < WORLD_VERSIONS) {
        w->config = world_config(w->config_log, ++w->version);
        w->reach->moments[REACH_CONFIGURED]++;
    }
}

/* Something of the log that is due by now has not been read yet. */
static bool is_behind(const struct world *w)
{
    for (size_t i = 0; i < w->delivery_count; i++) {
        if (!wall_before(w->now, w->deliveries[i].at)) {
            return true;
        }
    }
    return false;
}

void signals_timer(struct world *w, bool passes_time)
{
    const struct timer *timer = timers_next(w->state);
    if (timer == NULL) {
        return;
    }
    w->now = passes_time ? wall_later(w->now, timer->due) : w->now;
    if (wall_before(w->now, timer->due) || is_behind(w)) {
        return;
    }
    struct event event = world_event(w, EVENT_TIMER, EVENT_FROM_PROCESSOR, "timer/");
    event.body.timer = (struct timer_fired){timer->kind, timer->due, w->state->epoch, timer->ref};
    w->reach->moments[REACH_TIMER]++;
    if (w->tells) {
        printf("  %lld timer %d\n", (long long)(w->now.ms % 10000000), (int)timer->kind);
    }
    world_decide(w, &event);
    if (timers_next(w->state) == timer && timer->due.ms == event.body.timer.due.ms) {
        world_fail(w, "a timer that fired is over");
    }
}

void signals_act(struct world *w)
{
    bool is_known = wall_known(w->state->created);
    if (w->state->halted) {
        if (world_chance(w, 10)) {
            signals_operator(w, world_chance(w, 50));
        }
    } else if (is_known && world_chance(w, 1)) {
        halts(w);
    } else if (is_known && world_chance(w, 2)) {
        signals_operator(w, world_chance(w, 70));
    }
    if (is_known && world_chance(w, 4)) {
        platform(w);
    }
    if (world_chance(w, 2)) {
        configured(w);
    }
    if (world_chance(w, 10)) {
        lane_tells_better(w);
    }
    signals_timer(w, false);
}
