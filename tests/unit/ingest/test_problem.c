/* What callers are told, and how their traces go on. */
#include "ingest/core/problem.h"
#include "ingest/core/trace.h"
#include "tests/support/unit.h"

static void writes_problems(void **state)
{
    (void)state;
    CLEANUP(buf) struct buf out = {0};
    buf_init(&out, 1024);
    struct problem problem = {400, SLICE("`turn` must be a \"string\""), SLICE("turn")};
    EXPECT_OK("all members", problem_write(&problem, &out));
    EXPECT_TEXT("all members", buf_text(&out),
                "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,"
                "\"detail\":\"`turn` must be a \\\"string\\\"\",\"field\":\"turn\"}");
    buf_reset(&out);
    EXPECT_OK("no member at fault", problem_write(&(struct problem){.status = 503}, &out));
    EXPECT_TEXT("no member at fault", buf_text(&out),
                "{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503}");
}

static void knows_titles(void **state)
{
    (void)state;
    static const unsigned statuses[] = {200, 400, 401, 404, 405, 408, 411, 413,
                                        414, 415, 417, 431, 501, 503, 505};
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        EXPECT("every status that is answered has its phrase",
               strcmp(problem_title(statuses[i]), "Error") != 0);
    }
    EXPECT_TEXT("another", problem_title(418), "Error");
}

/* Support repeats a call only for Retry-After below 60. */
static void knows_when_to_come_again(void **state)
{
    (void)state;
    EXPECT("Support", problem_retry_after_s(ENDPOINT_TICKETS) == 55);
    EXPECT("the others", problem_retry_after_s(ENDPOINT_CONVERSATIONS) == 5);
    EXPECT("challenges differ", strcmp(problem_challenge(ENDPOINT_CONVERSATIONS),
                                       problem_challenge(ENDPOINT_TICKETS)) != 0);
}

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN "00f067aa0ba902b7"
#define MADE "00-000102030405060708090a0b0c0d0e0f-1011121314151617-01"

static const struct {
    const char *why;
    const char *header;
    const char *text;
} traces[] = {
    {"taken over", "00-" TRACE "-" SPAN "-01", "00-" TRACE "-" SPAN "-01"},
    {"not sampled is taken over too", "00-" TRACE "-" SPAN "-00", "00-" TRACE "-" SPAN "-00"},
    {"a later version may go on", "cc-" TRACE "-" SPAN "-01-more", "00-" TRACE "-" SPAN "-01"},
    {"a later version of the same length", "cc-" TRACE "-" SPAN "-01", "00-" TRACE "-" SPAN "-01"},
    {"absent", "", MADE},
    {"version 00 may not go on", "00-" TRACE "-" SPAN "-01-more", MADE},
    {"a later version goes on behind a dash", "cc-" TRACE "-" SPAN "-01.more", MADE},
    {"version ff", "ff-" TRACE "-" SPAN "-01", MADE},
    {"capitals", "00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01", MADE},
    {"a trace of zeros", "00-00000000000000000000000000000000-" SPAN "-01", MADE},
    {"a span of zeros", "00-" TRACE "-0000000000000000-01", MADE},
    {"no hexadecimal", "00-" TRACE "-" SPAN "-0g", MADE},
    {"other dashes", "00_" TRACE "_" SPAN "_01", MADE},
    {"cut", "00-" TRACE "-" SPAN "-0", MADE},
    {"something else", "traceparent", MADE},
};

/* Each status that the server may answer stands in a table there, and each of those is known. */
static void the_page_lists_every_status(void **state)
{
    (void)state;
    static char page[64 * 1024];
    FILE *file = fopen(TEST_SOURCE_DIR "/docs/WEBHOOKS.md", "rb");
    EXPECT("docs/WEBHOOKS.md", file != NULL);
    size_t len = fread(page, 1, sizeof page - 1, file);
    EXPECT("docs/WEBHOOKS.md", fclose(file) == 0 && len > 0 && len < sizeof page - 1);
    page[len] = '\0';
    bool listed[600] = {false};
    for (const char *line = strstr(page, "\n| "); line != NULL; line = strstr(line + 1, "\n| ")) {
        uint64_t status[2] = {0, 0}; /* "| 414, 431 |" */
        for (size_t k = 0; k < COUNT_OF(status); k++) {
            struct slice number = slice_sub(slice_of(line), 3 + 5 * k, 6 + 5 * k);
            bool is_number = !err_failed(slice_to_u64(number, &status[k]));
            listed[is_number && status[k] < COUNT_OF(listed) ? status[k] : 0] = true;
        }
    }
    for (unsigned status = 200; status < 600; status++) {
        char why[64];
        bool known = strcmp(problem_title(status), "Error") != 0;
        (void)snprintf(why, sizeof why, "%u: known and on the page, or neither", status);
        EXPECT(why, known == listed[status]);
    }
}

static void takes_traces_over(void **state)
{
    (void)state;
    unsigned char random[TRACE_RANDOM_BYTES];
    for (size_t i = 0; i < sizeof random; i++) {
        random[i] = (unsigned char)i;
    }
    for (size_t i = 0; i < COUNT_OF(traces); i++) {
        char text[TRACE_TEXT_BYTES];
        trace_take(slice_of(traces[i].header), random, text);
        EXPECT_TEXT(traces[i].why, text, traces[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_problems),          cmocka_unit_test(knows_titles),
        cmocka_unit_test(knows_when_to_come_again), cmocka_unit_test(the_page_lists_every_status),
        cmocka_unit_test(takes_traces_over),
    };
    return cmocka_run_group_tests_name("ingest/problem", tests, NULL, NULL);
}
