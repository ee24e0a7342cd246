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

#include "ingest/connections.h"

#include <stdbool.h>
#include <stdint.h>

/* The socket has something to say: EPOLLIN and the like; edges are enough. */
void connection_event(struct connection *c, uint32_t events);
/* Goes as far as its socket and its request allow, and no further than is fair to others. */
void connection_go_on(struct connection *c);
/* Not while its exchange is parked. */
void connection_close(struct connection *c);

/* The deadline of its phase has passed: 408 to a request that has begun, else it is closed. */
void connection_late(struct connection *c);
/* A byte of a request has come, and its answer has not gone. */
bool connection_has_begun(const struct connection *c);

/* Frees what closed connections have left for others. */
void connections_deinit(struct connections *all);

#endif
