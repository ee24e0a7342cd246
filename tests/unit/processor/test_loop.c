/* loop.c, apply.c and restore.c on a log in memory: what is committed, what an abort takes back,
 * what a restart finds. */
#include "event/codec.h"
#include "processor/loop.h"
#include "tests/support/bus_double.h"
#include "tests/support/unit.h"

#include <stdlib.h>

enum { PARTITIONS = 2, ROUNDS = 200 };
static const char id_key[IDENT_KEY_BYTES] = "an id key of thirty-two bytes !!";

struct world {
    struct clock_double clock;
    struct log_double *log;
    struct bus_double bus;
    struct loop *loop;
    size_t dead, canaries, aborted, unknown;
};

static void on_dead(void *arg, err_t error, const char *why, int32_t partition, int64_t offset)
{
    struct world *w = arg;
    (void)error, (void)why, (void)partition, (void)offset;
    w->dead++;
}

static void on_canary(void *arg, int32_t partition, int64_t committed, int64_t checkpoint)
{
    struct world *w = arg;
    (void)partition, (void)committed, (void)checkpoint;
    w->canaries++;
}

static void on_transaction(void *arg, const char *result, span_ms_t took)
{
    struct world *w = arg;
    (void)took;
    w->aborted += strcmp(result, "aborted") == 0 ? 1 : 0;
    w->unknown += strcmp(result, "unknown") == 0 ? 1 : 0;
}

static void start(struct world *w)
{
    struct loop_options options = {
        .reader = log_double_reader(w->log),
        .clock = clock_double_port(&w->clock),
        .watcher = {.arg = w,
                    .on_dead = on_dead,
                    .on_canary = on_canary,
                    .on_transaction = on_transaction},
        .seed = 1,
    };
    EXPECT_OK("loop", loop_new(&options, &w->loop));
    bus_double_init(&w->bus, w->log, TOPIC_EVENTS);
    w->bus.handler = loop_handler(w->loop);
    bus_double_assign(&w->bus);
}

static void run(struct world *w)
{
    struct bus bus = bus_double_port(&w->bus);
    for (int i = 0; i < ROUNDS; i++) {
        EXPECT_OK("run", loop_run(w->loop, &bus, span_ms(0)));
        clock_double_advance(&w->clock, span_ms(3));
    }
}

static void stop(struct world *w)
{
    loop_free(w->loop);
    w->loop = NULL;
    bus_double_deinit(&w->bus);
}

static void publish(struct world *w, const struct config_record *record, const char *key)
{
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, LIMIT_RECORD_BYTES_MAX);
    EXPECT_OK("encode", codec_config_encode(record, &bytes));
    struct bus_message message = {
        .topic = TOPIC_CONFIG, .key = slice_of(key), .value = buf_slice(&bytes)};
    (void)log_double_append(w->log, &message);
}

static void configure(struct world *w)
{
    struct config_record account = {.kind = CONFIG_ACCOUNT};
    account.body.account = (struct account){.name = SLICE("acme"),
                                            .enabled = true,
                                            .id_key = slice_from(id_key, sizeof id_key),
                                            .subdomain = SLICE("acme"),
                                            .integration_id = SLICE("int")};
    publish(w, &account, "account/acme");
    struct config_record store = {.kind = CONFIG_STORE};
    store.body.store = (struct store){.name = SLICE("shoes"),
                                      .account = SLICE("acme"),
                                      .enabled = true,
                                      .widget_id = SLICE("w1"),
                                      .bot_kind = BOT_HTTP,
                                      .bot_url = SLICE("http://127.0.0.1:1/"),
                                      .bot_timeout = span_s(20),
                                      .reasons_off = UINT32_MAX};
    publish(w, &store, "store/shoes");
}

