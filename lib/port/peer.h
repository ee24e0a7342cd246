/* peer — HTTP, as egress' loop sees it: requests go out, finished ones are collected.
 *
 * Many at a time, each answered exactly once, in any order. The real one stands on libcurl and our
 * event loop (egress/http.c); the simulator has one in memory. */
#ifndef PORT_PEER_H
#define PORT_PEER_H

#include "base/err.h"
#include "base/instant.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum { PEER_HEADERS_MAX = 12 };

struct peer_request {
    struct slice method; /* "POST" */
    struct slice url;    /* absolute */
    struct slice body;
    struct slice headers[PEER_HEADERS_MAX]; /* "Name: value", copied */
    size_t header_count;
    span_ms_t deadline;      /* total, from submit; > 0 */
    size_t answer_bytes_max; /* of the answer's body; 0 = LIMIT_ANSWER_BYTES_MAX */
    bool private_allowed;    /* address may be private or loopback */
    uint64_t cookie;
};

/* How far it came: what decides whether the other side may have acted. */
enum peer_result {
    PEER_ANSWERED, /* an HTTP answer was read whole */
    PEER_NOT_SENT, /* name, connection or TLS failed; not one byte of the request left */
    PEER_LOST,     /* the request or part of it left, no whole answer came, or one over the limit */
    PEER_TIMED_OUT, /* the deadline passed; bytes may have left */
    PEER_REFUSED,   /* refused here before anything left: forbidden address, no such scheme */
};

struct peer_answer {
    uint64_t cookie;
    enum peer_result result;
    uint32_t status;             /* 0 unless ANSWERED */
    struct slice body;           /* valid until the next collect */
    span_ms_t retry_after;       /* 0 = none; clamped to an hour */
    wall_ms_t date;              /* the Date header; 0 = none */
    struct slice content_type;   /* as sent; empty = none */
    bool is_too_large;           /* LOST: the answer's body was */
    struct slice request_id;     /* X-Request-Id, X-Zendesk-Request-Id … */
    struct slice rate_remaining; /* as sent; empty = none: X-Rate-Limit-Remaining, … */
    struct slice rate_limit;     /* X-Rate-Limit or ratelimit-limit */
    struct slice rate_reset;     /* ratelimit-reset */
    struct slice rate_endpoint;  /* Zendesk-RateLimit-{endpoint} */
    struct slice error;          /* for a person; no secret */
    span_ms_t took;
};

struct peer_ops {
    /* Takes the request (everything is copied). QUEUE_FULL, SYNTAX (URL), NO_MEMORY. */
    err_t (*submit)(void *self, const struct peer_request *request);
    /* One finished request; *ret_got false = none now. */
    err_t (*collect)(void *self, struct peer_answer *ret_answer, bool *ret_got);
    size_t (*in_flight)(void *self);
};

struct peer {
    const struct peer_ops *ops;
    void *self;
};

static inline MUST_USE err_t peer_submit(struct peer *p, const struct peer_request *request)
{
    return p->ops->submit(p->self, request);
}
static inline MUST_USE err_t peer_collect(struct peer *p, struct peer_answer *ret_answer,
                                          bool *ret_got)
{
    return p->ops->collect(p->self, ret_answer, ret_got);
}
static inline size_t peer_in_flight(struct peer *p)
{
    return p->ops->in_flight(p->self);
}

#endif
