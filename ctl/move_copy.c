#include "ctl/move_copy.h"

#include "event/codec.h"
#include "rt/stop.h"

enum {
    STEP_MS = 500,
    IDLE_STEPS_MAX = 40,
    ARENA_BYTES = 8 * 1024 * 1024,
    BATCH_RECORDS_MAX = 500, /* of one transaction, which has to end within 10 s */
    BATCH_BYTES_MAX = 4 * 1024 * 1024,
};

/* One partition on its way. */
struct run {
    struct move_copy *m;
    enum topic topic;
    int32_t partition;
    int64_t done; /* carried by earlier transactions */
    bool is_open;
    size_t batch, batch_bytes;
    uint64_t records;
    struct checkpoint found; /* newest; next = -1: none */
    struct arena arena;
    struct buf out;
};

static err_t send_deployment(struct move_copy *m, const struct deployment *deployment)
{
    CLEANUP(buf) struct buf value = {0};
    struct config_record record = {.kind = CONFIG_DEPLOYMENT, .body.deployment = *deployment};
    buf_init(&value, LIMIT_RECORD_BYTES_MAX);
    TRY(codec_config_encode(&record, &value));
    const struct bus_message message = {
        .topic = TOPIC_CONFIG,
        .key = SLICE("deployment"),
        .value = buf_slice(&value),
        .ce_type = SLICE("tieline.config.deployment"),
        .ce_source = SLICE("tieline/ctl"),
    };
    return carry_send(m->carry, &message);
}

static err_t begin(struct run *r)
{
    if (r->is_open) {
        return err_ok();
    }
    TRY(carry_begin(r->m->carry));
    r->is_open = true;
    r->batch = r->batch_bytes = 0;
    return r->topic == TOPIC_CONFIG ? send_deployment(r->m, &r->m->begun) : err_ok();
}

static err_t commit(struct run *r, int64_t next)
{
    TRY(carry_commit(r->m->carry, r->topic, r->partition, next));
    r->is_open = false;
    r->done = next;
    return err_ok();
}

static struct slice type_of(enum topic topic, struct slice key)
{
    return topic != TOPIC_CONFIG                       ? (struct slice){0}
           : slice_starts_with(key, SLICE("account/")) ? SLICE("tieline.config.account")
                                                       : SLICE("tieline.config.store");
}

static err_t send(struct run *r, const struct bus_record *record)
{
    struct slice value = record->value;
    if (r->topic == TOPIC_CONVERSATIONS) {
        TRY(move_state(&r->arena, record->value, &r->out, &value));
    }
    bool is_config = r->topic == TOPIC_CONFIG;
    const struct bus_message message = {
        .topic = r->topic,
        .partition =
            is_config ? 0 : cluster_partition(move_place(record->key), r->m->partitions_there),
        .key = record->key,
        .value = value,
        .ce_type = type_of(r->topic, record->key),
        .ce_source = SLICE("tieline/ctl"),
        .traceparent = record->traceparent,
    };
    r->batch++;
    r->batch_bytes += record->key.len + value.len;
    r->records++;
    return carry_send(r->m->carry, &message);
}

/* Checkpoints are read also where an earlier run has been: the newest one counts. */
static err_t take(struct run *r, const struct bus_record *record)
{
    bool is_ours = r->topic != TOPIC_CONFIG || !slice_equal(record->key, SLICE("deployment"));
    if (r->topic == TOPIC_CONVERSATIONS && slice_equal(record->key, checkpoint_key())) {
        is_ours = false;
        TRY(checkpoint_parse(record->value, &r->found));
    }
    if (record->offset < r->done) {
        return err_ok();
    }
    TRY(begin(r));
    if (is_ours) {
        TRY(send(r, record));
    }
    bool is_full = r->batch >= BATCH_RECORDS_MAX || r->batch_bytes >= BATCH_BYTES_MAX;
    return is_full ? commit(r, record->offset + 1) : err_ok();
}

