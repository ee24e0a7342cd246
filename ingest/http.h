/* http — the front door: a strict HTTP/1.1 server on our own loop.
 *
 *     listening socket ──▶ accept, limits ──▶ connections ──▶ serve_begin, _take, _finish ──▶
 * parked last report in the log ──▶ http_wake ──▶ answered in the next http_run
 *
 * What a request is stands in core/http_head, framing and core/http_body, what it means in serve,
 * how long it may take in connection. Here is who gets in: so many connections in all, so many from
 * an address (of IPv6, a /64), and when there is no room the one that is idle for longest makes
 * some. A trusted proxy may have as many as there is room for: the clients that it names are
 * counted instead, by their requests under way. One thread: the loop's. */
#ifndef INGEST_HTTP_H
#define INGEST_HTTP_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/instant.h"
#include "ingest/core/proxies.h"
#include "ingest/serve.h"
#include "port/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http;

/* host, port  as listen_open() takes them
 * proxies     borrowed
 * Errors      UNAVAILABLE, PERMISSION, IO, NO_MEMORY with `why`. */
MUST_USE err_t http_new(const char *host, uint16_t port, const struct proxies *proxies,
                        struct serve *serve, struct clock clock, struct why *why,
                        struct http **ret_http);
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

/* Accepts no connection any more, lets go of the idle ones; answers from now on end theirs. */
void http_quiesce(struct http *h);
size_t http_requests(const struct http *h); /* begun, and their answers not read for certain */

#endif
