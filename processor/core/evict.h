/* evict — a conversation in which nothing has happened for long gives up its state.
 *
 *     shell: updated + retention is over ─▶ a timer's event, which names `updated`
 *     core:  nothing came in between     ─▶ the state goes, a tombstone stands in its place
 *
 * So that it goes is an event of the log like any other, and a replay sees it at the same place.
 * Whoever has something to wait for is left alone twelve times as long: a human, commands without
 * outcome, timers, an operator. After that it is lost somewhere, and memory would only grow.
 *
 * What it knew of ids goes with it, so an event older than EVICT_AGE_MS_MIN never makes a state: it
 * may have been decided in a former life. And a new life counts its episodes and epochs on from
 * where any of the partition had come (evict_numbers), since effect ids are made of them. */
#ifndef PROCESSOR_CORE_EVICT_H
#define PROCESSOR_CORE_EVICT_H

#include "base/arena.h"
#include "base/err.h"
#include "event/conversation.h"
#include "processor/core/effects.h"
#include "processor/core/step.h"

#include <stdbool.h>

#define EVICT_AGE_MS_MIN (INT64_C(14) * 24 * 3600 * 1000)
enum { EVICT_HELD_FACTOR = 12 };

/* Of a partition: beyond what its evicted conversations had counted to. */
struct evict_numbers {
    uint32_t episode;
    uint32_t epoch;
    uint32_t status; /* versions told to a bot's platform, which ignores what is lower */
};

/* Whether the state may go at `now`. retention  at least EVICT_AGE_MS_MIN */
bool evict_is_due(const struct conversation *state, wall_ms_t now, span_ms_t retention);
/* The timer's event of a state that may go; in the arena. ARENA_FULL. */
MUST_USE err_t evict_event(struct arena *arena, const struct conversation *state,
                           span_ms_t retention, struct event *ret_event);
/* Decides it: effects->evicted, or nothing follows since something came in between. */
void evict_take(const struct step_input *input, const struct conversation *state,
                struct effects *effects);
/* What was said before this may have been decided in a former life of the conversation. */
wall_ms_t evict_former_life(const struct conversation *state);
/* The state has gone: its numbers are not used again. */
void evict_count(struct evict_numbers *numbers, const struct conversation *state);
/* What was counted elsewhere is not used again either. */
void evict_count_more(struct evict_numbers *numbers, const struct evict_numbers *more);
/* A state that is new (step_new) counts on from there. What is done once a life has `life` in its
 * effect id: of the same customer's former life no id is used again. */
void evict_begin(const struct evict_numbers *numbers, struct conversation *state);

#endif
