/* What stands in the access log, and that nobody waits for it. */
#include "ingest/access.h"
#include "json/json_read.h"
#include "tests/support/unit.h"

#include <fcntl.h>
#include <poll.h>

static char path[] = "/tmp/tieline-access-XXXXXX";

static struct access_entry entry(void)
{
    return (struct access_entry){
        .at = {1772438400123},
        .endpoint = ENDPOINT_TICKETS,
        .status = 200,
        .took_ms = 4,
        .bytes = 231,
        .accepted = 1,
        .account = SLICE("maple"),
        .store = SLICE("bikes"),
        .traceparent = SLICE("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        .client = "192.0.2.7",
    };
}

static void one_line_each(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    EXPECT("a file", fd >= 0);
    struct why why = {{0}};
    struct access *a = NULL;
    EXPECT_OK(why.text, access_new(path, &why, &a));
    struct access_entry good = entry();
    access_add(a, &good);
    access_add(a, &(struct access_entry){.at = {1772438400123}, .status = 404});
    access_free(a); /* flushes */
    char text[1024] = "";
    EXPECT("read", read(fd, text, sizeof text - 1) > 0);
    EXPECT_TEXT("as promised", text,
                "{\"time\":\"2026-03-02T08:00:00.123Z\",\"endpoint\":\"tickets\",\"status\":200,"
                "\"ms\":4,\"bytes\":231,\"accepted\":1,\"account\":\"maple\",\"store\":\"bikes\","
                "\"trace\":\"4bf92f3577b34da6a3ce929d0e0e4736\",\"peer\":\"192.0.2.7\"}\n"
                "{\"time\":\"2026-03-02T08:00:00.123Z\",\"endpoint\":\"none\",\"status\":404,"
                "\"ms\":0,\"bytes\":0}\n");
    (void)close(fd);
    (void)unlink(path);
}

static void says_what_is_wrong_with_its_file(void **state)
{
    (void)state;
    struct why why = {{0}};
    struct access *a = NULL;
    EXPECT_CODE("no such folder", access_new("/nowhere/log", &why, &a), ERR_IO);
    EXPECT("named", strstr(why.text, "/nowhere/log") != NULL);
    access_add(NULL, &(struct access_entry){.status = 200});
    access_flush(NULL);
    access_free(NULL);
}

/* A pipe that nobody reads: what does not fit is dropped and counted, and nothing ever waits. */
static void a_full_pipe_holds_nobody_up(void **state)
{
    (void)state;
    char name[64];
    struct why why = {{0}};
    struct access *a = NULL;
    int ends[2] = {0};
    EXPECT("a pipe", pipe(ends) == 0);
    (void)snprintf(name, sizeof name, "/proc/self/fd/%d", ends[1]);
    EXPECT_OK(why.text, access_new(name, &why, &a));
    struct access_entry good = entry();
    for (size_t i = 0; i < 10000; i++) {
        access_add(a, &good);
        access_flush(a);
    }
    char bytes[4096];
    size_t lines = 0;
    bool dropped = false;
    struct pollfd pipe = {.fd = ends[0], .events = POLLIN};
    access_flush(a);
    while (poll(&pipe, 1, 0) == 1) {
        ssize_t got = read(ends[0], bytes, sizeof bytes - 1);
        EXPECT("read", got > 0);
        bytes[got] = '\0';
        for (const char *at = bytes; (at = strchr(at, '\n')) != NULL; at++) {
            lines++;
        }
        dropped = dropped || strstr(bytes, "{\"dropped\":") != NULL;
        access_flush(a);
    }
    EXPECT("what fitted came", lines > 1000 && lines < 10000);
    access_add(a, &good);
    access_flush(a);
    ssize_t got = read(ends[0], bytes, sizeof bytes - 1);
    EXPECT("a line", got > 0);
    bytes[got] = '\0';
    EXPECT("the rest was counted", dropped || strstr(bytes, "dropped") != NULL);
    access_free(a);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_line_each),
        cmocka_unit_test(says_what_is_wrong_with_its_file),
        cmocka_unit_test(a_full_pipe_holds_nobody_up),
    };
    return cmocka_run_group_tests_name("ingest/access", tests, NULL, NULL);
}
