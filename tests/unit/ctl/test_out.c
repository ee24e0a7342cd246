/* Tables as they are piped, and on a terminal of some width; what strangers wrote moves no cursor.
 */
#define _GNU_SOURCE
#include "ctl/out.h"
#include "tests/support/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { TEXT_BYTES = 4096 };

static struct out_table *table_of(const char *const (*rows)[2], size_t count)
{
    struct out_table *t = out_table_new(2);
    for (size_t i = 0; i < count; i++) {
        out_table_add(t, rows[i]);
    }
    return t;
}

static void print_piped(const struct out_table *t, char text[TEXT_BYTES])
{
    FILE *file = fmemopen(text, TEXT_BYTES, "w");
    assert_non_null(file);
    out_table_print(t, file);
    assert_int_equal(fclose(file), 0);
}

/* Both ends of a terminal that is so wide; the caller closes them. */
static FILE *terminal_of(unsigned short width, int *ret_ours)
{
    const struct winsize size = {.ws_row = 24, .ws_col = width};
    *ret_ours = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(*ret_ours >= 0 && grantpt(*ret_ours) == 0 && unlockpt(*ret_ours) == 0);
    FILE *file = fopen(ptsname(*ret_ours), "w");
    assert_non_null(file);
    assert_int_equal(ioctl(fileno(file), TIOCSWINSZ, &size), 0);
    return file;
}

static void print_on(const struct out_table *t, unsigned short width, char text[TEXT_BYTES])
{
    int ours = -1;
    FILE *file = terminal_of(width, &ours);
    out_table_print(t, file);
    (void)fflush(file);
    ssize_t count = read(ours, text, TEXT_BYTES - 1);
    assert_true(count > 0);
    text[count] = '\0';
    (void)fclose(file);
    (void)close(ours);
}

static const char *const rows[][2] = {
    {"NAME", "SAYS"},
    {"Zoë", "The quick brown fox jumps over the lazy dog, and then over the next one"},
    {"日本", "x\x1b[2Jy\nz\xc2\x9bk"},
};

static void test_piped_is_whole(void **state)
{
    (void)state;
    char text[TEXT_BYTES] = "";
    struct out_table *t = table_of(rows, 3);
    print_piped(t, text);
    out_table_free(t);
    assert_string_equal(
        text, "NAME  SAYS\n"
              "Zoë   The quick brown fox jumps over the lazy dog, and then over the next one\n"
              "日本  x [2Jy z k\n");
}

static void test_terminal_is_not_left(void **state)
{
    (void)state;
    char text[TEXT_BYTES];
    assert_int_equal(unsetenv("COLUMNS"), 0);
    assert_int_equal(setenv("NO_COLOR", "1", 1), 0);
    struct out_table *t = table_of(rows, 3);
    print_on(t, 40, text);
    assert_string_equal(text, "NAME  SAYS\r\n"
                              "Zoë   The quick brown fox jumps over th…\r\n"
                              "日本  x [2Jy z k\r\n");
    assert_int_equal(setenv("COLUMNS", "30", 1), 0);
    print_on(t, 40, text);
    assert_non_null(strstr(text, "Zoë   The quick brown fox jum…\r\n"));
    assert_int_equal(setenv("COLUMNS", "many", 1), 0); /* says nothing */
    print_on(t, 40, text);
    out_table_free(t);
    assert_non_null(strstr(text, "jumps over th…\r\n"));
}

static void test_colours(void **state)
{
    static const struct {
        const char *why;
        const char *no_color;
        const char *term;
        bool coloured;
    } cases[] = {
        {"a terminal has colours", NULL, "xterm", true},
        {"NO_COLOR refuses them", "1", "xterm", false},
        {"an empty NO_COLOR says nothing", "", "xterm", true},
        {"a dumb terminal has none", NULL, "dumb", false},
        {"nor has one that nobody knows", NULL, NULL, false},
    };
    (void)state;
    assert_int_equal(unsetenv("COLUMNS"), 0);
    struct out_table *t = table_of(rows, 2);
    out_table_style(t, 0, OUT_BAD);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[TEXT_BYTES];
        (void)unsetenv("NO_COLOR");
        (void)unsetenv("TERM");
        if (cases[i].no_color != NULL) {
            assert_int_equal(setenv("NO_COLOR", cases[i].no_color, 1), 0);
        }
        if (cases[i].term != NULL) {
            assert_int_equal(setenv("TERM", cases[i].term, 1), 0);
        }
        print_on(t, 100, text);
        const bool is_coloured = strstr(text, "\x1b[31mZoë\x1b[0m") != NULL;
        if (is_coloured != cases[i].coloured || (!is_coloured && strchr(text, 0x1b) != NULL)) {
            fail_msg("%s: %s", cases[i].why, text);
        }
    }
    char text[TEXT_BYTES] = "";
    print_piped(t, text);
    out_table_free(t);
    assert_null(strchr(text, 0x1b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_piped_is_whole),
        cmocka_unit_test(test_terminal_is_not_left),
        cmocka_unit_test(test_colours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
