/* core/step.c, in the loop: what is older than the state of its conversation. A state may have been
 * given up after weeks (core/evict.h), and with it all ids that had been seen. */
#include "processor/core/evict.h"
#include "tests/unit/processor/rig.h"

static const char key[] = "acme/messaging/c1";
static const int64_t hour_ms = INT64_C(3600) * 1000;

static void customer_wrote(struct rig *r, const char *id, int64_t ago_ms)
{
    wall_ms_t at = wall_add(r->clock.wall, span_ms(-ago_ms));
    struct event event = {.type = EVENT_MESSAGE,
                          .source = EVENT_FROM_CONVERSATIONS,
                          .id = slice_of(id),
                          .account = SLICE("acme"),
                          .conversation = slice_of(key),
                          .occurred = at};
    event.body.conversations = (struct conversations_event){
        .type = SLICE("conversation:message"),
        .conversation_id = SLICE("c1"),
        .widget_id = SLICE("w1"),
        .active = {.present = true, .id = SLICE("s"), .integration_id = SLICE("int")},
        .message_id = slice_of(id),
        .received = at,
        .author = AUTHOR_CUSTOMER,
        .text = SLICE("hello")};
    rig_tell(r, &event);
    rig_run(r);
}

static void begin(struct rig *r)
{
    rig_configure(r);
    rig_start(r);
    rig_run(r);
}

static void what_is_older_makes_no_state(void **unused)
{
    struct rig *r = *unused;
    begin(r);
    customer_wrote(r, "m1", EVICT_AGE_MS_MIN);
    EXPECT("weeks old, and the first that is heard", rig_commands(r, EFFECT_BOT_TURN) == 0);
}

static void nor_is_it_answered_by_a_state_that_was_made_since(void **unused)
{
    struct rig *r = *unused;
    begin(r);
    customer_wrote(r, "m2", 0);
    rig_answer(r, key);
    rig_run(r);
    customer_wrote(r, "m1", EVICT_AGE_MS_MIN + hour_ms);
    EXPECT("it may have been answered before", rig_commands(r, EFFECT_BOT_TURN) == 1);
    customer_wrote(r, "m0", EVICT_AGE_MS_MIN - 2 * hour_ms);
    EXPECT("late, but of this life", rig_commands(r, EFFECT_BOT_TURN) == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(what_is_older_makes_no_state),
        RIG_TEST(nor_is_it_answered_by_a_state_that_was_made_since),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
