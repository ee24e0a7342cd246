/* http_world — the server over real sockets, with a clock that the test moves and a desk of its own
 * behind it: what is parked there stays so until the test says otherwise. */
#ifndef TESTS_UNIT_INGEST_HTTP_WORLD_H
#define TESTS_UNIT_INGEST_HTTP_WORLD_H

#include "ingest/http.h"
#include "tests/support/clock_double.h"

#include <stddef.h>
#include <stdint.h>

enum { PARKED_MAX = 4 };

struct serve {
    struct exchange *parked[PARKED_MAX];
    size_t parked_count;
    size_t ended;
    size_t crowded;
    char client[64]; /* who sent the last request, who passed it on, how */
};

struct world {
    struct clock_double clock;
    struct proxies proxies;
    struct serve serve;
    struct http *http;
};

#define HEAD " HTTP/1.1\r\nHost: x\r\n"
#define GET "GET /" HEAD "\r\n"
#define HALF "POST /" HEAD "Content-Length: 9\r\n\r\nabc"

/* On 127.0.0.1; 127.0.0.9 is a trusted proxy. */
void world_start(struct world *w);
/* A few rounds of the server's loop. */
void go(struct world *w);
void pass(struct world *w, int64_t ms);
/* A client from 127.0.0.`host`, non-blocking; -1 when nobody listens. */
int client(const struct world *w, unsigned host);
void say(struct world *w, int fd, const char *text);
/* What has come: "-" nothing, "." the end, else the statuses, and "." if the end is behind them. */
const char *hear(int fd);
/* Skips the test where there are not descriptors enough for a crowd and its clients. */
void want_descriptors(void);

#endif
