/* write_days — a log of several days, as ingest, egress and the processor would have left it.
 *
 *     write_days BROKERS PREFIX ACCOUNT PARTITIONS EVENTS DAYS
 *
 *     events (turns.h) ─▶ player ─▶ commands, conversations, snapshots, each with its event's time
 *
 * The last day is yesterday. Each conversation lives for two days and has two turns on each, so
 * that it is in `snapshots` once. The topics must take times from who writes (`CreateTime`), and be
 * empty but for `config`. Prints one line of JSON: a conversation that began in the middle of it,
 * and when:
 *
 *     {"conversation":"bench/messaging/…","since":"2026-…","until":"2026-…"} */
#include "ctl/replay/player.h"
#include "event/codec.h"
#include "kafka/cluster.h"
#include "kafka/reader_kafka.h"
#include "tests/bench/load.h"
#include "tests/bench/turns.h"

#include <librdkafka/rdkafka.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    PARTITIONS_MAX = 16,
    EVENTS_MAX = 100 * 1000 * 1000,
    DAYS_MAX = 64,
    DAY_TURNS = 2,
    DAYS_ALIVE = 2,
    NAME_BYTES = 256,
    FLUSH_MS = 60 * 1000,
    CHECKPOINT_EACH = 1000,
};
static const int64_t day_ms = INT64_C(24) * 3600 * 1000;

struct days {
    const char *prefix;
    struct slice account, id_key;
    int32_t partitions;
    uint64_t born; /* conversations that begin on a day */
    uint64_t days;
    wall_ms_t first_day;
    rd_kafka_t *rk;
    struct past pasts[PARTITIONS_MAX];
    struct player players[PARTITIONS_MAX];
    int64_t ends[PARTITIONS_MAX]; /* of `events` */
    struct buf out;
};

static void need(err_t error, const char *what)
{
    if (err_failed(error)) {
        load_fail("%s: %s (%s)", what, err_text(error), err_name(error));
    }
}

/* ---- writing -------------------------------------------------------------------------------- */

static rd_kafka_t *open_producer(const char *brokers)
{
    static const char *const settings[][2] = {{"linger.ms", "20"},
                                              {"queue.buffering.max.kbytes", "200000"},
                                              {"message.timeout.ms", "60000"}};
    char text[NAME_BYTES];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    bool is_set = rd_kafka_conf_set(conf, "bootstrap.servers", brokers, text, sizeof text) == 0;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        is_set = is_set &&
                 rd_kafka_conf_set(conf, settings[i][0], settings[i][1], text, sizeof text) == 0;
    }
    rd_kafka_t *rk = is_set ? rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text) : NULL;
    if (rk == NULL) {
        load_fail("no producer: %s", text);
    }
    return rk;
}

static void put(struct days *d, enum topic topic, int32_t partition, wall_ms_t time,
                const struct written *w)
{
    char name[NAME_BYTES];
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    (void)snprintf(name, sizeof name, "%s%s", d->prefix, topic_name(topic));
    do {
        rd_kafka_headers_t *headers = rd_kafka_headers_new(3);
        (void)rd_kafka_header_add(headers, "ce_id", -1, w->ce_id.ptr, (ssize_t)w->ce_id.len);
        (void)rd_kafka_header_add(headers, "ce_source", -1, "tieline/bench", -1);
        (void)rd_kafka_header_add(headers, "traceparent", -1, w->traceparent.ptr,
                                  (ssize_t)w->traceparent.len);
        code = rd_kafka_producev(
            d->rk, RD_KAFKA_VTYPE_TOPIC, name, RD_KAFKA_VTYPE_PARTITION, partition,
            RD_KAFKA_VTYPE_KEY, w->key.ptr, w->key.len, RD_KAFKA_VTYPE_VALUE, w->value.ptr,
            w->value.len, RD_KAFKA_VTYPE_MSGFLAGS, RD_KAFKA_MSG_F_COPY, RD_KAFKA_VTYPE_TIMESTAMP,
            time.ms, RD_KAFKA_VTYPE_HEADERS, headers, RD_KAFKA_VTYPE_END);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            rd_kafka_headers_destroy(headers);
            (void)rd_kafka_poll(d->rk, 10);
        }
    } while (code == RD_KAFKA_RESP_ERR__QUEUE_FULL);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        load_fail("%s: %s", name, rd_kafka_err2str(code));
    }
    (void)rd_kafka_poll(d->rk, 0);
}

