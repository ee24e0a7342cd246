/* thin — one line of a kind in a while, and how many more there were.
 *
 *     said     kept back, kept back, …     LIMIT_REFUSAL_LINE_MS later: how many
 *
 * What anybody can make happen as fast as he can must not fill the disk, and no number is lost.
 * Pure: the time is handed in; it never goes back. */
#ifndef INGEST_CORE_THIN_H
#define INGEST_CORE_THIN_H

#include "base/instant.h"

#include <stdbool.h>
#include <stdint.h>

/* Of one kind. Zeroed: nothing was said. */
struct thin {
    mono_ms_t said;
    uint64_t kept_back; /* since then */
    bool was_said;
};

/* True when this one is to be said; else it is counted. */
bool thin_say(struct thin *t, mono_ms_t now);
/* How many were kept back, once it is time to say so: that counts as said. 0 = nothing to say. */
uint64_t thin_rest(struct thin *t, mono_ms_t now);

#endif
