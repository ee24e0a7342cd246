#include "base/fsm.h"
#include "tests/support/unit.h"

enum { SHUT, OPEN, BROKEN };

static const struct fsm_state states[] = {
    [SHUT] = {"shut", FSM_BIT(OPEN) | FSM_BIT(BROKEN)},
    [OPEN] = {"open", FSM_BIT(SHUT)},
    [BROKEN] = {"broken", 0},
};
static const struct fsm door = {"door", states, COUNT_OF(states)};

static void every_pair_is_as_tabled(void **state)
{
    (void)state;
    static const bool allowed[3][3] = {
        {false, true, true},
        {true, false, false},
        {false, false, false},
    };
    for (unsigned from = 0; from < 3; from++) {
        for (unsigned to = 0; to < 3; to++) {
            EXPECT(fsm_name(&door, from), fsm_allows(&door, from, to) == allowed[from][to]);
        }
    }
}

static void a_move_changes_the_state(void **state)
{
    (void)state;
    unsigned now = SHUT;
    fsm_move(&door, &now, OPEN);
    fsm_move(&door, &now, SHUT);
    fsm_move(&door, &now, BROKEN);
    assert_int_equal(now, BROKEN);
    EXPECT_TEXT("state has a name", fsm_name(&door, now), "broken");
}

static void abort_on_move(void)
{
    unsigned now = BROKEN;
    fsm_move(&door, &now, OPEN);
}
static void abort_on_state(void)
{
    (void)fsm_allows(&door, SHUT, 3);
}
static void abort_on_name(void)
{
    (void)fsm_name(&door, 3);
}

static void what_is_not_tabled_aborts(void **state)
{
    (void)state;
    EXPECT("a move that is not allowed", unit_aborts(abort_on_move));
    EXPECT("a state that does not exist", unit_aborts(abort_on_state));
    EXPECT("the name of one that does not", unit_aborts(abort_on_name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_is_as_tabled),
        cmocka_unit_test(a_move_changes_the_state),
        cmocka_unit_test(what_is_not_tabled_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
