#include "egress/core/budget.h"
#include "tests/support/unit.h"

static mono_ms_t at(int64_t ms)
{
    return (mono_ms_t){ms};
}

static void test_no_limit_is_guessed(void **state)
{
    (void)state;
    struct budget b;
    budget_init(&b, 3);
    for (int i = 0; i < 3; i++) {
        EXPECT("until the window is full", budget_allows(&b, at(0)));
        budget_started(&b);
    }
    EXPECT("full", !budget_allows(&b, at(0)));
    EXPECT("only an answer helps", budget_opens(&b, at(0)).ms == 0);
    budget_finished(&b, true, BUDGET_REMAINING_UNKNOWN, at(1));
    EXPECT("one came back", budget_allows(&b, at(1)));
}

static void test_headers_are_obeyed(void **state)
{
    (void)state;
    struct budget b;
    budget_init(&b, 100);
    budget_started(&b);
    budget_started(&b);
    budget_finished(&b, true, 3, at(1000));
    EXPECT("3 left, of which one is on its way", budget_allows(&b, at(1000)));
    budget_started(&b);
    budget_started(&b);
    EXPECT("none left", !budget_allows(&b, at(1000)));
    EXPECT("until the minute is over", budget_opens(&b, at(1000)).ms == 61 * 1000);
    EXPECT("afterwards nothing is known", budget_allows(&b, at(61 * 1000)));
}

static void test_a_pause_is_kept_and_ended_gently(void **state)
{
    (void)state;
    struct budget b;
    budget_init(&b, 8);
    budget_started(&b);
    budget_finished(&b, false, 0, at(0));
    budget_pause(&b, span_s(30), at(0));
    budget_pause(&b, span_s(1), at(0));
    EXPECT("paused", !budget_allows(&b, at(29999)));
    EXPECT("the longer wish counts", budget_opens(&b, at(0)).ms == 30 * 1000);
    EXPECT("in full, not longer", budget_allows(&b, at(30 * 1000)));
    static const uint32_t windows[] = {1, 2, 4, 8, 8};
    for (size_t i = 0; i < COUNT_OF(windows); i++) {
        EXPECT("one call, then two, four …", b.window == windows[i]);
        budget_started(&b);
        budget_finished(&b, true, BUDGET_REMAINING_UNKNOWN, at(30 * 1000));
    }
    EXPECT("a success ends the row of limits", b.limited_in_a_row == 0);
}

static void test_a_quota_remembers_each(void **state)
{
    (void)state;
    mono_ms_t places[3];
    struct quota q;
    quota_init(&q, places, 3, span_s(10));
    EXPECT("unused", quota_opens(&q, at(5)).ms <= 5 && quota_idle(&q, at(5)));
    quota_used(&q, at(1000));
    quota_used(&q, at(2000));
    EXPECT("one left", quota_opens(&q, at(2000)).ms <= 2000);
    quota_used(&q, at(3000));
    EXPECT("when the first is old", quota_opens(&q, at(4000)).ms == 11 * 1000);
    quota_used(&q, at(11 * 1000));
    EXPECT("then the second", quota_opens(&q, at(11 * 1000)).ms == 12 * 1000);
    EXPECT("in use", !quota_idle(&q, at(20999)));
    EXPECT("idle", quota_idle(&q, at(21 * 1000)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_limit_is_guessed),
        cmocka_unit_test(test_headers_are_obeyed),
        cmocka_unit_test(test_a_pause_is_kept_and_ended_gently),
        cmocka_unit_test(test_a_quota_remembers_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
