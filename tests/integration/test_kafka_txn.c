/* What only a real Kafka can show: isolation, fencing, unknown outcomes, rebalances, outages. */
#include "base/limits.h"
#include "kafka/client.h"
#include "tests/integration/kafka_world.h"
#include "tests/support/unit.h"

#include <signal.h>
#include <string.h>

static err_t one_transaction(struct loop *loop, const char *value, int64_t offset)
{
    TRY(bus_begin(&loop->bus));
    loop_produce(loop, TOPIC_COMMANDS, 0, value, 0);
    const struct bus_offset next = {0, offset, {NULL, 0}};
    return bus_commit(&loop->bus, &next, 1);
}

static void an_aborted_transaction_is_never_seen(void **state)
{
    struct world *w = *state;
    struct kafka_options o = world_options(w, "processor", "0");
    struct loop loop;
    open_processor(w, &loop, &o);
    EXPECT_OK("committed", one_transaction(&loop, "a", 1));
    begin_with(&loop, "gone");
    loop_produce(&loop, TOPIC_EVENTS, 0, "gone", 0);
    EXPECT_OK("abort", abort_for_sure(&loop));
    EXPECT_OK("committed", one_transaction(&loop, "b", 2));
    loop_for(&loop, 1000);
    EXPECT("not by a group", loop.record_count == EVENTS_AT_FIRST);
    expect_commands(w, "nor by a reader", "a b ");
    EXPECT("the offset of the last", stored_offset(w, "processor", 0) == 2);
    int64_t lag = -1;
    EXPECT_OK("lag", bus_lag(&loop.bus, 0, &lag));
    EXPECT("markers are no lag", lag == 0);
    loop_close(&loop);
}

static void an_open_transaction_hides_the_end(void **state)
{
    struct world *w = *state;
    struct kafka_options o = world_options(w, "processor", "0");
    struct loop loop;
    open_processor(w, &loop, &o);
    begin_with(&loop, "open");
    EXPECT_OK("stored", bus_flush(&loop.bus, span_ms(5000)));

    CLEANUP(reader_kafka) struct reader_kafka self = {.options = &w->options, .log = w->log};
    struct reader_port port = reader_kafka_port(&self);
    struct reader *r = NULL;
    struct bus_record record;
    enum reader_status status = READER_END;
    EXPECT_OK("open", reader_open(&port, TOPIC_COMMANDS, 0, READER_FROM_START, &r));
    EXPECT("the end counts it", port.ops->end(r) == 1);
    EXPECT_OK("read", reader_next(&port, r, span_ms(500), &record, &status));
    EXPECT("not there yet", status == READER_IDLE);
    const struct bus_offset next = {0, 1, {NULL, 0}};
    EXPECT_OK("commit", bus_commit(&loop.bus, &next, 1));
    EXPECT_OK("read", reader_next(&port, r, span_ms(5000), &record, &status));
    EXPECT("now it is", status == READER_RECORD);
    EXPECT_OK("read", reader_next(&port, r, span_ms(5000), &record, &status));
    EXPECT("and then the end", status == READER_END);
    port.ops->close(r);
    loop_close(&loop);
}

/* How the first ends while the second lives. Both join anew once, should it have been a ghost. */
static err_t last_word(struct loop *first, struct loop *second)
{
    int64_t until = world_now_ms() + 30000;
    err_t err = err_ok();
    while (!err_failed(err) && world_now_ms() < until) {
        err = loop_error(first, 100);
        loop_for(second, 100);
    }
    return err;
}

static void the_second_of_a_name_fences_the_first(void **state)
{
    struct world *w = *state;
    struct kafka_options o = world_options(w, "processor", "0");
    struct kafka_options other = world_options(w, "processor", "0");
    struct loop first;
    struct loop second;
    open_processor(w, &first, &o);
    begin_with(&first, "zombie");
    EXPECT_OK("stored", bus_flush(&first.bus, span_ms(5000)));
    loop_open(&second, &other, BUS_TRANSACTIONS, TOPIC_EVENTS, w->log);
    second.start_at_committed = true;
    const struct bus_offset next = {0, 9, {NULL, 0}};
    err_t err = bus_commit(&first.bus, &next, 1);
    if (err_is(err, ERR_TXN_ABORT)) {
        err = bus_abort(&first.bus);
    }
    EXPECT_CODE("fenced", err, ERR_FENCED);
    EXPECT("takes over", loop_until(&second, &second.assigned_count, WORLD_PARTITIONS, 20000));
    EXPECT_CODE("out of the group, too", last_word(&first, &second), ERR_FENCED);
    EXPECT("has it again", loop_until(&second, &second.assigned_count, WORLD_PARTITIONS, 20000));
    EXPECT_OK("the second works", one_transaction(&second, "new", 1));
    expect_commands(w, "nothing of the zombie", "new ");
    EXPECT("nor its offset", stored_offset(w, "processor", 0) == 1);
    loop_close(&first);
    loop_close(&second);
}

