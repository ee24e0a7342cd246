/* move_plan — what `tieline move` decides: whether it may, and what each record becomes.
 *
 * A state is the only thing that a conversation needs to go on elsewhere: its events are decided
 * and its commands done before it leaves. What in a state, or beside it, names a place in the old
 * topics is taken out here. Pure. */
#ifndef CTL_MOVE_PLAN_H
#define CTL_MOVE_PLAN_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "event/config.h"
#include "event/event.h"
#include "processor/core/checkpoint.h"

#include <stdbool.h>
#include <stdint.h>

enum move_stage {
    MOVE_BEGINS,  /* nothing is there */
    MOVE_GOES_ON, /* an earlier run came so far and was interrupted */
    MOVE_IS_DONE,
};

/* Both ends as `config` has them; NULL = no deployment there. */
struct move_ends {
    const char *from; /* prefixes */
    const char *into;
    const struct deployment *here;
    const struct deployment *there;
    uint32_t partitions; /* as asked for; 0 = not said */
};

/* How far it is, and with how many partitions it ends (asked for, or of the run before, or 16).
 * USAGE: the same prefix. CONFIG: nothing to be moved, or something else stands there; in `why`. */
MUST_USE err_t move_judge(const struct move_ends *ends, struct why *why, enum move_stage *ret_stage,
                          uint32_t *ret_partitions);

/* The deployment record over there: keys of here, and that states are still to come. */
struct deployment move_begun(const struct move_ends *ends, uint32_t partitions);

/* An event that nobody needs to have decided before the move: of the partition, not of a
 * conversation, and no person's order. */
bool move_may_stay(const struct event *event);

/* The part of a changelog's key that says where it lies: of a transcript's chunk the conversation.
 */
struct slice move_place(struct slice key);

/* A state as it goes on: what was given up names no place in `commands` any more. One that cannot
 * be read goes as it is; so does a tombstone.
 * out  reset here; ret_value is in it, or `value` itself. BUF_FULL, ARENA_FULL, NO_MEMORY. */
MUST_USE err_t move_state(struct arena *arena, struct slice value, struct buf *out,
                          struct slice *ret_value);

/* What the old partitions knew beside their states; of {0}, nothing. */
struct move_gathered {
    bool any;
    struct checkpoint sum;
};
void move_gather(struct move_gathered *g, const struct checkpoint *c);
/* Of a new partition whose first event is at `next`. The configuration is taken up anew, and no
 * egress has owned it. */
struct checkpoint move_checkpoint(const struct move_gathered *g, int64_t next);
/* The incarnation that the first egress over there goes on from: one move more than here. */
uint64_t move_first_owner(const struct move_gathered *g);

#endif
