#include "tests/support/log_double.h"

#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct log_double *log_double_new(struct clock_double *clock, int32_t partitions)
{
    CHECK(partitions > 0 && partitions <= LOG_DOUBLE_PARTITIONS_MAX);
    struct log_double *log = calloc(1, sizeof *log);
    CHECK(log != NULL);
    log->clock = clock;
    log->partitions = partitions;
    for (size_t i = 0; i < LOG_DOUBLE_PARTITIONS_MAX; i++) {
        log->committed[i].offset = -1;
    }
    return log;
}

static void slice_free(struct slice s)
{
    free((void *)(uintptr_t)s.ptr);
}

static struct slice slice_keep(struct slice s)
{
    char *copy = malloc(s.len + 1);
    CHECK(copy != NULL);
    if (s.len > 0) {
        memcpy(copy, s.ptr, s.len);
    }
    copy[s.len] = '\0';
    return slice_from(copy, s.len);
}

void log_double_free(struct log_double *log)
{
    for (size_t t = 0; t < TOPIC_COUNT; t++) {
        for (size_t p = 0; p < LOG_DOUBLE_PARTITIONS_MAX; p++) {
            struct log_partition *partition = &log->topics[t][p];
            for (size_t i = 0; i < partition->count; i++) {
                slice_free(partition->records[i].key);
                slice_free(partition->records[i].value);
                slice_free(partition->records[i].ce_id);
                slice_free(partition->records[i].ce_type);
                slice_free(partition->records[i].ce_source);
                slice_free(partition->records[i].traceparent);
            }
            free(partition->records);
        }
    }
    CHECK(log->readers_open == 0);
    free(log);
}

int32_t log_double_partition(const struct log_double *log, struct slice key)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < key.len; i++) {
        hash = (hash ^ (unsigned char)key.ptr[i]) * 16777619U;
    }
    return (int32_t)(hash % (uint32_t)log->partitions);
}

int64_t log_double_append(struct log_double *log, const struct bus_message *message)
{
    int32_t number = message->partition;
    if (message->topic == TOPIC_CONFIG) {
        number = 0;
    } else if (number < 0) {
        number = log_double_partition(log, message->key);
    }
    CHECK(number < log->partitions);
    struct log_partition *p = &log->topics[message->topic][number];
    struct log_record *records = realloc(p->records, (p->count + 1) * sizeof *records);
    CHECK(records != NULL);
    p->records = records;
    int64_t offset = (int64_t)p->count;
    records[p->count++] = (struct log_record){
        .offset = offset,
        .time = log->clock->wall,
        .key = slice_keep(message->key),
        .value = slice_keep(message->value),
        .ce_id = slice_keep(message->ce_id),
        .ce_type = slice_keep(message->ce_type),
        .ce_source = slice_keep(message->ce_source),
        .traceparent = slice_keep(message->traceparent),
    };
    return offset;
}

size_t log_double_count(const struct log_double *log, enum topic topic, int32_t partition)
{
    return log->topics[topic][partition].count;
}

const struct log_record *log_double_at(const struct log_double *log, enum topic topic,
                                       int32_t partition, size_t index)
{
    CHECK(index < log->topics[topic][partition].count);
    return &log->topics[topic][partition].records[index];
}

void log_double_commit(struct log_double *log, const struct bus_offset *offset)
{
    CHECK(offset->partition < log->partitions && offset->metadata.len < LOG_DOUBLE_METADATA_BYTES);
    log->committed[offset->partition].offset = offset->offset;
    (void)snprintf(log->committed[offset->partition].metadata, LOG_DOUBLE_METADATA_BYTES, "%.*s",
                   SLICE_ARG(offset->metadata));
}

struct bus_record log_double_record(enum topic topic, int32_t partition,
                                    const struct log_record *record)
{
    return (struct bus_record){
        .topic = topic,
        .partition = partition,
        .offset = record->offset,
        .time = record->time,
        .key = record->key,
        .value = record->value,
        .traceparent = record->traceparent,
        .ce_id = record->ce_id,
        .ce_source = record->ce_source,
    };
}

/* ---- reader */

struct reader {
    struct log_double *log;
    enum topic topic;
    int32_t partition;
    int64_t position;
    int64_t end;
    bool end_told;
};

static err_t open_reader(void *self, enum topic topic, int32_t partition, int64_t from,
                         struct reader **ret_reader)
{
    struct log_double *log = self;
    const struct log_partition *p = &log->topics[topic][partition];
    if (from == READER_FROM_START) {
        from = p->first;
    }
    if (from < p->first || from > (int64_t)p->count) {
        return ERR(RANGE);
    }
    struct reader *r = calloc(1, sizeof *r);
    CHECK(r != NULL);
    *r = (struct reader){log, topic, partition, from, (int64_t)p->count, false};
    log->readers_open++;
    *ret_reader = r;
    return err_ok();
}

static bool barred(const struct reader *r)
{
    const struct log_partition *p = &r->log->topics[r->topic][r->partition];
    return p->is_barred && r->position >= p->bar;
}

static err_t next(struct reader *r, span_ms_t timeout, struct bus_record *ret_record,
                  enum reader_status *ret_status)
{
    (void)timeout;
    const struct log_partition *p = &r->log->topics[r->topic][r->partition];
    if (p->is_silent || barred(r)) {
        *ret_status = READER_IDLE;
        return err_ok();
    }
    if (r->position >= (int64_t)p->count) {
        *ret_status = r->end_told ? READER_IDLE : READER_END;
        r->end_told = true;
        return err_ok();
    }
    const struct log_record *record = &p->records[r->position++];
    r->end_told = false;
    *ret_record = log_double_record(r->topic, r->partition, record);
    *ret_status = READER_RECORD;
    return err_ok();
}

static int64_t end(const struct reader *r)
{
    return r->end;
}

static int64_t position(const struct reader *r)
{
    return r->position;
}

static void close_reader(struct reader *r)
{
    if (r != NULL) {
        r->log->readers_open--;
        free(r);
    }
}

struct reader_port log_double_reader(struct log_double *log)
{
    static const struct reader_ops ops = {open_reader, next, barred, end, position, close_reader};
    return (struct reader_port){&ops, log};
}
