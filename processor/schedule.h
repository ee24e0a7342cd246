/* schedule — which conversation's timer is due next, in one partition.
 *
 * A binary heap of (due, key). Entries are never removed early: who takes one asks the conversation
 * whether it still holds, so a cancelled timer costs one look. Ties go by key, so that the order is
 * the same on every machine. */
#ifndef PROCESSOR_SCHEDULE_H
#define PROCESSOR_SCHEDULE_H

#include "base/err.h"
#include "base/instant.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

struct schedule_entry {
    wall_ms_t due;
    struct slice key; /* owned by the schedule */
};
struct schedule {
    struct schedule_entry *entries;
    size_t count;
    size_t size;
};

void schedule_deinit(struct schedule *s);
void schedule_clear(struct schedule *s);
MUST_USE err_t schedule_add(struct schedule *s, wall_ms_t due, struct slice key); /* NO_MEMORY */
/* When the earliest is due; false when there is none. */
bool schedule_next(const struct schedule *s, wall_ms_t *ret_due);
/* Removes the earliest; the caller frees the key's bytes. CHECK: there is one. */
struct schedule_entry schedule_take(struct schedule *s);

#endif
