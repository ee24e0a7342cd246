#include "event/reason.h"
#include "tests/support/unit.h"

static void each_reason_has_its_words(void **unused)
{
    (void)unused;
    for (unsigned reason = REASON_ASKED; reason <= REASON_LOW_CONFIDENCE; reason++) {
        EXPECT("label", strcmp(reason_label((enum reason)reason), "unknown") != 0);
        EXPECT("words", reason_words((enum reason)reason)[0] != '\0');
    }
    EXPECT_TEXT("one of a newer version", reason_label((enum reason)31), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_reason_has_its_words)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
