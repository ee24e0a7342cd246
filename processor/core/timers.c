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

const struct timer *timers_next(const struct conversation *state)
{
    const struct timer *next = NULL;
    for (size_t i = 0; i < state->timer_count; i++) {
        const struct timer *timer = &state->timers[i];
        bool is_earlier = next == NULL || wall_before(timer->due, next->due) ||
                          (timer->due.ms == next->due.ms && timer->kind < next->kind);
        if (is_earlier) {
            next = timer;
        }
    }
    return next;
}