static err_t read_on(struct run *r, struct reader *reader, struct why *why)
{
    struct reader_port *port = r->m->reader;
    for (int idle = 0; idle <= IDLE_STEPS_MAX;) {
        struct bus_record record = {0};
        enum reader_status status = READER_IDLE;
        TRY(reader_next(port, reader, span_ms(r->is_open ? 5 : STEP_MS), &record, &status));
        if (stop_requested()) {
            why_set(why, "stopped; what is there already stays, and the next run goes on from it");
            return ERR(TIMEOUT);
        }
        if (status == READER_END) {
            return err_ok();
        }
        idle = status == READER_RECORD ? 0 : idle + 1;
        if (status == READER_RECORD) {
            TRY(take(r, &record));
        } else if (r->is_open && r->batch > 0) {
            TRY(commit(r,
                       port->ops->position(reader))); /* it may take a while till there is more */
        }
    }
    why_set(why, "partition %d of %s could not be read to its end; try again", (int)r->partition,
            topic_name(r->topic));
    return ERR(TIMEOUT);
}

static err_t copy(struct run *r, struct why *why)
{
    struct reader_port *port = r->m->reader;
    struct reader *reader = NULL;
    TRY(reader_open(port, r->topic, r->partition, READER_FROM_START, &reader));
    err_t e = read_on(r, reader, why);
    int64_t position = port->ops->position(reader);
    port->ops->close(reader);
    TRY(e);
    if (!r->is_open && position > r->done) { /* nothing of ours, yet it has been read */
        TRY(begin(r));
    }
    if (r->is_open) {
        TRY(commit(r, position));
    }
    if (r->found.next >= 0) {
        move_gather(&r->m->gathered, &r->found);
    }
    return err_ok();
}

static err_t copy_partition(struct move_copy *m, enum topic topic, int32_t partition, int64_t done,
                            struct why *why)
{
    struct run r = {.m = m, .topic = topic, .partition = partition, .done = done};
    r.found.next = -1;
    arena_init(&r.arena, ARENA_BYTES);
    buf_init(&r.out, LIMIT_RECORD_BYTES_MAX);
    err_t e = copy(&r, why);
    arena_deinit(&r.arena);
    buf_deinit(&r.out);
    if (err_failed(e) && why->text[0] == '\0') {
        why_set(why, "partition %d of %s: %s", (int)partition, topic_name(topic), err_text(e));
    }
    TRY(e);
    m->tell(m->arg, topic, partition, r.records);
    return err_ok();
}

err_t move_copy_topic(struct move_copy *m, enum topic topic, struct why *why)
{
    int64_t done[LIMIT_PARTITIONS_MAX];
    int32_t partitions = topic == TOPIC_CONFIG ? 1 : m->partitions;
    if (topic == TOPIC_CONVERSATIONS) {
        m->gathered = (struct move_gathered){0};
    }
    TRY(carry_done(m->carry, topic, partitions, why, done));
    for (int32_t p = 0; p < partitions; p++) {
        TRY(copy_partition(m, topic, p, done[p], why));
    }
    return err_ok();
}

static err_t send_checkpoint(struct move_copy *m, int32_t partition, int64_t next)
{
    char text[CHECKPOINT_TEXT_BYTES];
    checkpoint_format(move_checkpoint(&m->gathered, next), text);
    const struct bus_message message = {
        .topic = TOPIC_CONVERSATIONS,
        .partition = partition,
        .key = checkpoint_key(),
        .value = slice_of(text),
        .ce_source = SLICE("tieline/ctl"),
    };
    return carry_send(m->carry, &message);
}

err_t move_copy_end(struct move_copy *m, const int64_t *next, struct why *why)
{
    struct deployment whole = m->begun;
    whole.moving_from = (struct slice){0};
    err_t e = carry_begin(m->carry);
    for (int32_t p = 0; p < m->partitions_there && !err_failed(e); p++) {
        e = send_checkpoint(m, p, next[p]);
    }
    e = err_failed(e) ? e : send_deployment(m, &whole);
    e = err_failed(e) ? e : carry_commit(m->carry, TOPIC_CONFIG, 0, -1);
    if (err_failed(e)) {
        why_set(why, "the end could not be written: %s; run it again", err_text(e));
    }
    return e;
}
