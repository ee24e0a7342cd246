/* embedded — the broker of the quickstart: librdkafka's mock cluster inside this process.
 *
 * Memory only, on 127.0.0.1 and a port of its own choice. It isolates nothing, keeps no transaction
 * and forgets silently what is beyond EMBEDDED_PARTITION_BYTES of a partition: who runs it asks
 * embedded_broker_fill() about every second and stops before that. Never an oracle for exactly-once
 * or durability. */
#ifndef KAFKA_EMBEDDED_H
#define KAFKA_EMBEDDED_H

#include "base/cleanup.h"
#include "base/err.h"
#include "kafka/cluster.h"

#include <stdint.h>

enum { EMBEDDED_PARTITION_BYTES = 5 * 1024 * 1024 };

struct embedded_broker;

/* Starts it and makes all topics: `config` with one partition, the others with `partitions` (1 to
 * LIMIT_PARTITIONS_MAX). options  prefix and program are used, borrowed; `brokers` is not.
 * UNAVAILABLE, CONFIG, NO_MEMORY. */
MUST_USE err_t embedded_broker_new(const struct kafka_options *options, int32_t partitions,
                                   struct why *why, struct embedded_broker **ret_broker);
void embedded_broker_free(struct embedded_broker *b); /* accepts NULL */
DEFINE_CLEANUP_PTR(embedded_broker, struct embedded_broker, embedded_broker_free)

/* "127.0.0.1:39211", as long as the broker lives. */
const char *embedded_broker_brokers(const struct embedded_broker *b);

/* Bytes in its fullest partition, counted by reading along (a little high, never low); more than
 * EMBEDDED_PARTITION_BYTES when something was dropped already. Takes some milliseconds. */
int64_t embedded_broker_fill(struct embedded_broker *b);

#endif
