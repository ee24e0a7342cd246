/* alive — a sign of life of ingest in every partition of the log, every 15 s (--alive-interval).
 *
 * Nobody answers a webhook while ingest is away, and the log would look as if nothing had happened.
 * A long distance between two such records tells the processor that something may have been missed.
 * One thread: the loop's. */
#ifndef INGEST_ALIVE_H
#define INGEST_ALIVE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/instant.h"
#include "port/bus.h"

#include <stdbool.h>
#include <stdint.h>

struct alive {
    int32_t partitions; /* of `events`, > 0 */
    span_ms_t every;
    mono_ms_t due; /* zero = at once */
    bool is_over;
    struct buf record;
};

/* every  > 0 */
void alive_init(struct alive *a, int32_t partitions, span_ms_t every);
void alive_deinit(struct alive *a);

/* No more of them: it is leaving. */
void alive_stop(struct alive *a);

/* Writes when it is time and a broker can be reached: what is kept back until one can would tell
 * of a life that nobody saw. The first error ends a round: the next one is as good.
 * Errors  QUEUE_FULL, UNAVAILABLE: of no consequence here. NO_MEMORY. */
MUST_USE err_t alive_tick(struct alive *a, struct bus *bus, mono_ms_t now, wall_ms_t wall);

#endif
