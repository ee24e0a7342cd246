#include "kafka/reader_kafka.h"

#include "base/check.h"
#include "kafka/client.h"
#include "kafka/kafka_err.h"
#include "kafka/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    READER_MAGIC = 0x6b726472,
    READER_HANDLES_MAX = 8,
    READER_PARTITIONS_MAX = 1024,
    READER_OPEN_MS = 10000,
    READER_STEP_MS = 100,
    READER_FETCH_WAIT_MS = 5,
};

/* A handle, and what is read with it: a partition at most once. */
struct slot {
    struct client *client;
    bool known[TOPIC_COUNT]; /* its metadata is there */
    bool used[TOPIC_COUNT][READER_PARTITIONS_MAX];
};

struct reader_pool {
    struct slot *slots[READER_HANDLES_MAX];
};

struct reader {
    uint32_t magic;
    struct slot *slot;
    struct log *log;
    rd_kafka_topic_t *handle;
    rd_kafka_queue_t *queue;
    enum topic topic;
    int32_t partition;
    bool has_headers; /* that somebody looks at */
    bool started;
    int64_t end;       /* at opening */
    int64_t known_end; /* what END is about */
    bool told;
    int64_t position; /* -1 = not known yet */
    bool at_eof;      /* nothing more is to be read there: the end, or an open transaction */
    size_t run_bytes; /* read since nothing was there */
    rd_kafka_message_t *first;
    rd_kafka_message_t *current;
};

/* ---- handles ------------------------------------------------------------------------------ */

static err_t slot_new(struct reader_kafka *self, struct slot **ret_slot)
{
    char wait[24];
    bool longer = self->fetch_wait.ms > 0 && !self->options->embedded;
    (void)snprintf(wait, sizeof wait, "%" PRId64,
                   longer ? self->fetch_wait.ms : (int64_t)READER_FETCH_WAIT_MS);
    const struct kafka_property fixed[] = {
        {"isolation.level", "read_committed"}, {"enable.partition.eof", "true"},
        {"auto.offset.reset", "error"},        {"enable.auto.commit", "false"},
        {"fetch.wait.max.ms", wait},           {"fetch.max.bytes", "8388608"},
        {"socket.timeout.ms", "5000"},         {NULL, NULL},
    };
    struct slot *slot = calloc(1, sizeof *slot);
    if (slot == NULL) {
        return ERR(NO_MEMORY);
    }
    struct why why = {0};
    err_t err =
        client_new(self->options, RD_KAFKA_CONSUMER, fixed, NULL, self->log, &why, &slot->client);
    if (err_failed(err)) {
        log_error(self->log, "no reader can be made", LOG_STR("why", why.text), LOG_ERR(err));
        free(slot);
        return err;
    }
    *ret_slot = slot;
    return err_ok();
}

static err_t slot_for(struct reader_kafka *self, enum topic topic, int32_t partition,
                      struct slot **ret_slot)
{
    if (self->pool == NULL) {
        self->pool = calloc(1, sizeof *self->pool);
        if (self->pool == NULL) {
            return ERR(NO_MEMORY);
        }
    }
    for (int i = 0; i < READER_HANDLES_MAX; i++) {
        struct slot **slot = &self->pool->slots[i];
        if (*slot == NULL) {
            TRY(slot_new(self, slot));
        }
        if (!(*slot)->used[topic][partition]) {
            *ret_slot = *slot;
            return err_ok();
        }
    }
    return ERR(QUEUE_FULL);
}

void reader_kafka_deinit(struct reader_kafka *self)
{
    for (int i = 0; self->pool != NULL && i < READER_HANDLES_MAX; i++) {
        if (self->pool->slots[i] != NULL) {
            client_free(self->pool->slots[i]->client, 1000);
            free(self->pool->slots[i]);
        }
    }
    free(self->pool);
    self->pool = NULL;
}

/* ---- opening ------------------------------------------------------------------------------ */

static rd_kafka_t *rk_of(const struct reader *r)
{
    return client_handle(r->slot->client);
}

