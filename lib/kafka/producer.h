/* producer — writes records: idempotent, acks=all, with CloudEvents headers.
 *
 * Without a transactional id a handle that librdkafka declares dead is replaced by a new one, and
 * what was on its way is reported as not stored for sure. With one, txn.h drives it. */
#ifndef KAFKA_PRODUCER_H
#define KAFKA_PRODUCER_H

#include "base/cleanup.h"
#include "base/err.h"
#include "kafka/client.h"
#include "kafka/cluster.h"
#include "port/bus.h"
#include "rt/log.h"

#include <stdbool.h>
#include <stdint.h>

struct producer;

enum { PRODUCER_TRANSACTION_MS = 10000 };

struct producer_kind {
    /* What the transactional id has beyond the name of this copy; NULL = no transactions. */
    const char *transaction;
    /* Milliseconds that a message waits for others, where -X sets none. NULL = 5 in transactions,
     * whose commits wait for nothing, else 0. */
    const char *linger;
    span_ms_t timeout; /* then a message that is not acknowledged is reported as TIMEOUT */
};

/* options, handler, log, and the texts of `kind` are borrowed
 * wake_fd  eventfd that is written when poll has something to do
 * Warms up the metadata of all topics (at most 5 s).
 * NO_TOPIC (`why` names each missing one), UNAVAILABLE, CONFIG, NO_MEMORY. */
MUST_USE err_t producer_new(const struct kafka_options *options, const struct producer_kind *kind,
                            const struct bus_handler *handler, struct log *log, int wake_fd,
                            struct why *why, struct producer **ret_producer);
void producer_free(struct producer *p, int64_t wait_ms); /* accepts NULL */
static inline void producer_drop(struct producer *p)
{
    producer_free(p, 1000);
}
DEFINE_CLEANUP_PTR(producer, struct producer, producer_drop)

/* Serves delivery reports: on_delivery is called from here only. */
MUST_USE err_t producer_poll(struct producer *p);
/* As bus_produce(); TXN_ABORT when the transaction has failed already. */
MUST_USE err_t producer_produce(struct producer *p, const struct bus_message *message);
/* Waits until all is acknowledged, at most `timeout` (TIMEOUT). Reports wait for the next poll. */
MUST_USE err_t producer_flush(struct producer *p, span_ms_t timeout);
bool producer_connected(struct producer *p);

/* Throws the handle away (what is under way is reported as UNAVAILABLE) and makes a new one. */
MUST_USE err_t producer_renew(struct producer *p, struct why *why);
/* The handle, to be left to somebody else; a producer without one can only be renewed. */
struct client *producer_client(struct producer *p);
struct client *producer_take_client(struct producer *p);

#endif