static pid_t broker_pid(void)
{
    const char *text = getenv("TIELINE_TEST_BROKER_PID");
    uint64_t pid = 0;
    return text != NULL && !err_failed(slice_to_u64(slice_of(text), &pid)) ? (pid_t)pid : 0;
}

static void freeze_broker(void)
{
    (void)kill(broker_pid(), SIGSTOP);
    world_pause(100); /* until all of its threads stand */
}

/* Until a transaction goes through, as a loop would: after an outage the group may have to form
 * again, and the producer may have to be a new one. */
static void work_again(struct loop *loop, const char *value, int64_t offset)
{
    int64_t until = world_now_ms() + 40000;
    for (;;) {
        err_t err = one_transaction(loop, value, offset);
        if (!err_failed(err)) {
            return;
        }
        EXPECT("in time", world_now_ms() < until);
        if (err_is(err, ERR_TXN_ABORT)) {
            err = bus_abort(&loop->bus);
        }
        while (err_failed(err) && world_now_ms() < until) {
            EXPECT("weather only", err_class(err) == ERR_CLASS_TRANSIENT);
            err = bus_renew(&loop->bus);
        }
        loop_for(loop, 200);
    }
}

static void renew_for_sure(struct loop *loop)
{
    int64_t until = world_now_ms() + 60000;
    err_t renewed = err_ok();
    do {
        renewed = bus_renew(&loop->bus);
    } while (err_failed(renewed) && world_now_ms() < until);
    EXPECT_OK("renewed", renewed);
}

/* A broker that loses its session while it ends a transaction may call it complete and leave it
 * open (docs/decisions/0011): then a new handle drops its offsets and an aborted transaction ends
 * its records, as in processor/unbar.c. */
static void settle(struct world *w, struct loop *loop, char *text, size_t size, int64_t *ret_offset)
{
    for (int tries = 0; tries < 3; tries++) {
        renew_for_sure(loop);
        if (world_offset(w, "processor", 0, ret_offset) && world_commands(w, text, size)) {
            return;
        }
        print_message("left open by the broker\n");
        renew_for_sure(loop);
        EXPECT_OK("begin", bus_begin(&loop->bus));
        loop_produce(loop, TOPIC_COMMANDS, 0, "unbar", 0);
        EXPECT_OK("stored", bus_flush(&loop->bus, span_ms(5000)));
        EXPECT_OK("abort", abort_for_sure(loop));
    }
    EXPECT("it comes to an end", false);
}

/* The broker stands still while a transaction is being committed: nobody knows how it ended. */
static void commit_to_a_frozen_broker(struct world *w, size_t offsets)
{
    struct kafka_options o = world_options(w, "processor", "0");
    struct loop loop;
    open_processor(w, &loop, &o);
    EXPECT_OK("committed", one_transaction(&loop, "a", 1));
    begin_with(&loop, "b");
    EXPECT_OK("stored", bus_flush(&loop.bus, span_ms(5000)));
    freeze_broker();
    int64_t since = world_now_ms();
    const struct bus_offset next = {0, 2, {NULL, 0}};
    err_t err = bus_commit(&loop.bus, &next, offsets);
    int64_t took = world_now_ms() - since;
    since = world_now_ms();
    err_t renewed = bus_renew(&loop.bus);
    int64_t renewing = world_now_ms() - since;
    (void)kill(broker_pid(), SIGCONT);
    print_message("%s after %lld ms, %s after %lld ms\n", err_name(err), (long long)took,
                  err_name(renewed), (long long)renewing);
    EXPECT_CODE("how it ended", err, ERR_TXN_UNKNOWN);
    EXPECT("bounded", took < 25000 && renewing < 10000);
    EXPECT_CODE("it is patient", renewed, ERR_UNAVAILABLE);
    EXPECT_CODE("nothing before that", bus_begin(&loop.bus), ERR_TXN_UNKNOWN);
    char before[64];
    int64_t stored = -1;
    settle(w, &loop, before, sizeof before, &stored);
    EXPECT("all or nothing",
           strcmp(before, "a ") == 0 || (offsets == 0 && strcmp(before, "a b ") == 0));
    EXPECT("its offset goes with it", stored == 1);
    work_again(&loop, "c", 3);
    char after[64];
    EXPECT("read to the end", world_commands(w, after, sizeof after));
    EXPECT("later work stands behind it", strncmp(before, after, strlen(before)) == 0 &&
                                              strcmp(after + strlen(before), "c ") == 0);
    EXPECT("with its offset", stored_offset(w, "processor", 0) == 3);
    loop_close(&loop);
}

