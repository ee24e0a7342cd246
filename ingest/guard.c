#include "ingest/guard.h"

#include "base/limits.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static const int64_t phase_ms[] = {
    [GUARD_HEAD] = LIMIT_HEAD_DEADLINE_MS, [GUARD_BODY] = LIMIT_BODY_DEADLINE_MS,
    [GUARD_WORKING] = INT64_MAX,           [GUARD_WRITING] = LIMIT_WRITE_DEADLINE_MS,
    [GUARD_IDLE] = LIMIT_IDLE_DEADLINE_MS,
};

/* The library cannot be asked to answer in the middle of a request, so this is said in its stead.
 */
static const char late_answer[] =
    "HTTP/1.1 408 Request Timeout\r\n"
    "Connection: close\r\n"
    "Content-Type: application/problem+json\r\n"
    "Content-Length: 115\r\n"
    "\r\n"
    "{\"type\":\"about:blank\",\"title\":\"Request Timeout\",\"status\":408,"
    "\"detail\":\"the request was not received whole in time\"}";

/* Bytes that the peer has sent on this connection; 0 when the system does not say. */
static uint64_t bytes_received(int fd)
{
    struct tcp_info info;
    socklen_t len = sizeof info;
    memset(&info, 0, sizeof info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0) {
        return 0;
    }
    return info.tcpi_bytes_received;
}

err_t guard_add(struct guard *g, int fd, mono_ms_t now, struct guarded **ret_connection)
{
    struct guarded *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        return ERR(NO_MEMORY);
    }
    connection->fd = fd;
    guard_enter(connection, GUARD_HEAD, now);
    connection->next = g->first;
    if (g->first != NULL) {
        g->first->previous = connection;
    }
    g->first = connection;
    g->count++;
    *ret_connection = connection;
    return err_ok();
}

void guard_remove(struct guard *g, struct guarded *connection)
{
    if (connection->previous == NULL) {
        g->first = connection->next;
    } else {
        connection->previous->next = connection->next;
    }
    if (connection->next != NULL) {
        connection->next->previous = connection->previous;
    }
    g->count--;
    free(connection);
}

void guard_enter(struct guarded *connection, enum guard_phase phase, mono_ms_t now)
{
    connection->phase = phase;
    connection->deadline = mono_add(now, span_ms(phase_ms[phase]));
    if (phase == GUARD_IDLE) {
        connection->bytes_seen = bytes_received(connection->fd);
    }
}

static void cut(struct guarded *connection)
{
    connection->cut = true;
    (void)shutdown(connection->fd, SHUT_RDWR);
}

void guard_sweep(struct guard *g, mono_ms_t now, void (*on_late)(void *context), void *context)
{
    for (struct guarded *c = g->first; c != NULL; c = c->next) {
        if (c->cut) {
            continue;
        }
        if (c->phase == GUARD_IDLE && bytes_received(c->fd) != c->bytes_seen) {
            guard_enter(c, GUARD_HEAD, now);
        }
        if (mono_before(now, c->deadline)) {
            continue;
        }
        if (c->phase == GUARD_HEAD || c->phase == GUARD_BODY) {
            (void)!send(c->fd, late_answer, sizeof late_answer - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
            on_late(context);
        }
        cut(c);
    }
}

void guard_cut_idle(struct guard *g)
{
    for (struct guarded *c = g->first; c != NULL; c = c->next) {
        if (!c->cut && c->phase == GUARD_IDLE) {
            cut(c);
        }
    }
}
