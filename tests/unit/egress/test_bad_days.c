/* Stalls, drains and brokers at their worst moments. */
#include "tests/unit/egress/rig.h"

#include <stdio.h>
#include <string.h>

static struct rig rig;
static size_t posts, gets;
static span_ms_t takes; /* each call */

static struct peer_reply answers(void *arg, const struct peer_seen *seen, size_t index)
{
    (void)index;
    bool is_post = slice_equal(seen->method, SLICE("POST"));
    posts += is_post ? 1 : 0;
    gets += is_post ? 0 : 1;
    if (arg != NULL && strstr(seen->url.ptr, arg) != NULL) {
        return (struct peer_reply){.result = PEER_LOST, .after = span_ms(500)};
    }
    return (struct peer_reply){.status = is_post ? 201 : 200,
                               .body = is_post
                                           ? "{\"messages\":[{\"id\":\"m\"}]}"
                                           : "{\"messages\":[],\"conversation\":{\"id\":\"x\"}}",
                               .after = takes};
}

static void say_as(const char *account, const char *conversation)
{
    (void)rig_message(&rig, &(struct rig_message){.account = account,
                                                  .conversation = conversation,
                                                  .voice = VOICE_CUSTOMER});
}

static void say(const char *conversation)
{
    say_as("acme", conversation);
}

/* lost  part of a path whose answers are lost; NULL = none */
static void begin(int32_t partitions, char *lost)
{
    posts = 0;
    gets = 0;
    takes = span_ms(20);
    rig_init(&rig, partitions, answers, lost);
    rig_start(&rig);
    EXPECT_OK("run", rig_run(&rig, span_ms(200)));
}

/* Produces as the test wants, else as the double does. */
static const struct bus_ops *plain;
static struct bus_ops bent;
static bool is_bent;

static void bend(err_t (*produce)(void *, const struct bus_message *))
{
    plain = rig.bus_port.ops;
    bent = *plain;
    bent.produce = produce;
    rig.bus_port.ops = &bent;
}

static err_t stops_once(void *self, const struct bus_message *message)
{
    if (is_bent && message->topic == TOPIC_EVENTS) {
        is_bent = false;
        clock_double_advance(&rig.clock, span_s(300));
    }
    return plain->produce(self, message);
}

static void test_a_stop_inside_a_turn_is_noticed(void **state)
{
    (void)state;
    begin(1, NULL);
    bend(stops_once);
    say("c1");
    say("c1");
    EXPECT_OK("run", rig_run(&rig, span_ms(10)));
    is_bent = true; /* when the outcome of the first is written */
    EXPECT_OK("run", rig_run(&rig, span_ms(100)));
    EXPECT("given up, and the second is not sent", rig.bus.rejoins == 1 && posts == 1);
    rig_deinit(&rig);
}

static err_t never_reported(void *self, const struct bus_message *message)
{
    if (is_bent && message->topic == TOPIC_EVENTS && message->partition == 0) {
        return err_ok();
    }
    return plain->produce(self, message);
}

/* So many words in conversations of one partition. */
static void say_many(const char *account, int32_t partition, int count)
{
    for (int i = 0; count > 0; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "s%d", i);
        if (rig_partition(&rig, account, name) == partition) {
            say_as(account, name);
            count--;
        }
    }
}

static void test_a_partition_that_takes_no_records_delays_no_other(void **state)
{
    (void)state;
    begin(2, NULL);
    bend(never_reported);
    is_bent = true;
    say_many("acme", 0, 1100);
    EXPECT_OK("run", rig_run(&rig, span_s(5)));
    EXPECT("nothing of it is sent", posts == 0);
    say_many("globex", 1, 10);
    EXPECT_OK("run", rig_run(&rig, span_s(5)));
    EXPECT("another account's words are", posts == 10);
    is_bent = false;
    rig_deinit(&rig);
}

static void test_a_drain_waits_for_the_horizon_that_is_being_written(void **state)
{
    (void)state;
    begin(1, NULL);
    rig.bus.holds_deliveries = true;
    say("c1");
    EXPECT_OK("run", rig_run(&rig, span_ms(5)));
    egress_loop_drain(rig.loop);
    EXPECT_OK("run", rig_run(&rig, span_ms(2)));
    rig.bus.holds_deliveries = false;
    rig_drain(&rig);
    rig.looks = 0;
    rig_start(&rig);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("the successor is in no doubt", rig.looks == 0 && posts == 1);
    rig_deinit(&rig);
}

