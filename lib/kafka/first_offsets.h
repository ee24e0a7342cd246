/* first_offsets — where a group begins: committed once, so that a missing offset is an error. */
#ifndef KAFKA_FIRST_OFFSETS_H
#define KAFKA_FIRST_OFFSETS_H

#include "base/err.h"
#include "kafka/cluster.h"

#include <stdbool.h>
#include <stdint.h>

/* Whether the group that reads `topic` lacks one; false for a topic that no group reads.
 * UNAVAILABLE, PERMISSION. */
MUST_USE err_t first_offsets_missing(const struct kafka_options *options, enum topic topic,
                                     int32_t partitions, struct why *why, bool *ret_missing);
/* Commits the start of the log where the group has none, for egress with its metadata.
 * FENCED: the group is at work. UNAVAILABLE, PERMISSION. */
MUST_USE err_t first_offsets_make(const struct kafka_options *options, enum topic topic,
                                  int32_t partitions, const char *egress_metadata, struct why *why);

/* The same where the group has some already, which it has not used. */
MUST_USE err_t first_offsets_anew(const struct kafka_options *options, enum topic topic,
                                  int32_t partitions, const char *egress_metadata, struct why *why);

#endif
