/* alive — a sign of life of ingest in every partition of the log, every 15 s.
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

#include <stdint.h>

enum { ALIVE_EVERY_MS = 15 * 1000 };

struct alive {
    int32_t partitions; /* of `events`, > 0 */
    mono_ms_t due;      /* zero = at once */
    struct buf record;
};

void alive_init(struct alive *a, int32_t partitions);
void alive_deinit(struct alive *a);

/* Writes when it is time. The first error ends a round: the next one is as good.
 * Errors  QUEUE_FULL, UNAVAILABLE: of no consequence here. NO_MEMORY. */
MUST_USE err_t alive_tick(struct alive *a, struct bus *bus, mono_ms_t now, wall_ms_t wall);

#endif
