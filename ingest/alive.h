/* alive — a sign of life of ingest in every partition of the log, every 15 s (--alive-interval).
 *
 * Nobody answers a webhook while ingest is away, and the log would look as if nothing had happened.
 * A long distance between two such records tells the processor that something may have been missed.
 * So it is a sign of a door that takes in what is brought: while the door is shut, or sends away
 * who comes, there is none. One thread: the loop's. */
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
    bool turned_away; /* somebody, since the last time that one was due */
    struct buf record;
};

/* every  > 0 */
void alive_init(struct alive *a, int32_t partitions, span_ms_t every);
void alive_deinit(struct alive *a);

/* No more of them: it is leaving. */
void alive_stop(struct alive *a);

/* A webhook was answered 503: the next sign of life is left out. One that is missing makes no gap;
 * many in a row do, and then its sender has perhaps given up. */
void alive_turned_away(struct alive *a);

/* Writes when it is time, the door is open and a broker can be reached: what is kept back until one
 * can would tell of a life that nobody saw. The first error ends a round: the next one is as good.
 * open    webhooks are taken in: there is a configuration to know their senders by
 * Errors  QUEUE_FULL, UNAVAILABLE: of no consequence here. NO_MEMORY. */
MUST_USE err_t alive_tick(struct alive *a, struct bus *bus, bool open, mono_ms_t now,
                          wall_ms_t wall);

#endif
