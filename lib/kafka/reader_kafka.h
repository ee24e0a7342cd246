/* reader_kafka — port/reader.h on librdkafka: assigned consumers without a group, read_committed.
 *
 * Handles are kept and shared by readers of different partitions, so that opening one costs a
 * request or two and not a connection. */
#ifndef KAFKA_READER_KAFKA_H
#define KAFKA_READER_KAFKA_H

#include "base/cleanup.h"
#include "base/err.h"
#include "kafka/cluster.h"
#include "port/reader.h"
#include "rt/log.h"

struct reader_pool;

/* `options` and `log` are borrowed and must outlive the port and its readers; the rest may be zero.
 * One thread at a time.
 * fetch_wait  how long a broker may hold an empty answer back, which is also how long it takes to
 *             learn that nothing is there; 0 = 5 ms, for reading to an end. Longer to follow.
 * is_bare     nobody looks at headers of what is read, so they are not looked for */
struct reader_kafka {
    const struct kafka_options *options;
    struct log *log;
    span_ms_t fetch_wait;
    bool is_bare;
    struct reader_pool *pool;
};
struct reader_port reader_kafka_port(struct reader_kafka *self);
/* Closes the handles; all readers are closed by then. Accepts a zeroed one. */
void reader_kafka_deinit(struct reader_kafka *self);
DEFINE_CLEANUP(reader_kafka, struct reader_kafka, reader_kafka_deinit)

/* The offset of the first record of that time or later; where none is, the end. Of the
 * embedded broker the beginning: who reads from there looks at the times. About `patience` at
 * most. NO_TOPIC, PERMISSION, UNAVAILABLE. */
MUST_USE err_t reader_kafka_at(struct reader_kafka *self, enum topic topic, int32_t partition,
                               wall_ms_t time, span_ms_t patience, int64_t *ret_offset);
/* Asks the broker where the end of committed records is now; about `patience` at most.
 * UNAVAILABLE. */
MUST_USE err_t reader_kafka_end_now(struct reader *reader, span_ms_t patience, int64_t *ret_end);

#endif
