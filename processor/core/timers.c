#include "processor/core/timers.h"

#include <string.h>

void timers_cancel(struct conversation *state, enum timer_kind kind)
{
    for (size_t i = 0; i < state->timer_count; i++) {
        if (state->timers[i].kind == kind) {
            state->timer_count--;
            memmove(&state->timers[i], &state->timers[i + 1],
                    (state->timer_count - i) * sizeof state->timers[0]);
            return;
        }
    }
}

err_t timers_set(struct conversation *state, enum timer_kind kind, wall_ms_t due, struct slice ref)
{
    timers_cancel(state, kind);
    if (state->timer_count == LIMIT_TIMERS_MAX) {
        return ERR(TOO_LARGE);
    }
    state->timers[state->timer_count++] = (struct timer){kind, due, ref};
    return err_ok();
}

static bool comes_before(const struct timer *a, const struct timer *b)
{
    return wall_before(a->due, b->due) || (a->due.ms == b->due.ms && a->kind < b->kind);
}

/* The first of those behind `from`; NULL = of all. */
static const struct timer *first_behind(const struct conversation *state, const struct timer *from)
{
    const struct timer *first = NULL;
    for (size_t i = 0; i < state->timer_count; i++) {
        const struct timer *timer = &state->timers[i];
        bool is_behind = from == NULL || comes_before(from, timer);
        if (is_behind && (first == NULL || comes_before(timer, first))) {
            first = timer;
        }
    }
    return first;
}

const struct timer *timers_next(const struct conversation *state)
{
    return first_behind(state, NULL);
}

const struct timer *timers_following(const struct conversation *state, const struct timer *timer)
{
    return first_behind(state, timer);
}

bool timers_take(struct conversation *state, const struct timer_fired *fired)
{
    for (size_t i = 0; i < state->timer_count; i++) {
        const struct timer *timer = &state->timers[i];
        if (timer->kind == fired->kind && timer->due.ms == fired->due.ms &&
            slice_equal(timer->ref, fired->ref)) {
            timers_cancel(state, fired->kind);
            return true;
        }
    }
    return false;
}
