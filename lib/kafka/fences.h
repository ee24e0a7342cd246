/* fences — whether it was we who fenced ourselves.
 *
 * A static member whose name joins again is made a stranger, and must end: another copy has taken
 * over. But the request to join may have been of an earlier handle or process of ours that is gone,
 * or of a session that ran out; brokers that stood still take such requests late. So the first time
 * we join anew: should there be another copy, it does the same, and the second time we believe it.
 * After an outage librdkafka may itself have asked twice, and more tries are allowed. */
#ifndef KAFKA_FENCES_H
#define KAFKA_FENCES_H

#include <stdbool.h>
#include <stdint.h>

struct fences {
    int count;       /* that were put down to ourselves, the last of them at … */
    int64_t last_ms; /* 0 = never */
    int64_t joining_ms;
    int64_t disturbed_ms; /* last time that a fence met a disturbance; 0 = never */
};

/* We are about to join, by a new handle or because the session ran out. */
void fences_joining(struct fences *f, int64_t now_ms);
/* is_disturbed  something stood between us and the brokers within the last `span_ms`, as far as the
 *               handle knows, which may be younger than that
 * Counts a fence of now. True: join anew. */
bool fences_are_ours(struct fences *f, bool is_disturbed, int64_t span_ms, int64_t now_ms);

#endif