/* Nothing is committed then; but the offsets may lie in a socket, and belong to no later one. */
static void offsets_without_an_answer_end_the_handle(void **state)
{
    if (broker_pid() == 0) {
        skip(); /* somebody else's broker cannot be stopped */
    }
    commit_to_a_frozen_broker(*state, 1);
}

static void a_commit_without_an_answer_is_unknown(void **state)
{
    if (broker_pid() == 0) {
        skip();
    }
    commit_to_a_frozen_broker(*state, 0);
}

static void commit_in_revoke(struct loop *loop)
{
    const struct bus_offset next = {0, 1, {NULL, 0}};
    EXPECT("not lost", !loop->last_lost);
    EXPECT_OK("commit inside the callback", bus_commit(&loop->bus, &next, 1));
}

static void a_revoke_commits_before_the_partitions_go(void **state)
{
    struct world *w = *state;
    struct kafka_options o = world_options(w, "processor", "0");
    struct kafka_options other = world_options(w, "processor", "1");
    struct loop first;
    struct loop second;
    open_processor(w, &first, &o);
    first.on_revoke = commit_in_revoke;
    begin_with(&first, "last");
    loop_open(&second, &other, BUS_TRANSACTIONS, TOPIC_EVENTS, w->log);
    second.start_at_committed = true;
    first.assigned_count = 0;
    int64_t until = world_now_ms() + 20000;
    while ((first.assigned_count < 2 || second.assigned_count < 2) && world_now_ms() < until) {
        loop_for(&first, 20);
        loop_for(&second, 20);
    }
    EXPECT("shared", first.assigned_count == 2 && second.assigned_count == 2);
    EXPECT("revoked once", first.revokes == 1);
    const struct note *owner = first.assigned[0].partition == 0 ? first.assigned : second.assigned;
    EXPECT("whoever has it now goes on there", owner[0].partition == 0 && owner[0].offset == 1);
    const struct loop *lacks = owner == first.assigned ? &second : &first;
    struct loop *stranger = lacks == &first ? &first : &second;
    first.on_revoke = NULL;
    EXPECT_CODE("another's partition", one_transaction(stranger, "no", 5), ERR_TXN_ABORT);
    EXPECT_OK("abort", bus_abort(&stranger->bus));
    expect_commands(w, "once", "last ");
    loop_close(&first);
    loop_close(&second);
}

/* A restart within the session: no rebalance for others, and at once. */
static void a_restart_takes_its_partitions_back_at_once(void **state)
{
    struct world *w = *state;
    struct kafka_options o = world_options(w, "processor", "0");
    struct loop loop;
    open_processor(w, &loop, &o);
    EXPECT_OK("work", one_transaction(&loop, "a", 1));
    loop_close(&loop);
    int64_t since = world_now_ms();
    open_processor(w, &loop, &o);
    print_message("restarted in %lld ms\n", (long long)(world_now_ms() - since));
    EXPECT("long before the session is over", world_now_ms() - since < 3000);
    EXPECT_OK("work", one_transaction(&loop, "b", 2));
    expect_commands(w, "both", "a b ");
    loop_close(&loop);
}

static void a_stalled_member_commits_nothing(void **state)
{
    struct world *w = *state;
    struct kafka_options o = world_options(w, "egress", "0");
    struct loop loop;
    loop_open(&loop, &o, BUS_READ_WRITE, TOPIC_COMMANDS, w->log);
    EXPECT("assigned", loop_until(&loop, &loop.assigned_count, WORLD_PARTITIONS, 20000));
    const struct bus_offset next = {0, 1, SLICE("h=1")};
    EXPECT_OK("commit", bus_commit_offsets(&loop.bus, &next, 1));
    EXPECT("answered", loop_until(&loop, &loop.committed_count, 1, 5000));
    world_pause(3500); /* more than half the session without a poll */
    EXPECT_CODE("refused here", bus_commit_offsets(&loop.bus, &next, 1), ERR_FENCED);
    loop_for(&loop, 100);
    EXPECT_OK("after a poll it may", bus_commit_offsets(&loop.bus, &next, 1));
    EXPECT("answered", loop_until(&loop, &loop.committed_count, 2, 5000));
    EXPECT_OK("stored", loop.committed[1].result);
    loop_close(&loop);
}

