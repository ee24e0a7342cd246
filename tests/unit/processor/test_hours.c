/* hours.c: local time, summer time, weeks and holidays, as `tieline apply` brings them. */
#include "processor/core/hours.h"
#include "tests/support/unit.h"

enum { DAY_S = 24 * 3600 };

/* Berlin in 2026: summer from 29 March, 01:00 UTC, to 25 October, 01:00 UTC. */
static const struct zone_offset berlin[] = {
    {{INT64_C(1767225600000)}, DAY_S + 3600},
    {{INT64_C(1774746000000)}, DAY_S + 7200},
    {{INT64_C(1792890000000)}, DAY_S + 3600},
};
static const struct zone_offset west[] = {{{INT64_C(1767225600000)}, DAY_S - 10 * 3600}};
static const struct opening weekdays[] = {
    {0, 540, 720},  {0, 780, 1020}, {1, 540, 1020},  {2, 540, 1020},
    {3, 540, 1020}, {4, 540, 1020}, {6, 1320, 1440},
};
static const struct holiday holidays[] = {{20261224}, {1225}, {229}};

static struct store store_in(const struct zone_offset *offsets, size_t count)
{
    return (struct store){.offsets = offsets,
                          .offset_count = count,
                          .openings = weekdays,
                          .opening_count = sizeof weekdays / sizeof weekdays[0],
                          .holidays = holidays,
                          .holiday_count = sizeof holidays / sizeof holidays[0]};
}

static const struct {
    const char *why, *at;
    bool is_west, is_open;
} rows[] = {
    {"Monday, a minute early", "2026-09-14T06:59:59.999Z", false, false},
    {"Monday, nine by the clock", "2026-09-14T07:00:00.000Z", false, true},
    {"the break begins", "2026-09-14T10:00:00.000Z", false, false},
    {"the break is over", "2026-09-14T11:00:00.000Z", false, true},
    {"the last minute", "2026-09-14T14:59:59.999Z", false, true},
    {"five o'clock", "2026-09-14T15:00:00.000Z", false, false},
    {"Saturday", "2026-09-19T10:00:00.000Z", false, false},
    {"Sunday before midnight", "2026-09-20T21:59:00.000Z", false, true},
    {"Monday after midnight", "2026-09-20T22:00:00.000Z", false, false},
    {"before summer time: eight", "2026-03-27T07:30:00.000Z", false, false},
    {"summer time: half past nine", "2026-03-30T07:30:00.000Z", false, true},
    {"winter again: half past eight", "2026-10-26T07:30:00.000Z", false, false},
    {"a holiday of that year", "2026-12-24T10:00:00.000Z", false, false},
    {"not of the next", "2027-12-24T10:00:00.000Z", false, true},
    {"one of every year", "2028-12-25T10:00:00.000Z", false, false},
    {"a leap day", "2028-02-29T10:00:00.000Z", false, false},
    {"the day after", "2028-03-01T10:00:00.000Z", false, true},
    {"long after the last change", "2040-01-03T08:00:00.000Z", false, true},
    {"west: still Sunday", "2026-09-14T09:30:00.000Z", true, true},
    {"west: Monday at nine", "2026-09-14T19:00:00.000Z", true, true},
    {"west: Monday before nine", "2026-09-14T18:59:00.000Z", true, false},
};

static void open_and_closed(void **state)
{
    (void)state;
    struct store here = store_in(berlin, sizeof berlin / sizeof berlin[0]);
    struct store there = store_in(west, 1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        wall_ms_t at = {0};
        EXPECT_OK(rows[i].why, instant_parse_iso8601(slice_of(rows[i].at), &at));
        EXPECT(rows[i].why, hours_open(rows[i].is_west ? &there : &here, at) == rows[i].is_open);
    }
}

static void without_hours_always(void **state)
{
    (void)state;
    static const struct store store = {.holidays = holidays, .holiday_count = 1};
    EXPECT("always", hours_open(&store, (wall_ms_t){INT64_C(1798106400000)}));
}

static void the_calendar_is_right_for_a_century(void **state)
{
    (void)state;
    /* Each day is a holiday only if its date is the one that the calendar of ISO 8601 has. */
    static const struct opening all_day[] = {{0, 0, 1440}, {1, 0, 1440}, {2, 0, 1440}, {3, 0, 1440},
                                             {4, 0, 1440}, {5, 0, 1440}, {6, 0, 1440}};
    static const uint32_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t day = 0;
    for (uint32_t year = 1970; year < 2101; year++) {
        bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        for (uint32_t month = 1; month <= 12; month++) {
            uint32_t length = lengths[month - 1] + (is_leap && month == 2 ? 1 : 0);
            for (uint32_t date = 1; date <= length; date++, day++) {
                struct holiday holiday = {year * 10000 + month * 100 + date};
                struct store store = {.openings = all_day,
                                      .opening_count = 7,
                                      .holidays = &holiday,
                                      .holiday_count = 1};
                EXPECT("that day", !hours_open(&store, (wall_ms_t){day * DAY_S * 1000}));
                EXPECT("not the next", hours_open(&store, (wall_ms_t){(day + 1) * DAY_S * 1000}));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_and_closed),
        cmocka_unit_test(without_hours_always),
        cmocka_unit_test(the_calendar_is_right_for_a_century),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
