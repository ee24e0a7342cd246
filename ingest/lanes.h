/* lanes — how long a record would wait behind those that are on their way to its partition.
 *
 *     add(now) ──▶ [ 3 | 0 | 7 | … ]  records by the tenth of a second in which they were handed
 * over ▲ oldest                            done(now) takes from the oldest
 *
 * The log confirms what one partition gets in its order. So while it works, what was before the
 * oldest when that came has been done since, which is its speed; and while it stands still, the age
 * of the oldest is all that is known. A leader that stands or is slow stops its own lane and no
 * other. One thread. */
#ifndef INGEST_LANES_H
#define INGEST_LANES_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/instant.h"

#include <stddef.h>
#include <stdint.h>

struct lanes;

/* count  > 0. NO_MEMORY. */
MUST_USE err_t lanes_new(size_t count, struct lanes **ret_lanes);
void lanes_free(struct lanes *l); /* accepts NULL */
DEFINE_CLEANUP_PTR(lanes, struct lanes, lanes_free)

/* lane < count; `now` never goes back. */
void lanes_add(struct lanes *l, size_t lane, mono_ms_t now);
/* One record of the lane was confirmed, or given up. */
void lanes_done(struct lanes *l, size_t lane, mono_ms_t now);
/* What a new record must reckon with, to a tenth of a second; 0 = nothing is before it. */
span_ms_t lanes_wait(const struct lanes *l, size_t lane, mono_ms_t now);

#endif
