/* reader_kafka — port/reader.h on librdkafka: assigned consumers without a group, read_committed.
 */
#ifndef KAFKA_READER_KAFKA_H
#define KAFKA_READER_KAFKA_H

#include "base/err.h"
#include "kafka/cluster.h"
#include "port/reader.h"
#include "rt/log.h"

/* `options` and `log` are borrowed and must outlive the port and its readers. */
struct reader_kafka {
    const struct kafka_options *options;
    struct log *log;
};
struct reader_port reader_kafka_port(struct reader_kafka *self);

#endif
