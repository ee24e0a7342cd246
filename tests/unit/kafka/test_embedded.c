/* The modules below the bus, one by one, against the broker inside this process. The bus as a whole
 * (bus_kafka.c, consumer.c, member.c) and what only a real Kafka shows (admin.c, topics.c, fencing,
 * isolation) are in tests/integration/test_kafka_*.c. */
#include "kafka/carry.h"
#include "kafka/committed.h"
#include "kafka/embedded.h"
#include "kafka/first_offsets.h"
#include "kafka/metadata.h"
#include "kafka/one_commit.h"
#include "kafka/positions.h"
#include "kafka/producer.h"
#include "kafka/reader_kafka.h"
#include "kafka/record.h"
#include "kafka/stored.h"
#include "kafka/table.h"
#include "kafka/txn.h"
#include "tests/support/unit.h"

#include <string.h>
#include <time.h>

enum { PARTITIONS = 2 };

struct world {
    struct embedded_broker *broker;
    struct log *log;
    struct kafka_options options;
    struct bus_handler handler;
    size_t delivered;
    err_t result;
};

static void on_delivery(void *loop, uint64_t cookie, err_t result, int32_t partition,
                        int64_t offset)
{
    struct world *w = loop;
    (void)cookie;
    (void)partition;
    (void)offset;
    w->delivered++;
    w->result = result;
}

static int open_world(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct why why = {0};
    w->log = log_new("test", LOG_FORMAT_TEXT, LOG_ERROR);
    w->handler = (struct bus_handler){.loop = w, .on_delivery = on_delivery};
    w->options = (struct kafka_options){
        .prefix = "u.", .program = "egress", .instance = "0", .embedded = true};
    EXPECT_OK("broker", embedded_broker_new(&w->options, PARTITIONS, &why, &w->broker));
    w->options.brokers = embedded_broker_brokers(w->broker);
    *state = w;
    return 0;
}

static int close_world(void **state)
{
    struct world *w = *state;
    embedded_broker_free(w->broker);
    log_free(w->log);
    free(w);
    return 0;
}

static void pause_ms(int64_t ms)
{
    const struct timespec span = {ms / 1000, (long)(ms % 1000) * 1000000L};
    (void)nanosleep(&span, NULL);
}

static void write_one(struct world *w, struct producer *p, enum topic topic, const char *value)
{
    const struct bus_message message = {.topic = topic,
                                        .partition = 0,
                                        .key = SLICE("key"),
                                        .value = slice_of(value),
                                        .traceparent = SLICE("00-t"),
                                        .cookie = 1};
    size_t wanted = w->delivered + 1;
    EXPECT_OK("produce", producer_produce(p, &message));
    EXPECT_OK("flush", producer_flush(p, span_ms(5000)));
    EXPECT("reports wait for the poll", w->delivered == wanted - 1);
    EXPECT_OK("poll", producer_poll(p));
    EXPECT("reported", w->delivered == wanted);
    EXPECT_OK("stored", w->result);
}

static void the_broker_makes_its_topics(void **state)
{
    struct world *w = *state;
    CLEANUP_PTR(client) struct client *client = NULL;
    struct why why = {0};
    struct metadata m = {0};
    EXPECT_OK("client", metadata_client(&w->options, &why, &client));
    EXPECT_OK("ask", metadata_wait(client, &w->options, span_ms(5000), NULL, NULL, &why, &m));
    EXPECT("known as what it is", m.embedded && m.brokers == 1);
    for (int t = 0; t < TOPIC_COUNT; t++) {
        EXPECT("made", m.partitions[t] == (t == TOPIC_CONFIG ? 1 : PARTITIONS) && m.led[t]);
    }
    struct embedded_broker *none = NULL;
    EXPECT_CODE("no partition", embedded_broker_new(&w->options, 0, &why, &none), ERR_CONFIG);
    EXPECT_CODE("too many", embedded_broker_new(&w->options, LIMIT_PARTITIONS_MAX + 1, &why, &none),
                ERR_CONFIG);
}

