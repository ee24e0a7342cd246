/* config_hours.c: zones of the system's database as offsets, weeks and holidays, and what is wrong
 * with them. */
#include "ctl/config_hours.h"
#include "tests/unit/ctl/checked.h"

#include <time.h>

#define HOURS(members)                                                                             \
    "{\"accounts\":{\"acme\":{\"subdomain\":\"acme\",\"conversations\":{\"app_id\":\"a\","         \
    "\"key_id\":\"k\",\"key_secret\":{\"env\":\"HUSH\"},\"integration_id\":\"65f1\","              \
    "\"webhook_secrets\":[{\"env\":\"HUSH\"}]}}},\"stores\":{\"shoes\":{\"account\":\"acme\","     \
    "\"bot\":{\"url\":\"https://bot.example.com/x\"},\"handoff\":{\"hours\":{" members "}}}}}"
#define BERLIN "\"zone\":\"Europe/Berlin\","

static const struct {
    const char *why, *text, *said;
} refused[] = {
    {"no zone", HOURS("\"mon\":\"09:00-17:00\""), "handoff.hours: \"zone\" is missing"},
    {"no such zone", HOURS("\"zone\":\"Europe/Berln\",\"mon\":\"09:00-17:00\""),
     "handoff.hours.zone: this system knows no such time zone"},
    {"no path", HOURS("\"zone\":\"../../etc/passwd\",\"mon\":\"09:00-17:00\""),
     "this system knows no such time zone"},
    {"no hours", HOURS("\"zone\":\"UTC\""), "handoff.hours: names no hours on any day"},
    {"no time", HOURS(BERLIN "\"tue\":\"9-17\""), "handoff.hours.tue: expected hours like"},
    {"backwards", HOURS(BERLIN "\"tue\":\"17:00-09:00\""), "handoff.hours.tue: expected hours"},
    {"too late", HOURS(BERLIN "\"tue\":\"09:00-24:01\""), "handoff.hours.tue: expected hours"},
    {"no such minute", HOURS(BERLIN "\"tue\":\"09:60-11:00\""), "handoff.hours.tue: expected"},
    {"no such day", HOURS(BERLIN "\"mo\":\"09:00-17:00\""), "did you mean \"mon\"?"},
    {"no date", HOURS(BERLIN "\"mon\":\"09:00-17:00\",\"holidays\":[\"24.12.\"]"),
     "handoff.hours.holidays: expected dates"},
    {"no such month", HOURS(BERLIN "\"mon\":\"09:00-17:00\",\"holidays\":[\"2026-13-24\"]"),
     "handoff.hours.holidays: expected dates"},
};

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct config_file file;
        checked_read(refused[i].text, NULL, &file);
        EXPECT(refused[i].why, file.problems.errors > 0);
        EXPECT(refused[i].why, checked_find(&file, refused[i].said) != NULL);
        config_file_deinit(&file);
    }
}

static void hours_reach_the_store(void **state)
{
    (void)state;
    struct config_file file;
    checked_read(HOURS(BERLIN "\"mon\":\"09:00-12:00, 13:00-17:00\",\"sun\":\"22:00-24:00\","
                              "\"holidays\":[\"2026-12-24\",\"12-25\"],\"then\":\"message\","
                              "\"text\":{\"default\":\"Closed\",\"de\":\"Zu\"}"),
                 NULL, &file);
    const struct store *s = &file.stores[0].store;
    EXPECT("right", file.problems.errors == 0);
    EXPECT("three", s->opening_count == 3);
    EXPECT("the second", s->openings[1].weekday == 0 && s->openings[1].from == 780);
    EXPECT("the last", s->openings[2].weekday == 6 && s->openings[2].until == 1440);
    EXPECT("holidays",
           s->holiday_count == 2 && s->holidays[0].date == 20261224 && s->holidays[1].date == 1225);
    EXPECT("only told", s->closed_then == CLOSED_MESSAGE);
    EXPECT_SLICE("text", s->closed_text, SLICE("Closed"));
    EXPECT("in German", s->text_count == 1 && s->texts[0].slot == SLOT_NOTICE_CLOSED);
    EXPECT("offsets", s->offset_count > 10);
    config_file_deinit(&file);
}

static void a_zone_becomes_offsets(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena;
    arena_init(&arena, 1024 * 1024);
    const struct zone_offset *offsets = NULL;
    size_t count = 0;
    wall_ms_t now = {INT64_C(1789377125000)}; /* September 2026 */
    EXPECT_OK("zone", config_hours_zone(&arena, SLICE("Europe/Berlin"), now, &offsets, &count));
    EXPECT("a year's begin, and twelve changes", count == 13);
    EXPECT("winter", offsets[0].from.ms == INT64_C(1767225600000));
    EXPECT("an hour east", offsets[0].east_s == 86400 + 3600);
    EXPECT("summer, to the second",
           offsets[1].from.ms == INT64_C(1774746000000) && offsets[1].east_s == 86400 + 7200);
    EXPECT("winter again", offsets[2].from.ms == INT64_C(1792890000000));
    EXPECT_OK("zone", config_hours_zone(&arena, SLICE("UTC"), now, &offsets, &count));
    EXPECT("no change", count == 1 && offsets[0].east_s == 86400);
    EXPECT_OK("west", config_hours_zone(&arena, SLICE("Pacific/Honolulu"), now, &offsets, &count));
    EXPECT("ten hours", count == 1 && offsets[0].east_s == 86400 - 36000);
    EXPECT_OK("none", config_hours_zone(&arena, SLICE("Mars/Olympus"), now, &offsets, &count));
    EXPECT("none", count == 0);
    EXPECT("the process has its own as before", getenv("TZ") == NULL);
}

static int set_environment(void **state)
{
    (void)state;
    return unsetenv("TZ") | setenv("HUSH", "hush", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(hours_reach_the_store),
        cmocka_unit_test(a_zone_becomes_offsets),
    };
    return cmocka_run_group_tests(tests, set_environment, NULL);
}
