/* config_time.c: waiting in vain, as the file says it, and what is wrong with that. */
#include "tests/unit/ctl/checked.h"

#define STORE(members)                                                                             \
    "{\"accounts\":{\"acme\":{\"subdomain\":\"acme\",\"conversations\":{\"app_id\":\"a\","         \
    "\"key_id\":\"k\",\"key_secret\":{\"env\":\"HUSH\"},\"integration_id\":\"65f1\","              \
    "\"webhook_secrets\":[{\"env\":\"HUSH\"}]}}},\"stores\":{\"shoes\":{\"account\":\"acme\","     \
    "\"bot\":{\"url\":\"https://bot.example.com/x\"}" members "}}}"
#define NOBODY(members) STORE(",\"handoff\":{\"nobody\":{" members "}}")
#define SILENT(members) STORE(",\"inactivity\":{" members "}")

static const struct {
    const char *why, *text, *said;
} refused[] = {
    {"no time", NOBODY("\"then\":\"bot\""), "handoff.nobody: \"after\" is missing"},
    {"no time", SILENT("\"then\":\"end\""), "inactivity: \"after\" is missing"},
    {"too short", NOBODY("\"after\":\"999ms\""), "handoff.nobody.after: expected a time from 1s"},
    {"too long", SILENT("\"after\":\"31d\""), "inactivity.after: expected a time from 1s to 30d"},
    {"no time at all", SILENT("\"after\":\"soon\""), "inactivity.after: expected a time in quotes"},
    {"what does not exist", NOBODY("\"after\":\"5m\",\"then\":\"tikcet\""),
     "did you mean \"ticket\"?"},
    {"what is not there", SILENT("\"after\":\"5m\",\"then\":\"bot\""),
     "expected \"release\" or \"end\""},
};

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct config_file file;
        checked_read(refused[i].text, NULL, &file);
        EXPECT(refused[i].why, file.problems.errors > 0);
        EXPECT(refused[i].said, checked_find(&file, refused[i].said) != NULL);
        config_file_deinit(&file);
    }
}

static void off_unless_asked_for(void **state)
{
    (void)state;
    struct config_file file;
    checked_read(STORE(""), NULL, &file);
    const struct store *s = &file.stores[0].store;
    EXPECT("both off", s->nobody_after.ms == 0 && s->silent_after.ms == 0 && !s->end_solves);
    config_file_deinit(&file);
}

static void all_reaches_the_store(void **state)
{
    (void)state;
    struct config_file file;
    checked_read(STORE(",\"handoff\":{\"nobody\":{\"after\":\"10m\",\"then\":\"ticket\",\"text\":"
                       "\"Soon\"}},\"inactivity\":{\"after\":\"1h\",\"then\":\"end\",\"text\":"
                       "\"\"},\"end_solves_ticket\":true"),
                 NULL, &file);
    const struct store *s = &file.stores[0].store;
    EXPECT("right", file.problems.errors == 0);
    EXPECT("nobody", s->nobody_after.ms == 600000 && s->nobody_then == NOBODY_TICKET);
    EXPECT_SLICE("its text", s->nobody_text, SLICE("Soon"));
    EXPECT("silent", s->silent_after.ms == 3600000 && s->silent_then == SILENT_END);
    EXPECT("switched off", s->silent_text.len == 0);
    EXPECT("solved", s->end_solves);
    config_file_deinit(&file);
    checked_read(NOBODY("\"after\":\"1m\",\"then\":\"bot\""), NULL, &file);
    EXPECT("the bot", file.stores[0].store.nobody_then == NOBODY_BOT);
    EXPECT("a usual text", file.stores[0].store.nobody_text.len > 0);
    config_file_deinit(&file);
}

static int set_environment(void **state)
{
    (void)state;
    return setenv("HUSH", "hush", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(off_unless_asked_for),
        cmocka_unit_test(all_reaches_the_store),
    };
    return cmocka_run_group_tests(tests, set_environment, NULL);
}
