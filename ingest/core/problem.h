/* problem — what a caller is told when a request is not accepted: RFC 9457 bodies.
 *
 *     {"type":"about:blank","title":"Bad Request","status":400,
 *      "detail":"`turn` must be a string","field":"turn"}
 *
 * A detail says what is wrong and what to do; it never quotes a secret or a body. Pure. */
#ifndef INGEST_CORE_PROBLEM_H
#define INGEST_CORE_PROBLEM_H

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "ingest/core/route.h"

struct problem {
    unsigned status;
    struct slice detail;
    struct slice field; /* empty = no single one is at fault */
};

/* Appends the body. BUF_FULL, NO_MEMORY. */
MUST_USE err_t problem_write(const struct problem *problem, struct buf *out);

/* The phrase of a status: "Service Unavailable". */
const char *problem_title(unsigned status);

/* Retry-After, in seconds, of a 503. Zendesk Support repeats a call only when it is below 60, and
 * few times, so there the tries are spread as far as they go. */
unsigned problem_retry_after_s(enum endpoint endpoint);

/* The WWW-Authenticate of a 401. */
const char *problem_challenge(enum endpoint endpoint);

#endif
