#include "egress/tickets.h"
#include "tests/support/unit.h"

static size_t visited;

static void visit(void *who)
{
    (void)who;
    visited++;
}

static void test_a_number_is_used_once(void **state)
{
    (void)state;
    struct tickets t;
    int a = 0;
    int b = 0;
    uint64_t first = 0;
    uint64_t second = 0;
    uint64_t third = 0;
    tickets_init(&t);
    EXPECT_OK("a", tickets_issue(&t, &a, &first));
    EXPECT_OK("b", tickets_issue(&t, &b, &second));
    EXPECT("never 0", first != 0 && second != 0 && first != second);
    EXPECT("whose", tickets_redeem(&t, first) == &a);
    EXPECT("used up", tickets_redeem(&t, first) == NULL);
    EXPECT_OK("its place is used again", tickets_issue(&t, &a, &third));
    EXPECT("but not its number", third != first && tickets_redeem(&t, first) == NULL);
    EXPECT("nobody's", tickets_redeem(&t, 0) == NULL && tickets_redeem(&t, UINT64_MAX) == NULL);
    EXPECT("two are out", tickets_out(&t) == 2);
    tickets_each(&t, visit);
    EXPECT("both are seen", visited == 2);
    EXPECT("third", tickets_redeem(&t, third) == &a && tickets_redeem(&t, second) == &b);
    EXPECT("none is out", tickets_out(&t) == 0);
    tickets_deinit(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_number_is_used_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
