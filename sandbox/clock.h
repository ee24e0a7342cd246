/* clock — the sandbox's time: the real one plus what POST /sandbox/clock has added to it.
 *
 * Everything that waits (retries, windows, late calls) waits by this clock, so a test moves minutes
 * in no time. While a journal is applied again the clock stands at the time of its line. */
#ifndef SANDBOX_CLOCK_H
#define SANDBOX_CLOCK_H

#include "base/instant.h"

#include <stdbool.h>

struct clock {
    span_ms_t offset; /* sum of all advances */
    wall_ms_t fixed;  /* known while a journal is replayed */
    wall_ms_t newest; /* never goes back, also when the host's clock does */
};

/* Thread: whoever holds the world's lock. */
wall_ms_t clock_now(struct clock *c);
void clock_advance(struct clock *c, span_ms_t by);
/* Stands still at `at` until it is set again; a time that is not known lets it run. */
void clock_fix(struct clock *c, wall_ms_t at);

/* Writes an HTTP Date ("Sat, 21 Nov 2026 03:04:14 GMT") and a NUL. */
enum { CLOCK_HTTP_DATE_BYTES = 40 };
void clock_http_date(wall_ms_t time, char text[CLOCK_HTTP_DATE_BYTES]);

#endif
