/* fences — whether it was we who fenced ourselves.
 *
 * A static member whose name joins again is made a stranger, and must end: another copy has taken
 * over. But it may have been an earlier handle of ours, whose request to join arrived after it was
 * closed, or was sent twice because an outage took the answer. Then we join anew, some times. */
#ifndef KAFKA_FENCES_H
#define KAFKA_FENCES_H

#include <stdbool.h>
#include <stdint.h>

struct fences {
    int count; /* that were put down to ourselves, the last of them at … */
    int64_t last_ms;
    int64_t rejoined_ms; /* 0 = never */
};

/* An earlier handle was closed, and another is about to join. */
void fences_rejoined(struct fences *f, int64_t now_ms);
/* is_disturbed  something stood between us and the brokers within the last `span_ms`
 * Counts a fence of now. True: join anew. */
bool fences_are_ours(struct fences *f, bool is_disturbed, int64_t span_ms, int64_t now_ms);

#endif
