/* carry — records of a deployment written under another prefix, each once, whatever happens to us.
 *
 *     carry_done ─▶ where the last one had come to
 *     carry_begin ─▶ carry_send … ─▶ carry_commit(source, next)      one transaction
 *
 * How far a source was read is committed to a group of the new prefix, in the transaction of what
 * was written: a run that is killed leaves nothing half done, and the next goes on from there. A
 * second one at the same time ends the first (FENCED), as any two producers of one name.
 *
 * What is written is transactional; the sources are read by whoever calls. One thread. */
#ifndef KAFKA_CARRY_H
#define KAFKA_CARRY_H

#include "base/cleanup.h"
#include "base/err.h"
#include "kafka/cluster.h"
#include "port/bus.h"
#include "rt/log.h"

#include <stdint.h>

struct carry;

/* All are borrowed. Waits 30 s for a transaction of an earlier run to end.
 * from, to  the same brokers; the prefixes differ
 * NO_TOPIC, UNAVAILABLE, PERMISSION, with `why`; NO_MEMORY. */
MUST_USE err_t carry_new(const struct kafka_options *from, const struct kafka_options *to,
                         struct log *log, struct why *why, struct carry **ret_carry);
void carry_free(struct carry *c); /* accepts NULL */
DEFINE_CLEANUP_PTR(carry, struct carry, carry_free)

/* Up to where each partition of a source was carried; -1 = nothing yet. As stored_offsets().
 * ret_offsets  room for `partitions` */
MUST_USE err_t carry_done(const struct carry *c, enum topic source, int32_t partitions,
                          struct why *why, int64_t *ret_offsets);

/* All errors end the run: what was not committed is not there. */
MUST_USE err_t carry_begin(struct carry *c);
/* Copies the message, to the new prefix. Waits while the queue is full. */
MUST_USE err_t carry_send(struct carry *c, const struct bus_message *message);
/* All of it, and that the source was read up to `next` (-1 = it came from none). */
MUST_USE err_t carry_commit(struct carry *c, enum topic source, int32_t partition, int64_t next);

#endif