static void put_checkpoint(struct days *d, int32_t partition, wall_ms_t time)
{
    char text[CHECKPOINT_TEXT_BYTES];
    checkpoint_format(d->players[partition].place.point, text);
    put(d, TOPIC_CONVERSATIONS, partition, time,
        &(struct written){.key = checkpoint_key(), .value = slice_of(text)});
}

/* The partition as it is before the first event of a day. */
static void put_day(struct days *d, int32_t partition, int64_t offset, wall_ms_t time)
{
    struct checkpoint then = d->players[partition].place.point;
    char text[CHECKPOINT_TEXT_BYTES];
    char id[NAME_BYTES];
    if (!wall_known(then.at) || then.at.ms / day_ms >= time.ms / day_ms) {
        return;
    }
    then.next = offset;
    checkpoint_format(then, text);
    (void)snprintf(id, sizeof id, "snapshot/%d/%lld", (int)partition, (long long)offset);
    put(d, TOPIC_SNAPSHOTS, partition, time,
        &(struct written){.key = checkpoint_key(), .value = slice_of(text), .ce_id = slice_of(id)});
}

static enum topic topic_of(enum written_kind kind)
{
    return kind == WRITTEN_SNAPSHOT  ? TOPIC_SNAPSHOTS
           : kind == WRITTEN_COMMAND ? TOPIC_COMMANDS
                                     : TOPIC_CONVERSATIONS;
}

/* Writes an event, decides it, and writes what follows. */
static void take(struct days *d, int32_t partition, const struct event *event, wall_ms_t time)
{
    struct player *player = &d->players[partition];
    enum played played = PLAYED_PASSED;
    buf_reset(&d->out);
    need(codec_event_encode(event, &d->out), "an event");
    const struct written first = {.key = event->conversation,
                                  .value = buf_slice(&d->out),
                                  .ce_id = event->id,
                                  .traceparent = event->traceparent};
    put(d, TOPIC_EVENTS, partition, time, &first);
    const struct bus_record record = {.topic = TOPIC_EVENTS,
                                      .partition = partition,
                                      .offset = d->ends[partition]++,
                                      .time = time,
                                      .key = first.key,
                                      .value = first.value};
    put_day(d, partition, record.offset, time);
    need(player_take(player, &record, &played), player->why.text);
    if (played == PLAYED_DEAD) {
        load_fail("an event that cannot be decided: %s", player->why.text);
    }
    for (size_t i = 0; i < player->decide.count; i++) {
        const struct written *w = &player->decide.written[i];
        put(d, topic_of(w->kind), partition, time, w);
    }
    if (d->ends[partition] % CHECKPOINT_EACH == 0) {
        put_checkpoint(d, partition, time);
    }
}

/* ---- days ----------------------------------------------------------------------------------- */

static struct event event_of(const struct days *d, struct turn_place turn, struct turn_texts *texts)
{
    turn.account = d->account;
    turn.id_key = d->id_key;
    return turn_event(&turn, texts);
}

/* A conversation that has ended takes no memory. */
static void forget(struct days *d, uint64_t conversation)
{
    struct turn_texts texts;
    const struct event event =
        event_of(d, (struct turn_place){.conversation = conversation}, &texts);
    int32_t partition = cluster_partition(event.conversation, d->partitions);
    store_remove(&d->players[partition].now, event.conversation);
}

static void write_day(struct days *d, uint64_t day)
{
    uint64_t alive = day == 0 ? d->born : d->born * DAYS_ALIVE;
    uint64_t events = alive * DAY_TURNS * TURN_PARTS;
    uint64_t begin = day == 0 ? 0 : (day - 1) * d->born;
    for (uint64_t i = 0; i < events; i++) {
        struct turn_texts texts;
        uint64_t conversation = begin + i % alive;
        uint64_t age = day - conversation / d->born;
        wall_ms_t time =
            wall_add(d->first_day, span_ms((int64_t)day * day_ms +
                                           (int64_t)((uint64_t)(day_ms - 1) * i / events)));
        const struct event event =
            event_of(d,
                     (struct turn_place){.conversation = conversation,
                                         .number = age * DAY_TURNS + i / alive / TURN_PARTS,
                                         .part = (unsigned)(i / alive % TURN_PARTS),
                                         .at = time},
                     &texts);
        take(d, cluster_partition(event.conversation, d->partitions), &event, time);
    }
    for (uint64_t i = begin; day > 0 && i < begin + d->born; i++) {
        forget(d, i);
    }
}

