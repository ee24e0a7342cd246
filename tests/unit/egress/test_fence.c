#include "egress/core/fence.h"
#include "tests/support/unit.h"

static void test_what_a_fence_stops(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        enum voice voice;
        uint32_t epoch;
        bool stopped;
    } rows[] = {
        {"bot word of the owner before", VOICE_BOT, 4, true},
        {"bot word of long before", VOICE_BOT, 0, true},
        {"bot word of this owner", VOICE_BOT, 5, false},
        {"bot word of a later owner", VOICE_BOT, 6, false},
        {"a notice is told whoever owns", VOICE_NOTICE, 4, false},
        {"the customer's own words", VOICE_CUSTOMER, 4, false},
        {"what speaks to nobody", VOICE_NONE, 4, false},
    };
    struct fence f = {0};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT("no fence, nothing stopped", !fence_stops(&f, rows[i].voice, rows[i].epoch));
    }
    fence_read(&f, 5);
    fence_read(&f, 3); /* an older one changes nothing */
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT(rows[i].why, fence_stops(&f, rows[i].voice, rows[i].epoch) == rows[i].stopped);
    }
}

static void test_control_is_not_taken_again_from_a_new_owner(void **state)
{
    (void)state;
    struct fence f = {0};
    EXPECT("no fence", !fence_stops_again(&f, EFFECT_PASS_CONTROL, 1));
    fence_read(&f, 2);
    EXPECT("a hand-over of before", fence_stops_again(&f, EFFECT_PASS_CONTROL, 1));
    EXPECT("a release of before", fence_stops_again(&f, EFFECT_RELEASE_CONTROL, 1));
    EXPECT("a hand-over of this owner", !fence_stops_again(&f, EFFECT_PASS_CONTROL, 2));
    EXPECT("words have a rule of their own", !fence_stops_again(&f, EFFECT_MESSAGE, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_fence_stops),
        cmocka_unit_test(test_control_is_not_taken_again_from_a_new_owner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
