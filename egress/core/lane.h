/* lane — the order in which the commands of one partition may run.
 *
 *   commands, by offset      3      4      5      6      7
 *                           [a1]   [b1]   [a2]   [a3]   [b2]
 *   lane a                   a1 ─▶ a2 ─▶ a3          one at a time, in order
 *   lane b                   b1 ─▶ b2                beside lane a
 *
 *   low-water mark: the oldest command that is not done or not proven
 *
 * A command is proven when a commit was accepted that was asked for after its outcome stood. Else
 * one who was expelled could pass what he ended himself, and a successor would never see it.
 *
 * A command's way:
 *
 *   queued ──▶ in flight ──▶ ending ──▶ done
 *     │           │  ▲         ▲
 *     │           ▼  │         │
 *     ├─────▶ backing off ─────┤        backing off: waits for its next try
 *     └────────────────────────┘        ending: its outcome is written, not acknowledged
 *
 * One `struct lanes` a partition. Memory for lanes and commands comes from one arena with free
 * lists and is given back when the partition goes; `count_max` bounds it. Pure; one thread. */
#ifndef EGRESS_CORE_LANE_H
#define EGRESS_CORE_LANE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include "base/table.h"
#include "egress/core/fence.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lane_state {
    LANE_QUEUED,
    LANE_IN_FLIGHT,
    LANE_BACKING_OFF,
    LANE_ENDING,
    LANE_DONE,
    LANE_STATE_COUNT
};
const char *lane_state_name(enum lane_state state); /* "queued": a metric's label */

/* Where the outcome of what could not be read stands: it has none. */
#define LANE_NO_OUTCOME INT64_MAX

struct lane;

/* One command. Members are read by the loop, changed only here. */
struct lane_item {
    int64_t offset; /* in `commands` */
    unsigned state; /* enum lane_state */
    void *owner;    /* the loop's, borrowed */
    struct lane *lane;
    struct lane_item *behind;                /* next of its lane */
    struct lane_item *newer;                 /* next of the partition */
    int64_t outcome_at;                      /* done: where its outcome stands in `events` */
    uint64_t proof;                          /* done: serial of the commit that proves it */
    struct lane_item *done_prev, *done_next; /* done, not passed yet: by outcome_at */
};

/* One conversation's commands. */
struct lane {
    struct lane_item *first, *last;
    struct fence fence;
    uint64_t since; /* serial of the commit that has to be accepted before anything is sent */
    struct lane *next_free; /* while it is in the free list */
};

struct lanes {
    struct arena arena;
    struct table *by_key;
    struct lane_item *oldest, *newest;        /* of the partition, by offset */
    struct lane_item *done_first, *done_last; /* done and not passed, by outcome_at */
    struct lane_item *free_items;
    struct lane *free_lanes;
    size_t count; /* commands held */
    size_t count_max;
    size_t in_state[LANE_STATE_COUNT];
    int64_t next_offset; /* one past the newest command taken in */
};

/* seed       of the hash
 * count_max  most commands held at a time, > 0
 * position   offset at which reading begins
 * Errors  NO_MEMORY. */
MUST_USE err_t lanes_init(struct lanes *l, uint64_t seed, size_t count_max, int64_t position);
void lanes_deinit(struct lanes *l); /* accepts a zeroed one; all items are gone */

/* Takes in the next command. Offsets rise (CHECK). `key` is copied.
 * Errors  TABLE_FULL (BACKPRESSURE): count_max reached, pause the partition. NO_MEMORY. */
MUST_USE err_t lanes_add(struct lanes *l, struct slice key, int64_t offset, void *owner,
                         struct lane_item **ret_item);
/* The same for a command whose outcome stands in the log already: it only holds back the mark. */
MUST_USE err_t lanes_add_done(struct lanes *l, int64_t offset, int64_t outcome_at);

/* Nothing stands before `position` that was not taken in: control records take offsets too. */
void lanes_skip_to(struct lanes *l, int64_t position);

/* True for the one command of its lane that may run. */
bool lane_is_first(const struct lane_item *item);
/* First of its lane, and neither running nor ending. */
bool lane_may_start(const struct lane_item *item);

void lanes_start(struct lanes *l, struct lane_item *item);
void lanes_back_off(struct lanes *l, struct lane_item *item);
void lanes_end(struct lanes *l, struct lane_item *item);
/* Its outcome is acknowledged at `outcome_at` in `events`. Returns the next command of the lane,
 * which may now start, or NULL. The item must not be used after the next lanes_low_water().
 *
 * key    the same as when it was added
 * proof  serial of the next commit that is asked for */
struct lane_item *lanes_finish(struct lanes *l, struct lane_item *item, struct slice key,
                               int64_t outcome_at, uint64_t proof);

/* The offset to commit: of the oldest command that is not done and proven, else the next to be
 * read. Forgets what it passes.
 *
 * accepted  serial of the last commit that was accepted */
int64_t lanes_low_water(struct lanes *l, uint64_t accepted);
/* Where in `events` the oldest outcome stands that the mark has not passed; `otherwise` when there
 * is none. */
int64_t lanes_outcome_floor(const struct lanes *l, int64_t otherwise);
/* Lanes with at least one command that is not done. */
size_t lanes_lane_count(const struct lanes *l);

#endif
