#include "processor/core/evict.h"

#include <inttypes.h>

/* By how much the clock of a sender may be ahead of the log's. */
static const int64_t clocks_ms = INT64_C(3600) * 1000;

/* Something is still to come for it. */
static bool is_held(const struct conversation *state)
{
    return phase_owner(state->phase) == OWNER_HUMAN || state->halted ||
           state->outstanding_count > 0 || state->timer_count > 0 ||
           state->turn.state != TURN_NONE || state->evidence_asked || state->fetch_asked ||
           wall_known(state->missed_since);
}

bool evict_is_due(const struct conversation *state, wall_ms_t now, span_ms_t retention)
{
    if (state->surface == SURFACE_ACCOUNT || !wall_known(state->updated)) {
        return false; /* one an account */
    }
    int64_t idle = wall_since(now, state->updated).ms;
    return idle >= (is_held(state) ? retention.ms * EVICT_HELD_FACTOR : retention.ms);
}

err_t evict_event(struct arena *arena, const struct conversation *state, span_ms_t retention,
                  struct event *ret_event)
{
    struct slice ref = {0};
    struct slice id = {0};
    wall_ms_t due = wall_add(state->updated, retention);
    TRY(arena_printf(arena, &ref, "%" PRId64, state->updated.ms));
    TRY(arena_printf(arena, &id, "timer/%d/%" PRId64 "/%.*s", (int)TIMER_EVICT, due.ms,
                     SLICE_ARG(ref)));
    *ret_event = (struct event){
        .type = EVENT_TIMER,
        .source = EVENT_FROM_PROCESSOR,
        .id = id,
        .account = state->account,
        .conversation = state->key,
        .occurred = due,
    };
    ret_event->body.timer = (struct timer_fired){TIMER_EVICT, due, state->epoch, ref};
    return err_ok();
}

void evict_take(const struct step_input *input, const struct conversation *state,
                struct effects *effects)
{
    const struct timer_fired *timer = &input->event->body.timer;
    int64_t updated = 0;
    bool is_same = !err_failed(slice_to_i64(timer->ref, &updated)) && wall_known(state->updated) &&
                   updated == state->updated.ms;
    effects->evicted = is_same && evict_is_due(state, input->time, (span_ms_t){EVICT_AGE_MS_MIN});
    effects->changed = effects->evicted;
    effects_note(effects, effects->evicted ? NOTE_EVICTED : NOTE_IGNORED);
}

wall_ms_t evict_former_life(const struct conversation *state)
{
    return wall_add(state->created, span_ms(clocks_ms - EVICT_AGE_MS_MIN));
}

void evict_count(struct evict_numbers *numbers, const struct conversation *state)
{
    if (numbers->episode <= state->episode) {
        numbers->episode = state->episode + 1;
    }
    if (numbers->epoch <= state->epoch) {
        numbers->epoch = state->epoch + 1;
    }
    if (numbers->status < state->status_version) {
        numbers->status = state->status_version;
    }
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

void evict_count_more(struct evict_numbers *numbers, const struct evict_numbers *more)
{
    numbers->episode = larger(numbers->episode, more->episode);
    numbers->epoch = larger(numbers->epoch, more->epoch);
    numbers->status = larger(numbers->status, more->status);
}

void evict_begin(const struct evict_numbers *numbers, struct conversation *state)
{
    state->life = numbers->episode;
    state->episode = numbers->episode;
    state->epoch = numbers->epoch;
    state->status_version = numbers->status;
}
