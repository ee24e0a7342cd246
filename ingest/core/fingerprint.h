/* fingerprint — an id for what came without one: the same bytes, the same id. Pure. */
#ifndef INGEST_CORE_FINGERPRINT_H
#define INGEST_CORE_FINGERPRINT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

#include <stddef.h>

/* 32 hex digits of a BLAKE2b hash over the parts, each with its length before it; in the arena.
 * ARENA_FULL. */
MUST_USE err_t fingerprint(struct arena *arena, const struct slice *parts, size_t count,
                           struct slice *ret_id);

#endif
