/* member — the handle of a group member, as every program of ours joins a group.
 *
 * Eager `range` assignment, committed records only, nothing stored by itself, a missing offset is
 * an error. Static membership on a real Kafka: a restart within the session is no rebalance. */
#ifndef KAFKA_MEMBER_H
#define KAFKA_MEMBER_H

#include "base/err.h"
#include "kafka/client.h"

/* CONFIG, NO_MEMORY. */
MUST_USE err_t member_new(const struct kafka_options *options, const struct client_hooks *hooks,
                          struct log *log, struct why *why, struct client **ret_client);
/* Joins for the topic of `handle`, whose metadata it asks for first (at most a second, and a
 * small part of the session: who stands still for half of it has lost what it had). */
MUST_USE err_t member_join(const struct kafka_options *options, struct client *client,
                           rd_kafka_topic_t *handle, struct why *why);

#endif
