/* peer_double — port/peer.h whose other side is a function of the test.
 *
 * Every request is kept as it was sent, in order. The function says what comes back and after how
 * long; time is a clock_double's. */
#ifndef TESTS_SUPPORT_PEER_DOUBLE_H
#define TESTS_SUPPORT_PEER_DOUBLE_H

#include "port/peer.h"
#include "tests/support/clock_double.h"

#include <stdbool.h>
#include <stddef.h>

struct peer_seen {
    struct slice method; /* all owned by the double */
    struct slice url;
    struct slice body;
    struct slice headers; /* one a line */
    span_ms_t deadline;
    bool private_allowed;
    size_t answer_bytes_max; /* 0 = the usual */
    mono_ms_t at;
};

struct peer_reply {
    enum peer_result result; /* zero: PEER_ANSWERED */
    uint32_t status;
    const char *body; /* copied */
    span_ms_t retry_after;
    const char *rate_remaining, *rate_limit, *rate_reset, *rate_endpoint;
    const char *content_type; /* static */
    bool is_too_large;        /* LOST: the body was */
    span_ms_t after;          /* how long it takes */
};

struct peer_double_call; /* under way */

struct peer_double {
    struct clock_double *clock;
    /* Called when a request is submitted; `index` counts from 0. */
    struct peer_reply (*reply)(void *arg, const struct peer_seen *seen, size_t index);
    void *arg;
    struct peer_seen *seen;
    size_t seen_count;
    struct peer_double_call *first; /* by the time of their answer */
    size_t in_flight, in_flight_most;
    struct peer_double_call *told; /* whose body the last answer borrows */
};

void peer_double_init(struct peer_double *p, struct clock_double *clock,
                      struct peer_reply (*reply)(void *, const struct peer_seen *, size_t),
                      void *arg);
void peer_double_deinit(struct peer_double *p);
struct peer peer_double_port(struct peer_double *p);
/* When the next answer is there; false = nothing is under way. */
bool peer_double_next(const struct peer_double *p, mono_ms_t *ret_at);

#endif
