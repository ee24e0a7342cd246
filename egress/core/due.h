/* due — what waits for a moment, soonest first: a binary heap that knows where each entry is, so
 * that any of them can be taken out.
 *
 * An entry is embedded in what waits. Pure; one thread. */
#ifndef EGRESS_CORE_DUE_H
#define EGRESS_CORE_DUE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/instant.h"

#include <stdbool.h>
#include <stddef.h>

struct due_entry {
    mono_ms_t at;
    size_t place; /* 1-based in the heap; 0 = not in it */
    void *owner;  /* what waits, borrowed */
};

struct due {
    struct buf entries; /* of struct due_entry * */
};

/* count_max  most entries, > 0 */
void due_init(struct due *d, size_t count_max);
void due_deinit(struct due *d); /* accepts a zeroed one; entries are not touched */

/* Puts it in, or moves it when it is in already. BUF_FULL: count_max reached. NO_MEMORY. */
MUST_USE err_t due_put(struct due *d, struct due_entry *entry, mono_ms_t at);
void due_remove(struct due *d, struct due_entry *entry); /* nothing when it is not in */
/* The soonest, left in place; NULL when empty. */
struct due_entry *due_first(const struct due *d);
/* Takes the soonest out if it is due at `now`; else NULL. */
struct due_entry *due_take(struct due *d, mono_ms_t now);
size_t due_count(const struct due *d);

#endif
