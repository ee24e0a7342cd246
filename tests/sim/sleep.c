#include "tests/sim/sleep.h"

#include "base/check.h"
#include "processor/core/erase.h"

enum {
    HOUR_S = 3600,
    DAYS_S = 14 * 24 * HOUR_S + HOUR_S,   /* who waits for nothing goes */
    MONTHS_S = DAYS_S * EVICT_HELD_FACTOR /* whoever it is */
};

/* All comes to rest, but for what is late by weeks. */
static void rest(struct world *w)
{
    size_t late = world_chance(w, 30) ? 2 : 0;
    for (int i = 0;
         i < 1000 && (w->lane_count > 0 || w->state->timer_count > 0 || w->delivery_count > late);
         i++) {
        world_go_on(w);
    }
}

/* What is left comes before the conversation lives again, or behind that. */
static void comes_late(struct world *w)
{
    for (size_t i = 0; i < w->delivery_count; i++) {
        w->deliveries[i].at = wall_add(w->now, span_ms((int64_t)rng_below(&w->rng, 60000)));
        w->reach->moments[REACH_LATE_BY_WEEKS]++;
    }
}

/* Whether nothing of the log is left to be read before the timer's event. */
static void goes(struct world *w)
{
    struct event event;
    err_t err = evict_event(&w->arena, w->state, span_ms(EVICT_AGE_MS_MIN), &event);
    CHECK(!err_failed(err));
    bool is_woken = world_chance(w, 20);
    if (is_woken) { /* somebody was quicker */
        struct event operator= world_event(w, EVENT_OPERATOR, EVENT_FROM_OPERATOR, "operator/");
        operator.body.operator_call.action = OPERATOR_ESCALATE;
        world_decide(w, &operator);
        w->reach->moments[REACH_WOKEN]++;
    }
    uint64_t before = w->reach->moments[REACH_EVICTED];
    world_decide(w, &event);
    bool is_gone = w->reach->moments[REACH_EVICTED] > before;
    if (is_gone == is_woken) {
        world_fail(w, "a state goes when its time is over and nothing came in between");
    }
}

/* An operator has the person erased, if need be by force. */
static void erased(struct world *w)
{
    bool is_held = erase_is_held(w->state);
    bool is_forced = w->lane_count == 0 && world_chance(w, 50);
    bool goes = is_forced || !is_held;
    struct event event = world_event(w, EVENT_OPERATOR, EVENT_FROM_OPERATOR, "operator/");
    event.body.operator_call.action = is_forced ? OPERATOR_ERASE_FORCED : OPERATOR_ERASE;
    world_decide(w, &event);
    w->reach->moments[is_forced && is_held ? REACH_ERASED_BY_FORCE
                      : goes               ? REACH_ERASED
                                           : REACH_NOT_ERASED]++;
    if (wall_known(w->state->created) == goes) {
        world_fail(w, "a state is erased unless something is under way, and then by force alone");
    }
    for (size_t i = 0; i < w->spoken_count && goes; i++) {
        w->spoken[i].answers = 0; /* what Zendesk shows once more is news */
    }
}

void sleep_act(struct world *w)
{
    if (w->is_calm || w->twin != NULL || w->is_deaf || !wall_known(w->state->created) ||
        !world_chance(w, 1)) {
        return;
    }
    rest(w);
    if (w->delivery_count == 0 && world_chance(w, 20)) { /* what came once more would be news */
        erased(w);
        return;
    }
    bool is_long = world_chance(w, 40);
    w->now = wall_add(w->now, span_s(is_long ? MONTHS_S : DAYS_S));
    comes_late(w);
    if (evict_is_due(w->state, w->now, span_ms(EVICT_AGE_MS_MIN))) {
        goes(w);
    } else {
        w->reach->moments[REACH_HELD]++;
        if (is_long) {
            world_fail(w, "after months a state goes, whatever it waits for");
        }
    }
}

/* Whether a comment stands on a ticket without an answer of the team or the bot. */
static bool is_unanswered(const struct world *w, size_t which)
{
    for (size_t i = which + 1; i < w->spoken_count; i++) {
        if (w->spoken[i].text == NULL && !w->spoken[i].is_private) {
            return false;
        }
    }
    return true;
}

void sleep_over(struct world *w)
{
    w->reach->moments[REACH_EVICTED]++;
    for (size_t i = 0; i < w->spoken_count; i++) {
        w->spoken[i].is_past = true;
        if (w->is_ticket && is_unanswered(w, i)) {
            w->spoken[i].answers = 0; /* met with silence: when the ticket is the bot's again, it
                                         is asked once more */
        }
    }
    w->is_owner_unsure = w->is_owner_unsure || w->given_up.type != EVENT_NONE;
    w->was_called = false;
    if (w->is_chat) { /* what it had at Zendesk is forgotten, and nobody there writes any more */
        w->active = ACTIVE_OURS;
    }
}
