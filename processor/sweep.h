/* sweep — goes through the conversations of a partition for those whose state may go.
 *
 *     now and then ─▶ some at a time, from the last on ─▶ idle for the retention? ─▶ a timer's
 * event (core/evict.h)
 *
 * A look costs no unpacking and a conversation no byte. What it decides stands in the log: a pass
 * that is cut off by an abort or a restart finds the same ones again. */
#ifndef PROCESSOR_SWEEP_H
#define PROCESSOR_SWEEP_H

#include "base/err.h"
#include "base/instant.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sweep {
    bool is_on;
    size_t left;     /* of this pass: conversations to look at */
    wall_ms_t again; /* when the next pass begins */
};

struct loop;
struct partition;

/* One piece of the pass through `p`, which is running, if one is due. */
MUST_USE err_t sweep_some(struct loop *l, struct partition *p);
/* Milliseconds until there is something to do; `most` at the most. */
int64_t sweep_patience(const struct partition *p, wall_ms_t now, int64_t most);

#endif