static int open_world(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    if (w == NULL) {
        return -1;
    }
    clock_double_init(&w->clock);
    w->log = log_double_new(&w->clock, PARTITIONS);
    for (int32_t i = 0; i < PARTITIONS; i++) {
        struct bus_offset first = {i, 0, SLICE("")};
        log_double_commit(w->log, &first);
    }
    *state = w;
    return 0;
}

static int close_world(void **state)
{
    struct world *w = *state;
    if (w->loop != NULL) {
        stop(w);
    }
    size_t open = w->log->readers_open;
    log_double_free(w->log);
    free(w);
    return open == 0 ? 0 : -1;
}

static void tell_event(struct world *w, struct event *event)
{
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, LIMIT_RECORD_BYTES_MAX);
    EXPECT_OK("encode", codec_event_encode(event, &bytes));
    struct bus_message message = {.topic = TOPIC_EVENTS,
                                  .partition = -1,
                                  .key = event->conversation,
                                  .value = buf_slice(&bytes)};
    (void)log_double_append(w->log, &message);
}

static void customer_writes(struct world *w, const char *key, const char *id)
{
    struct event event = {.type = EVENT_MESSAGE,
                          .source = EVENT_FROM_CONVERSATIONS,
                          .id = slice_of(id),
                          .account = SLICE("acme"),
                          .conversation = slice_of(key),
                          .occurred = w->clock.wall};
    event.body.conversations = (struct conversations_event){
        .type = SLICE("conversation:message"),
        .conversation_id = SLICE("c1"),
        .widget_id = SLICE("w1"),
        .active = {.present = true, .id = SLICE("s"), .integration_id = SLICE("int")},
        .message_id = slice_of(id),
        .received = w->clock.wall,
        .author = AUTHOR_CUSTOMER,
        .text = SLICE("hello")};
    tell_event(w, &event);
}

/* How many commands of this kind stand in the log. */
static size_t commands(struct world *w, enum effect_kind effect)
{
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    size_t count = 0;
    for (int32_t p = 0; p < PARTITIONS; p++) {
        for (size_t i = 0; i < log_double_count(w->log, TOPIC_COMMANDS, p); i++) {
            struct command command = {0};
            EXPECT_OK("command", codec_command_decode(
                                     &arena, log_double_at(w->log, TOPIC_COMMANDS, p, i)->value,
                                     NULL, &command));
            count += command.effect == effect ? 1 : 0;
        }
    }
    return count;
}

static size_t records(struct world *w, enum topic topic)
{
    size_t count = 0;
    for (int32_t p = 0; p < PARTITIONS; p++) {
        count += log_double_count(w->log, topic, p);
    }
    return count;
}

static void what_was_logged_before_the_first_configuration_waits_for_it(void **state)
{
    struct world *w = *state;
    customer_writes(w, "acme/messaging/c1", "m1");
    start(w);
    run(w);
    EXPECT("nothing decided without a configuration", records(w, TOPIC_COMMANDS) == 0);
    EXPECT("said so", !loop_has_config(w->loop));
    configure(w);
    run(w);
    EXPECT("decided with the first", commands(w, EFFECT_BOT_TURN) == 1);
    EXPECT("held", loop_conversations(w->loop) == 1);
}

static void a_restart_goes_on_where_it_stood(void **state)
{
    struct world *w = *state;
    configure(w);
    start(w);
    customer_writes(w, "acme/messaging/c1", "m1");
    customer_writes(w, "acme/messaging/c2", "m2");
    run(w);
    EXPECT("asked", commands(w, EFFECT_BOT_TURN) == 2);
    stop(w);
    start(w);
    run(w);
    EXPECT("states are back", loop_conversations(w->loop) == 2);
    EXPECT("nothing twice", commands(w, EFFECT_BOT_TURN) == 2);
    EXPECT("the checkpoint is where the offset is", w->canaries == 0);
    customer_writes(w, "acme/messaging/c1", "m1");
    run(w);
    EXPECT("row 44: deduplicated by what was restored", commands(w, EFFECT_BOT_TURN) == 2);
}

