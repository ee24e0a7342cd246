/* admit — an authentic body becomes what is to be written: events, dead letters, or nothing.
 *
 *     from Zendesk, readable      its events
 *     some of a batch unreadable  a dead letter for each of those: the others are its events
 *     nobody can tell which       the whole body as one dead letter: Zendesk could not mend it,
 *                                 and a refusal would only lose it
 *     from the platform           one event, or refused with the member and the remedy
 *
 * Order within the batch is kept, so order per conversation is. Pure: time and random bytes are
 * handed in. */
#ifndef INGEST_CORE_ADMIT_H
#define INGEST_CORE_ADMIT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/instant.h"
#include "base/slice.h"
#include "event/config.h"
#include "event/dead.h"
#include "event/event.h"
#include "ingest/core/route.h"

#include <stdbool.h>
#include <stddef.h>

struct admit_request {
    enum endpoint endpoint;
    const struct account *account;
    const struct store *store; /* NULL on the Conversations endpoint */
    struct slice body;
    struct slice invocation_id; /* of a Support call; empty = none */
    struct slice id;            /* Idempotency-Key or webhook-id; empty = none */
    struct slice traceparent;
    struct slice nonce; /* random bytes of this request */
    wall_ms_t now;
};

struct admitted {
    const struct event *events;
    size_t event_count;
    const struct dead *dead;
    size_t dead_count;
    bool refused; /* 400: nothing is written; platform_field() has the member at fault */
    struct why why;
};

/* Everything in *ret_admitted borrows from request and arena.
 * ARENA_FULL: not even the dead letter fits, the arena was not empty. NO_MEMORY: the heap has none,
 * which says nothing about the body; to be tried again. */
MUST_USE err_t admit(struct arena *arena, const struct admit_request *request,
                     struct admitted *ret_admitted);

#endif
