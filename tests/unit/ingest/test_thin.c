/* One line of a kind in a while: however many there were, the number is right. */
#include "base/limits.h"
#include "ingest/core/thin.h"
#include "tests/support/unit.h"

enum { T = LIMIT_REFUSAL_LINE_MS };

static void few_lines_of_many(void **state)
{
    (void)state;
    struct thin thin = {0};
    size_t lines = 0;
    uint64_t counted = 0;
    const int64_t many = 10 * T;
    for (int64_t at = 0; at < many; at++) { /* one a millisecond */
        uint64_t rest = thin_rest(&thin, (mono_ms_t){at});
        lines += rest > 0 ? 1 : 0;
        counted += rest;
        bool said = thin_say(&thin, (mono_ms_t){at});
        lines += said ? 1 : 0;
        counted += said ? 1 : 0;
    }
    EXPECT("a line in a while", lines == 10);
    counted += thin_rest(&thin, (mono_ms_t){INT64_MAX});
    EXPECT("none is lost", counted == (uint64_t)many);
    EXPECT("nothing is left", thin_rest(&thin, (mono_ms_t){INT64_MAX}) == 0);
}

static void after_a_silence_it_is_the_first_again(void **state)
{
    (void)state;
    struct thin thin = {0};
    EXPECT("the first", thin_say(&thin, (mono_ms_t){0}));
    EXPECT("too soon", !thin_say(&thin, (mono_ms_t){T - 1}));
    EXPECT("too soon for the rest", thin_rest(&thin, (mono_ms_t){T - 1}) == 0);
    EXPECT("the rest", thin_rest(&thin, (mono_ms_t){T}) == 1);
    EXPECT("which was said", !thin_say(&thin, (mono_ms_t){2 * T - 1}));
    EXPECT("the rest of the rest", thin_rest(&thin, (mono_ms_t){2 * T}) == 1);
    EXPECT("the first again", thin_say(&thin, (mono_ms_t){3 * T}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_lines_of_many),
        cmocka_unit_test(after_a_silence_it_is_the_first_again),
    };
    return cmocka_run_group_tests_name("ingest/thin", tests, NULL, NULL);
}
