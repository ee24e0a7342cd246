/* http_rig — an egress/http.h on a reactor, and the server that a test gives it. */
#ifndef TESTS_INTEGRATION_EGRESS_HTTP_RIG_H
#define TESTS_INTEGRATION_EGRESS_HTTP_RIG_H

#include "egress/http.h"
#include "tests/support/raw_server.h"

#define OK_EMPTY "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

struct http_rig {
    struct reactor *reactor;
    struct http *http;
    struct peer peer;
    struct raw_server *server; /* made by the test; freed after it unless NULL */
};
extern struct http_rig rig;

int http_rig_setup(void **state);
int http_rig_teardown(void **state);
#define HTTP_TEST(name) cmocka_unit_test_setup_teardown(name, http_rig_setup, http_rig_teardown)

/* Of the server; valid until the next call. */
const char *http_rig_url(const char *path);
/* With a login and five seconds. Borrows its texts. */
struct peer_request http_rig_request(const char *url, const char *method, const char *body);
/* Submits and waits for the answer, which is valid until the next collect. */
struct peer_answer http_rig_call(const struct peer_request *request);
/* How many requests the server has read whole that have this in them. */
size_t http_rig_seen(const char *path);

#endif
