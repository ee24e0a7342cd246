/* player — the events of one partition decided once more, by the processor's own core. Pure: no
 * clock, no network, nothing is written.
 *
 *     past ─▶ player ─▶ event by event: what followed, the state behind it, what it was decided
 * with
 */
#ifndef CTL_REPLAY_PLAYER_H
#define CTL_REPLAY_PLAYER_H

#include "base/err.h"
#include "ctl/replay/past.h"
#include "ctl/replay/store.h"
#include "processor/core/decide.h"

enum played {
    PLAYED_PASSED,    /* of another conversation than the one that is asked for */
    PLAYED_PARTITION, /* of the partition: what is decided with changes, or nothing */
    PLAYED_DECIDED,
    PLAYED_HALTED, /* had crashed the program: its conversation waits for an operator */
    PLAYED_LEFT,   /* the same, and not even that */
    PLAYED_DEAD,   /* cannot be decided; `error` and `why` say what is wrong with it */
};

struct player {
    const struct past *past;
    const struct config_set *instead; /* decides instead of what was in force; NULL = that */
    struct place place;
    struct store_of now; /* states and chunks that were changed since the start */
    struct decide decide;
    struct written day; /* the checkpoint before a new day; of the newest event */
    bool day_begins;
    err_t error;
    struct why why;
};

/* `past` must outlive it. CONFIG, with `why`: the configuration at the start is gone. */
MUST_USE err_t player_init(struct player *p, const struct past *past,
                           const struct config_set *instead, struct why *why);
void player_deinit(struct player *p); /* accepts a zeroed one */

/* Plays one record of `events`; they come in order. What followed stands in `p->decide` until the
 * next one. With p->why: CONFIG, a configuration that is not there any more; UNKNOWN_SCHEMA, a
 * newer build has decided it. NO_MEMORY. */
MUST_USE err_t player_take(struct player *p, const struct bus_record *record,
                           enum played *ret_played);
/* The packed state of a conversation as it is now; empty = it has none. */
struct slice player_state(const struct player *p, struct slice key);
/* A digest of all states that were changed since the start, and of what the partition is decided
 * with. Equal after the same events, whatever the way there. */
uint64_t player_hash(const struct player *p);

#endif