/* The configuration, as every partition takes it up first. */
static void begin(struct days *d)
{
    struct why why = {{0}};
    for (int32_t p = 0; p < d->partitions; p++) {
        struct past *past = &d->pasts[p];
        need(past_read(past, &why), why.text);
        need(player_init(&d->players[p], past, NULL, &why), why.text);
        if (past->version_count == 0 || past->first > 0 || past->newest.next >= 0) {
            load_fail("the log is not empty, or not configured");
        }
        const struct event event = {
            .type = EVENT_CONFIG,
            .source = EVENT_FROM_PROCESSOR,
            .id = SLICE("config"),
            .occurred = d->first_day,
            .body.config_offset = past->versions[past->version_count - 1],
        };
        take(d, p, &event, d->first_day);
        const struct account *account = config_account(d->players[p].place.config, d->account);
        if (account == NULL) {
            load_fail("no account %.*s is configured", SLICE_ARG(d->account));
        }
        d->id_key = account->id_key;
    }
}

static void tell(const struct days *d)
{
    struct turn_texts texts;
    char since[INSTANT_TEXT_BYTES];
    char until[INSTANT_TEXT_BYTES];
    uint64_t day = d->days / 2;
    const struct event event =
        event_of(d, (struct turn_place){.conversation = day * d->born}, &texts);
    instant_format_iso8601(wall_add(d->first_day, span_ms((int64_t)day * day_ms)), since);
    instant_format_iso8601(wall_add(d->first_day, span_ms((int64_t)(day + 1) * day_ms - 1)), until);
    (void)printf("{\"conversation\":\"%.*s\",\"since\":\"%s\",\"until\":\"%s\"}\n",
                 SLICE_ARG(event.conversation), since, until);
}

int main(int argc, char **argv)
{
    static struct days d; /* too large for a stack */
    if (argc != 7) {
        load_fail("usage: write_days BROKERS PREFIX ACCOUNT PARTITIONS EVENTS DAYS");
    }
    d.prefix = argv[2];
    d.account = slice_of(argv[3]);
    d.partitions = (int32_t)load_number(argv[4], PARTITIONS_MAX);
    d.days = load_number(argv[6], DAYS_MAX);
    if (d.partitions == 0 || d.days == 0) {
        load_fail("at least one partition, and one day");
    }
    d.born =
        load_number(argv[5], EVENTS_MAX) / ((d.days * DAYS_ALIVE - 1) * DAY_TURNS * TURN_PARTS);
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    d.first_day.ms = ((int64_t)now.tv_sec * 1000 / day_ms - (int64_t)d.days) * day_ms;
    const struct kafka_options options = {
        .brokers = argv[1], .prefix = d.prefix, .program = "bench", .instance = "writer"};
    struct log *log = log_new("bench", LOG_FORMAT_TEXT, LOG_WARN);
    struct reader_kafka reader = {.options = &options, .log = log};
    struct reader_port port = reader_kafka_port(&reader);
    for (int32_t p = 0; p < d.partitions; p++) {
        d.pasts[p] = (struct past){.port = &port, .partition = p};
    }
    buf_init(&d.out, LIMIT_RECORD_BYTES_MAX);
    d.rk = open_producer(argv[1]);
    begin(&d);
    for (uint64_t day = 0; day < d.days; day++) {
        write_day(&d, day);
    }
    for (int32_t p = 0; p < d.partitions; p++) {
        put_checkpoint(&d, p, wall_add(d.first_day, span_ms((int64_t)d.days * day_ms)));
        player_deinit(&d.players[p]);
        past_deinit(&d.pasts[p]);
    }
    if (rd_kafka_flush(d.rk, FLUSH_MS) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        load_fail("not all was taken");
    }
    rd_kafka_destroy(d.rk);
    reader_kafka_deinit(&reader);
    buf_deinit(&d.out);
    log_free(log);
    tell(&d);
    return 0;
}
