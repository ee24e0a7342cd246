/* stored — the offsets that a group has committed, and who its members are, for whoever is none.
 *
 * The group is "PREFIX" + `program` of the options. Nothing is joined and nobody is disturbed. */
#ifndef KAFKA_STORED_H
#define KAFKA_STORED_H

#include "base/err.h"
#include "kafka/client.h"
#include "kafka/cluster.h"

#include <stdint.h>

/* A handle that names the group and reads nothing.
 * is_settled  offsets of a transaction that is open are waited for; else what is stored counts
 * CONFIG, NO_MEMORY, with `why`. */
MUST_USE err_t stored_client(const struct kafka_options *group, bool is_settled,
                             const struct client_hooks *hooks, struct why *why,
                             struct client **ret_client);
/* Of partitions 0 to `partitions` - 1; a negative offset = none. The caller destroys the list.
 * Waits 10 s for a coordinator. UNAVAILABLE, TIMEOUT, PERMISSION, with `why`. */
MUST_USE err_t stored_list(struct client *client, const char *topic, int32_t partitions,
                           struct why *why, rd_kafka_topic_partition_list_t **ret_list);

/* The same for who keeps no handle, settled; -1 = none is stored.
 * ret_offsets  room for `partitions` */
MUST_USE err_t stored_offsets(const struct kafka_options *group, const char *topic,
                              int32_t partitions, struct why *why, int64_t *ret_offsets);
/* Who is in the group now, also members that the brokers have not missed yet. As above. */
MUST_USE err_t stored_members(const struct kafka_options *group, struct why *why, int *ret_members);

#endif
