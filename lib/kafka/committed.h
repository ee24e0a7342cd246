/* committed — the stored offsets of a group: asked for on a thread, and as lists of librdkafka.
 *
 * Asking waits for a broker, and for transactions of a previous owner that are still open, so it
 * is repeated on a thread while the loop goes on. A transaction that nothing will end would hold it
 * up for ever: see decision 0011. */
#ifndef KAFKA_COMMITTED_H
#define KAFKA_COMMITTED_H

#include "base/err.h"
#include "kafka/client.h"
#include "port/bus.h"

#include <stdbool.h>

struct committed;

/* wake_fd  written when there is something to look at */
MUST_USE err_t committed_new(int wake_fd, struct committed **ret_committed);
/* Waits for a question under way, at most about a second: it uses the client. Accepts NULL. */
void committed_free(struct committed *m);

/* Begins to ask, until the answer is there or committed_cancel(). `partitions` is copied. */
void committed_ask(struct committed *m, struct client *client,
                   const rd_kafka_topic_partition_list_t *partitions);
void committed_cancel(struct committed *m);
/* *ret_list: offsets and metadata, borrowed until the next call; NULL = not known yet. Never waits.
 * PERMISSION: the brokers will not say. */
MUST_USE err_t committed_look(struct committed *m,
                              const rd_kafka_topic_partition_list_t **ret_list);
/* True now and then while they stay pending for longer than any transaction may take; that is
 * logged too, with the remedy. */
bool committed_is_stuck(struct committed *m, struct log *log);
bool committed_busy(struct committed *m); /* a question uses the client now */

/* A list as our offsets (-1 = none stored); the caller frees the array, metadata borrows. */
MUST_USE err_t committed_offsets(const rd_kafka_topic_partition_list_t *list,
                                 struct bus_offset **ret_offsets, size_t *ret_count);
/* Our offsets as a list of `topic`; the caller destroys it. SYNTAX: a NUL in the metadata. */
MUST_USE err_t committed_list(const char *topic, const struct bus_offset *offsets, size_t count,
                              rd_kafka_topic_partition_list_t **ret_list);

#endif
