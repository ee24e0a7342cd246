/* append — records onto a topic, in order, each acknowledged: how the operator's tool writes.
 *
 *     append_new ─▶ append_send … ─▶ append_wait     all in-sync replicas have them all
 *
 * One thread. */
#ifndef CTL_APPEND_H
#define CTL_APPEND_H

#include "base/cleanup.h"
#include "base/err.h"
#include "kafka/cluster.h"
#include "port/bus.h"
#include "rt/log.h"

#include <stddef.h>
#include <stdint.h>

struct append;

/* options and log are borrowed. What bus_kafka_new() says, with `why`; NO_MEMORY. */
MUST_USE err_t append_new(const struct kafka_options *options, enum topic topic, struct log *log,
                          struct why *why, struct append **ret_append);
void append_free(struct append *a); /* accepts NULL */
DEFINE_CLEANUP_PTR(append, struct append, append_free)

/* Copies the message; its topic and cookie are set here. Waits while the queue is full.
 * TOO_LARGE, UNAVAILABLE and the FATAL classes. */
MUST_USE err_t append_send(struct append *a, const struct bus_message *message);
/* Returns when all that was sent is stored, or 30 s after it was called: TIMEOUT. `why` says how
 * many are stored; what was written before a failure stays. */
MUST_USE err_t append_wait(struct append *a, struct why *why);

struct append_place {
    int32_t partition;
    int64_t offset;
};
/* Where the newest record is that was acknowledged; {-1, -1} before the first. */
struct append_place append_last(const struct append *a);

#endif
