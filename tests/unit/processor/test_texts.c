/* texts.c: which language a customer is told in (RFC 4647 §3.4). */
#include "processor/core/texts.h"
#include "tests/support/unit.h"

static const struct store_text known[] = {
    {SLOT_WELCOME, {"de", 2}, {"Hallo", 5}, 0},
    {SLOT_WELCOME, {"de-CH", 5}, {"Grüezi", 7}, 0},
    {SLOT_WELCOME, {"zh-Hant", 7}, {"你好", 6}, 0},
    {SLOT_WELCOME, {"pt", 2}, {"", 0}, 0},
    {SLOT_NOTICE_ENDED, {"fr", 2}, {"Au revoir", 9}, 0},
    {SLOT_NOTICE_RULE, {"de", 2}, {"Bald", 4}, REASON_ASKED},
    {SLOT_NOTICE_RULE, {"de", 2}, {"Leider", 6}, REASON_BOT_FAILED},
};
static const struct store store = {.texts = known, .text_count = sizeof known / sizeof known[0]};

static const struct {
    const char *why, *locale;
    enum slot slot;
    const char *want;
} rows[] = {
    {"exactly", "de", SLOT_WELCOME, "Hallo"},
    {"exactly, not the shorter", "de-CH", SLOT_WELCOME, "Grüezi"},
    {"as browsers and systems write it", "DE_ch", SLOT_WELCOME, "Grüezi"},
    {"shortened", "de-AT", SLOT_WELCOME, "Hallo"},
    {"shortened twice", "de-CH-1996", SLOT_WELCOME, "Grüezi"},
    {"a script", "zh-Hant-TW", SLOT_WELCOME, "你好"},
    {"a longer one is none", "zh", SLOT_WELCOME, "Hello"},
    {"no part of a subtag", "den", SLOT_WELCOME, "Hello"},
    {"an extension goes with its letter", "de-u-co-phonebk", SLOT_WELCOME, "Hallo"},
    {"switched off in a language", "pt-BR", SLOT_WELCOME, ""},
    {"another text's", "fr", SLOT_WELCOME, "Hello"},
    {"its own", "fr", SLOT_NOTICE_ENDED, "Au revoir"},
    {"unknown", "xx", SLOT_WELCOME, "Hello"},
    {"none", "", SLOT_WELCOME, "Hello"},
    {"nonsense", "-", SLOT_WELCOME, "Hello"},
    {"more of it", "--x-", SLOT_WELCOME, "Hello"},
};

static void the_language_that_fits_best(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        EXPECT_SLICE(rows[i].why,
                     texts_pick(&store, rows[i].slot, slice_of(rows[i].locale), SLICE("Hello")),
                     slice_of(rows[i].want));
    }
}

static void each_rule_has_texts_of_its_own(void **state)
{
    (void)state;
    EXPECT_SLICE("row 77: its own",
                 texts_pick_rule(&store, REASON_BOT_FAILED, SLICE("de-AT"), SLICE("Sorry")),
                 SLICE("Leider"));
    EXPECT_SLICE("another rule's",
                 texts_pick_rule(&store, REASON_LOW_RATING, SLICE("de"), SLICE("Sorry")),
                 SLICE("Sorry"));
    EXPECT_SLICE("no rule's", texts_pick(&store, SLOT_NOTICE_RULE, SLICE("de"), SLICE("x")),
                 SLICE("x"));
}

static void a_store_without_languages_has_one_text(void **state)
{
    (void)state;
    static const struct store plain = {.text_count = 0};
    EXPECT_SLICE("its own", texts_pick(&plain, SLOT_WELCOME, SLICE("de"), SLICE("Hello")),
                 SLICE("Hello"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_language_that_fits_best),
        cmocka_unit_test(each_rule_has_texts_of_its_own),
        cmocka_unit_test(a_store_without_languages_has_one_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
