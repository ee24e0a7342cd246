/* say — what serve tells the log about requests: lines that anybody can cause, so thinned.
 *
 * Of each kind one line in LIMIT_REFUSAL_LINE_MS, and then how many more there were. No body, no
 * secret. One thread: the loop's. */
#ifndef INGEST_SAY_H
#define INGEST_SAY_H

#include "base/err.h"
#include "base/instant.h"
#include "base/slice.h"
#include "ingest/core/refusals.h"
#include "ingest/core/route.h"
#include "ingest/core/thin.h"
#include "rt/log.h"

#include <stdint.h>

enum say_warning {
    SAY_UNCONFIRMED,
    SAY_NOT_HANDED,
    SAY_UNTIMELY,
    SAY_MALFORMED,
    SAY_WARNING_COUNT,
};

struct say {
    struct log *log; /* borrowed */
    struct refusals refusals;
    struct thin warnings[SAY_WARNING_COUNT];
};

/* A request was answered with a status of 400 or more.
 * why  NULL = none is known */
void say_refusal(struct say *s, mono_ms_t now, enum endpoint endpoint, unsigned status,
                 const char *why, int64_t took_ms);
/* Its records were not confirmed: SAY_UNCONFIRMED; they did not even leave: SAY_NOT_HANDED. */
void say_failed(struct say *s, mono_ms_t now, enum say_warning what, enum endpoint endpoint,
                err_t error);
/* Rightly signed, but not at our time. */
void say_untimely(struct say *s, mono_ms_t now, struct slice store);
/* What a trusted proxy says of its client cannot be read. */
void say_malformed(struct say *s, mono_ms_t now, const char *proxy, const char *taken);

/* What was kept back, of each kind whose time has come. */
void say_rest(struct say *s, mono_ms_t now);

#endif
