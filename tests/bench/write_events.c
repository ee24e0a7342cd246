/* write_events — events as ingest and egress would write them: conversations that a bot answers
 * (turns.h).
 *
 *     write_events BROKERS PREFIX ACCOUNT CONVERSATIONS TURNS EVERY_US
 *
 * They come for one conversation after the other, first of all the messages, then all the answers,
 * and so on; EVERY_US 0 = as fast as the brokers take them. The account's key is that in `config`.
 * `traceparent` has CLOCK_MONOTONIC in it (load.h), which a command repeats. Ends when all are
 * acknowledged. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "event/codec.h"
#include "kafka/producer.h"
#include "kafka/reader_kafka.h"
#include "tests/bench/load.h"
#include "tests/bench/turns.h"

#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
    FULL_PAUSE_NS = 2 * 1000 * 1000,
    FLUSH_S = 60,
    POLL_EACH = 64,
    CONFIG_WAIT_MS = 5000,
    TURNS_MAX = 1000,
};

struct plan {
    struct slice account;
    uint64_t conversations, turns;
    int64_t every_ns;
    char id_key[IDENT_KEY_BYTES];
};

static void need(err_t error, const char *what)
{
    if (err_failed(error)) {
        load_fail("%s: %s (%s)", what, err_text(error), err_name(error));
    }
}

static void pause_ns(int64_t ns)
{
    struct timespec pause = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    if (ns > 0) {
        (void)nanosleep(&pause, NULL);
    }
}

/* ---- the account's key ---------------------------------------------------------------------- */

static bool take_key(struct plan *plan, struct arena *arena, struct slice value)
{
    struct config_record record = {.kind = CONFIG_NONE};
    arena_reset(arena);
    need(codec_config_decode(arena, value, NULL, &record), "a record of `config`");
    if (record.kind != CONFIG_ACCOUNT || !slice_equal(record.body.account.name, plan->account) ||
        record.body.account.id_key.len != IDENT_KEY_BYTES) {
        return false;
    }
    memcpy(plan->id_key, record.body.account.id_key.ptr, IDENT_KEY_BYTES);
    return true;
}

static void read_key(struct plan *plan, const struct kafka_options *options, struct log *log)
{
    CLEANUP(reader_kafka) struct reader_kafka self = {.options = options, .log = log};
    CLEANUP(arena) struct arena arena = {0};
    struct reader_port port = reader_kafka_port(&self);
    struct reader *reader = NULL;
    bool found = false;
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    need(reader_open(&port, TOPIC_CONFIG, 0, READER_FROM_START, &reader), "config");
    while (!found) {
        struct bus_record record = {0};
        enum reader_status status = READER_IDLE;
        need(reader_next(&port, reader, span_ms(CONFIG_WAIT_MS), &record, &status), "config");
        if (status != READER_RECORD) {
            load_fail("no account %.*s is configured", SLICE_ARG(plan->account));
        }
        found = take_key(plan, &arena, record.value);
    }
    port.ops->close(reader);
}

/* ---- events --------------------------------------------------------------------------------- */

static wall_ms_t wall_now(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (wall_ms_t){(int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000};
}

/* ---- writing -------------------------------------------------------------------------------- */

static void write_one(struct producer *producer, const struct plan *plan, uint64_t number,
                      struct buf *out)
{
    struct turn_texts texts;
    const struct turn_place turn = {
        .account = plan->account,
        .id_key = slice_from(plan->id_key, IDENT_KEY_BYTES),
        .conversation = number % plan->conversations,
        .number = number / plan->conversations / TURN_PARTS,
        .part = (unsigned)(number / plan->conversations % TURN_PARTS),
        .at = wall_now(),
    };
    struct event event = turn_event(&turn, &texts);
    buf_reset(out);
    need(codec_event_encode(&event, out), "the event");
    const struct bus_message message = {
        .topic = TOPIC_EVENTS,
        .partition = -1,
        .key = event.conversation,
        .value = buf_slice(out),
        .ce_id = event.id,
        .ce_type = slice_of(event_type_name(event.type)),
        .ce_source = SLICE("tieline/bench"),
        .traceparent = event.traceparent,
    };
    err_t e = producer_produce(producer, &message);
    while (err_is(e, ERR_QUEUE_FULL)) {
        need(producer_poll(producer), "the producer");
        pause_ns(FULL_PAUSE_NS);
        e = producer_produce(producer, &message);
    }
    need(e, "a record");
}

static void on_delivery(void *loop, uint64_t cookie, err_t result, int32_t partition,
                        int64_t offset)
{
    (void)loop, (void)cookie, (void)result, (void)partition, (void)offset;
}

static void write_all(struct producer *producer, const struct plan *plan)
{
    CLEANUP(buf) struct buf out = {0};
    buf_init(&out, LIMIT_RECORD_BYTES_MAX);
    int64_t since = load_now_ns();
    for (uint64_t i = 0; i < plan->conversations * plan->turns * TURN_PARTS; i++) {
        if (plan->every_ns > 0) {
            pause_ns(since + (int64_t)i * plan->every_ns - load_now_ns());
        }
        write_one(producer, plan, i, &out);
        if (plan->every_ns > 0 || i % POLL_EACH == 0) {
            need(producer_poll(producer), "the producer");
        }
    }
    need(producer_flush(producer, span_s(FLUSH_S)), "acknowledgements");
    need(producer_poll(producer), "the producer");
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        load_fail("usage: write_events BROKERS PREFIX ACCOUNT CONVERSATIONS TURNS EVERY_US");
    }
    struct plan plan = {
        .account = slice_of(argv[3]),
        .conversations = load_number(argv[4], LOAD_CALLS_MAX),
        .turns = load_number(argv[5], TURNS_MAX),
        .every_ns = (int64_t)load_number(argv[6], 60 * 1000 * 1000) * 1000,
    };
    if (plan.conversations == 0) {
        load_fail("at least one conversation");
    }
    const struct kafka_property lingers = {"linger.ms", "5"};
    const struct kafka_options options = {.brokers = argv[1],
                                          .prefix = argv[2],
                                          .program = "bench",
                                          .instance = "writer",
                                          .properties = &lingers,
                                          .property_count = plan.every_ns == 0 ? 1 : 0};
    const struct bus_handler handler = {.on_delivery = on_delivery};
    struct why why = {{0}};
    struct producer *producer = NULL;
    struct log *log = log_new("bench", LOG_FORMAT_TEXT, LOG_WARN);
    int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    read_key(&plan, &options, log);
    const struct producer_kind kind = {.timeout = span_s(FLUSH_S)};
    err_t e = producer_new(&options, &kind, &handler, log, wake, &why, &producer);
    if (err_failed(e)) {
        load_fail("no producer: %s %s", err_text(e), why.text);
    }
    write_all(producer, &plan);
    producer_free(producer, 1000);
    log_free(log);
    (void)close(wake);
    return 0;
}
