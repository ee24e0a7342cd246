#include "event/reason.h"
#include "tests/support/unit.h"

static void each_reason_has_its_words(void **unused)
{
    (void)unused;
#define X(name, number, label, words)                                                              \
    EXPECT("label", strcmp(reason_label(REASON_##name), label) == 0);                              \
    EXPECT("words", strcmp(reason_words(REASON_##name), words) == 0);                              \
    EXPECT("has a bit", number > 0 && number < 31);                                                \
    EXPECT("by its label", reason_named(SLICE(label)) == REASON_##name);
    REASON_TABLE(X)
#undef X
    EXPECT("no such rule", reason_named(SLICE("ask")) == 0);
    EXPECT_TEXT("one of a newer version", reason_label((enum reason)31), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_reason_has_its_words)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
