/* connections — all that are open, by what they are doing and by when they must have done it.
 *
 * A slot belongs to its server and is used again and again:
 *
 *     [free] ──▶ [head] ⇄ … ⇄ [idle] ──▶ [closed] ──▶ [free]
 *                      see connection.h          when no event can name it any more
 *
 * All deadlines of a phase are equally far, so its list is in their order and a sweep looks at the
 * first ones only. One thread: the loop's. */
#ifndef INGEST_CONNECTIONS_H
#define INGEST_CONNECTIONS_H

#include "base/buf.h"
#include "base/instant.h"
#include "base/limits.h"
#include "ingest/core/proxies.h"
#include "ingest/serve.h"
#include "port/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum connection_phase {
    CONNECTION_FREE,
    CONNECTION_CLOSED, /* its slot may still be named by an event of this round */
    CONNECTION_IDLE,
    CONNECTION_HEAD,
    CONNECTION_BODY,
    CONNECTION_PARKED,
    CONNECTION_WRITING,
    CONNECTION_LINGERING,
    CONNECTION_PHASES,
};

struct request;

struct connection {
    struct connection *next; /* of the same phase, by deadline */
    struct connection *previous;
    struct connection *next_due;
    struct connections *shared;
    struct request *request; /* NULL while no byte of one is there */
    mono_ms_t deadline;
    int fd;
    enum connection_phase phase;
    bool readable;
    bool writable;
    bool hung_up; /* the peer sends no more */
    bool is_due;
    bool by_proxy;    /* a trusted one: who its requests are of stands in them */
    uint64_t *source; /* its own in `sources` */
    struct address address;
    char peer[ADDRESS_TEXT_BYTES]; /* the address, written */
};

/* Of sources: no client's, whose are odd. A trusted proxy's connection has it between requests. */
enum { SOURCE_NONE = 0, SOURCE_PROXY = 2 };

/* The connections of a phase: the first has the earliest deadline. */
struct connection_list {
    struct connection *first;
    struct connection *last;
    size_t count;
};

/* What all connections share. Zeroed by its owner, who sets the first four. */
struct connections {
    struct serve *serve;
    const struct proxies *proxies;
    struct clock clock;
    mono_ms_t now; /* of this round */
    bool draining; /* each answer is its connection's last */
    struct connection_list phases[CONNECTION_PHASES];
    struct connection *due_first; /* to be gone on with though their sockets say nothing new */
    struct connection *due_last;
    struct request *spare; /* kept for the next; a few */
    size_t spare_count;
    size_t slots_used;
    uint64_t sources[LIMIT_CONNECTIONS_MAX]; /* by slot: whom limits see behind it */
    struct buf body;
    int64_t date_s;
    char date[INSTANT_TEXT_BYTES];
};

/* A slot that was FREE or never used gets a socket, non-blocking: its own from now on.
 * slot  its number */
void connection_open(struct connections *all, struct connection *c, size_t slot, int fd,
                     const struct address *address);
/* Connections of a source, and requests that trusted proxies have sent for it. */
size_t connections_count(const struct connections *all, uint64_t source);
/* The next phase of an open connection, and its deadline. */
void connection_enter(struct connection *c, enum connection_phase phase);
/* Is gone on with in connections_run_due(), once. */
void connection_due(struct connection *c);
void connections_run_due(struct connections *all);

/* Answers 408 or closes what is past its deadline. */
void connections_sweep(struct connections *all);
/* Closes what is between two requests or has not begun one. */
void connections_close_idle(struct connections *all);
/* Slots of closed connections become free: when no event can name them any more. */
void connections_recycle(struct connections *all);

#endif
