/* bus_kafka — port/bus.h on librdkafka.
 *
 * consumer.c reads (eager `range` assignment, read_committed, no automatic offsets), producer.c
 * writes (idempotent, acks=all, reports served on the loop's thread), txn.c binds both into
 * transactions, kafka_err.c turns rd_kafka errors into classes. All on one thread: the loop's. */
#ifndef KAFKA_BUS_KAFKA_H
#define KAFKA_BUS_KAFKA_H

#include "base/cleanup.h"
#include "base/err.h"
#include "kafka/cluster.h"
#include "port/bus.h"
#include "rt/log.h"

struct bus_kafka;

enum bus_role {
    BUS_PRODUCER,     /* ingest, tools: writes only */
    BUS_TRANSACTIONS, /* processor: reads `input`, writes in transactions */
    BUS_READ_WRITE, /* egress: reads `input`, writes outside of transactions, commits offsets itself
                     */
};

/* options  copied; its strings and properties are borrowed and must outlive the bus
 * handler  borrowed, must outlive the bus; a BUS_PRODUCER uses only on_delivery
 * input    topic that is subscribed to; unused for BUS_PRODUCER
 * log      borrowed; librdkafka's own log lines go there
 * Errors  UNAVAILABLE, FENCED, CONFIG … with `why`. Blocks until the transactional producer is
 * initialised (bounded by 30 s). Warms up the metadata of every output topic. */
MUST_USE err_t bus_kafka_new(const struct kafka_options *options, enum bus_role role,
                             enum topic input, const struct bus_handler *handler, struct log *log,
                             struct why *why, struct bus_kafka **ret_bus);
/* Leaves the group, closes; waits at most 5 s. Accepts NULL. */
void bus_kafka_free(struct bus_kafka *b);
DEFINE_CLEANUP_PTR(bus_kafka, struct bus_kafka, bus_kafka_free)

struct bus bus_kafka_port(struct bus_kafka *b);
/* Becomes readable when bus_poll(0) has something to do; drained by bus_poll. For epoll loops. */
int bus_kafka_wake_fd(const struct bus_kafka *b);
/* Partitions are ours, and where to read on in them is not known yet. */
bool bus_kafka_is_waiting(const struct bus_kafka *b);

#endif
