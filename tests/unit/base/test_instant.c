#include "base/instant.h"
#include "tests/support/unit.h"

struct row {
    const char *why;
    const char *text;
    enum err_code code;
    int64_t ms;
};

static const struct row iso_rows[] = {
    {"the epoch", "1970-01-01T00:00:00Z", ERR_OK, 0},
    {"milliseconds", "2026-09-14T09:12:05.331Z", ERR_OK, 1789377125331},
    {"no fraction", "2026-09-14T09:12:05Z", ERR_OK, 1789377125000},
    {"one digit is tenths", "1970-01-01T00:00:00.3Z", ERR_OK, 300},
    {"two digits", "1970-01-01T00:00:00.31Z", ERR_OK, 310},
    {"finer than ms is cut off", "1970-01-01T00:00:00.1239999999999999999999Z", ERR_OK, 123},
    {"leap day", "2024-02-29T00:00:00Z", ERR_OK, 1709164800000},
    {"a century that leaps", "2000-02-29T23:59:59.999Z", ERR_OK, 951868799999},
    {"before the epoch", "1969-12-31T23:59:59.999Z", ERR_OK, -1},
    {"first year", "0000-01-01T00:00:00Z", ERR_OK, -62167219200000},
    {"last year", "9999-12-31T23:59:59.999Z", ERR_OK, 253402300799999},
    {"no leap day", "2023-02-29T00:00:00Z", ERR_RANGE, 0},
    {"a century that does not leap", "1900-02-29T00:00:00Z", ERR_RANGE, 0},
    {"month 0", "2023-00-10T00:00:00Z", ERR_RANGE, 0},
    {"month 13", "2023-13-10T00:00:00Z", ERR_RANGE, 0},
    {"day 0", "2023-01-00T00:00:00Z", ERR_RANGE, 0},
    {"day 31 of a short month", "2023-04-31T00:00:00Z", ERR_RANGE, 0},
    {"hour 24", "2023-04-30T24:00:00Z", ERR_RANGE, 0},
    {"minute 60", "2023-04-30T23:60:00Z", ERR_RANGE, 0},
    {"second 60", "2016-12-31T23:59:60Z", ERR_RANGE, 0},
    {"empty", "", ERR_SYNTAX, 0},
    {"no zone", "2026-09-14T09:12:05", ERR_SYNTAX, 0},
    {"another zone", "2026-09-14T09:12:05+00:00", ERR_SYNTAX, 0},
    {"small z", "2026-09-14T09:12:05z", ERR_SYNTAX, 0},
    {"blank for T", "2026-09-14 09:12:05Z", ERR_SYNTAX, 0},
    {"a dot and no digit", "2026-09-14T09:12:05.Z", ERR_SYNTAX, 0},
    {"comma for the dot", "2026-09-14T09:12:05,3Z", ERR_SYNTAX, 0},
    {"something behind", "2026-09-14T09:12:05Z ", ERR_SYNTAX, 0},
    {"something before", " 2026-09-14T09:12:05Z", ERR_SYNTAX, 0},
    {"short year", "26-09-14T09:12:05Z", ERR_SYNTAX, 0},
    {"signed year", "+026-09-14T09:12:05Z", ERR_SYNTAX, 0},
    {"one digit of a month", "2026-9-14T09:12:05Z", ERR_SYNTAX, 0},
    {"a date alone", "2026-09-14", ERR_SYNTAX, 0},
    {"letters", "yyyy-mm-ddThh:mm:ssZ", ERR_SYNTAX, 0},
};

static const struct row http_rows[] = {
    {"the epoch", "Thu, 01 Jan 1970 00:00:00 GMT", ERR_OK, 0},
    {"the form of RFC 9110", "Sun, 06 Nov 1994 08:49:37 GMT", ERR_OK, 784111777000},
    {"the weekday decides nothing", "Mon, 06 Nov 1994 08:49:37 GMT", ERR_OK, 784111777000},
    {"leap day", "Thu, 29 Feb 2024 00:00:00 GMT", ERR_OK, 1709164800000},
    {"no leap day", "Wed, 29 Feb 2023 00:00:00 GMT", ERR_RANGE, 0},
    {"hour 24", "Sun, 06 Nov 1994 24:00:00 GMT", ERR_RANGE, 0},
    {"no such weekday", "Xxx, 06 Nov 1994 08:49:37 GMT", ERR_SYNTAX, 0},
    {"no such month", "Sun, 06 Nop 1994 08:49:37 GMT", ERR_SYNTAX, 0},
    {"RFC 850", "Sunday, 06-Nov-94 08:49:37 GMT", ERR_SYNTAX, 0},
    {"asctime", "Sun Nov  6 08:49:37 1994", ERR_SYNTAX, 0},
    {"another zone", "Sun, 06 Nov 1994 08:49:37 UTC", ERR_SYNTAX, 0},
    {"one digit of a day", "Sun, 6 Nov 1994 08:49:37 GMT", ERR_SYNTAX, 0},
    {"something behind", "Sun, 06 Nov 1994 08:49:37 GMT ", ERR_SYNTAX, 0},
    {"a number of seconds", "120", ERR_SYNTAX, 0},
    {"empty", "", ERR_SYNTAX, 0},
};

