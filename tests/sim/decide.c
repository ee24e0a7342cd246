/* decide — an event meets the core, which may crash before and after it, and what follows from it
 * goes to the lane. */
#include "base/buf.h"
#include "base/check.h"
#include "event/codec.h"
#include "processor/core/halt.h"
#include "tests/sim/invariants.h"
#include "tests/sim/merge.h"
#include "tests/sim/sleep.h"

#include <stdio.h>

/* As the shell does it: what changes nothing is not stored, and a state that goes leaves its
 * numbers to the next life. */
static err_t decide(struct world *w, const struct decided *d, struct conversation *state,
                    struct effects *effects, struct evict_numbers *numbers)
{
    struct step_input input = {&d->event, d->now, d->config, d->incarnation, NULL};
    static struct conversation stored;
    stored = *state;
    TRY(step(&w->arena, &input, state, effects));
    if (!effects->changed) {
        *state = stored;
    }
    if (effects->evicted) {
        evict_count(numbers, state);
        TRY(step_new(w->place->key, state));
        evict_begin(numbers, state);
    }
    return err_ok();
}

static struct conversation *copy_of(struct world *w, const struct conversation *state)
{
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, LIMIT_STATE_BYTES_MAX);
    struct conversation *copy = ARENA_NEW(&w->arena, struct conversation);
    CHECK(copy != NULL);
    err_t err = codec_conversation_encode(state, &bytes);
    err =
        err_failed(err) ? err : codec_conversation_decode(&w->arena, buf_slice(&bytes), NULL, copy);
    CHECK(!err_failed(err));
    return copy;
}

/* What a transaction would carry: the state, commands and events, as bytes. */
static struct slice bytes_of(struct world *w, const struct conversation *state,
                             const struct effects *effects)
{
    CLEANUP(buf) struct buf all = {0};
    CLEANUP(buf) struct buf one = {0};
    struct slice copy = {0};
    buf_init(&all, (size_t)16 * 1024 * 1024);
    buf_init(&one, LIMIT_RECORD_BYTES_MAX);
    err_t err = codec_conversation_encode(state, &one);
    err = err_failed(err) ? err : buf_append(&all, buf_slice(&one));
    for (size_t i = 0; i < effects->command_count && !err_failed(err); i++) {
        buf_reset(&one);
        err = codec_command_encode(&effects->commands[i], &one);
        err = err_failed(err) ? err : buf_append(&all, buf_slice(&one));
    }
    for (size_t i = 0; i < effects->event_count && !err_failed(err); i++) {
        buf_reset(&one);
        err = codec_event_encode(&effects->events[i], &one);
        err = err_failed(err) ? err : buf_append(&all, buf_slice(&one));
    }
    err = err_failed(err) ? err : arena_copy(&w->arena, buf_slice(&all), &copy);
    CHECK(!err_failed(err));
    return copy;
}

/* A crash loses what was decided and not committed; decided again it comes to the same bytes. */
static struct slice decided_before(struct world *w, const struct decided *d)
{
    static struct effects effects;
    w->reach->moments[REACH_CRASH_BEFORE_COMMIT]++;
    struct conversation *lost = copy_of(w, w->state);
    struct evict_numbers numbers = w->numbers;
    return err_failed(decide(w, d, lost, &effects, &numbers)) ? SLICE("")
                                                              : bytes_of(w, lost, &effects);
}

static void to_lane(struct world *w)
{
    for (size_t i = 0; i < w->effects.command_count; i++) {
        const struct command *c = &w->effects.commands[i];
        if (w->tells) {
            printf("      > %s slot %d epoch %u\n", effect_name(c->effect), (int)c->slot, c->epoch);
        }
        w->trace = (w->trace ^ ident_digest(effect_id_slice(&c->effect_id))) * 0x100000001b3;
        if (c->effect == EFFECT_FENCE) {
            fence_read(&w->fence, c->epoch); /* acts as soon as it is read */
        } else if (w->lane_count < WORLD_LANE_MAX) {
            w->lane[w->lane_count++] = *c;
        }
    }
}

static void tell(const struct world *w)
{
    printf("      = %s epoch %u episode %u pending %zu turn %s%s;", phase_name(w->state->phase),
           w->state->epoch, w->state->episode, w->state->pending_count,
           turn_state_name(w->state->turn.state), w->state->halted ? " halted" : "");
    for (size_t i = 0; i < w->effects.note_count; i++) {
        printf(" %s", note_name(w->effects.notes[i]));
    }
    printf("\n");
}

void world_hear(const struct world *w, const struct decided *d)
{
    if (w->listener.decided != NULL) {
        w->listener.decided(w->listener.arg, w, d);
    }
}

/* A crash may come before the step, before the commit and after it: memory is what was stored. */
static void decide_once(struct world *w, const struct event *event)
{
    struct decided d = {*event, w->now, w->config, w->incarnation, false};
    struct slice lost = {0};
    bool is_untwisted = w->twist == TWIST_NONE;
    if (w->twist == TWIST_CODEC || (w->crashes && world_chance(w, 3))) {
        w->state = copy_of(w, w->state);
        w->reach->moments[REACH_CRASH_BEFORE_STEP] += is_untwisted ? 1 : 0;
    }
    if (w->crashes && world_chance(w, 3)) {
        lost = decided_before(w, &d);
    }
    struct before before = invariants_before(w);
    if (err_failed(decide(w, &d, w->state, &w->effects, &w->numbers))) {
        world_fail(w, "every event can be decided");
        return;
    }
    world_hear(w, &d);
    reach_step(w->reach, w->state, &before, &w->effects);
    if (lost.len > 0 && !slice_equal(lost, bytes_of(w, w->state, &w->effects))) {
        world_fail(w, "decided again after a crash an event comes to the same bytes");
    }
    if (w->tells) {
        tell(w);
    }
    invariants_after(w, event, &before);
    if (w->effects.evicted) {
        sleep_over(w);
    }
    to_lane(w);
    merge_carry(w);
    if (w->crashes && world_chance(w, 10)) {
        invariants_packed(w);
        w->reach->moments[REACH_CRASH_AFTER_COMMIT]++;
    }
}

void world_decide(struct world *w, const struct event *event)
{
    decide_once(w, event);
    if (w->twist == TWIST_TWICE && w->broken == NULL) {
        decide_once(w, event);
    }
}
