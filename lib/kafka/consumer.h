/* consumer — a member of a group that reads one topic, partition by partition, as bus.h asks.
 *
 *     REBALANCE ─▶ assigned, paused ─▶ committed offsets fetched (on a thread) ─▶ on_assign
 *                                                      start() ─▶ seek + resume ─▶ records
 *
 * How it joins is in member.h, how a partition is read in positions.h, how offsets are committed in
 * one_commit.h. */
#ifndef KAFKA_CONSUMER_H
#define KAFKA_CONSUMER_H

#include "base/cleanup.h"
#include "base/err.h"
#include "kafka/client.h"
#include "kafka/cluster.h"
#include "kafka/record.h"
#include "port/bus.h"
#include "rt/log.h"

#include <stdbool.h>
#include <stdint.h>

struct consumer;

/* All borrowed; `wake_fd` is written when something waits. CONFIG, NO_MEMORY. */
MUST_USE err_t consumer_new(const struct kafka_options *options, enum topic topic,
                            const struct bus_handler *handler, struct log *log, int wake_fd,
                            struct why *why, struct consumer **ret_consumer);
/* Leaves the group without a word to the handler. Accepts NULL. */
void consumer_free(struct consumer *c, int64_t wait_ms);
static inline void consumer_drop(struct consumer *c)
{
    consumer_free(c, 1000);
}
DEFINE_CLEANUP_PTR(consumer, struct consumer, consumer_drop)

/* Serves the group's callbacks; one record if there is one. Never waits. FENCED, NO_OFFSET,
 * PERMISSION, IO: this copy cannot go on. */
MUST_USE err_t consumer_poll(struct consumer *c, struct bus_record *ret_record, bool *ret_got);

/* As in port/bus.h. */
MUST_USE err_t consumer_start(struct consumer *c, int32_t partition, int64_t offset);
MUST_USE err_t consumer_pause(struct consumer *c, int32_t partition);
MUST_USE err_t consumer_resume(struct consumer *c, int32_t partition);
MUST_USE err_t consumer_commit(struct consumer *c, const struct bus_offset *offsets, size_t count);
MUST_USE err_t consumer_rejoin(struct consumer *c);
MUST_USE err_t consumer_lag(struct consumer *c, int32_t partition, int64_t *ret_lag);
bool consumer_connected(struct consumer *c);
/* True now and then while the offsets that it must know stay pending longer than any transaction
 * may take; that is logged too, with the remedy. */
bool consumer_is_stuck(struct consumer *c);
/* Partitions are ours, and where to read on in them is not known yet. */
bool consumer_is_waiting(const struct consumer *c);

/* OK while we are the member that the partitions were assigned to, and the loop has polled within
 * half the session; else FENCED. */
MUST_USE err_t consumer_check(struct consumer *c);
/* For a transaction: the membership of now (the caller destroys it), and `offsets` as librdkafka
 * takes them. FENCED as consumer_check(), or for a partition that is not ours. */
MUST_USE err_t consumer_group_metadata(struct consumer *c,
                                       rd_kafka_consumer_group_metadata_t **ret_metadata);
MUST_USE err_t consumer_offsets(struct consumer *c, const struct bus_offset *offsets, size_t count,
                                rd_kafka_topic_partition_list_t **ret_list);

#endif
