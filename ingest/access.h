/* access — one line of JSON for each request that was answered: who, what, how long; no body, no
 * secret, nothing of a path that was not ours.
 *
 *     {"time":"2026-09-14T09:12:05.331Z","endpoint":"tickets","status":200,"ms":4,"bytes":231,
 *      "accepted":1,"account":"acme","store":"shoes","trace":"4bf9…4736","peer":"192.0.2.7",
 *      "proxy":"10.0.0.1","scheme":"https"}
 *
 * Lines gather and leave once a round of the loop. It never waits: what a full pipe or disk does
 * not take is dropped and counted, {"dropped":N}. One thread: the loop's. */
#ifndef INGEST_ACCESS_H
#define INGEST_ACCESS_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/instant.h"
#include "base/slice.h"
#include "ingest/core/route.h"

#include <stddef.h>
#include <stdint.h>

struct access;

/* path  a file to append to, made when it is not there; "-" = standard error
 * Errors  IO, PERMISSION, NO_MEMORY with `why`. */
MUST_USE err_t access_new(const char *path, struct why *why, struct access **ret_access);
void access_free(struct access *a); /* accepts NULL; flushes */
DEFINE_CLEANUP_PTR(access, struct access, access_free)

struct access_entry {
    wall_ms_t at;
    enum endpoint endpoint;
    unsigned status;
    int64_t took_ms;
    size_t bytes; /* of the body, as far as it was read */
    size_t accepted;
    size_t dead;
    struct slice account; /* empty = not known; else as configured */
    struct slice store;
    struct slice traceparent; /* empty = none; else well-formed */
    const char *client;       /* NULL = not known */
    const char *proxy;        /* the trusted one that named the client; NULL = none */
    const char *scheme;       /* the client's, as the proxy says; NULL = not said */
};
/* `a` may be NULL: nothing is kept. */
void access_add(struct access *a, const struct access_entry *entry);
void access_flush(struct access *a); /* accepts NULL */

#endif
