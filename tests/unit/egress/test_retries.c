#include "egress/core/retries.h"
#include "tests/support/unit.h"

static void test_what_fails_with_all_else_is_not_repeated_soon(void **state)
{
    (void)state;
    struct retries r = {0};
    for (int i = 0; i < RETRIES_MAX; i++) {
        EXPECT("some are free", retries_take(&r));
    }
    EXPECT("no more", !retries_take(&r));
    EXPECT("asking costs nothing", !retries_take(&r));
    for (int i = 0; i < RETRIES_EARNED_BY - 1; i++) {
        retries_earn(&r);
    }
    EXPECT("not earned yet", !retries_take(&r));
    retries_earn(&r);
    EXPECT("one for each five that went well", retries_take(&r) && !retries_take(&r));
}

static void test_success_is_not_hoarded(void **state)
{
    (void)state;
    struct retries r = {0};
    for (int i = 0; i < 10000; i++) {
        retries_earn(&r);
    }
    int taken = 0;
    while (taken < 10000 && retries_take(&r)) {
        taken++;
    }
    EXPECT("no more than at the beginning", taken == RETRIES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_fails_with_all_else_is_not_repeated_soon),
        cmocka_unit_test(test_success_is_not_hoarded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
