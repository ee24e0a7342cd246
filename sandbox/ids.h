/* ids — record ids and secrets, made from the seed and a counter, so that a run can be repeated.
 *
 *     6f2c91aa04d7e1 | 0000000007      24 hex digits: prefix of the seed, then the counter */
#ifndef SANDBOX_IDS_H
#define SANDBOX_IDS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

enum { IDS_ID_BYTES = 24, IDS_PREFIX_BYTES = 14 };

struct ids {
    uint64_t seed;
    uint64_t count; /* ids given out */
    char prefix[IDS_PREFIX_BYTES + 1];
};

void ids_init(struct ids *ids, uint64_t seed);
/* The next id, in `arena`. ERR_ARENA_FULL. Thread: world's lock. */
MUST_USE err_t ids_next(struct ids *ids, struct arena *arena, struct slice *ret_id);
/* A secret of 43 letters that depends on seed and purpose alone. ERR_ARENA_FULL. */
MUST_USE err_t ids_secret(const struct ids *ids, struct arena *arena, struct slice purpose,
                          struct slice *ret_secret);

#endif
