/* config_words.c: texts in several languages, as the file says them, and what is wrong with that.
 */
#include "ctl/config_words.h"
#include "tests/unit/ctl/checked.h"

#define STORE_HEAD                                                                                 \
    "{\"accounts\":{\"acme\":{\"subdomain\":\"acme\",\"conversations\":{\"app_id\":\"a\","         \
    "\"key_id\":\"k\",\"key_secret\":{\"env\":\"HUSH\"},\"integration_id\":\"65f1\","              \
    "\"webhook_secrets\":[{\"env\":\"HUSH\"}]}}},\"stores\":{\"shoes\":{\"account\":\"acme\","     \
    "\"bot\":{\"url\":\"https://bot.example.com/x\"},"
#define STORE(members) STORE_HEAD members "}}}"

static const struct {
    const char *why, *text, *said;
} refused[] = {
    {"no text", STORE("\"welcome\":7"), "welcome: expected a text in quotes, found"},
    {"no text in a language", STORE("\"welcome\":{\"de\":7}"),
     "welcome: expected a text in quotes, found"},
    {"no language", STORE("\"welcome\":{\"d\":\"x\"}"), "\"default\" or a language"},
    {"an empty subtag", STORE("\"handoff\":{\"notice\":{\"de--CH\":\"x\"}}"),
     "handoff.notice: expected \"default\" or a language"},
    {"a dash at its end", STORE("\"welcome\":{\"de-\":\"x\"}"), "\"default\" or a language"},
    {"a subtag too long", STORE("\"welcome\":{\"de-abcdefghi\":\"x\"}"),
     "\"default\" or a language"},
    {"a system's way to write it", STORE("\"welcome\":{\"de_DE\":\"x\"}"),
     "\"default\" or a language"},
    {"a NUL", STORE("\"welcome\":{\"de\":\"\\u0000\"}"), "a NUL byte cannot stand here"},
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

static void what_is_told_has_room_in_one_message(void **state)
{
    static const struct {
        const char *why, *head, *tail, *said;
        size_t fits;
    } rows[] = {
        {"a notice", "\"handoff\":{\"notice\":\"", "\"}",
         "handoff.notice: has more than 3000 bytes", LIMIT_TOLD_BYTES_MAX},
        {"in a language", "\"handoff\":{\"failed\":{\"de\":\"", "\"}}",
         "handoff.failed: has more than 3000 bytes", LIMIT_TOLD_BYTES_MAX},
        {"a welcome in a language", "\"welcome\":{\"de\":\"", "\"}",
         "welcome: has more than 4096 characters", LIMIT_CONVERSATIONS_TEXT_CHARS_MAX},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t more = 0; more < 2; more++) {
            static char text[8192];
            struct config_file file;
            (void)snprintf(text, sizeof text, "%s%s%0*d%s}}}", STORE_HEAD, rows[i].head,
                           (int)(rows[i].fits + more), 0, rows[i].tail);
            checked_read(text, NULL, &file);
            EXPECT(rows[i].why, (checked_find(&file, rows[i].said) != NULL) == (more > 0));
            config_file_deinit(&file);
        }
    }
}

static void languages_reach_the_store(void **state)
{
    (void)state;
    struct config_file file;
    checked_read(STORE("\"welcome\":{\"default\":\"Hello\",\"de\":\"Hallo\",\"pt-BR\":\"\"},"
                       "\"handoff\":{\"ended\":{\"fr\":\"Fini\"},\"notice\":\"One moment\"}"),
                 NULL, &file);
    const struct store *s = &file.stores[0].store;
    EXPECT("right", file.problems.errors == 0);
    EXPECT_SLICE("its own", s->welcome, SLICE("Hello"));
    EXPECT_SLICE("one as before", s->handoff_notice, SLICE("One moment"));
    EXPECT("the usual one stays", s->session_ended.len > 0);
    EXPECT("the others", s->text_count == 3);
    EXPECT("named", s->texts[0].slot == SLOT_WELCOME && s->texts[2].slot == SLOT_NOTICE_ENDED);
    EXPECT_SLICE("language", s->texts[1].language, SLICE("pt-BR"));
    EXPECT("off there", s->texts[1].text.len == 0);
    EXPECT_SLICE("text", s->texts[2].text, SLICE("Fini"));
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
        cmocka_unit_test(languages_reach_the_store),
        cmocka_unit_test(what_is_told_has_room_in_one_message),
    };
    return cmocka_run_group_tests(tests, set_environment, NULL);
}
