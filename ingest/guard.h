/* guard — absolute deadlines for every connection, which the HTTP library below does not have.
 *
 *     accepted ──▶ [head 5 s] ──▶ [body 15 s] ──▶ [working] ──▶ [writing 10 s] ──▶ [idle 75 s]
 *                      ▲                       (bounded elsewhere)                     │
 *                      └───────────── the first byte of the next request ──────────────┘
 *
 * The library's own time-out starts again with each byte, so that a byte a second lives for ever.
 * Here a phase ends when its time is over: whoever is late in a request is told 408, and the socket
 * is shut down; the library then finds it closed. One thread: the loop's. */
#ifndef INGEST_GUARD_H
#define INGEST_GUARD_H

#include "base/err.h"
#include "base/instant.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum guard_phase { GUARD_HEAD, GUARD_BODY, GUARD_WORKING, GUARD_WRITING, GUARD_IDLE };

struct guarded {
    struct guarded *next;
    struct guarded *previous;
    int fd; /* the library's */
    enum guard_phase phase;
    bool cut;
    mono_ms_t deadline;
    uint64_t bytes_seen; /* received, when it became idle */
};

struct guard {
    struct guarded *first;
    size_t count;
};

/* A connection was accepted: its head is awaited. NO_MEMORY. */
MUST_USE err_t guard_add(struct guard *g, int fd, mono_ms_t now, struct guarded **ret_connection);
void guard_remove(struct guard *g, struct guarded *connection);
void guard_enter(struct guarded *connection, enum guard_phase phase, mono_ms_t now);

/* Cuts what is late. `on_late` is called for each that was cut within a head or a body. */
void guard_sweep(struct guard *g, mono_ms_t now, void (*on_late)(void *context), void *context);
/* Shuts down whatever is idle: for the end. */
void guard_cut_idle(struct guard *g);

#endif
