/* since — a time in the past as a person types it: "2h", or "2026-11-21T08:00:00Z". Pure. */
#ifndef CTL_SINCE_H
#define CTL_SINCE_H

#include "base/err.h"
#include "base/instant.h"
#include "base/slice.h"

enum { SINCE_DAYS_MAX = 14 }; /* older than that nobody knows any more what was answered */

/* A span back from `now`, or a time of RFC 3339 with Z or an offset; at most SINCE_DAYS_MAX ago.
 * USAGE, with `why`, which names --since and what it takes. */
MUST_USE err_t since_read(struct slice text, wall_ms_t now, struct why *why, wall_ms_t *ret_since);

#endif