static void first_offsets_are_made_once(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    bool missing = false;
    EXPECT_OK("look",
              first_offsets_missing(&w->options, TOPIC_COMMANDS, PARTITIONS, &why, &missing));
    EXPECT("none yet", missing);
    EXPECT_OK("look", first_offsets_missing(&w->options, TOPIC_DEAD, PARTITIONS, &why, &missing));
    EXPECT("no group reads it", !missing);
    for (int i = 0; i < 2; i++) {
        EXPECT_OK("make", first_offsets_make(&w->options, TOPIC_COMMANDS, PARTITIONS, "h=0", &why));
        EXPECT_OK("look",
                  first_offsets_missing(&w->options, TOPIC_COMMANDS, PARTITIONS, &why, &missing));
        EXPECT("there", !missing);
    }
}

static void stored_offsets_are_told_to_anybody(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    int64_t offsets[PARTITIONS] = {0};
    EXPECT_OK("ask", stored_offsets(&w->options, "u.commands", PARTITIONS, &why, offsets));
    EXPECT("none yet", offsets[0] == -1 && offsets[1] == -1);
    EXPECT_OK("make", first_offsets_make(&w->options, TOPIC_COMMANDS, PARTITIONS, "h=0", &why));
    EXPECT_OK("ask", stored_offsets(&w->options, "u.commands", PARTITIONS, &why, offsets));
    EXPECT("the first", offsets[0] == 0 && offsets[1] == 0);
    EXPECT_OK("anew", first_offsets_anew(&w->options, TOPIC_COMMANDS, PARTITIONS, "h=1", &why));
    CLEANUP_PTR(client) struct client *client = NULL;
    rd_kafka_topic_partition_list_t *list = NULL;
    EXPECT_OK("client", stored_client(&w->options, false, NULL, &why, &client));
    EXPECT_OK("ask", stored_list(client, "u.commands", PARTITIONS, &why, &list));
    EXPECT("with what stands beside it",
           list->elems[1].metadata_size == 3 && memcmp(list->elems[1].metadata, "h=1", 3) == 0);
    rd_kafka_topic_partition_list_destroy(list);
}

static void what_is_carried_is_there(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    CLEANUP_PTR(carry) struct carry *c = NULL;
    int64_t done[PARTITIONS] = {0};
    EXPECT_OK(why.text, carry_new(&w->options, &w->options, w->log, &why, &c));
    EXPECT_OK("ask", carry_done(c, TOPIC_DEAD, PARTITIONS, &why, done));
    EXPECT("nothing yet", done[0] == -1 && done[1] == -1);
    const struct bus_message message = {
        .topic = TOPIC_CONVERSATIONS, .partition = 1, .key = SLICE("k"), .value = SLICE("v")};
    EXPECT_CODE("a transaction comes first", carry_send(c, &message), ERR_TXN_ABORT);
    for (int i = 0; i < 2; i++) {
        EXPECT_OK("begin", carry_begin(c));
        EXPECT_OK("send", carry_send(c, &message));
        EXPECT_OK("commit", carry_commit(c, TOPIC_DEAD, 1, i == 0 ? 7 : -1));
    }
    CLEANUP(reader_kafka) struct reader_kafka self = {.options = &w->options, .log = w->log};
    struct reader_port port = reader_kafka_port(&self);
    struct reader *r = NULL;
    struct bus_record record;
    enum reader_status status;
    EXPECT_OK("open", reader_open(&port, TOPIC_CONVERSATIONS, 1, READER_FROM_START, &r));
    EXPECT_OK("next", reader_next(&port, r, span_s(5), &record, &status));
    EXPECT("a record", status == READER_RECORD && record.offset == 0);
    EXPECT_SLICE("as it was sent", record.value, SLICE("v"));
    port.ops->close(r);
}

