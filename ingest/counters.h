/* counters — what ingest counts, and under which names. Labels are bounded: endpoints, statuses,
 * types and classes, never a conversation, user or widget. */
#ifndef INGEST_COUNTERS_H
#define INGEST_COUNTERS_H

#include "ingest/core/route.h"
#include "ingest/publish.h"
#include "rt/metrics.h"

#include <stdint.h>

struct counters {
    struct metric *requests;
    struct metric *duration;
    struct metric *events;
    struct metric *dead;
    struct metric *waiting;
    struct metric *late;
    struct metric *malformed;
};

void counters_init(struct counters *c, struct metrics *metrics);
/* One request was answered. */
void counters_request(struct counters *c, enum endpoint endpoint, unsigned status, int64_t took_ms);
/* What one request brought is in the log, all of it. */
void counters_confirmed(struct counters *c, const struct publish_tally *tally,
                        enum endpoint endpoint);

/* requests  waiting for the log; late  partitions behind which nothing more is taken */
void counters_waiting(struct counters *c, size_t requests, size_t late);

/* A trusted proxy said of a client what cannot be read. */
void counters_malformed(struct counters *c);

#endif