static void an_aborted_transaction_leaves_nothing(void **state)
{
    struct world *w = *state;
    configure(w);
    start(w);
    run(w);
    w->bus.txn_fails = ERR(TXN_ABORT);
    customer_writes(w, "acme/messaging/c1", "m1");
    run(w);
    EXPECT("aborted", w->aborted > 0);
    EXPECT("nothing visible", commands(w, EFFECT_BOT_TURN) == 0);
    EXPECT("nothing kept", loop_conversations(w->loop) == 0);
    w->bus.txn_fails = err_ok();
    run(w);
    EXPECT("then once", commands(w, EFFECT_BOT_TURN) == 1 && loop_conversations(w->loop) == 1);
}

static void after_an_unknown_outcome_all_is_read_again(void **state)
{
    struct world *w = *state;
    configure(w);
    start(w);
    customer_writes(w, "acme/messaging/c1", "m1");
    run(w);
    w->bus.txn_fails = ERR(TXN_UNKNOWN);
    customer_writes(w, "acme/messaging/c1", "m2");
    customer_writes(w, "acme/messaging/c2", "m3");
    struct bus bus = bus_double_port(&w->bus);
    for (int i = 0; i < 20 && w->unknown == 0; i++) {
        EXPECT_OK("run", loop_run(w->loop, &bus, span_ms(0)));
        clock_double_advance(&w->clock, span_ms(3));
    }
    w->bus.txn_fails = err_ok();
    EXPECT("a new producer, a new member", w->bus.renewals == 1 && w->bus.rejoins == 1);
    bus_double_assign(&w->bus);
    run(w);
    EXPECT("each turn once", commands(w, EFFECT_BOT_TURN) == 2);
    EXPECT("both there", loop_conversations(w->loop) == 2);
}

/* An outage that outlasts a commit: nothing that was ready ends because of its broker. */
static void an_unknown_outcome_waits_for_its_broker(void **state)
{
    struct world *w = *state;
    configure(w);
    start(w);
    run(w);
    w->bus.txn_fails = ERR(TXN_UNKNOWN);
    w->bus.renew_fails = ERR(UNAVAILABLE);
    customer_writes(w, "acme/messaging/c1", "m1");
    run(w);
    EXPECT("nothing in memory is trusted", w->unknown == 1 && loop_conversations(w->loop) == 0);
    EXPECT("nor is anything decided", commands(w, EFFECT_BOT_TURN) == 0);
    w->bus.txn_fails = err_ok();
    w->bus.renew_fails = err_ok();
    run(w);
    EXPECT("a new producer, a new member", w->bus.renewals == 1 && w->bus.rejoins == 1);
    EXPECT("then once", commands(w, EFFECT_BOT_TURN) == 1);
}

static void what_was_read_is_not_lost_when_no_transaction_begins(void **state)
{
    struct world *w = *state;
    configure(w);
    start(w);
    run(w);
    w->bus.begin_fails = ERR(UNAVAILABLE);
    customer_writes(w, "acme/messaging/c1", "m1");
    struct bus bus = bus_double_port(&w->bus);
    for (int i = 0; i < 20 && w->bus.rejoins == 0; i++) {
        EXPECT_OK("run", loop_run(w->loop, &bus, span_ms(0)));
    }
    w->bus.begin_fails = err_ok();
    customer_writes(w, "acme/messaging/c1", "m2");
    run(w);
    EXPECT("neither is missing", commands(w, EFFECT_BOT_TURN) == 1 && records(w, TOPIC_DEAD) == 0);
    stop(w);
    start(w);
    customer_writes(w, "acme/messaging/c1", "m1");
    run(w);
    EXPECT("the first is known", commands(w, EFFECT_BOT_TURN) == 1);
}

