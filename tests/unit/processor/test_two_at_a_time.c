/* loop.c: one transaction is open while the one before it is being committed. */
#include "processor/loop_state.h"
#include "tests/unit/processor/rig.h"

/* One conversation's message is in a transaction on its way, another's in the next. */
static void two_under_way(struct rig *r)
{
    rig_configure(r);
    rig_start(r);
    rig_run(r);
    r->bus.holds_txn = true;
    rig_customer_writes(r, "acme/messaging/c1", "m1");
    rig_run(r);
    rig_customer_writes(r, "acme/messaging/c2", "m2");
    rig_run(r);
    EXPECT("decided", loop_conversations(r->loop) == 2);
    EXPECT("nothing visible", rig_commands(r, EFFECT_BOT_TURN) == 0);
}

static void expect_each_once(struct rig *r)
{
    r->bus.holds_txn = false;
    r->bus.txn_fails = err_ok();
    rig_run(r);
    EXPECT("each once", rig_commands(r, EFFECT_BOT_TURN) == 2 && loop_conversations(r->loop) == 2);
    rig_stop(r); /* as by a kill */
    rig_start(r);
    rig_run(r);
    EXPECT("and stored", rig_commands(r, EFFECT_BOT_TURN) == 2 && r->canaries == 0 &&
                             loop_conversations(r->loop) == 2);
}

static void it_decides_on_while_a_transaction_is_committed(void **state)
{
    struct rig *r = *state;
    two_under_way(r);
    size_t commits = r->bus.commits;
    r->bus.holds_txn = false;
    rig_run(r);
    EXPECT("one after the other", r->bus.commits == commits + 2 && r->aborted == 0);
    expect_each_once(r);
}

static void one_that_is_lost_on_its_way_takes_the_next_along(void **state)
{
    struct rig *r = *state;
    two_under_way(r);
    r->bus.holds_txn = false;
    r->bus.txn_fails = ERR(TXN_ABORT);
    rig_until_aborted(r);
    EXPECT("nothing kept of either", loop_conversations(r->loop) == 0);
    expect_each_once(r);
}

static void one_that_comes_through_stays_when_the_next_is_lost(void **state)
{
    struct rig *r = *state;
    two_under_way(r);
    r->bus.holds_txn = false;
    size_t commits = r->bus.commits;
    for (int i = 0; i < RIG_ROUNDS && r->bus.commits == commits; i++) {
        rig_turn(r);
    }
    r->bus.txn_fails = ERR(TXN_ABORT);
    rig_until_aborted(r);
    EXPECT("the first is kept",
           loop_conversations(r->loop) == 1 && rig_commands(r, EFFECT_BOT_TURN) == 1);
    expect_each_once(r);
}

static void one_that_ended_nobody_knows_how_is_read_again(void **state)
{
    struct rig *r = *state;
    two_under_way(r);
    r->commit_unknown_but_stored = true;
    r->bus.holds_txn = false;
    rig_turn(r);
    EXPECT("nothing is trusted", r->unknown == 1 && loop_conversations(r->loop) == 0);
    r->commit_unknown_but_stored = false;
    expect_each_once(r);
}

static void what_is_under_way_is_committed_before_partitions_go(void **state)
{
    struct rig *r = *state;
    two_under_way(r);
    r->bus.holds_txn = false;
    bus_double_revoke(&r->bus, false);
    rig_turn(r);
    EXPECT("both", rig_commands(r, EFFECT_BOT_TURN) == 2 && loop_conversations(r->loop) == 0);
    bus_double_assign(&r->bus);
    expect_each_once(r);
}

static void what_is_under_way_is_dropped_with_lost_partitions(void **state)
{
    struct rig *r = *state;
    two_under_way(r);
    r->bus.holds_txn = false;
    r->bus.txn_fails = ERR(TXN_ABORT);
    bus_double_revoke(&r->bus, true);
    rig_turn(r);
    EXPECT("neither", rig_commands(r, EFFECT_BOT_TURN) == 0 && loop_conversations(r->loop) == 0);
    bus_double_assign(&r->bus);
    expect_each_once(r);
}

/* Memory is bounded: behind a commit that takes its time at most one batch is decided. */
static void a_full_batch_waits_for_the_one_before(void **state)
{
    struct rig *r = *state;
    two_under_way(r);
    char id[16];
    for (int i = 0; i < 2 * RIG_ROUNDS; i++) {
        (void)snprintf(id, sizeof id, "more%d", i);
        rig_customer_writes(r, "acme/messaging/c3", id);
        rig_turn(r);
        clock_double_advance(&r->clock, span_ms(5)); /* a batch ends after 50 ms */
    }
    size_t decided = r->loop->batch;
    rig_run(r);
    EXPECT("no more is decided", r->loop->batch == decided && decided < RIG_ROUNDS);
    r->bus.holds_txn = false;
    for (int i = 0; i < 8; i++) {
        rig_run(r);
    }
    EXPECT("then all is",
           rig_commands(r, EFFECT_BOT_TURN) == 3 &&
               r->loop->partitions[0]->here.point.next + r->loop->partitions[1]->here.point.next ==
                   (int64_t)rig_records(r, TOPIC_EVENTS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(it_decides_on_while_a_transaction_is_committed),
        RIG_TEST(one_that_is_lost_on_its_way_takes_the_next_along),
        RIG_TEST(one_that_comes_through_stays_when_the_next_is_lost),
        RIG_TEST(one_that_ended_nobody_knows_how_is_read_again),
        RIG_TEST(what_is_under_way_is_committed_before_partitions_go),
        RIG_TEST(what_is_under_way_is_dropped_with_lost_partitions),
        RIG_TEST(a_full_batch_waits_for_the_one_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
