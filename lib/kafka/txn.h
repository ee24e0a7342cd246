/* txn — a producer's transactions: bounded calls, and a clear word about how each one ended.
 *
 *     renew ─▶ ready ─▶ begin ─▶ open ─▶ commit_begin ─▶ ending ─▶ commit_end ─▶ ready
 *       ▲                          └──▶ abort  ─▶ ready
 *       └──── dead ◀── TXN_UNKNOWN, FENCED from any of them; never used again
 *
 * Some calls of librdkafka 2.0.2 ignore their timeout; they run on a thread that can be left behind
 * together with its handle. Nor is a handle used again after a transaction that ended well if one
 * of its requests got no answer and was repeated: it could arrive late, inside the next
 * transaction. Then txn_begin() says TXN_UNKNOWN. */
#ifndef KAFKA_TXN_H
#define KAFKA_TXN_H

#include "base/cleanup.h"
#include "base/err.h"
#include "kafka/consumer.h"
#include "kafka/producer.h"

struct txn;

/* wake_fd  eventfd that is written when a commit has ended; -1 = none
 * Borrows all. Nothing may be begun before txn_renew() or txn_init() returned OK. NO_MEMORY. */
MUST_USE err_t txn_new(const struct kafka_options *options, struct producer *producer,
                       struct consumer *const *consumer, struct log *log, int wake_fd,
                       struct txn **ret_txn);
void txn_free(struct txn *t); /* accepts NULL */
DEFINE_CLEANUP_PTR(txn, struct txn, txn_free)

/* Registers the transactional id, which fences older producers of that name, and ends offsets that
 * one of them left pending in the group. Waits at most
 * `wait_ms`, and not on when a stop is requested; UNAVAILABLE then, and the next call goes on from
 * there. FENCED, PERMISSION. */
MUST_USE err_t txn_init(struct txn *t, int64_t wait_ms, struct why *why);

/* As in port/bus.h. */
MUST_USE err_t txn_begin(struct txn *t);
MUST_USE err_t txn_commit_begin(struct txn *t, const struct bus_offset *offsets, size_t count);
MUST_USE err_t txn_commit_end(struct txn *t, int64_t wait_ms, bool *ret_ended);
MUST_USE err_t txn_abort(struct txn *t);
/* Both halves of a commit. */
MUST_USE err_t txn_commit(struct txn *t, const struct bus_offset *offsets, size_t count);
bool txn_is_open(const struct txn *t);   /* also when it can only be aborted */
bool txn_is_idle(const struct txn *t);   /* may begin one */
bool txn_in_use(const struct txn *t);    /* from begin until it is known how that one ended */
bool txn_is_ending(const struct txn *t); /* nobody else may use its handle */
/* What another producer writes from now on stands behind all that was written in it. */
bool txn_is_stored(const struct txn *t);
bool txn_is_overdue(const struct txn *t); /* its call does not come back */
bool txn_has_ended(const struct txn *t);  /* txn_commit_end() would not wait */
bool txn_is_fit(const struct txn *t);     /* false: renew */
/* The same for who is no member of the group: offsets of any topic, which only this program
 * commits. Takes the list over, in any case. */
MUST_USE err_t txn_commit_list(struct txn *t, rd_kafka_topic_partition_list_t *offsets);
/* Waits at most some seconds; UNAVAILABLE: call it again. Never fatal because of a broker, however
 * many calls were left behind: then it waits for one of them to come back. */
MUST_USE err_t txn_renew(struct txn *t);

/* Something that this name left pending in the group may stand in somebody's way: unless a
 * transaction is open, the handle is not used again. */
void txn_suspect(struct txn *t);
/* To be called now and then while a broker can be reached. Renews a handle that became unfit
 * between two transactions, so that what it left pending is ended now and not when there is work
 * again. Errors as txn_renew(), but none that passes. */
MUST_USE err_t txn_tend(struct txn *t);

#endif