/* A partition that always has something to read does not keep the others waiting. */
static void a_busy_partition_lets_configuration_in(void **state)
{
    struct world *w = *state;
    configure(w);
    start(w);
    run(w);
    configure(w);
    struct bus bus = bus_double_port(&w->bus);
    char id[16];
    for (int i = 0; i < ROUNDS; i++) {
        (void)snprintf(id, sizeof id, "m%d", i);
        customer_writes(w, "acme/messaging/c1", id);
        EXPECT_OK("run", loop_run(w->loop, &bus, span_ms(0)));
        clock_double_advance(&w->clock, span_ms(3));
    }
    EXPECT("taken up by both", records(w, TOPIC_EVENTS) == ROUNDS + 2 * PARTITIONS);
}

static void what_cannot_be_read_is_set_aside(void **state)
{
    struct world *w = *state;
    configure(w);
    start(w);
    struct bus_message garbage = {.topic = TOPIC_EVENTS,
                                  .partition = 0,
                                  .key = SLICE("acme/messaging/c1"),
                                  .value = SLICE("\x0agarbage")};
    (void)log_double_append(w->log, &garbage);
    customer_writes(w, "acme/messaging/c1", "m1");
    run(w);
    EXPECT("kept", records(w, TOPIC_DEAD) == 1 && w->dead == 1);
    EXPECT("and on it goes", commands(w, EFFECT_BOT_TURN) == 1);
}

static void a_new_configuration_is_an_event_of_each_partition(void **state)
{
    struct world *w = *state;
    configure(w);
    start(w);
    run(w);
    size_t before = records(w, TOPIC_EVENTS);
    EXPECT("one for each partition", before == PARTITIONS);
    configure(w);
    clock_double_advance(&w->clock, span_s(1));
    run(w);
    EXPECT("one more for each", records(w, TOPIC_EVENTS) == 2 * PARTITIONS);
    stop(w);
    start(w);
    run(w);
    EXPECT("a restart takes nothing up again", records(w, TOPIC_EVENTS) == 2 * PARTITIONS);
}

static void a_configuration_that_is_not_there_blocks_nobody(void **state)
{
    struct world *w = *state;
    configure(w);
    start(w);
    run(w);
    struct event event = {
        .type = EVENT_CONFIG, .source = EVENT_FROM_PROCESSOR, .id = SLICE("config/0/999")};
    event.body.config_offset = 999;
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, LIMIT_RECORD_BYTES_MAX);
    EXPECT_OK("encode", codec_event_encode(&event, &bytes));
    struct bus_message message = {.topic = TOPIC_EVENTS, .value = buf_slice(&bytes)};
    (void)log_double_append(w->log, &message);
    w->clock.ticks = span_ms(50);
    customer_writes(w, "acme/messaging/c1", "m1");
    customer_writes(w, "acme/messaging/c2", "m2");
    run(w);
    EXPECT("set aside", records(w, TOPIC_DEAD) == 1);
    EXPECT("and on it goes", commands(w, EFFECT_BOT_TURN) == 2);
}

