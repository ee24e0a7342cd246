/* outbox — webhook deliveries waiting to be sent: order, retries, and what came of each try.
 *
 *     added ─▶ lane (webhook + conversation) ─▶ in flight ─┬─▶ delivered
 *       │                      one at a time              ├─▶ failed   (final answer, or 5 tries)
 *       └─ held back (reorder) ─▶ waiting ◀───────────────┘ retry after 1, 2, 4, 8 minutes
 *
 * Support has a contract of its own: a time-out is tried five times more, 409 and (with a
 * Retry-After below a minute) 429 and 503 three times, anything else never.
 *
 * While a delivery waits for its retry the later ones of its lane go ahead. No threads and no
 * network here: the courier asks what is ready and reports what happened.
 * Thread: whoever holds the world's lock. */
#ifndef SANDBOX_OUTBOX_H
#define SANDBOX_OUTBOX_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/instant.h"
#include "base/table.h"
#include "json/json_write.h"
#include "sandbox/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    OUTBOX_TRIES_MAX = 5,
    OUTBOX_ATTEMPTS_KEPT = 12, /* with those of duplicates */
    OUTBOX_FIRST_RETRY_MS = 60 * 1000,
    OUTBOX_SUPPORT_FIRST_RETRY_MS = 5 * 1000,
    OUTBOX_SUPPORT_TIMEOUT_RETRIES = 5,
    OUTBOX_SUPPORT_STATUS_RETRIES = 3,
    OUTBOX_SUPPORT_RETRY_AFTER_S_MAX = 60,
    OUTBOX_DELIVERIES_MAX = 4 * 1000 * 1000,
    OUTBOX_BODY_BYTES_MAX = 4 * 1024 * 1024,
};

enum delivery_state {
    DELIVERY_QUEUED,
    DELIVERY_IN_FLIGHT,
    DELIVERY_WAITING,
    DELIVERY_DONE,
    DELIVERY_FAILED
};

struct attempt {
    wall_ms_t at;
    int64_t took_ms;
    unsigned status;       /* 0 = no answer */
    bool timed_out;        /* no answer in time */
    int64_t retry_after_s; /* of the answer; 0 = none */
    struct slice error;    /* static text */
};

struct lane;
struct delivery {
    uint64_t id;
    uint64_t cause; /* the call that raised it */
    struct webhook *webhook;
    struct slice conversation; /* id; empty = none. Support: of the ticket */
    struct buf types;          /* "conversation:create,conversation:message" */
    struct buf event_ids;      /* joined by commas */
    struct buf events;         /* JSON of the events, joined by commas; freed when done */
    enum delivery_state state;
    unsigned tries;  /* of this copy */
    unsigned copies; /* times to send it again after it was delivered */
    wall_ms_t due;   /* waiting */
    struct attempt attempts[OUTBOX_ATTEMPTS_KEPT];
    size_t attempt_count;
    struct lane *lane;
    bool holds_lane;       /* in flight for the first time: the lane waits for it */
    struct delivery *next; /* in the lane or in the list of waiting ones */
};

struct outbox {
    struct arena *arena;    /* the store's */
    struct delivery **list; /* by id - 1 */
    size_t count, room;
    struct table *lanes;
    struct lane *ready, *ready_end; /* lanes with something to send */
    struct delivery *waiting;
    size_t open; /* not done, not failed */
};

MUST_USE err_t outbox_init(struct outbox *o, struct arena *arena);
void outbox_deinit(struct outbox *o);

/* A new, empty delivery at the end of its lane; hold > 0: it waits so long and others overtake it.
 * ERR_NO_MEMORY, ERR_ARENA_FULL, ERR_TABLE_FULL. */
MUST_USE err_t outbox_add(struct outbox *o, struct webhook *webhook, struct slice conversation,
                          uint64_t cause, wall_ms_t now, span_ms_t hold,
                          struct delivery **ret_delivery);
/* One more event (JSON) in a delivery that was not sent yet. ERR_BUF_FULL, ERR_NO_MEMORY. */
MUST_USE err_t outbox_put_event(struct delivery *d, struct slice type, struct slice event_id,
                                struct slice event_json);
/* The newest delivery of this webhook, conversation and cause, for batches; NULL = none. */
struct delivery *outbox_last(const struct outbox *o, const struct webhook *webhook,
                             struct slice conversation, uint64_t cause);

/* The next delivery to send, now in flight; NULL = none. */
struct delivery *outbox_take(struct outbox *o, wall_ms_t now);
/* What came of it, at result->at. */
void outbox_result(struct outbox *o, struct delivery *d, const struct attempt *result);
/* The same while a journal is applied again: the delivery is taken from wherever it stands. */
void outbox_replay_result(struct outbox *o, struct delivery *d, const struct attempt *result);
/* When the next waiting one is due; not known = none waits. */
wall_ms_t outbox_next_due(const struct outbox *o);
struct delivery *outbox_find(const struct outbox *o, uint64_t id);
/* Conversations, a status that is not 2xx: true when it must not be tried again. */
bool outbox_is_final(unsigned status);
/* One delivery as JSON. */
void outbox_write(const struct delivery *d, struct json_write *w);

#endif