static void what_is_written_is_read(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    CLEANUP_PTR(producer) struct producer *p = NULL;
    EXPECT_OK("producer", producer_new(&w->options, &(struct producer_kind){.timeout = span_s(5)},
                                       &w->handler, w->log, -1, &why, &p));
    write_one(w, p, TOPIC_DEAD, "one");
    write_one(w, p, TOPIC_DEAD, "");
    EXPECT_OK("another handle", producer_renew(p, &why));
    write_one(w, p, TOPIC_DEAD, "three");
    EXPECT("heard", producer_connected(p));

    CLEANUP(reader_kafka) struct reader_kafka self = {.options = &w->options, .log = w->log};
    struct reader_port port = reader_kafka_port(&self);
    struct reader *r = NULL;
    struct bus_record record;
    enum reader_status status;
    EXPECT_OK("open", reader_open(&port, TOPIC_DEAD, 0, READER_FROM_START, &r));
    static const char *const values[] = {"one", "", "three"};
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        EXPECT_OK("next", reader_next(&port, r, span_s(5), &record, &status));
        EXPECT("a record", status == READER_RECORD && record.offset == (int64_t)i);
        EXPECT_SLICE("value, or tombstone", record.value, slice_of(values[i]));
        EXPECT_SLICE("key", record.key, SLICE("key"));
        EXPECT_SLICE("header", record.traceparent, SLICE("00-t"));
    }
    EXPECT_OK("next", reader_next(&port, r, span_s(5), &record, &status));
    EXPECT("the end", status == READER_END);
    int64_t end = 0;
    EXPECT_OK("asked", reader_kafka_end_now(r, span_s(5), &end));
    EXPECT("the same", end == 3);
    port.ops->close(r);
    struct kafka_options knows_times = w->options;
    knows_times.embedded = false;
    CLEANUP(reader_kafka) struct reader_kafka by_time = {.options = &knows_times, .log = w->log};
    EXPECT_OK("asked for a time",
              reader_kafka_at(&by_time, TOPIC_DEAD, 0, (wall_ms_t){INT64_MAX}, span_s(5), &end));
    EXPECT("nothing is of it or later: the end", end == 3);
    EXPECT("no answer is no end",
           err_is(reader_kafka_at(&by_time, TOPIC_DEAD, 0, (wall_ms_t){1}, span_ms(0), &end),
                  ERR_UNAVAILABLE));
}

static void transactions_have_an_order(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    struct consumer *none = NULL;
    CLEANUP_PTR(producer) struct producer *p = NULL;
    CLEANUP_PTR(txn) struct txn *t = NULL;
    EXPECT_OK("producer",
              producer_new(&w->options,
                           &(struct producer_kind){.transaction = "",
                                                   .timeout = span_ms(PRODUCER_TRANSACTION_MS)},
                           &w->handler, w->log, -1, &why, &p));
    EXPECT_OK("new", txn_new(&w->options, p, &none, w->log, -1, &t));
    EXPECT_CODE("not registered yet", txn_begin(t), ERR_TXN_UNKNOWN);
    EXPECT_OK("init", txn_init(t, 10000, &why));
    const struct bus_message message = {.topic = TOPIC_EVENTS, .partition = 1, .cookie = 2};
    EXPECT_CODE("nothing is open", producer_produce(p, &message), ERR_TXN_ABORT);
    EXPECT_CODE("nothing is open", txn_commit(t, NULL, 0), ERR_STATE);
    EXPECT_OK("begin", txn_begin(t));
    EXPECT_OK("produce", producer_produce(p, &message));
    EXPECT_OK("commit", txn_commit(t, NULL, 0));
    EXPECT("reports wait for the poll", w->delivered == 0);
    EXPECT_OK("poll", producer_poll(p));
    EXPECT("told", w->delivered == 1);
    EXPECT_OK("begin", txn_begin(t));
    EXPECT_OK("abort", txn_abort(t));
    EXPECT_OK("renew", txn_renew(t));
    EXPECT_OK("begin", txn_begin(t));
    EXPECT_OK("commit", txn_commit(t, NULL, 0));
}

