/* store — records in memory by their key: what a replay knows of a partition. Pure.
 *
 * A key may stand there with nothing: it is known that there is none. */
#ifndef CTL_REPLAY_STORE_H
#define CTL_REPLAY_STORE_H

#include "base/err.h"
#include "base/slice.h"
#include "base/table.h"

#include <stdbool.h>

struct store_of {
    struct table *table;
};

/* Keeps copies. NO_MEMORY, TABLE_FULL. */
MUST_USE err_t store_put(struct store_of *s, struct slice key, struct slice bytes);
/* False: the key does not stand there. Borrowed until the next change of that key. */
bool store_get(const struct store_of *s, struct slice key, struct slice *ret_bytes);
void store_remove(struct store_of *s, struct slice key);
size_t store_count(const struct store_of *s);
/* Entry `index` in [0, count); borrowed likewise. */
void store_at(const struct store_of *s, size_t index, struct slice *ret_key,
              struct slice *ret_bytes);
void store_free(struct store_of *s); /* accepts a zeroed one */

#endif
