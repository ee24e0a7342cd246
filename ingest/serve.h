/* serve — the life of one request, from its head to its answer, without a word of HTTP's transport.
 *
 *     begin(head) ──▶ reading ──take──▶ … ──finish──▶ parked ──▶ answered
 *          │             │                  │    (every record acknowledged, or 503)
 *          │             ▼                  ▼
 *          └──────▶ discarding ────────▶ answered        what is known at the head already waits
 *                                                        for the body's end, unless it must close
 *
 * An exchange that is parked is woken exactly once, through the `wake` callback. Everything that
 * can be said about a request is in its `answer`. One thread: the loop's. */
#ifndef INGEST_SERVE_H
#define INGEST_SERVE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/instant.h"
#include "ingest/access.h"
#include "ingest/config_live.h"
#include "ingest/core/auth.h"
#include "ingest/core/framing.h"
#include "ingest/core/route.h"
#include "ingest/core/trace.h"
#include "ingest/publish.h"
#include "port/clock.h"
#include "rt/log.h"
#include "rt/metrics.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct serve;

enum exchange_state {
    EXCHANGE_NEW,
    EXCHANGE_READING,
    EXCHANGE_DISCARDING,
    EXCHANGE_PARKED,
    EXCHANGE_ANSWERED,
};

struct answer {
    unsigned status; /* 0 = none yet */
    size_t accepted;
    size_t dead;
    const char *detail; /* a literal; or `why`, when that is set */
    bool close;         /* what follows on the connection cannot be trusted */
};

/* One request. Zeroed by its owner, who then sets `transport`, and of `client` to
 * `crowded` what he knows. */
struct exchange {
    void *transport;
    const char *client; /* address of who sends, for the access log; lives as long as the request */
    const char *proxy;  /* of the trusted proxy that said so; NULL = none */
    const char *scheme; /* the client's, as the proxy says: "https"; NULL = not said */
    bool malformed;     /* what the proxy said cannot be read */
    bool crowded;       /* too many requests of this client are under way */
    enum exchange_state state;
    struct answer answer;
    struct why why;
    struct publish_tally tally; /* once it is parked */
    enum endpoint endpoint;
    struct auth_caller caller;
    bool unsure; /* nobody can tell whether it is a stranger's */
    struct buf body;
    size_t received; /* bytes of the body, kept or not */
    size_t discarded;
    mono_ms_t begun;
    char traceparent[TRACE_TEXT_BYTES]; /* once the body was taken in */
};

struct serve_parts {
    struct config_live *config; /* all are borrowed */
    struct log *log;
    struct access *access; /* NULL = no access log */
    struct metrics *metrics;
    struct clock clock;
    void (*wake)(void *transport);
};

MUST_USE err_t serve_new(const struct serve_parts *parts, struct serve **ret_serve);
void serve_free(struct serve *s); /* accepts NULL */
struct publisher *serve_publisher(struct serve *s);

/* From now on whoever comes is answered 503. */
void serve_drain(struct serve *s);

/* The head is whole and well framed. Afterwards the state is READING, DISCARDING or ANSWERED. */
void serve_begin(struct serve *s, struct exchange *x, const struct head *head);
/* A piece of the body. False: far more came than may be sent, and the state is ANSWERED. */
MUST_USE bool serve_take(struct serve *s, struct exchange *x, struct slice piece);
/* The body is whole; `head` is the same as at the beginning. Afterwards PARKED or ANSWERED. */
void serve_finish(struct serve *s, struct exchange *x, const struct head *head);
/* What came is no request, or not in time: afterwards ANSWERED. Not while PARKED.
 * detail  a literal */
void serve_refuse(struct serve *s, struct exchange *x, unsigned status, const char *detail);
/* The request is over, answered or not. Counts it and frees what the exchange holds. Not while
 * PARKED. */
void serve_end(struct serve *s, struct exchange *x);

/* Whether a webhook of Zendesk's was answered 503 since the last call. Strangers do not count, as
 * long as who is one can be told: nobody but a sender of ours can make it look like trouble. */
bool serve_turned_away(struct serve *s);

/* Gauges, and lines that were kept back; about twice a second. */
void serve_measure(struct serve *s);

/* Appends the body of the answer. */
MUST_USE err_t serve_write_answer(const struct exchange *x, struct buf *out);
/* Seconds for Retry-After; 0 = none. */
unsigned serve_retry_after_s(const struct exchange *x);

#endif
