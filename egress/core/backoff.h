/* backoff — how long to wait before trying again: full jitter over a doubling ceiling.
 *
 * Full jitter, so that many lanes that failed together do not come back together. What the other
 * side asked for (Retry-After) is kept in full; the jitter comes on top. Pure. */
#ifndef EGRESS_CORE_BACKOFF_H
#define EGRESS_CORE_BACKOFF_H

#include "base/instant.h"
#include "base/rng.h"

#include <stdint.h>

struct backoff {
    span_ms_t base;        /* first ceiling, > 0 */
    span_ms_t ceiling_max; /* caps the doubling, >= base */
};

/* Delay before try number `tries` + 1.
 *
 * tries        how many have failed, >= 1
 * retry_after  0 when the answer carried none
 * rng          advanced by exactly one draw, so that replays stay aligned
 *
 * In [retry_after, retry_after + min(ceiling_max, base * 2^(tries - 1))]. */
span_ms_t backoff_delay(const struct backoff *policy, uint32_t tries, span_ms_t retry_after,
                        struct rng *rng);

#endif