static void test_reads_are_not_counted_as_sent(void **state)
{
    (void)state;
    begin(1, NULL);
    takes = span_s(1);
    for (int i = 0; i < 25; i++) {
        say("c1");
    }
    struct command fetch = rig_base(&rig, EFFECT_FETCH_ACTIVE, "globex", "g1");
    fetch.method = METHOD_GET;
    (void)rig_command(&rig, &fetch);
    EXPECT_OK("run", rig_run(&rig, span_ms(100)));
    egress_loop_drain(rig.loop);
    EXPECT_OK("run", rig_run(&rig, span_s(3)));
    EXPECT("a fetch behind them does not hold up a drain",
           egress_loop_drained(rig.loop) && posts == 1);
    rig_deinit(&rig);
}

static void test_a_drain_gives_up_after_a_commit_that_nobody_knows_of(void **state)
{
    (void)state;
    char lost[] = "/c2/";
    begin(1, lost);
    say("c1");
    say("c2");
    EXPECT_OK("run", rig_run(&rig, span_ms(10)));
    rig.bus.holds_commits = true;
    EXPECT_OK("run", rig_run(&rig, span_ms(200)));
    EXPECT("both out", posts == 2 && rig.bus.commit_is_out);
    egress_loop_drain(rig.loop);
    rig.bus.commit_fails = ERR(TIMEOUT);
    rig.bus.holds_commits = false;
    size_t commits = rig.bus.commits;
    EXPECT_OK("run", rig_run(&rig, span_s(5)));
    EXPECT("nothing more is sent or committed", posts == 2 && rig.bus.commits == commits);
    EXPECT("drained", egress_loop_drained(rig.loop) && rig.bus.rejoins == 0);
    rig_deinit(&rig);
}

static void test_recovering_outlives_a_rebalance(void **state)
{
    (void)state;
    begin(1, NULL);
    say("c1");
    EXPECT_OK("run", rig_run(&rig, span_ms(200)));
    rig_kill(&rig);
    struct bus_offset none = {0, -1, SLICE("")};
    log_double_commit(rig.log, &none);
    rig.options.recover = true;
    rig_start(&rig);
    rig.bus.holds_commits = true;
    EXPECT_OK("run", rig_run(&rig, span_ms(10)));
    bus_double_revoke(&rig.bus, false);
    EXPECT_OK("run", rig_run(&rig, span_ms(10)));
    rig.bus.holds_commits = false;
    bus_double_assign(&rig.bus);
    EXPECT_OK("still without trust in offsets", rig_run(&rig, span_s(2)));
    int64_t committed = 0;
    EXPECT("recovered", rig_committed(&rig, 0, &committed).incarnation == 2 && committed == 1);
    EXPECT("nothing twice", posts == 1);
    rig_deinit(&rig);
}

static void test_a_command_that_cannot_be_looked_up_is_not(void **state)
{
    (void)state;
    begin(1, NULL);
    struct command odd = rig_base(&rig, EFFECT_TICKET_CREATE, "acme", "g2");
    odd.look_first = true; /* of an API that has no tickets */
    (void)rig_command(&rig, &odd);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("sent, or refused; not looked up", gets == 0);
    rig_deinit(&rig);
}

/* Says something in each partition. */
static void say_everywhere(void)
{
    bool is_said[LOG_DOUBLE_PARTITIONS_MAX] = {false};
    for (int32_t i = 0, said = 0; said < rig.log->partitions; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "e%d", (int)i);
        int32_t partition = rig_partition(&rig, "acme", name);
        if (!is_said[partition]) {
            is_said[partition] = true;
            said++;
            say(name);
        }
    }
}

static void test_partitions_without_a_leader_hold_up_no_others(void **state)
{
    (void)state;
    begin(8, NULL);
    say_everywhere();
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("each partition at work", posts == 8);
    rig_kill(&rig);
    say_everywhere();
    for (int32_t i = 0; i < 6; i++) { /* more than are read at a time */
        rig.log->topics[TOPIC_COMMANDS][i].is_silent = true;
    }
    rig_start(&rig);
    EXPECT_OK("run", rig_run(&rig, span_s(20)));
    EXPECT("those with a leader are served", posts == 10);
    for (int32_t i = 0; i < 6; i++) {
        rig.log->topics[TOPIC_COMMANDS][i].is_silent = false;
    }
    EXPECT_OK("run", rig_run(&rig, span_s(5)));
    EXPECT("and the others when they have one", posts == 16 && gets == 0);
    EXPECT("nothing is left open", rig.log->readers_open == 0);
    rig_deinit(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_partitions_without_a_leader_hold_up_no_others),
        cmocka_unit_test(test_a_stop_inside_a_turn_is_noticed),
        cmocka_unit_test(test_a_partition_that_takes_no_records_delays_no_other),
        cmocka_unit_test(test_a_drain_waits_for_the_horizon_that_is_being_written),
        cmocka_unit_test(test_reads_are_not_counted_as_sent),
        cmocka_unit_test(test_a_drain_gives_up_after_a_commit_that_nobody_knows_of),
        cmocka_unit_test(test_recovering_outlives_a_rebalance),
        cmocka_unit_test(test_a_command_that_cannot_be_looked_up_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
