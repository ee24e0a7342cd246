#include "egress/core/budget.h"
#include "tests/support/unit.h"

static mono_ms_t at(int64_t ms)
{
    return (mono_ms_t){ms};
}

static const struct budget_part alone = {0};

static struct budget_told told(int64_t remaining, int64_t limit, int64_t resets_s)
{
    return (struct budget_told){remaining, limit, resets_s, 0};
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
    budget_finished(&b, true, BUDGET_TOLD_NOTHING, alone, at(1));
    EXPECT("one came back", budget_allows(&b, at(1)));
}

static void test_headers_are_obeyed(void **state)
{
    (void)state;
    struct budget b;
    budget_init(&b, 100);
    budget_started(&b);
    budget_started(&b);
    budget_finished(&b, true, told(3, -1, -1), alone, at(1000));
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
    budget_finished(&b, false, told(0, -1, -1), alone, at(0));
    budget_pause(&b, span_s(30), at(0));
    budget_pause(&b, span_s(1), at(0));
    EXPECT("paused", !budget_allows(&b, at(29999)));
    EXPECT("the longer wish counts", budget_opens(&b, at(0)).ms == 30 * 1000);
    EXPECT("in full, not longer", budget_allows(&b, at(30 * 1000)));
    static const uint32_t windows[] = {1, 2, 4, 8, 8};
    for (size_t i = 0; i < COUNT_OF(windows); i++) {
        EXPECT("one call, then two, four …", b.window == windows[i]);
        budget_started(&b);
        budget_finished(&b, true, BUDGET_TOLD_NOTHING, alone, at(30 * 1000));
    }
    EXPECT("a success ends the row of limits", b.limited_in_a_row == 0);
}

static void test_a_window_ends_when_zendesk_says_so(void **state)
{
    (void)state;
    struct budget b;
    budget_init(&b, 100);
    budget_started(&b);
    budget_finished(&b, true, told(0, 4, 7), alone, at(1000));
    budget_roll(&b, alone, at(7999));
    EXPECT("none left", !budget_allows(&b, at(7999)) && budget_opens(&b, at(7999)).ms == 8000);
    budget_roll(&b, alone, at(8000));
    for (int i = 0; i < 4; i++) {
        EXPECT("a new window, of which the limit is known", budget_allows(&b, at(8000)));
        budget_started(&b);
    }
    EXPECT("and kept without being told", !budget_allows(&b, at(8001)));
    EXPECT("to its end", budget_opens(&b, at(8001)).ms == 68 * 1000);
    budget_roll(&b, alone, at(68 * 1000));
    EXPECT("what is still out may count there", !budget_allows(&b, at(68 * 1000)));
    budget_finished(&b, true, told(3, 4, 60), alone, at(68 * 1000));
    EXPECT("3 left, 3 are out", !budget_allows(&b, at(68 * 1000)));
    budget_finished(&b, true, told(3, 4, 3600), alone, at(69 * 1000));
    EXPECT("3 left, 2 are out", budget_allows(&b, at(69 * 1000)));
    EXPECT("no window is an hour", b.refill.ms == 129 * 1000);
}

static void test_answers_out_of_order(void **state)
{
    (void)state;
    struct budget b;
    budget_init(&b, 100);
    struct budget_told first = told(9, 10, 30);
    struct budget_told second = told(8, 10, 30);
    budget_started(&b);
    first.serial = budget_sent(&b);
    budget_started(&b);
    second.serial = budget_sent(&b);
    budget_finished(&b, true, second, alone, at(0));
    EXPECT("8 left, one out", b.remaining == 7);
    budget_finished(&b, true, first, alone, at(1));
    EXPECT("9 were left, and one has gone since", b.remaining == 8);
}

static void test_what_was_not_sent_is_given_back(void **state)
{
    (void)state;
    struct budget b;
    budget_init(&b, 100);
    budget_started(&b);
    budget_cancelled(&b);
    EXPECT("nothing is known", b.remaining == BUDGET_REMAINING_UNKNOWN && b.in_flight == 0);
    budget_started(&b);
    budget_finished(&b, true, told(2, 10, 30), alone, at(0));
    for (int i = 0; i < 5; i++) {
        EXPECT("as many as were told", b.remaining == 2 && budget_allows(&b, at(0)));
        budget_started(&b);
        budget_cancelled(&b);
    }
    budget_started(&b);
    budget_started(&b);
    EXPECT("both used", b.remaining == 0 && !budget_allows(&b, at(0)));
    budget_finished(&b, true, BUDGET_TOLD_NOTHING, alone, at(1));
    budget_cancelled(&b);
    EXPECT("one was not", b.remaining == 1 && budget_allows(&b, at(1)));
    for (int i = 0; i < 4; i++) {
        budget_started(&b);
    }
    budget_roll(&b, alone, at(30 * 1000));
    EXPECT("of a new window, less what is out", b.remaining == 6);
    budget_cancelled(&b);
    EXPECT("there too", b.remaining == 7);
}

