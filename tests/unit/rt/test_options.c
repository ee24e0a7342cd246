/* options.c with its inner parts options_value.c and options_help.c. */
#include "rt/options.h"
#include "rt/stop.h"
#include "tests/support/unit.h"

#include <fcntl.h>
#include <string.h>

enum { ARGUMENTS_MAX = 16, OUTPUT_BYTES = 8192 };

static const struct option_row rows[] = {
    {"brokers", OPTION_TEXT, "127.0.0.1:9092", false, false, "LIST", "where Kafka is"},
    {"listen", OPTION_ADDRESS, "127.0.0.1:8080", false, false, "HOST:PORT", "where to listen"},
    {"settle", OPTION_SPAN, "60s", false, false, "TIME", "how long to wait"},
    {"count", OPTION_U64, "3", false, false, "N", "how many"},
    {"recover", OPTION_SWITCH, NULL, false, false, NULL, "start over"},
    {"token", OPTION_SPAN, NULL, false, true, "TOKEN", "a value never printed"},
    {"name", OPTION_LIST, NULL, false, false, "NAME", "names"},
    {"property", OPTION_PROPERTY, NULL, false, false, "key=value", "of librdkafka"},
};

struct run {
    struct options *o;
    bool done;
    int exit_status;
    char output[OUTPUT_BYTES]; /* stdout and stderr */
};

/* `arguments` by blanks; the output goes through a file, as the parser prints to the real streams.
 */
static void run(struct run *r, const char *arguments, const char *words)
{
    char copy[512];
    char *argv[ARGUMENTS_MAX + 2] = {(char[]){"tieline-test"}};
    int argc = 1;
    (void)snprintf(copy, sizeof copy, "%s", arguments);
    for (char *at = copy; *at != '\0' && argc <= ARGUMENTS_MAX;) {
        argv[argc++] = at;
        at += strcspn(at, " ");
        if (*at != '\0') {
            *at++ = '\0';
        }
    }
    char path[] = "/tmp/test-options-XXXXXX";
    int fd = mkstemp(path);
    int kept_out = dup(1);
    int kept_err = dup(2);
    (void)fflush(NULL);
    dup2(fd, 1);
    dup2(fd, 2);
    options_parse("tieline-test", "Tests.", rows, COUNT_OF(rows), words, argc, argv, &r->o,
                  &r->done, &r->exit_status);
    (void)fflush(NULL);
    dup2(kept_out, 1);
    dup2(kept_err, 2);
    ssize_t len = pread(fd, r->output, sizeof r->output - 1, 0);
    r->output[len < 0 ? 0 : len] = '\0';
    close(kept_out);
    close(kept_err);
    close(fd);
    unlink(path);
}

static void values_come_in_their_order(void **state)
{
    (void)state;
    char path[] = "/tmp/test-options-XXXXXX";
    int fd = mkstemp(path);
    EXPECT("written", write(fd, "from-file\n", 10) == 10);
    close(fd);
    char by_flag[128];
    (void)snprintf(by_flag, sizeof by_flag, "--brokers-file %s", path);
    const struct {
        const char *why, *arguments, *environment, *environment_file, *value;
    } table[] = {
        {"the default", "", NULL, NULL, "127.0.0.1:9092"},
        {"the environment", "", "b:1", NULL, "b:1"},
        {"a file of the environment", "", NULL, path, "from-file"},
        {"the environment before its file", "", "b:1", path, "b:1"},
        {"a flag before the environment", "--brokers c:2", "b:1", path, "c:2"},
        {"a flag with =", "--brokers=c:2", "b:1", NULL, "c:2"},
        {"a file of a flag", by_flag, "b:1", NULL, "from-file"},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        unsetenv("TIELINE_BROKERS");
        unsetenv("TIELINE_BROKERS_FILE");
        if (table[i].environment != NULL) {
            setenv("TIELINE_BROKERS", table[i].environment, 1);
        }
        if (table[i].environment_file != NULL) {
            setenv("TIELINE_BROKERS_FILE", table[i].environment_file, 1);
        }
        struct run r;
        run(&r, table[i].arguments, NULL);
        EXPECT_TEXT(table[i].why, r.output, "");
        EXPECT(table[i].why, !r.done);
        EXPECT_TEXT(table[i].why, options_text(r.o, "brokers"), table[i].value);
        EXPECT(table[i].why, options_given(r.o, "brokers") == (i > 0));
        options_free(r.o);
    }
    unsetenv("TIELINE_BROKERS");
    unsetenv("TIELINE_BROKERS_FILE");
    unlink(path);
}

