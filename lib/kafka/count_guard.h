/* count_guard — the keyed topics have as many partitions as `config` says they were made with, and
 * what is under this prefix is meant to be worked with.
 *
 * A key's partition follows from their number. Were there suddenly more, a conversation would lose
 * its state and its order: whoever finds another count than the one in `config` does not begin.
 * Nor does anybody where `tieline move` has taken all away, or has not brought all yet: ingest may
 * take in at the new place while the states are on their way. */
#ifndef KAFKA_COUNT_GUARD_H
#define KAFKA_COUNT_GUARD_H

#include "base/err.h"
#include "kafka/cluster.h"
#include "rt/log.h"

/* Reads `config` to its end. Nothing is compared where it names no count.
 * found  of the keyed topics
 * Errors  CONFIG (78): both counts in `why`, or where a move goes. UNAVAILABLE, TIMEOUT: it could
 * not be read now. */
MUST_USE err_t count_guard_check(const struct kafka_options *options, int32_t found,
                                 struct log *log, struct why *why);
/* The same for a count that is known; 0 = none stands in `config`. */
MUST_USE err_t count_guard_compare(int32_t found, uint32_t written, struct why *why);
/* What is known of a move: prefixes, empty = none. CONFIG (78) where `options` names a program that
 * must not begin. */
MUST_USE err_t count_guard_moved(const struct kafka_options *options, struct slice moved_into,
                                 struct slice moving_from, struct why *why);

#endif