static err_t learn_topic(struct reader *r, int64_t wait_ms)
{
    if (r->slot->known[r->topic]) {
        return err_ok();
    }
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t code = rd_kafka_metadata(rk_of(r), 0, r->handle, &metadata, (int)wait_ms);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        err_t err = KAFKA_ERR(code);
        return err_is(err, ERR_PERMISSION) ? err : ERR(UNAVAILABLE);
    }
    code = metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR && r->partition >= metadata->topics[0].partition_cnt) {
        code = RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
    }
    rd_kafka_metadata_destroy(metadata);
    TRY(KAFKA_ERR(code));
    r->slot->known[r->topic] = true;
    return err_ok();
}

/* What is no record: OK when reading may go on. Takes the end of the partition as position. */
static err_t take_error(struct reader *r, const rd_kafka_message_t *message)
{
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        r->position = message->offset;
        r->at_eof = true;
        return err_ok();
    }
    err_t err = KAFKA_ERR(message->err);
    if (err_is(err, ERR_RANGE) || err_is(err, ERR_PERMISSION) || err_is(err, ERR_NO_TOPIC)) {
        return err;
    }
    log_debug(r->log, "reading is disturbed", LOG_STR("kafka", rd_kafka_err2name(message->err)));
    return err_ok();
}

static int64_t known_high(struct reader *r)
{
    int64_t low = -1;
    int64_t high = -1;
    rd_kafka_resp_err_t code = rd_kafka_get_watermark_offsets(
        rk_of(r), rd_kafka_topic_name(r->handle), r->partition, &low, &high);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ? high : -1;
}

/* The first thing that is fetched brings the high watermark with it. One that librdkafka remembers
 * from before may be too low. */
static err_t learn_end(struct reader *r, int64_t until)
{
    do {
        rd_kafka_message_t *message = rd_kafka_consume_queue(r->queue, READER_STEP_MS);
        (void)rd_kafka_poll(rk_of(r), 0);
        if (message == NULL) {
            client_nudge(r->slot->client);
            continue;
        }
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            r->first = message;
            r->position = message->offset;
        } else {
            err_t err = take_error(r, message);
            rd_kafka_message_destroy(message);
            TRY(err);
        }
        if (r->position >= 0) {
            int64_t high = known_high(r);
            r->end = high > r->position ? high : r->position;
            r->known_end = r->end;
            return err_ok();
        }
    } while (client_now_ms() < until);
    return ERR(UNAVAILABLE);
}

static void close_reader(struct reader *r)
{
    if (r == NULL) {
        return;
    }
    if (r->first != NULL) {
        rd_kafka_message_destroy(r->first);
    }
    if (r->current != NULL) {
        rd_kafka_message_destroy(r->current);
    }
    if (r->started) {
        (void)rd_kafka_consume_stop(r->handle, r->partition);
    }
    if (r->queue != NULL) {
        rd_kafka_queue_destroy(r->queue);
    }
    if (r->handle != NULL) {
        rd_kafka_topic_destroy(r->handle);
    }
    r->slot->used[r->topic][r->partition] = false;
    free(r);
}
DEFINE_CLEANUP_PTR(reader, struct reader, close_reader)

static err_t open_reader(void *argument, enum topic topic, int32_t partition, int64_t from,
                         struct reader **ret_reader)
{
    struct reader_kafka *self = argument;
    char name[CLIENT_TOPIC_NAME_BYTES];
    if (partition < 0 || partition >= READER_PARTITIONS_MAX ||
        !cluster_topic_name(self->options, topic, name, sizeof name)) {
        return ERR(NO_TOPIC);
    }
    struct slot *slot = NULL;
    TRY(slot_for(self, topic, partition, &slot));
    struct reader *fresh = calloc(1, sizeof *fresh);
    if (fresh == NULL) {
        return ERR(NO_MEMORY);
    }
    CLEANUP_PTR(reader) struct reader *r = fresh;
    *r = (struct reader){.magic = READER_MAGIC,
                         .slot = slot,
                         .log = self->log,
                         .topic = topic,
                         .partition = partition,
                         .has_headers = !self->is_bare && topic != TOPIC_CONVERSATIONS,
                         .position = -1};
    slot->used[topic][partition] = true;
    int64_t until = client_now_ms() + READER_OPEN_MS;
    r->handle = rd_kafka_topic_new(rk_of(r), name, NULL);
    r->queue = rd_kafka_queue_new(rk_of(r));
    if (r->handle == NULL || r->queue == NULL) {
        return ERR(NO_MEMORY);
    }
    TRY(learn_topic(r, READER_OPEN_MS));
    int64_t offset = from == READER_FROM_START ? RD_KAFKA_OFFSET_BEGINNING : from;
    if (rd_kafka_consume_start_queue(r->handle, partition, offset, r->queue) != 0) {
        return KAFKA_ERR(rd_kafka_last_error());
    }
    r->started = true;
    TRY(learn_end(r, until));
    *ret_reader = TAKE(r);
    return err_ok();
}

