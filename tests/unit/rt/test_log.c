/* log.c, with the time of clock_sys.c in each line. */
#include "rt/log.h"
#include "tests/support/unit.h"

#include <string.h>

static char output[64 * 1024];

/* Runs `act` with stderr in a file and keeps what was written in `output`. */
static void capture(enum log_format format, void (*act)(struct log *))
{
    char path[] = "/tmp/test-log-XXXXXX";
    int fd = mkstemp(path);
    int kept = dup(2);
    dup2(fd, 2);
    struct log *log = log_new("ingest", format, LOG_INFO);
    act(log);
    log_free(log);
    dup2(kept, 2);
    ssize_t len = pread(fd, output, sizeof output - 1, 0);
    output[len < 0 ? 0 : len] = '\0';
    close(kept);
    close(fd);
    unlink(path);
}

static size_t lines(void)
{
    size_t count = 0;
    for (const char *c = output; *c != '\0'; c++) {
        count += *c == '\n';
    }
    return count;
}

static void one(struct log *log)
{
    log_debug(log, "not at this level", LOG_INT("n", 1));
    log_info(log, "config taken up", LOG_STR("account", "ac\"me\nnew \x1b[31m"),
             LOG_INT("offset", -12), LOG_BOOL("first", true));
}

static void json_is_one_object_a_line(void **state)
{
    (void)state;
    capture(LOG_FORMAT_JSON, one);
    EXPECT("one line", lines() == 1);
    EXPECT("members",
           strstr(output, "\"level\":\"info\",\"program\":\"ingest\",\"message\":\"config taken "
                          "up\",\"account\":\"ac\\\"me\\nnew ") != NULL);
    EXPECT("numbers", strstr(output, "\"offset\":-12,\"first\":true}") != NULL);
}

static void text_forges_no_line_and_drives_no_terminal(void **state)
{
    (void)state;
    capture(LOG_FORMAT_TEXT, one);
    EXPECT("one line", lines() == 1);
    EXPECT("escaped",
           strstr(output, "account=\"ac\\\"me\\x0anew \\x1b[31m\" offset=-12 first=true") != NULL);
    EXPECT("no escape byte", strchr(output, 0x1b) == NULL);
}

static void a_stream(struct log *log)
{
    for (int i = 0; i < 1000; i++) {
        log_warn(log, "the same", LOG_INT("i", i));
    }
}

static void equal_messages_are_counted(void **state)
{
    (void)state;
    capture(LOG_FORMAT_JSON, a_stream);
    EXPECT("about ten, and the count", lines() >= 11 && lines() < 40);
    EXPECT("said at the end", strstr(output, "\"about\":\"the same\",\"kept_back\":9") != NULL);
}

static void a_long_field(struct log *log)
{
    static char text[100 * 1000];
    memset(text, '\x01', sizeof text - 1);
    log_error(log, "long", LOG_STR("a", text), LOG_STR("b", text), LOG_STR("c", text));
}

static void a_line_is_bounded(void **state)
{
    (void)state;
    capture(LOG_FORMAT_JSON, a_long_field);
    EXPECT("one line, whatever the fields", lines() == 1 && strlen(output) < 8 * 1024);
    EXPECT("the message stays", strstr(output, "\"message\":\"long\"") != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_one_object_a_line),
        cmocka_unit_test(text_forges_no_line_and_drives_no_terminal),
        cmocka_unit_test(equal_messages_are_counted),
        cmocka_unit_test(a_line_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
