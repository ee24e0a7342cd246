/* ending — the calls that end a transaction well, as one job of a worker: what was written is
 * stored, then offsets are sent, then comes the commit.
 *
 *     ending_new ─▶ worker: ending_run ─▶ ending_result
 *                       └─ does not come back: ending_leave, and the job ends what it was given
 *
 * A job owns all that it touches. While one runs nobody else may use its handle: a commit serves
 * the handle's callbacks. */
#ifndef KAFKA_ENDING_H
#define KAFKA_ENDING_H

#include "base/err.h"
#include "kafka/client.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    ENDING_CALL_MS = 10000, /* for offsets, a commit, and an abort, all repetitions together */
    ENDING_GRACE_MS = 1000, /* beyond it, when a call does not come back */
    ENDING_PAUSE_MS = 10,   /* between two tries */
};

struct ending;

/* wake_fd         eventfd that is written when all is stored; -1 = none
 * offsets, group  taken over in any case; NULL both: nothing was read
 * commits         false: the offsets are all that is to be done
 * NO_MEMORY. */
MUST_USE err_t ending_new(rd_kafka_t *rk, int wake_fd, rd_kafka_topic_partition_list_t *offsets,
                          rd_kafka_consumer_group_metadata_t *group, bool commits,
                          struct ending **ret_ending);
/* The two of a worker (worker.h). */
void ending_run(void *job);
void ending_drop(void *job);

/* Of a job that has run; *ret_what = the call that decided it. TXN_ABORT, TXN_UNKNOWN, FENCED … */
MUST_USE err_t ending_result(const struct ending *e, const char **ret_what, struct why *why);
/* All that was written is stored: what another producer writes from now on stands behind it. Any
 * thread. */
bool ending_is_stored(struct ending *e);
/* Its call is longer on its way than any that comes back. Any thread. */
bool ending_is_overdue(struct ending *e);
/* The worker keeps it: when it ends, `client` ends and `holders` is counted down by one; who comes
 * to zero frees that. */
void ending_leave(struct ending *e, struct client *client, atomic_int *holders);

/* Counts down; frees `holders` at zero. Accepts NULL. */
void ending_holder_gone(atomic_int *holders);

/* Repeats a call that may be repeated; what is open when the time is over stays unknown. */
MUST_USE err_t ending_repeat(rd_kafka_t *rk,
                             rd_kafka_error_t *(*call)(rd_kafka_t *rk, int timeout_ms),
                             struct why *why);
void ending_pause(void);

#endif
