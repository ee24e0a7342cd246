/* loop.c, apply.c and restore.c on a log in memory: what is committed, what an abort takes back,
 * what a restart finds. */
#include "tests/unit/processor/rig.h"

static void what_was_logged_before_the_first_configuration_waits_for_it(void **state)
{
    struct rig *r = *state;
    rig_customer_writes(r, "acme/messaging/c1", "m1");
    rig_start(r);
    rig_run(r);
    EXPECT("nothing decided without a configuration", rig_records(r, TOPIC_COMMANDS) == 0);
    EXPECT("said so", !loop_has_config(r->loop));
    rig_configure(r);
    rig_run(r);
    EXPECT("decided with the first", rig_commands(r, EFFECT_BOT_TURN) == 1);
    EXPECT("held", loop_conversations(r->loop) == 1);
}

static void a_restart_goes_on_where_it_stood(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_start(r);
    rig_customer_writes(r, "acme/messaging/c1", "m1");
    rig_customer_writes(r, "acme/messaging/c2", "m2");
    rig_run(r);
    EXPECT("asked", rig_commands(r, EFFECT_BOT_TURN) == 2);
    rig_stop(r);
    rig_start(r);
    rig_run(r);
    EXPECT("states are back", loop_conversations(r->loop) == 2);
    EXPECT("nothing twice", rig_commands(r, EFFECT_BOT_TURN) == 2);
    EXPECT("the checkpoint is where the offset is", r->canaries == 0);
    rig_customer_writes(r, "acme/messaging/c1", "m1");
    rig_run(r);
    EXPECT("row 44: deduplicated by what was restored", rig_commands(r, EFFECT_BOT_TURN) == 2);
}

static void an_aborted_transaction_leaves_nothing(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_start(r);
    rig_run(r);
    r->bus.txn_fails = ERR(TXN_ABORT);
    rig_customer_writes(r, "acme/messaging/c1", "m1");
    rig_run(r);
    rig_until_aborted(r);
    EXPECT("nothing visible", rig_commands(r, EFFECT_BOT_TURN) == 0);
    EXPECT("nothing kept", loop_conversations(r->loop) == 0);
    r->bus.txn_fails = err_ok();
    rig_run(r);
    EXPECT("then once", rig_commands(r, EFFECT_BOT_TURN) == 1 && loop_conversations(r->loop) == 1);
}

static void what_was_read_is_not_lost_when_no_transaction_begins(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_start(r);
    rig_run(r);
    r->bus.begin_fails = ERR(UNAVAILABLE);
    rig_customer_writes(r, "acme/messaging/c1", "m1");
    struct bus bus = rig_bus(r);
    for (int i = 0; i < 20 && r->bus.rejoins == 0; i++) {
        EXPECT_OK("run", loop_run(r->loop, &bus, span_ms(0)));
    }
    r->bus.begin_fails = err_ok();
    rig_customer_writes(r, "acme/messaging/c1", "m2");
    rig_run(r);
    EXPECT("neither is missing",
           rig_commands(r, EFFECT_BOT_TURN) == 1 && rig_records(r, TOPIC_DEAD) == 0);
    rig_stop(r);
    rig_start(r);
    rig_customer_writes(r, "acme/messaging/c1", "m1");
    rig_run(r);
    EXPECT("the first is known", rig_commands(r, EFFECT_BOT_TURN) == 1);
}

/* A partition that always has something to read does not keep the others waiting. */
static void a_busy_partition_lets_configuration_in(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_start(r);
    rig_run(r);
    rig_configure(r);
    struct bus bus = rig_bus(r);
    char id[16];
    for (int i = 0; i < RIG_ROUNDS; i++) {
        (void)snprintf(id, sizeof id, "m%d", i);
        rig_customer_writes(r, "acme/messaging/c1", id);
        EXPECT_OK("run", loop_run(r->loop, &bus, span_ms(0)));
        clock_double_advance(&r->clock, span_ms(3));
    }
    EXPECT("taken up by both", rig_records(r, TOPIC_EVENTS) == RIG_ROUNDS + 2 * RIG_PARTITIONS);
}

static void what_cannot_be_read_is_set_aside(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_start(r);
    struct bus_message garbage = {.topic = TOPIC_EVENTS,
                                  .partition = 0,
                                  .key = SLICE("acme/messaging/c1"),
                                  .value = SLICE("\x0agarbage")};
    (void)log_double_append(r->log, &garbage);
    rig_customer_writes(r, "acme/messaging/c1", "m1");
    rig_run(r);
    EXPECT("kept", rig_records(r, TOPIC_DEAD) == 1 && r->dead == 1);
    EXPECT("and on it goes", rig_commands(r, EFFECT_BOT_TURN) == 1);
}