static void test_nothing_left_is_never_no_wait(void **state)
{
    (void)state;
    struct budget b;
    budget_init(&b, 100);
    budget_started(&b);
    budget_finished(&b, true, told(0, 10, 0), alone, at(500));
    budget_roll(&b, alone, at(1499));
    EXPECT("not at once", !budget_allows(&b, at(500)) && !budget_allows(&b, at(1499)));
    EXPECT("a second", budget_opens(&b, at(500)).ms == 1500);
    budget_roll(&b, alone, at(1500));
    EXPECT("then", budget_allows(&b, at(1500)));
}

static void test_copies_share_by_partitions(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct budget_part part;
        int64_t count, want;
    } rows[] = {
        {"nobody else is known", {0, 0}, 400, 400}, {"all are ours", {16, 16}, 400, 400},
        {"a quarter", {4, 16}, 400, 100},           {"rounded down", {5, 16}, 10, 3},
        {"but not to nothing", {1, 16}, 3, 1},      {"nothing is nothing", {1, 16}, 0, 0},
        {"none is ours yet", {0, 16}, 400, 1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT(rows[i].why, budget_part_of(rows[i].part, rows[i].count) == rows[i].want);
    }
    struct budget b;
    budget_init(&b, 1000);
    budget_started(&b);
    budget_finished(&b, true, told(40, 400, 10), (struct budget_part){4, 16}, at(0));
    EXPECT("of what is left", b.remaining == 10);
    budget_roll(&b, (struct budget_part){4, 16}, at(10 * 1000));
    EXPECT("of the next window", b.remaining == 100);
}

static void test_a_quota_remembers_each(void **state)
{
    (void)state;
    mono_ms_t places[3];
    struct quota q;
    quota_init(&q, places, 3, span_s(10));
    EXPECT("unused", quota_opens(&q, 3, at(5)).ms <= 5 && quota_idle(&q, at(5)));
    quota_used(&q, at(1000));
    quota_used(&q, at(2000));
    EXPECT("one left", quota_opens(&q, 3, at(2000)).ms <= 2000);
    quota_used(&q, at(3000));
    EXPECT("when the first is old", quota_opens(&q, 3, at(4000)).ms == 11 * 1000);
    quota_used(&q, at(11 * 1000));
    EXPECT("then the second", quota_opens(&q, 3, at(11 * 1000)).ms == 12 * 1000);
    EXPECT("for a third of it", quota_opens(&q, 1, at(11 * 1000)).ms == 21 * 1000);
    EXPECT("for two thirds", quota_opens(&q, 2, at(11 * 1000)).ms == 13 * 1000);
    EXPECT("in use", !quota_idle(&q, at(20999)));
    EXPECT("idle", quota_idle(&q, at(21 * 1000)));
}

static void test_plenty_is_more_than_half(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct budget_told told;
        struct budget_part part;
        bool want;
    } rows[] = {
        {"nothing is known", {-1, -1, -1, 0}, {0, 0}, true},
        {"more than half", {51, 100, 30, 0}, {0, 0}, true},
        {"half", {50, 100, 30, 0}, {0, 0}, false},
        {"nothing", {0, 100, 30, 0}, {0, 0}, false},
        {"of our part", {60, 100, 30, 0}, {1, 4}, true},
        {"half of our part", {50, 100, 30, 0}, {1, 4}, false},
        {"without a limit, much", {51, -1, 30, 0}, {0, 0}, true},
        {"without a limit, little", {50, -1, 30, 0}, {0, 0}, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct budget b;
        budget_init(&b, 10);
        budget_started(&b);
        budget_finished(&b, true, rows[i].told, rows[i].part, at(0));
        EXPECT(rows[i].why, budget_has_plenty(&b, rows[i].part, at(1)) == rows[i].want);
    }
    struct budget b;
    budget_init(&b, 10);
    budget_started(&b);
    budget_finished(&b, false, BUDGET_TOLD_NOTHING, alone, at(0));
    budget_pause(&b, span_s(5), at(0));
    EXPECT("paused", !budget_has_plenty(&b, alone, at(1)));
    EXPECT("paused a moment ago", !budget_has_plenty(&b, alone, at(6000)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_limit_is_guessed),
        cmocka_unit_test(test_headers_are_obeyed),
        cmocka_unit_test(test_a_pause_is_kept_and_ended_gently),
        cmocka_unit_test(test_a_window_ends_when_zendesk_says_so),
        cmocka_unit_test(test_answers_out_of_order),
        cmocka_unit_test(test_what_was_not_sent_is_given_back),
        cmocka_unit_test(test_nothing_left_is_never_no_wait),
        cmocka_unit_test(test_copies_share_by_partitions),
        cmocka_unit_test(test_a_quota_remembers_each),
        cmocka_unit_test(test_plenty_is_more_than_half),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
