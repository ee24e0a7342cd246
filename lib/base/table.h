/* table — a bounded hash table from byte keys to pointers, with a deterministic order of iteration.
 *
 *     slots   [ · | 3 | · | 0 | 1 | · | 2 ]     open addressing, linear probing, index + 1
 *     entries [ value | value | … ]             in order of insertion; a removal moves the last in
 *
 * The only container of the tree. Keys are copied, or, where there are very many, stand in the
 * values themselves; values are borrowed. The hash is SipHash, keyed by a seed given at creation,
 * so that who chooses keys cannot choose collisions. */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/slice.h"

#include <stddef.h>
#include <stdint.h>

struct table;

/* count_max  most entries it will take, > 0; memory grows with what is in it
 * ERR_NO_MEMORY. */
MUST_USE err_t table_new(size_t count_max, uint64_t seed, struct table **ret_table);
/* The same for values that hold their own keys: no memory is taken for those.
 *
 * key_of  where a value has its key, which does not change while the value is in the table */
MUST_USE err_t table_new_of(size_t count_max, uint64_t seed, struct slice (*key_of)(const void *),
                            struct table **ret_table);
void table_free(struct table *t); /* accepts NULL; values are not freed */
DEFINE_CLEANUP_PTR(table, struct table, table_free)

size_t table_count(const struct table *t);
/* NULL when absent. */
void *table_get(const struct table *t, struct slice key);
/* Sets or replaces; *ret_old (may be NULL) gets the value that stood there, else NULL.
 * `value` is not NULL; of a table_new_of() it has this very key. ERR_TABLE_FULL, ERR_NO_MEMORY. */
MUST_USE err_t table_put(struct table *t, struct slice key, void *value, void **ret_old);
/* Removes and returns the value; NULL when absent. */
void *table_remove(struct table *t, struct slice key);
void table_clear(struct table *t);
/* Entry `index` in [0, count): key borrowed until the next change. */
void *table_at(const struct table *t, size_t index, struct slice *ret_key);

#endif