static void a_new_configuration_is_an_event_of_each_partition(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_start(r);
    rig_run(r);
    size_t before = rig_records(r, TOPIC_EVENTS);
    EXPECT("one for each partition", before == RIG_PARTITIONS);
    rig_configure(r);
    clock_double_advance(&r->clock, span_s(1));
    rig_run(r);
    EXPECT("one more for each", rig_records(r, TOPIC_EVENTS) == 2 * RIG_PARTITIONS);
    rig_stop(r);
    rig_start(r);
    rig_run(r);
    EXPECT("a restart takes nothing up again", rig_records(r, TOPIC_EVENTS) == 2 * RIG_PARTITIONS);
}

/* `tieline move` has taken all away, or has not brought all yet. */
static void nothing_is_decided_where_all_was_moved_from(void **state)
{
    struct rig *r = *state;
    const struct deployment moved[] = {{.partitions = 2, .moved_into = SLICE("new.")},
                                       {.partitions = 2, .moving_from = SLICE("old.")}};
    rig_configure(r);
    for (size_t i = 0; i < COUNT_OF(moved); i++) {
        CLEANUP(buf) struct buf bytes = {0};
        struct config_record record = {.kind = CONFIG_DEPLOYMENT, .body.deployment = moved[i]};
        rig_start(r);
        rig_run(r);
        buf_init(&bytes, LIMIT_RECORD_BYTES_MAX);
        EXPECT_OK("encode", codec_config_encode(&record, &bytes));
        const struct bus_message message = {
            .topic = TOPIC_CONFIG, .key = SLICE("deployment"), .value = buf_slice(&bytes)};
        (void)log_double_append(r->log, &message);
        clock_double_advance(&r->clock, span_s(1));
        rig_customer_writes(r, "acme/messaging/c1", "m1");
        struct bus bus = rig_bus(r);
        err_t err = err_ok();
        for (int turn = 0; turn < RIG_ROUNDS && !err_failed(err); turn++) {
            err = loop_run(r->loop, &bus, span_ms(0));
            clock_double_advance(&r->clock, span_ms(3));
        }
        EXPECT_CODE("it ends", err, ERR_CONFIG);
        rig_stop(r);
        record.body.deployment = (struct deployment){.partitions = 2};
        buf_reset(&bytes);
        EXPECT_OK("encode", codec_config_encode(&record, &bytes));
        const struct bus_message back = {
            .topic = TOPIC_CONFIG, .key = SLICE("deployment"), .value = buf_slice(&bytes)};
        (void)log_double_append(r->log, &back);
    }
    rig_start(r);
    rig_run(r);
    EXPECT("where nothing was moved it goes on", rig_commands(r, EFFECT_BOT_TURN) == 1);
}

static void a_configuration_that_is_not_there_blocks_nobody(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_start(r);
    rig_run(r);
    struct event event = {
        .type = EVENT_CONFIG, .source = EVENT_FROM_PROCESSOR, .id = SLICE("config/0/999")};
    event.body.config_offset = 999;
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, LIMIT_RECORD_BYTES_MAX);
    EXPECT_OK("encode", codec_event_encode(&event, &bytes));
    struct bus_message message = {.topic = TOPIC_EVENTS, .value = buf_slice(&bytes)};
    (void)log_double_append(r->log, &message);
    r->clock.ticks = span_ms(50);
    rig_customer_writes(r, "acme/messaging/c1", "m1");
    rig_customer_writes(r, "acme/messaging/c2", "m2");
    rig_run(r);
    EXPECT("set aside", rig_records(r, TOPIC_DEAD) == 1);
    EXPECT("and on it goes", rig_commands(r, EFFECT_BOT_TURN) == 2);
}

static void a_timer_is_an_event_once_it_is_due(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_start(r);
    rig_customer_writes(r, "acme/messaging/c1", "m1");
    rig_run(r);
    int32_t partition = log_double_partition(r->log, SLICE("acme/messaging/c1"));
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    struct command turn = {0};
    EXPECT_OK("turn",
              codec_command_decode(
                  &arena, log_double_at(r->log, TOPIC_COMMANDS, partition, 0)->value, NULL, &turn));
    struct event event = {.type = EVENT_OUTCOME,
                          .source = EVENT_FROM_EGRESS,
                          .id = SLICE("outcome/0/0"),
                          .account = SLICE("acme"),
                          .conversation = SLICE("acme/messaging/c1"),
                          .occurred = r->clock.wall};
    event.body.outcome = (struct outcome){.effect_id = turn.effect_id,
                                          .effect = EFFECT_BOT_TURN,
                                          .slot = SLOT_TURN,
                                          .result = OUTCOME_DEFERRED,
                                          .turn = turn.turn};
    rig_tell(r, &event);
    rig_run(r);
    size_t before = rig_records(r, TOPIC_EVENTS);
    rig_stop(r);
    rig_start(r); /* timers are found again by a restart */
    rig_run(r);
    EXPECT("not before its time", rig_records(r, TOPIC_EVENTS) == before);
    clock_double_advance(&r->clock, span_s(21));
    r->bus.lag_fails = ERR(UNAVAILABLE);
    rig_run(r);
    EXPECT("nor while it is not known what waits", rig_records(r, TOPIC_EVENTS) == before);
    r->bus.lag_fails = err_ok();
    r->bus.lag_more = 1;
    rig_run(r);
    EXPECT("nor while something waits", rig_records(r, TOPIC_EVENTS) == before);
    r->bus.lag_more = 0;
    rig_run(r);
    EXPECT("fired once", rig_records(r, TOPIC_EVENTS) == before + 1);
    rig_customer_writes(r, "acme/messaging/c1", "m2");
    rig_run(r);
    EXPECT("the turn was over: the next is asked", rig_commands(r, EFFECT_BOT_TURN) == 2);
}