static void the_table_hands_over_what_is_there(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    struct bus_record record;
    bool got = false;
    CLEANUP_PTR(producer) struct producer *p = NULL;
    CLEANUP_PTR(kafka_table) struct kafka_table *t = NULL;
    EXPECT_OK("producer", producer_new(&w->options, &(struct producer_kind){.timeout = span_s(5)},
                                       &w->handler, w->log, -1, &why, &p));
    EXPECT_OK("table", kafka_table_new(&w->options, TOPIC_CONFIG, -1, w->log, &why, &t));
    EXPECT("not known yet", kafka_table_age_ms(t) == INT64_MAX);
    write_one(w, p, TOPIC_CONFIG, "shop");
    for (int i = 0; i < 500 && !got; i++) {
        EXPECT_OK("next", kafka_table_next(t, &record, &got));
        pause_ms(10);
    }
    EXPECT("handed over", got);
    EXPECT_SLICE("value", record.value, SLICE("shop"));
    for (int i = 0; i < 500 && kafka_table_age_ms(t) > 10000; i++) {
        EXPECT_OK("next", kafka_table_next(t, &record, &got));
        pause_ms(10);
    }
    EXPECT("at its end", kafka_table_age_ms(t) < 10000);
}

static void a_position_takes_each_offset_once(void **state)
{
    (void)state;
    struct positions *p = calloc(1, sizeof *p);
    int64_t lag = 0;
    positions_reset(p, NULL, NULL);
    positions_add(p, 3);
    positions_add(p, LIMIT_PARTITIONS_MAX);
    EXPECT("ours", positions_find(p, 3) != NULL);
    EXPECT("not ours", positions_find(p, 2) == NULL && positions_find(p, -1) == NULL);
    EXPECT("beyond the limit", positions_find(p, LIMIT_PARTITIONS_MAX) == NULL);
    EXPECT_CODE("not ours", positions_start(p, 2, 0), ERR_STATE);
    EXPECT_CODE("no offset", positions_start(p, 3, -1), ERR_STATE);
    EXPECT("not started", !positions_take(p, 3, 0));
    p->of[3].started = true;
    p->of[3].next = 5;
    EXPECT("from before", !positions_take(p, 3, 4));
    EXPECT_CODE("the end is not known", positions_lag(p, 3, &lag), ERR_UNAVAILABLE);
    EXPECT("the next", positions_take(p, 3, 5));
    EXPECT("once", !positions_take(p, 3, 5));
    EXPECT("over a commit marker", positions_take(p, 3, 8));
    positions_end(p, 3, 10);
    EXPECT("markers at the end", p->of[3].next == 10);
    positions_end(p, 3, 7);
    EXPECT("never back", p->of[3].next == 10);
    p->of[3].paused = true;
    EXPECT("paused", !positions_take(p, 3, 10));
    free(p);
}

static void one_commit_is_answered_once(void **state)
{
    (void)state;
    struct one_commit o = {0};
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_t *answer = NULL;
    rd_kafka_topic_partition_list_add(list, "t", 0)->err = RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION;
    one_commit_answer(&o, RD_KAFKA_RESP_ERR_NO_ERROR, list);
    EXPECT("nobody asked", !one_commit_take(&o, &code, &answer));
    o.asked = true;
    EXPECT_CODE("one at a time", one_commit_ask(&o, NULL, NULL, &o.as, list), ERR_STATE);
    one_commit_answer(&o, RD_KAFKA_RESP_ERR_NO_ERROR, list);
    one_commit_answer(&o, RD_KAFKA_RESP_ERR__TRANSPORT, NULL);
    EXPECT("answered", one_commit_take(&o, &code, &answer));
    EXPECT("a partition's trouble counts", code == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION);
    EXPECT("none is outstanding", !o.asked && !one_commit_take(&o, &code, &answer));
    rd_kafka_topic_partition_list_destroy(answer);
    o.asked = true;
    one_commit_answer(&o, RD_KAFKA_RESP_ERR_NO_ERROR, list);
    one_commit_drop(&o);
    EXPECT("forgotten", !o.asked && o.offsets == NULL);
    rd_kafka_topic_partition_list_destroy(list);
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(the_broker_makes_its_topics),
        ROW(first_offsets_are_made_once),
        ROW(stored_offsets_are_told_to_anybody),
        ROW(what_is_carried_is_there),
        ROW(what_is_written_is_read),
        ROW(transactions_have_an_order),
        ROW(the_table_hands_over_what_is_there),
        cmocka_unit_test(a_position_takes_each_offset_once),
        cmocka_unit_test(one_commit_is_answered_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
