/* gaps — the times in which a partition's log has no sign of life of ingest.
 *
 *     alive · alive · alive ·                        · alive          by the log's clock alone
 *                        ├──────── over 90 s ────────┤
 *                since ◀─┘  (15 min before: a sender  until
 *                            tries that long)
 *
 * Kept beside the position in the log, so that a restart neither misses a gap nor meets it twice.
 * Two that are made up for at once become one. A person's order (`tieline backfill`) is a gap too,
 * of one account. What is open waits in a schedule: the first few of an account are fetched at once
 * and the others at LIMIT_MISSED_PER_MINUTE, so that many open conversations are no storm. */
#ifndef PROCESSOR_CORE_GAPS_H
#define PROCESSOR_CORE_GAPS_H

#include "base/err.h"
#include "base/instant.h"
#include "base/limits.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum { GAPS_DISTANCE_MS = 90 * 1000, GAPS_AT_ONCE = 4 };

struct gaps {
    wall_ms_t alive;                        /* newest sign of life; 0 = none yet */
    wall_ms_t since;                        /* of the gap that is being made up for */
    wall_ms_t until;                        /* 0 = there is none */
    char account[LIMIT_NAME_BYTES_MAX + 1]; /* the only one concerned; empty = all are */
};

/* A sign of life of this time; true when it is the end of a gap: more than `distance` after the one
 * before. Times that go back are no gap. */
bool gaps_alive(struct gaps *g, wall_ms_t time, span_ms_t distance);
/* A person's order: as if there had been a gap since `since` until `time`.
 * account  a name of at most LIMIT_NAME_BYTES_MAX */
void gaps_order(struct gaps *g, wall_ms_t since, wall_ms_t time, struct slice account);
static inline bool gaps_open(const struct gaps *g)
{
    return wall_known(g->until);
}
/* Whether conversations of this account are concerned. */
bool gaps_concern(const struct gaps *g, struct slice account);
/* All of it is made up for. */
void gaps_close(struct gaps *g);

/* When the conversation that has `rank` others of its account in this partition before it is due.
 * partitions  of the log, > 0: the account's rate is for all of them */
wall_ms_t gaps_due(wall_ms_t now, uint32_t rank, uint32_t partitions);

#endif
