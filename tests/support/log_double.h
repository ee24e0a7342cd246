/* log_double — the topics of a deployment in memory, and port/reader.h on them.
 *
 * Outlives the buses that write to it, as brokers outlive programs: a test of a restart frees a
 * bus_double and makes another on the same log. Offsets and metadata of one group are kept too. */
#ifndef TESTS_SUPPORT_LOG_DOUBLE_H
#define TESTS_SUPPORT_LOG_DOUBLE_H

#include "port/bus.h"
#include "port/reader.h"
#include "tests/support/clock_double.h"

#include <stddef.h>

enum { LOG_DOUBLE_PARTITIONS_MAX = 16, LOG_DOUBLE_METADATA_BYTES = 4096 };

struct log_record {
    int64_t offset;
    wall_ms_t time;
    struct slice key; /* owned */
    struct slice value;
    struct slice ce_id;
    struct slice ce_type;
    struct slice ce_source;
    struct slice traceparent;
};

struct log_partition {
    struct log_record *records;
    size_t count;
    int64_t first;  /* records before it are deleted */
    bool is_silent; /* has no leader: readers get nothing */
    bool is_barred; /* a transaction that nobody ends: readers get nothing from `bar` on */
    int64_t bar;
};

struct log_double {
    struct clock_double *clock;
    int32_t partitions; /* of every topic but config, which has one */
    struct log_partition topics[TOPIC_COUNT][LOG_DOUBLE_PARTITIONS_MAX];
    struct {
        int64_t offset; /* -1 = none */
        char metadata[LOG_DOUBLE_METADATA_BYTES];
    } committed[LOG_DOUBLE_PARTITIONS_MAX];
    size_t readers_open;
};

/* Aborts when out of memory, like everything here. */
struct log_double *log_double_new(struct clock_double *clock, int32_t partitions);
void log_double_free(struct log_double *log);

/* Appends, LogAppendTime from the clock; returns the offset. partition -1 = by the key. */
int64_t log_double_append(struct log_double *log, const struct bus_message *message);
int32_t log_double_partition(const struct log_double *log, struct slice key);
size_t log_double_count(const struct log_double *log, enum topic topic, int32_t partition);
const struct log_record *log_double_at(const struct log_double *log, enum topic topic,
                                       int32_t partition, size_t index);
/* As a bus or a reader gives it; borrowed from the log. */
struct bus_record log_double_record(enum topic topic, int32_t partition,
                                    const struct log_record *record);
void log_double_commit(struct log_double *log, const struct bus_offset *offset);

struct reader_port log_double_reader(struct log_double *log);

#endif