static void typed_values(void **state)
{
    (void)state;
    struct run r;
    setenv("TIELINE_KAFKA_SASL_PASSWORD", "p=1", 1);
    setenv("TIELINE_KAFKA_LINGER_MS", "9", 1);
    setenv("TIELINE_VERSION", "of the image", 1);
    run(&r,
        "--listen [::1]:0 --settle 24h --recover -X linger.ms=5 -Xcheck.crcs=true --name a,b "
        "--name=c",
        NULL);
    unsetenv("TIELINE_KAFKA_SASL_PASSWORD");
    unsetenv("TIELINE_KAFKA_LINGER_MS");
    unsetenv("TIELINE_VERSION");
    EXPECT_TEXT("no error", r.output, "");
    const char *host = NULL;
    uint16_t port = 1;
    options_address(r.o, "listen", &host, &port);
    EXPECT_TEXT("host", host, "::1");
    EXPECT("port", port == 0);
    EXPECT("span", options_span(r.o, "settle").ms == 24 * 3600 * 1000);
    EXPECT("default number", options_u64(r.o, "count") == 3);
    EXPECT("switch", options_switch(r.o, "recover"));
    size_t count = 0;
    const char *const *names = options_list(r.o, "name", &count);
    EXPECT("list", count == 3);
    EXPECT_TEXT("list", names[2], "c");
    const struct property *properties = options_properties(r.o, &count);
    EXPECT("properties", count == 3);
    EXPECT_TEXT("a flag wins over the environment", properties[0].value, "5");
    EXPECT_TEXT("key from the environment", properties[2].key, "sasl.password");
    EXPECT_TEXT("value may hold =", properties[2].value, "p=1");
    EXPECT("level", options_log_level(r.o) == LOG_INFO);
    EXPECT("format", options_log_format(r.o) == LOG_FORMAT_AUTO);
    options_free(r.o);
}

static void wrong_usage_is_64_and_says_all(void **state)
{
    (void)state;
    static const struct {
        const char *why, *arguments, *said;
    } table[] = {
        {"unknown flag, nearest named", "--broker x",
         "unknown flag --broker; did you mean --brokers?"},
        {"unknown flag, none near", "--zzzzzzz", "unknown flag --zzzzzzz\n"},
        {"unknown short flag", "-q", "unknown flag -q"},
        {"no value", "--brokers", "--brokers needs a value"},
        {"no port", "--listen localhost", "--listen: expected HOST:PORT"},
        {"port too large", "--listen h:65536", "--listen: expected HOST:PORT"},
        {"v6 without brackets", "--listen ::1:80", "--listen: expected HOST:PORT"},
        {"no unit like this", "--settle 5x", "--settle: expected a time"},
        {"negative", "--count -1", "--count: expected a whole number"},
        {"no pair", "-X linger", "-X: expected key=value"},
        {"a word", "word", "does not take \"word\""},
        {"no such file", "--brokers-file /nonexistent", "cannot read /nonexistent"},
        {"log level", "--log-level loud", "--log-level: expected debug, info, warn or error"},
        {"log format", "--log-format xml", "--log-format: expected text or json"},
        {"a secret is not quoted", "--token hush", "found \"(not shown)\""},
        {"the second error too", "--settle 5x --count q", "--count: expected"},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct run r;
        run(&r, table[i].arguments, NULL);
        EXPECT(table[i].why, r.done && r.exit_status == EXIT_USAGE);
        if (strstr(r.output, table[i].said) == NULL) {
            fail_msg("%s: \"%s\" not in: %s", table[i].why, table[i].said, r.output);
        }
        EXPECT(table[i].why, strstr(r.output, "hush") == NULL);
        options_free(r.o);
    }
}

static void help_and_version(void **state)
{
    (void)state;
    struct run r;
    run(&r, "--help --nonsense", "FILE");
    EXPECT("help is not an error", r.done && r.exit_status == 0);
    EXPECT("words are named", strstr(r.output, "Usage: tieline-test [flags] FILE") != NULL);
    EXPECT("variables are named",
           strstr(r.output, "TIELINE_LISTEN, default 127.0.0.1:8080") != NULL);
    EXPECT("properties", strstr(r.output, "-X key=value") != NULL);
    options_free(r.o);
    run(&r, "--version", NULL);
    EXPECT("version is not an error", r.done && r.exit_status == 0);
    EXPECT("libraries", strstr(r.output, "librdkafka ") != NULL);
    options_free(r.o);
    run(&r, "one -- --two", "FILE");
    EXPECT("words", !r.done && options_word_count(r.o) == 2);
    EXPECT_TEXT("after --", options_word(r.o, 1), "--two");
    EXPECT("beyond the last", options_word(r.o, 2) == NULL);
    options_free(r.o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_in_their_order),
        cmocka_unit_test(typed_values),
        cmocka_unit_test(wrong_usage_is_64_and_says_all),
        cmocka_unit_test(help_and_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
