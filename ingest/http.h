/* http — requests from sockets: libmicrohttpd, driven by our own loop.
 *
 *     epoll fd readable ──▶ http_run ──▶ serve_begin, _take, _finish ──▶ suspended …
 *     last report in the log ──▶ http_wake ──▶ resumed ──▶ answered in the next http_run
 *
 * What the library leaves open is closed around it: core/framing judges each head, guard sets the
 * deadlines. Its own epoll thread is not used: that stands still whenever a multiple of 128 sockets
 * is ready. One thread: the loop's. */
#ifndef INGEST_HTTP_H
#define INGEST_HTTP_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/instant.h"
#include "ingest/serve.h"
#include "port/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http;

/* host, port  as listen_open() takes them
 * Errors      UNAVAILABLE, PERMISSION, IO, NO_MEMORY with `why`. */
MUST_USE err_t http_new(const char *host, uint16_t port, struct serve *serve, struct clock clock,
                        struct why *why, struct http **ret_http);
/* No request may be parked. Accepts NULL. */
void http_free(struct http *h);
DEFINE_CLEANUP_PTR(http, struct http, http_free)

const char *http_address(const struct http *h); /* "127.0.0.1:8080", as bound */
int http_fd(const struct http *h);              /* readable when http_run() has work */
/* How long the loop may wait at most before http_run(); at most `most`. */
span_ms_t http_timeout(const struct http *h, span_ms_t most);
void http_run(struct http *h);
/* Deadlines; about twice a second. */
void http_sweep(struct http *h);
/* The `wake` of serve: an exchange that was parked is answered. */
void http_wake(void *transport);

/* Accepts no connection any more, lets go of the idle ones. */
void http_quiesce(struct http *h);
size_t http_requests(const struct http *h); /* begun and not over */

#endif
