/* escalation.c: names there and back. */
#include "event/escalation.h"
#include "tests/support/unit.h"

static void names_go_there_and_back(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= WAY_LIVE; i++) {
        EXPECT(way_name((enum way)i), way_named(slice_of(way_name((enum way)i))) == (enum way)i);
    }
    for (unsigned i = 1; i <= PRIORITY_URGENT; i++) {
        const char *name = priority_name((enum priority)i);
        EXPECT(name, priority_named(slice_of(name)) == (enum priority)i);
    }
    EXPECT("the stronger way is the greater", WAY_LIVE > WAY_TICKET && WAY_TICKET > WAY_MESSAGE);
    EXPECT("case", priority_named(SLICE("HIGH")) == PRIORITY_HIGH);
    EXPECT("none", way_named(SLICE("")) == WAY_UNSET && way_named(SLICE("mail")) == WAY_UNSET);
    EXPECT("none", priority_named(SLICE("")) == PRIORITY_UNSET);
    EXPECT_SLICE("of a newer version", slice_of(way_name((enum way)9)), SLICE(""));
    EXPECT_SLICE("of a newer version", slice_of(priority_name((enum priority)9)), SLICE(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_go_there_and_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