static void a_timer_is_an_event_once_it_is_due(void **state)
{
    struct world *w = *state;
    configure(w);
    start(w);
    customer_writes(w, "acme/messaging/c1", "m1");
    run(w);
    int32_t partition = log_double_partition(w->log, SLICE("acme/messaging/c1"));
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    struct command turn = {0};
    EXPECT_OK("turn",
              codec_command_decode(
                  &arena, log_double_at(w->log, TOPIC_COMMANDS, partition, 0)->value, NULL, &turn));
    struct event event = {.type = EVENT_OUTCOME,
                          .source = EVENT_FROM_EGRESS,
                          .id = SLICE("outcome/0/0"),
                          .account = SLICE("acme"),
                          .conversation = SLICE("acme/messaging/c1"),
                          .occurred = w->clock.wall};
    event.body.outcome = (struct outcome){.effect_id = turn.effect_id,
                                          .effect = EFFECT_BOT_TURN,
                                          .slot = SLOT_TURN,
                                          .result = OUTCOME_DEFERRED,
                                          .turn = turn.turn};
    tell_event(w, &event);
    run(w);
    size_t before = records(w, TOPIC_EVENTS);
    stop(w);
    start(w); /* timers are found again by a restart */
    run(w);
    EXPECT("not before its time", records(w, TOPIC_EVENTS) == before);
    clock_double_advance(&w->clock, span_s(21));
    w->bus.lag_fails = ERR(UNAVAILABLE);
    run(w);
    EXPECT("nor while it is not known what waits", records(w, TOPIC_EVENTS) == before);
    w->bus.lag_fails = err_ok();
    run(w);
    EXPECT("fired once", records(w, TOPIC_EVENTS) == before + 1);
    customer_writes(w, "acme/messaging/c1", "m2");
    run(w);
    EXPECT("the turn was over: the next is asked", commands(w, EFFECT_BOT_TURN) == 2);
}

static void the_state_before_a_day_is_kept(void **state)
{
    struct world *w = *state;
    configure(w);
    start(w);
    customer_writes(w, "acme/messaging/c1", "m1");
    run(w);
    customer_writes(w, "acme/messaging/c1", "m2");
    run(w);
    EXPECT("same day", records(w, TOPIC_SNAPSHOTS) == 0);
    clock_double_advance(&w->clock, span_s(24 * 3600));
    customer_writes(w, "acme/messaging/c1", "m3");
    customer_writes(w, "acme/messaging/c1", "m4");
    run(w);
    EXPECT("once a day", records(w, TOPIC_SNAPSHOTS) == 1);
}

static void revoked_partitions_are_committed_or_dropped(void **state)
{
    struct world *w = *state;
    configure(w);
    start(w);
    customer_writes(w, "acme/messaging/c1", "m1");
    run(w);
    bus_double_revoke(&w->bus, false);
    run(w);
    EXPECT("dropped", loop_conversations(w->loop) == 0);
    bus_double_assign(&w->bus);
    run(w);
    EXPECT("back", loop_conversations(w->loop) == 1);
    bus_double_revoke(&w->bus, true);
    run(w);
    bus_double_assign(&w->bus);
    run(w);
    EXPECT("nothing twice", commands(w, EFFECT_BOT_TURN) == 1);
}

static void a_missing_first_offset_is_no_beginning(void **state)
{
    struct world *w = *state;
    w->log->committed[1].offset = -1;
    start(w);
    struct bus bus = bus_double_port(&w->bus);
    err_t err = err_ok();
    for (int i = 0; i < 10 && !err_failed(err); i++) {
        err = loop_run(w->loop, &bus, span_ms(0));
    }
    EXPECT_CODE("never \"earliest\"", err, ERR_NO_OFFSET);
}

#define WORLD_TEST(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)
int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_was_logged_before_the_first_configuration_waits_for_it),
        WORLD_TEST(a_restart_goes_on_where_it_stood),
        WORLD_TEST(an_aborted_transaction_leaves_nothing),
        WORLD_TEST(after_an_unknown_outcome_all_is_read_again),
        WORLD_TEST(an_unknown_outcome_waits_for_its_broker),
        WORLD_TEST(what_was_read_is_not_lost_when_no_transaction_begins),
        WORLD_TEST(a_busy_partition_lets_configuration_in),
        WORLD_TEST(what_cannot_be_read_is_set_aside),
        WORLD_TEST(a_new_configuration_is_an_event_of_each_partition),
        WORLD_TEST(a_configuration_that_is_not_there_blocks_nobody),
        WORLD_TEST(a_timer_is_an_event_once_it_is_due),
        WORLD_TEST(the_state_before_a_day_is_kept),
        WORLD_TEST(revoked_partitions_are_committed_or_dropped),
        WORLD_TEST(a_missing_first_offset_is_no_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
