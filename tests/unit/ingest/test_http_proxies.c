/* What a trusted proxy says of its clients reaches the desk, and its clients are who limits see. */
#include "base/limits.h"
#include "tests/support/unit.h"
#include "tests/unit/ingest/http_world.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* From 127.0.0.9, which is trusted, or from somebody else. */
static const struct {
    const char *why;
    unsigned host;
    const char *fields;
    const char *client;
} clients[] = {
    {"nobody is believed who is not named", 1,
     "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n", "127.0.0.1 - -"},
    {"a named one is", 9, "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n",
     "192.0.2.7 127.0.0.9 https"},
    {"he need not say", 9, "", "127.0.0.9 127.0.0.9 -"},
    {"what cannot be read is no error", 9, "X-Forwarded-For: me\r\n", "127.0.0.9 127.0.0.9 - ?"},
};

static void believes_named_proxies(void **state)
{
    (void)state;
    struct world w;
    world_start(&w);
    for (size_t i = 0; i < COUNT_OF(clients); i++) {
        char request[256];
        int fd = client(&w, clients[i].host);
        go(&w);
        (void)snprintf(request, sizeof request, "GET /" HEAD "%s\r\n", clients[i].fields);
        say(&w, fd, request);
        EXPECT_TEXT(clients[i].why, hear(fd), "200 ");
        EXPECT_TEXT(clients[i].why, w.serve.client, clients[i].client);
        say(&w, fd, GET);
        EXPECT(clients[i].why, strncmp(w.serve.client, "127.0.0.", 8) == 0);
        close(fd);
        go(&w);
    }
    http_free(w.http);
}

/* A proxy may have more connections than an address may; its clients are counted by their requests.
 */
static void counts_who_is_behind_a_proxy(void **state)
{
    (void)state;
    enum { SHARE = LIMIT_CONNECTIONS_PER_ADDRESS_MAX };
    want_descriptors();
    static int proxied[SHARE + 3];
    static const char half[] =
        "POST /" HEAD "X-Forwarded-For: 192.0.2.7\r\nContent-Length: 9\r\n\r\nabc";
    struct world w;
    world_start(&w);
    for (size_t i = 0; i < COUNT_OF(proxied); i++) {
        proxied[i] = client(&w, 9);
        http_run(w.http);
    }
    go(&w);
    for (size_t i = 0; i < SHARE; i++) {
        assert_true(send(proxied[i], half, sizeof half - 1, 0) > 0);
    }
    go(&w);
    go(&w);
    EXPECT("all of them are let in, and not too many", w.serve.crowded == 0);
    say(&w, proxied[SHARE], "GET /" HEAD "X-Forwarded-For: 192.0.2.8\r\n\r\n");
    EXPECT_TEXT("another client is served", hear(proxied[SHARE]), "200 ");
    EXPECT("and not crowded", w.serve.crowded == 0);
    say(&w, proxied[SHARE + 1], "GET /" HEAD "X-Forwarded-For: 192.0.2.7\r\n\r\n");
    EXPECT("one too many of the same", w.serve.crowded == 1);
    say(&w, proxied[0], "defghi");
    EXPECT_TEXT("one of them is done", hear(proxied[0]), "200 ");
    say(&w, proxied[SHARE + 2], "GET /" HEAD "X-Forwarded-For: 192.0.2.7\r\n\r\n");
    EXPECT("there is room for one again", w.serve.crowded == 1);
    for (size_t i = 0; i < COUNT_OF(proxied); i++) {
        close(proxied[i]);
    }
    http_free(w.http);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(believes_named_proxies),
        cmocka_unit_test(counts_who_is_behind_a_proxy),
    };
    return cmocka_run_group_tests_name("ingest/http_proxies", tests, NULL, NULL);
}
