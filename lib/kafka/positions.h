/* positions — what is read of each assigned partition, and from where.
 *
 *     assigned, paused ─ start(offset) ─▶ read ◀─ pause / resume ─▶ paused
 *
 * librdkafka 2.0.2 forgets at a pause what it had fetched but not delivered, and a resume alone
 * wakes no fetching thread. So every way back to reading is a seek to the next expected offset, and
 * what comes below it is dropped. */
#ifndef KAFKA_POSITIONS_H
#define KAFKA_POSITIONS_H

#include "base/err.h"
#include "base/limits.h"
#include "kafka/client.h"

#include <librdkafka/rdkafka.h>

#include <stdbool.h>
#include <stdint.h>

struct position {
    bool assigned;
    bool started;
    bool paused;
    bool seek;  /* asked for, not done yet */
    bool heard; /* something was read since it was started: the end is known */
    int64_t next;
};

struct positions {
    rd_kafka_t *rk;
    rd_kafka_topic_t *handle; /* borrowed, of the topic that is read */
    struct position of[LIMIT_PARTITIONS_MAX];
};

void positions_reset(struct positions *p, rd_kafka_t *rk, rd_kafka_topic_t *handle);
/* A partition is ours from now on; one beyond the limit is left out. */
void positions_add(struct positions *p, int32_t partition);
/* NULL when it is not ours. */
struct position *positions_find(struct positions *p, int32_t partition);

/* As in port/bus.h. STATE: not ours. */
MUST_USE err_t positions_start(struct positions *p, int32_t partition, int64_t offset);
MUST_USE err_t positions_pause(struct positions *p, int32_t partition);
MUST_USE err_t positions_resume(struct positions *p, int32_t partition);
/* UNAVAILABLE: not known yet. */
MUST_USE err_t positions_lag(struct positions *p, int32_t partition, int64_t *ret_lag);
/* Repeats a seek that librdkafka was not ready for. */
MUST_USE err_t positions_serve(struct positions *p, const rd_kafka_topic_partition_list_t *which);

/* True when the record at `offset` is the next one that is wanted; it is counted as read then. */
bool positions_take(struct positions *p, int32_t partition, int64_t offset);
/* The partition is read to its end at `offset`: commit markers take offsets, too. */
void positions_end(struct positions *p, int32_t partition, int64_t offset);

#endif
