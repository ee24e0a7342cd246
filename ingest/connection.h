/* connection — one connection's life: requests in, one after the other, answers out in their order.
 *
 *               first byte          head whole          body whole          in the log
 *     [idle 75 s] ──▶ [head 5 s] ──▶ [body 15 s] ──▶ [parked 1.8 s] ──▶ [writing 10 s] ─┬─▶ [idle]
 *                                                                                    └─▶ [lingering
 * 2 s]
 *
 * Each phase has one deadline from its beginning: a byte a second wins no time. While a request is
 * parked or its answer waits for room nothing more is read, so whoever sends and does not read is
 * held back by his own window. What a connection needs beside its socket it has only while bytes of
 * a request are there. One thread: the loop's. */
#ifndef INGEST_CONNECTION_H
#define INGEST_CONNECTION_H

#include "base/buf.h"
#include "base/instant.h"
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
};

/* The connections of a phase: the first has the earliest deadline. */
struct connection_list {
    struct connection *first;
    struct connection *last;
    size_t count;
};

/* What all connections share. Zeroed by its owner, who sets the first three. */
struct connections {
    struct serve *serve;
    struct clock clock;
    mono_ms_t now; /* of this round */
    bool draining; /* each answer is its connection's last */
    struct connection_list phases[CONNECTION_PHASES];
    struct connection *due_first; /* to be gone on with though their sockets say nothing new */
    struct connection *due_last;
    struct request *spare; /* kept for the next; a few */
    size_t spare_count;
    struct buf body;
    int64_t date_s;
    char date[INSTANT_TEXT_BYTES];
};

void connections_deinit(struct connections *all);

/* A slot that was FREE or never used gets a socket; non-blocking, and its owner's from now on. */
void connection_open(struct connections *all, struct connection *c, int fd);
/* The socket has something to say: EPOLLIN and the like; edges are enough. */
void connection_event(struct connection *c, uint32_t events);
/* The exchange that was parked is answered: goes on in connections_run_due(). */
void connection_wake(struct connection *c);
void connections_run_due(struct connections *all);

/* Not while PARKED. */
void connection_close(struct connection *c);
/* Answers 408 or closes what is past its deadline. */
void connections_sweep(struct connections *all);
/* Closes what is between two requests or has not begun one. */
void connections_close_idle(struct connections *all);
/* Slots of closed connections become free: when no event can name them any more. */
void connections_recycle(struct connections *all);

/* The transport of an exchange, as serve knows it. */
struct connection *connection_of(void *transport);

#endif