static void a_frozen_broker_is_weather(void **state)
{
    struct world *w = *state;
    if (broker_pid() == 0) {
        skip();
    }
    struct kafka_options o = world_options(w, "ingest", "0");
    struct loop loop;
    loop_open(&loop, &o, BUS_PRODUCER, TOPIC_EVENTS, w->log);
    loop_produce(&loop, TOPIC_EVENTS, 0, "a", 1);
    EXPECT("stored", loop_until(&loop, &loop.delivered_count, 1, 5000));
    EXPECT("heard", bus_connected(&loop.bus));
    freeze_broker();
    int64_t since = world_now_ms();
    loop_produce(&loop, TOPIC_EVENTS, 0, "b", 2);
    bool reported = loop_until(&loop, &loop.delivered_count, 2, 5000);
    int64_t took = world_now_ms() - since;
    bool heard = bus_connected(&loop.bus);
    (void)kill(broker_pid(), SIGCONT);
    EXPECT("reported", reported);
    print_message("%s after %lld ms\n", err_name(loop.delivered[1].result), (long long)took);
    EXPECT("soon: librdkafka looks once a second", took < 2700);
    EXPECT("as not known", err_failed(loop.delivered[1].result));
    EXPECT("not heard", !heard);
    int64_t until = world_now_ms() + 10000;
    while (!bus_connected(&loop.bus) && world_now_ms() < until) {
        loop_for(&loop, 50);
    }
    EXPECT("heard again", bus_connected(&loop.bus));
    loop_produce(&loop, TOPIC_EVENTS, 0, "c", 3);
    EXPECT("reported", loop_until(&loop, &loop.delivered_count, 3, 5000));
    EXPECT_OK("stored", loop.delivered[2].result);
    loop_close(&loop);
}

/* kafka_bus.sh kills the broker and starts it again meanwhile. */
static void all_roles_outlive_a_restart(void **state)
{
    struct world *w = *state;
    if (getenv("TIELINE_TEST_RESTART") == NULL) {
        skip();
    }
    struct kafka_options o = world_options(w, "processor", "0");
    struct kafka_options other = world_options(w, "egress", "0");
    struct loop processor;
    struct loop egress;
    open_processor(w, &processor, &o);
    loop_open(&egress, &other, BUS_READ_WRITE, TOPIC_COMMANDS, w->log);
    egress.start_at_committed = true;
    EXPECT("assigned", loop_until(&egress, &egress.assigned_count, WORLD_PARTITIONS, 20000));
    print_message("ready\n");
    (void)fflush(stdout);
    bool was_away = false;
    int64_t until = world_now_ms() + 90000;
    while ((!was_away || !bus_connected(&processor.bus) || !bus_connected(&egress.bus)) &&
           world_now_ms() < until) {
        loop_for(&processor, 20);
        loop_for(&egress, 20);
        was_away |= !bus_connected(&processor.bus) && !bus_connected(&egress.bus);
    }
    EXPECT("away, and back", was_away && bus_connected(&processor.bus));
    work_again(&processor, "after", 1);
    EXPECT("egress reads it", loop_until(&egress, &egress.record_count, 1, 20000));
    EXPECT_TEXT("it", egress.records[0].text, "after");
    int64_t deadline = world_now_ms() + 20000;
    const struct bus_offset next = {0, 1, SLICE("h=1")};
    while (err_failed(bus_commit_offsets(&egress.bus, &next, 1)) && world_now_ms() < deadline) {
        loop_for(&egress, 100);
    }
    EXPECT("answered", loop_until(&egress, &egress.committed_count, 1, 20000));
    EXPECT_OK("stored", egress.committed[0].result);
    loop_close(&processor);
    loop_close(&egress);
}

int main(int argc, char **argv)
{
    if (getenv("TIELINE_TEST_BROKERS") == NULL) {
        print_message("skipped: needs a real Kafka in TIELINE_TEST_BROKERS\n");
        return 77;
    }
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        WORLD_ROW(an_aborted_transaction_is_never_seen),
        WORLD_ROW(an_open_transaction_hides_the_end),
        WORLD_ROW(the_second_of_a_name_fences_the_first),
        WORLD_ROW(offsets_without_an_answer_end_the_handle),
        WORLD_ROW(a_commit_without_an_answer_is_unknown),
        WORLD_ROW(a_revoke_commits_before_the_partitions_go),
        WORLD_ROW(a_restart_takes_its_partitions_back_at_once),
        WORLD_ROW(a_stalled_member_commits_nothing),
        WORLD_ROW(a_frozen_broker_is_weather),
        WORLD_ROW(all_roles_outlive_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
