#include "kafka/fences.h"
#include "tests/support/unit.h"

enum { SPAN = 1000 };

static void a_stranger_is_believed_when_nothing_was_amiss(void **state)
{
    (void)state;
    struct fences f = {0};
    EXPECT("another copy", !fences_are_ours(&f, false, SPAN, 50000));
    EXPECT("and again", !fences_are_ours(&f, false, SPAN, 50001));
}

static void after_an_outage_or_a_join_it_may_be_ourselves(void **state)
{
    (void)state;
    struct fences f = {0};
    EXPECT("an outage", fences_are_ours(&f, true, SPAN, 50000));
    f = (struct fences){0};
    fences_joining(&f, 50000);
    EXPECT("an earlier handle", fences_are_ours(&f, false, SPAN, 50999));
    f = (struct fences){0};
    fences_joining(&f, 50000);
    EXPECT("long ago", !fences_are_ours(&f, false, SPAN, 51000));
}

static void the_second_fence_of_a_young_member_is_believed(void **state)
{
    (void)state;
    struct fences f = {0};
    fences_joining(&f, 50000);
    EXPECT("perhaps a ghost", fences_are_ours(&f, false, SPAN, 50100));
    fences_joining(&f, 50101);
    EXPECT("another copy", !fences_are_ours(&f, false, SPAN, 50200));
}

/* The handle that saw the outage is gone with the first fence; what it asked for may still come. */
static void a_new_handle_knows_of_the_outage(void **state)
{
    (void)state;
    struct fences f = {0};
    EXPECT("after an outage", fences_are_ours(&f, true, SPAN, 50000));
    fences_joining(&f, 50001);
    EXPECT("another one of it", fences_are_ours(&f, false, SPAN, 50500));
    fences_joining(&f, 50501);
    EXPECT("that is long ago", !fences_are_ours(&f, false, SPAN, 51000));
}

static void only_some_times(void **state)
{
    (void)state;
    struct fences f = {0};
    EXPECT("one", fences_are_ours(&f, true, SPAN, 50000));
    EXPECT("two", fences_are_ours(&f, true, SPAN, 50500));
    EXPECT("three", fences_are_ours(&f, true, SPAN, 51000));
    EXPECT("four", !fences_are_ours(&f, true, SPAN, 51500));
    EXPECT("counted anew when that is long ago", fences_are_ours(&f, true, SPAN, 60000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stranger_is_believed_when_nothing_was_amiss),
        cmocka_unit_test(after_an_outage_or_a_join_it_may_be_ourselves),
        cmocka_unit_test(the_second_fence_of_a_young_member_is_believed),
        cmocka_unit_test(a_new_handle_knows_of_the_outage),
        cmocka_unit_test(only_some_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
