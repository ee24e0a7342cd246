/* http — port/peer.h on libcurl and the reactor: many requests at a time, each sent once.
 *
 * libcurl sends a POST again by itself when a reused connection dies before any byte of the answer:
 * the other side may have acted twice and one answer is all that is seen. So bodies are given to it
 * through a callback that cannot go back (the retry then fails, and is reported as LOST), and a
 * request without body that is no GET takes a fresh connection, which is never retried.
 *
 * HTTP/1.1 only, no redirects, no proxy from the environment, http to loopback only, addresses
 * judged when they are connected to, every answer bounded in bytes and time. Requests that may go
 * to private addresses share no connection with those that may not. One thread: the reactor's. */
#ifndef EGRESS_HTTP_H
#define EGRESS_HTTP_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/instant.h"
#include "port/clock.h"
#include "port/peer.h"
#include "rt/reactor.h"

struct http;

/* reactor  borrowed, must outlive it
 * agent    text of the User-Agent header; copied
 * UNAVAILABLE: libcurl cannot be set up. NO_MEMORY. */
MUST_USE err_t http_new(struct reactor *reactor, struct clock clock, const char *agent,
                        struct http **ret_http);
/* Ends what is under way without an answer. Accepts NULL. */
void http_free(struct http *h);
DEFINE_CLEANUP_PTR(http, struct http, http_free)

struct peer http_port(struct http *h);

/* Does what is due by time; call it before each wait. Tells how long it may be waited: 0 when an
 * answer waits to be collected. */
span_ms_t http_tick(struct http *h);

#endif
