/* table — a compacted topic of one partition, read whole and then followed: the `config` topic.
 *
 * A thread of its own reads and hands records over through a bounded queue; the loop takes them
 * with kafka_table_next(). It also asks the broker every 2 s where the end is, so that the loop can
 * say "read to its end within the last 10 s", which is what makes a 401 safe (CONTRACTS: else 503).
 */
#ifndef KAFKA_TABLE_H
#define KAFKA_TABLE_H

#include "base/cleanup.h"
#include "base/err.h"
#include "kafka/cluster.h"
#include "port/bus.h"
#include "rt/log.h"

#include <stdbool.h>
#include <stdint.h>

struct kafka_table;

/* options  its strings are borrowed and must outlive the table
 * wake_fd  an eventfd of the caller that is written when a record waits; -1 = none */
MUST_USE err_t kafka_table_new(const struct kafka_options *options, enum topic topic, int wake_fd,
                               struct log *log, struct why *why, struct kafka_table **ret_table);
/* Waits for the thread, some seconds at most. Accepts NULL. */
void kafka_table_free(struct kafka_table *t);
DEFINE_CLEANUP_PTR(kafka_table, struct kafka_table, kafka_table_free)

/* The next record, valid until the next call; *ret_got false = none now. Never waits. */
MUST_USE err_t kafka_table_next(struct kafka_table *t, struct bus_record *ret_record,
                                bool *ret_got);
/* Milliseconds since it was last known to be read to its end, and handed over; INT64_MAX = never.
 */
int64_t kafka_table_age_ms(struct kafka_table *t);

#endif
