/* write_events — events as ingest and egress would write them: conversations that a bot answers.
 *
 *     write_events BROKERS PREFIX ACCOUNT CONVERSATIONS TURNS EVERY_US
 *
 *     a customer's message ─▶ outcome of the bot's turn, with its answer ─▶ outcome of its words
 *
 * Each turn is these three events, so what is decided are two commands and three states. They come
 * for one conversation after the other, first of all the messages, then all the answers, and so on;
 * EVERY_US 0 = as fast as the brokers take them. The ids of effects are those that the processor
 * draws, from the account's key in `config`. `traceparent` has CLOCK_MONOTONIC in it (load.h),
 * which a command repeats. Ends when all are acknowledged. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "event/codec.h"
#include "kafka/producer.h"
#include "kafka/reader_kafka.h"
#include "tests/bench/load.h"

#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
    TEXT_BYTES = 128,
    ID_BYTES = 25,
    FULL_PAUSE_NS = 2 * 1000 * 1000,
    FLUSH_S = 60,
    POLL_EACH = 64,
    CONFIG_WAIT_MS = 5000,
    TURNS_MAX = 1000,
    PARTS = 3,
};

/* Of the size that a delivery of Zendesk's leaves in an event of 1 KB. */
static const char raw[] =
    "{\"id\":\"6f00000000000000000000e0\",\"createdAt\":\"2026-04-20T13:37:11.482Z\","
    "\"type\":\"conversation:message\",\"payload\":{\"conversation\":{\"type\":\"personal\","
    "\"brandId\":\"38200000000019\",\"activeSwitchboardIntegration\":{\"name\":\"tieline\","
    "\"integrationId\":\"bench\",\"integrationType\":\"custom\"}},\"message\":{"
    "\"received\":\"2026-04-20T13:37:11.291Z\",\"author\":{\"displayName\":\"Greta Sandoval\","
    "\"type\":\"user\"},\"content\":{\"type\":\"text\",\"text\":\"" LOAD_WORDS_ASKED "\"},"
    "\"source\":{\"type\":\"web\",\"integrationId\":\"widget\"}}}}";

struct plan {
    struct slice account;
    uint64_t conversations, turns;
    int64_t every_ns;
    char id_key[IDENT_KEY_BYTES];
};

/* One conversation's texts, of one event. */
struct texts {
    char key[TEXT_BYTES], id[TEXT_BYTES], remote[ID_BYTES], message[2 * ID_BYTES];
    char turn[IDENT_EFFECT_TEXT_BYTES], trace[LOAD_TRACE_BYTES];
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

static struct effect_id turn_of(const struct plan *plan, struct texts *t)
{
    struct effect_cause cause = {.account = plan->account,
                                 .conversation = slice_of(t->key),
                                 .event = slice_of(t->message),
                                 .slot = SLOT_TURN};
    struct effect_id id = ident_effect(slice_from(plan->id_key, IDENT_KEY_BYTES), &cause);
    effect_id_text(id, t->turn);
    return id;
}

static void be_message(struct event *event)
{
    event->type = EVENT_MESSAGE;
    event->source = EVENT_FROM_CONVERSATIONS;
    event->raw = slice_from(raw, sizeof raw - 1);
    struct conversations_event *body = &event->body.conversations;
    *body = (struct conversations_event){
        .type = SLICE("conversation:message"),
        .brand_id = SLICE("38200000000019"),
        .widget_id = SLICE("widget"),
        .source_type = SLICE("web"),
        .active = {.present = true,
                   .id = SLICE("6f0000000000000000000003"),
                   .name = SLICE("tieline"),
                   .integration_id = SLICE("bench"),
                   .type = SLICE("custom")},
        .customer = {.user_id = SLICE("6f00000000000000000000aa"), .name = SLICE("Greta Sandoval")},
        .message_id = event->id,
        .received = event->occurred,
        .author = AUTHOR_CUSTOMER,
        .content_type = SLICE("text"),
        .text = SLICE(LOAD_WORDS_ASKED),
    };
}

static void be_outcome(const struct plan *plan, struct texts *t, bool is_turn, struct event *event)
{
    static const struct slice answer = {LOAD_WORDS, sizeof LOAD_WORDS - 1};
    event->type = EVENT_OUTCOME;
    event->source = EVENT_FROM_EGRESS;
    struct outcome *body = &event->body.outcome;
    *body = (struct outcome){
        .effect_id = turn_of(plan, t),
        .effect = is_turn ? EFFECT_BOT_TURN : EFFECT_MESSAGE,
        .slot = is_turn ? SLOT_TURN : SLOT_WORD,
        .episode = 1,
        .attempt = 1,
        .epoch = 1,
        .result = OUTCOME_APPLIED,
        .status = is_turn ? 200 : 201,
        .tries = 1,
        .answered = event->occurred,
        .turn = slice_of(t->turn),
        .answer_given = is_turn,
        .answer = {.confidence = 0.9},
    };
    if (is_turn) {
        body->answer.messages = &answer;
        body->answer.message_count = 1;
        return;
    }
    struct effect_cause cause = {.account = plan->account,
                                 .conversation = event->conversation,
                                 .event = slice_of(t->turn),
                                 .slot = SLOT_WORD};
    body->effect_id = ident_effect(slice_from(plan->id_key, IDENT_KEY_BYTES), &cause);
    body->remote_id = SLICE("6f00000000000000000000f0");
}

static struct event event_of(const struct plan *plan, uint64_t number, struct texts *t)
{
    unsigned long long conversation = number % plan->conversations;
    unsigned long long turn = number / plan->conversations / PARTS;
    unsigned part = (unsigned)(number / plan->conversations % PARTS);
    (void)snprintf(t->remote, sizeof t->remote, "%024llu", conversation);
    (void)snprintf(t->key, sizeof t->key, "%.*s/messaging/%s", SLICE_ARG(plan->account), t->remote);
    (void)snprintf(t->message, sizeof t->message, "%012llu%012llu", conversation, turn);
    (void)snprintf(t->id, sizeof t->id, "outcome/%s/%u", t->message, part);
    load_trace(load_now_ns(), t->trace);
    struct event event = {
        .id = slice_of(part == 0 ? t->message : t->id),
        .account = plan->account,
        .conversation = slice_of(t->key),
        .occurred = wall_now(),
        .accepted = wall_now(),
        .traceparent = slice_of(t->trace),
    };
    if (part == 0) {
        be_message(&event);
        event.body.conversations.conversation_id = slice_of(t->remote);
    } else {
        be_outcome(plan, t, part == 1, &event);
    }
    return event;
}

/* ---- writing -------------------------------------------------------------------------------- */

static void write_one(struct producer *producer, const struct plan *plan, uint64_t number,
                      struct buf *out)
{
    struct texts texts;
    struct event event = event_of(plan, number, &texts);
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
    for (uint64_t i = 0; i < plan->conversations * plan->turns * PARTS; i++) {
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
    err_t e = producer_new(&options, false, span_s(FLUSH_S), &handler, log, wake, &why, &producer);
    if (err_failed(e)) {
        load_fail("no producer: %s %s", err_text(e), why.text);
    }
    write_all(producer, &plan);
    producer_free(producer, 1000);
    log_free(log);
    (void)close(wake);
    return 0;
}
