/* refusals — which refused requests are worth a line in the log.
 *
 *     401 ──▶ said     401 401 401 … ──▶ counted     10 s later ──▶ "4,711 more", said once
 *
 * Who sends nonsense as fast as he can must not fill the disk: of each kind, a door and a status,
 * one is said in LIMIT_REFUSAL_LINE_MS and the others are counted, so that no number is lost. Pure:
 * the time is handed in; it never goes back. */
#ifndef INGEST_CORE_REFUSALS_H
#define INGEST_CORE_REFUSALS_H

#include "base/instant.h"
#include "ingest/core/route.h"
#include "ingest/core/thin.h"

#include <stdbool.h>
#include <stdint.h>

enum { REFUSAL_STATUS_MIN = 400, REFUSAL_STATUS_MAX = 599 };

/* Zeroed: nothing was said. */
struct refusals {
    struct thin kind[ENDPOINT_COUNT][REFUSAL_STATUS_MAX - REFUSAL_STATUS_MIN + 1];
};

/* status  REFUSAL_STATUS_MIN to _MAX
 * True when this one is to be said. */
bool refusals_say(struct refusals *r, enum endpoint endpoint, unsigned status, mono_ms_t now);

/* A kind of which some were kept back, and whose time has come. */
struct refusals_rest {
    enum endpoint endpoint;
    unsigned status;
    uint64_t count;
};
/* The next of them; false when there is none for now. It counts as said. */
bool refusals_next(struct refusals *r, mono_ms_t now, struct refusals_rest *ret_rest);

#endif