static void the_state_before_a_day_is_kept(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_start(r);
    rig_customer_writes(r, "acme/messaging/c1", "m1");
    rig_run(r);
    rig_customer_writes(r, "acme/messaging/c1", "m2");
    rig_run(r);
    EXPECT("same day", rig_records(r, TOPIC_SNAPSHOTS) == 0);
    clock_double_advance(&r->clock, span_s(24 * 3600));
    rig_customer_writes(r, "acme/messaging/c1", "m3");
    rig_customer_writes(r, "acme/messaging/c1", "m4");
    rig_run(r);
    EXPECT("once a day, and so the partition", rig_records(r, TOPIC_SNAPSHOTS) == 2);
}

static void revoked_partitions_are_committed_or_dropped(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_start(r);
    rig_customer_writes(r, "acme/messaging/c1", "m1");
    rig_run(r);
    bus_double_revoke(&r->bus, false);
    rig_run(r);
    EXPECT("dropped", loop_conversations(r->loop) == 0);
    bus_double_assign(&r->bus);
    rig_run(r);
    EXPECT("back", loop_conversations(r->loop) == 1);
    bus_double_revoke(&r->bus, true);
    rig_run(r);
    bus_double_assign(&r->bus);
    rig_run(r);
    EXPECT("nothing twice", rig_commands(r, EFFECT_BOT_TURN) == 1);
}

static void what_is_taken_away_while_it_restores_keeps_its_place(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_start(r);
    rig_customer_writes(r, "acme/messaging/c1", "m1");
    rig_run(r);
    bus_double_revoke(&r->bus, true);
    rig_run(r);
    struct bus_offset ours = rig_committed(r, "acme/messaging/c1");
    EXPECT("marked as ours, and open", ours.offset > 0 && ours.metadata.len > 0);

    struct bus bus = rig_bus(r);
    struct bus_handler handler = loop_handler(r->loop);
    EXPECT_OK("the bus is known", loop_run(r->loop, &bus, span_ms(0)));
    handler.on_assign(handler.loop, &ours, 1);
    handler.on_revoke(handler.loop, &ours.partition, 1, false);
    EXPECT("the same place", rig_committed(r, "acme/messaging/c1").offset == ours.offset);
    bus_double_assign(&r->bus);
    rig_run(r);
    EXPECT("nothing twice", rig_commands(r, EFFECT_BOT_TURN) == 1);
}

static void a_missing_first_offset_is_no_beginning(void **state)
{
    struct rig *r = *state;
    r->log->committed[1].offset = -1;
    rig_start(r);
    struct bus bus = rig_bus(r);
    err_t err = err_ok();
    for (int i = 0; i < 10 && !err_failed(err); i++) {
        err = loop_run(r->loop, &bus, span_ms(0));
    }
    EXPECT_CODE("never \"earliest\"", err, ERR_NO_OFFSET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(what_is_taken_away_while_it_restores_keeps_its_place),
        RIG_TEST(what_was_logged_before_the_first_configuration_waits_for_it),
        RIG_TEST(a_restart_goes_on_where_it_stood),
        RIG_TEST(an_aborted_transaction_leaves_nothing),
        RIG_TEST(what_was_read_is_not_lost_when_no_transaction_begins),
        RIG_TEST(a_busy_partition_lets_configuration_in),
        RIG_TEST(what_cannot_be_read_is_set_aside),
        RIG_TEST(a_new_configuration_is_an_event_of_each_partition),
        RIG_TEST(a_configuration_that_is_not_there_blocks_nobody),
        RIG_TEST(nothing_is_decided_where_all_was_moved_from),
        RIG_TEST(a_timer_is_an_event_once_it_is_due),
        RIG_TEST(the_state_before_a_day_is_kept),
        RIG_TEST(revoked_partitions_are_committed_or_dropped),
        RIG_TEST(a_missing_first_offset_is_no_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
