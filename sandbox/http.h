/* http — HTTP requests in, answers out: a thread for each connection over libmicrohttpd.
 *
 * A thread may sleep without harm to the others, which is what makes slow answers easy. It knows
 * nothing of paths or of what they mean: a `serve` function gets the request and fills the answer.
 * Paths and queries are handed on raw, still percent-encoded. */
#ifndef SANDBOX_HTTP_H
#define SANDBOX_HTTP_H

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "sandbox/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HTTP_BODY_BYTES_MAX = 50 * 1024 * 1024 + 64 * 1024, /* an upload and its envelope */
    HTTP_HEADERS_MAX = 20,
    HTTP_HEADER_BYTES_MAX = 512,
    HTTP_CONNECTIONS_MAX = 1024,
    HTTP_ADDRESS_BYTES = 64,
};

/* All slices live as long as the request. */
struct request {
    struct slice method;
    struct slice uri;   /* as sent: path and query */
    struct slice path;  /* before the `?` */
    struct slice query; /* after it */
    struct slice host, authorization, content_type, idempotency_key;
    struct slice body;
    bool body_too_large;
    void *connection; /* for http_header; NULL for a request that was kept */
};

/* A header by name; empty when absent. Lives as long as the request. */
struct slice http_header(const struct request *request, const char *name);

struct header {
    char name[64];
    char value[HTTP_HEADER_BYTES_MAX];
};

struct answer {
    unsigned status;
    struct buf body;
    const char *content_type; /* static text */
    struct header headers[HTTP_HEADERS_MAX];
    size_t header_count;
    wall_ms_t date;  /* of the Date header */
    bool drop;       /* close the connection, say nothing */
    int64_t slow_ms; /* > 0: the body trickles out over this time */
    int fd;          /* >= 0: body is `fd_bytes` of this file from `fd_from`; closed by http */
    uint64_t fd_from, fd_bytes;
};

/* Adds a header; silently left out when there is no room (HTTP_HEADERS_MAX). */
void answer_header(struct answer *answer, const char *name, const char *value);

struct http;
/* Thread: the connection's own. */
typedef void (*http_serve_fn)(void *context, const struct request *request, struct answer *answer);
/* Sleeps `ms`, or less when the program stops; may be called by any thread. */
typedef void (*http_pause_fn)(void *context, int64_t ms);

struct http_config {
    struct slice listen; /* "127.0.0.1:0", "[::1]:8080" */
    http_serve_fn serve;
    http_pause_fn pause;
    void *context;
};

/* Listens and serves until http_stop. ERR_USAGE (address), ERR_UNAVAILABLE (port taken). */
MUST_USE err_t http_start(const struct http_config *config, struct why *why,
                          struct http **ret_http);
/* "127.0.0.1:40123" */
const char *http_address(const struct http *http);
/* Ends all connections and threads; the pause function must return early by now. Accepts NULL. */
void http_stop(struct http *http);

#endif
