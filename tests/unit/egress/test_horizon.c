#include "egress/core/horizon.h"
#include "tests/support/unit.h"

static struct horizon_text told(struct horizon_keeper *k, int64_t floor, bool closed)
{
    char text[HORIZON_TEXT_BYTES];
    struct horizon_text value = {0};
    horizon_metadata(k, floor, closed, text);
    EXPECT_OK(text, horizon_text_parse(slice_of(text), &value));
    return value;
}

static void test_first_owner(void **state)
{
    (void)state;
    struct horizon_keeper k;
    struct horizon_text first = {0};
    EXPECT_OK("first", horizon_text_parse(slice_of(horizon_first_metadata()), &first));
    horizon_take_over(&k, &first);
    EXPECT("first incarnation", k.incarnation == 1);
    EXPECT("nothing was ever sent", !horizon_in_doubt(&k, 0));
    struct horizon_text value = told(&k, INT64_MAX, false);
    EXPECT("while it is owned, anything may be sent",
           value.horizon == HORIZON_OPEN && value.incarnation == 1 && value.events == 0);
}

static void test_after_a_crash_all_is_in_doubt(void **state)
{
    (void)state;
    struct horizon_keeper k;
    horizon_take_over(&k, &(struct horizon_text){3, HORIZON_OPEN, 50});
    EXPECT("whatever is there", horizon_in_doubt(&k, 1000 * 1000));
    horizon_commands_read(&k, 40);
    EXPECT("what was there", horizon_in_doubt(&k, 39));
    EXPECT("what comes now is ours alone", !horizon_in_doubt(&k, 40));
    EXPECT("and stays in doubt for the next", told(&k, INT64_MAX, true).horizon == 40);
    horizon_started(&k, 41);
    EXPECT("as what we sent ourselves", told(&k, INT64_MAX, true).horizon == 42);
}

static void test_after_a_drain_little_is(void **state)
{
    (void)state;
    struct horizon_keeper k;
    horizon_take_over(&k, &(struct horizon_text){3, 42, 50});
    horizon_commands_read(&k, 90);
    EXPECT("sent before", horizon_in_doubt(&k, 41));
    EXPECT("never sent", !horizon_in_doubt(&k, 42));
    EXPECT("still so when nothing was sent", told(&k, INT64_MAX, true).horizon == 42);
}

static void test_events_position_never_passes_what_is_needed(void **state)
{
    (void)state;
    struct horizon_keeper k;
    horizon_take_over(&k, &(struct horizon_text){0, 0, 10});
    horizon_acked(&k, 29);
    EXPECT("not before a commit was accepted", told(&k, INT64_MAX, false).events == 10);
    horizon_acked(&k, 34);
    horizon_commit_accepted(&k); /* the one asked for when 29 was the newest */
    EXPECT("what was acknowledged when that one was asked for",
           told(&k, INT64_MAX, false).events == 30);
    EXPECT("an outcome that the offset has not passed", told(&k, 20, false).events == 20);
    horizon_commit_accepted(&k);
    EXPECT("and now up to 34", told(&k, INT64_MAX, false).events == 35);
    horizon_acked(&k, 12);
    EXPECT("never back", told(&k, INT64_MAX, false).events == 35);
}

static void test_incarnations_rise_above_all_met(void **state)
{
    (void)state;
    struct horizon_keeper k;
    horizon_take_over(&k, &(struct horizon_text){7, 0, 0});
    EXPECT("older owners", !horizon_raise(&k, 7) && k.incarnation == 8);
    EXPECT("our own number, taken by one who never committed",
           horizon_raise(&k, 8) && k.incarnation == 9);
    EXPECT("higher ones", horizon_raise(&k, 20) && k.incarnation == 21);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_owner),
        cmocka_unit_test(test_after_a_crash_all_is_in_doubt),
        cmocka_unit_test(test_after_a_drain_little_is),
        cmocka_unit_test(test_events_position_never_passes_what_is_needed),
        cmocka_unit_test(test_incarnations_rise_above_all_met),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
