/* walk — through the conversations of a partition after a gap: each open one is told.
 *
 *     gap ─▶ the account's search ─▶ plan: who is open, when is each due ─▶ a `missed` event for
 *            (whoever met it first)        active ones first                each, when due ─▶
 * closed
 *
 * Nothing is walked while the partition has a lag: what customers write now comes first. The gap
 * itself is kept in the checkpoint; a plan is not, and an abort or a restart makes it anew. What
 * was told already says so in its state, so that telling twice does nothing. */
#ifndef PROCESSOR_WALK_H
#define PROCESSOR_WALK_H

#include "base/table.h"
#include "processor/schedule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum walk_phase {
    WALK_BEGIN,
    WALK_ACTIVE, /* plans those that something happened in lately … */
    WALK_REST,   /* … and the others */
    WALK_TELL,
};

struct walk {
    enum walk_phase phase;
    size_t left;         /* of this pass: conversations to look at */
    uint64_t txn;        /* at the begin of the first pass: what changed since is looked at again */
    struct table *ranks; /* account ─▶ how many of it are planned; NULL = none yet */
    struct schedule open; /* who is to be told, and when */
};

struct loop;
struct partition;

/* Forgets the plan. */
void walk_reset(struct walk *w);
/* One piece of the walk of `p`, which is running, if it has an open gap. */
MUST_USE err_t walk_some(struct loop *l, struct partition *p);
/* Milliseconds until there is something to do; `most` at the most. */
int64_t walk_patience(const struct partition *p, wall_ms_t now, int64_t most);

#endif