/* ---- reading ------------------------------------------------------------------------------ */

static bool at_end(struct reader *r)
{
    if (r->told || r->first != NULL || r->position < r->known_end) {
        return false;
    }
    r->told = true;
    return true;
}

static void take_record(struct reader *r, rd_kafka_message_t *message,
                        struct bus_record *ret_record)
{
    r->current = message;
    r->run_bytes += message->len;
    r->position = message->offset + 1;
    r->at_eof = false;
    if (message->offset >= r->known_end) {
        int64_t high = known_high(r);
        r->known_end = high > r->position ? high : r->position;
        r->told = false;
    }
    *ret_record = record_of(message, r->topic, r->has_headers);
}

static err_t next(struct reader *r, span_ms_t timeout, struct bus_record *ret_record,
                  enum reader_status *ret_status)
{
    if (r->current != NULL) {
        rd_kafka_message_destroy(TAKE(r->current));
    }
    int64_t until = -1; /* no clock is asked while records are there */
    int64_t left = 0;
    for (;;) {
        if (at_end(r)) {
            *ret_status = READER_END;
            return err_ok();
        }
        int step = left <= 0 ? 0 : left < READER_STEP_MS ? (int)left : READER_STEP_MS;
        rd_kafka_message_t *message =
            r->first != NULL ? TAKE(r->first) : rd_kafka_consume_queue(r->queue, step);
        if (message == NULL) {
            (void)rd_kafka_poll(rk_of(r), 0);
            client_refetch(r->slot->client, &r->run_bytes);
            client_nudge(r->slot->client);
            int64_t now = client_now_ms();
            until = until < 0 ? now + timeout.ms : until;
            left = until - now;
            if (left <= 0) {
                *ret_status = READER_IDLE;
                return err_ok();
            }
            continue;
        }
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            take_record(r, message, ret_record);
            *ret_status = READER_RECORD;
            return err_ok();
        }
        err_t err = take_error(r, message);
        rd_kafka_message_destroy(message);
        TRY(err);
    }
}

static bool barred(const struct reader *r)
{
    return r->at_eof && r->position < r->known_end;
}

static int64_t end(const struct reader *r)
{
    return r->end;
}

static int64_t position(const struct reader *r)
{
    return r->position;
}

err_t reader_kafka_at(struct reader_kafka *self, enum topic topic, int32_t partition,
                      wall_ms_t time, span_ms_t patience, int64_t *ret_offset)
{
    char name[CLIENT_TOPIC_NAME_BYTES];
    struct slot *slot = NULL;
    CHECK(cluster_topic_name(self->options, topic, name, sizeof name));
    TRY(slot_for(self, topic, partition, &slot));
    if (self->options->embedded) { /* it knows no times */
        return client_list_offset(slot->client, name, partition, RD_KAFKA_OFFSET_BEGINNING,
                                  patience.ms, ret_offset);
    }
    int64_t ms = time.ms < 0 ? 0 : time.ms; /* below 0 are the beginning and the end */
    err_t e = client_list_offset(slot->client, name, partition, ms, patience.ms, ret_offset);
    if (!err_is(e, ERR_NOT_FOUND)) { /* also no answer: the end would leave out all there is */
        return e;
    }
    return client_list_offset(slot->client, name, partition, RD_KAFKA_OFFSET_END, patience.ms,
                              ret_offset);
}

err_t reader_kafka_end_now(struct reader *reader, span_ms_t patience, int64_t *ret_end)
{
    struct reader *r = MAGIC_CAST(struct reader, READER_MAGIC, reader);
    return client_list_offset(r->slot->client, rd_kafka_topic_name(r->handle), r->partition,
                              RD_KAFKA_OFFSET_END, patience.ms, ret_end);
}

struct reader_port reader_kafka_port(struct reader_kafka *self)
{
    static const struct reader_ops ops = {
        .open = open_reader,
        .next = next,
        .barred = barred,
        .end = end,
        .position = position,
        .close = close_reader,
    };
    return (struct reader_port){&ops, self};
}