static void check_rows(const struct row *rows, size_t count,
                       err_t (*parse)(struct slice, wall_ms_t *))
{
    for (size_t i = 0; i < count; i++) {
        wall_ms_t time = {-77};
        EXPECT_CODE(rows[i].why, parse(slice_of(rows[i].text), &time), rows[i].code);
        EXPECT(rows[i].why, time.ms == (rows[i].code == ERR_OK ? rows[i].ms : -77));
    }
}

static void iso8601_is_read(void **state)
{
    (void)state;
    check_rows(iso_rows, COUNT_OF(iso_rows), instant_parse_iso8601);
}
static void http_dates_are_read(void **state)
{
    (void)state;
    check_rows(http_rows, COUNT_OF(http_rows), instant_parse_http_date);
}

static void every_cut_of_a_time_is_refused(void **state)
{
    (void)state;
    struct slice iso = SLICE("2026-09-14T09:12:05.331Z");
    struct slice http = SLICE("Sun, 06 Nov 1994 08:49:37 GMT");
    wall_ms_t time = {0};
    for (size_t len = 0; len < iso.len; len++) {
        EXPECT_CODE("cut", instant_parse_iso8601(slice_sub(iso, 0, len), &time), ERR_SYNTAX);
    }
    for (size_t len = 0; len < http.len; len++) {
        EXPECT_CODE("cut", instant_parse_http_date(slice_sub(http, 0, len), &time), ERR_SYNTAX);
    }
}

static void a_written_time_is_read_back(void **state)
{
    (void)state;
    int64_t first = -62167219200000;
    int64_t last = 253402300799999;
    char text[INSTANT_TEXT_BYTES];
    /* A step of some 37 days that has no factor in common with days, months or hours. */
    for (int64_t ms = first; ms <= last; ms += 3200000017) {
        wall_ms_t back = {0};
        instant_format_http_date((wall_ms_t){ms}, text);
        EXPECT_OK(text, instant_parse_http_date(slice_of(text), &back));
        EXPECT("to the second", back.ms <= ms && ms - back.ms < 1000);
        instant_format_iso8601((wall_ms_t){ms}, text);
        EXPECT_OK(text, instant_parse_iso8601(slice_of(text), &back));
        EXPECT(text, back.ms == ms);
    }
    instant_format_http_date((wall_ms_t){784111777999}, text);
    EXPECT_TEXT("RFC 9110 5.6.7", text, "Sun, 06 Nov 1994 08:49:37 GMT");
    instant_format_iso8601((wall_ms_t){1789377125331}, text);
    EXPECT_TEXT("as Zendesk writes it", text, "2026-09-14T09:12:05.331Z");
    instant_format_iso8601((wall_ms_t){INT64_MAX}, text);
    EXPECT_TEXT("the end of time fits", text, "292278994-08-17T07:12:55.807Z");
    instant_format_iso8601((wall_ms_t){INT64_MIN}, text);
    EXPECT_TEXT("its beginning too", text, "-292275055-05-16T16:47:04.192Z");
}

static void arithmetic_saturates(void **state)
{
    (void)state;
    wall_ms_t end = {INT64_MAX};
    wall_ms_t begin = {INT64_MIN};
    EXPECT("past the end", wall_add(end, span_ms(1)).ms == INT64_MAX);
    EXPECT("before the beginning", wall_add(begin, span_ms(-1)).ms == INT64_MIN);
    EXPECT("widest span", wall_since(end, begin).ms == INT64_MAX);
    EXPECT("widest span back", wall_since(begin, end).ms == INT64_MIN);
    EXPECT("seconds", span_s(3).ms == 3000);
    EXPECT("too many seconds", span_s(INT64_MAX).ms == INT64_MAX);
    EXPECT("too many seconds back", span_s(INT64_MIN).ms == INT64_MIN);
    EXPECT("mono", mono_since(mono_add((mono_ms_t){5}, span_s(1)), (mono_ms_t){5}).ms == 1000);
    EXPECT("later", wall_later((wall_ms_t){1}, (wall_ms_t){2}).ms == 2);
    EXPECT("before", wall_before((wall_ms_t){1}, (wall_ms_t){2}));
    EXPECT("zero is not known", !wall_known((wall_ms_t){0}) && wall_known((wall_ms_t){1}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iso8601_is_read),
        cmocka_unit_test(http_dates_are_read),
        cmocka_unit_test(every_cut_of_a_time_is_refused),
        cmocka_unit_test(a_written_time_is_read_back),
        cmocka_unit_test(arithmetic_saturates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
