/* admin — topics are made and their settings read and changed, each in one bounded request. */
#ifndef KAFKA_ADMIN_H
#define KAFKA_ADMIN_H

#include "base/err.h"
#include "kafka/client.h"
#include "kafka/cluster.h"

#include <stdbool.h>
#include <stdint.h>

struct admin_setting {
    const char *key;
    const char *value;
    bool own; /* set for this topic, not inherited */
};

/* Tells every setting of the topics marked in `which`. All: UNAVAILABLE, TIMEOUT, PERMISSION. */
MUST_USE err_t admin_describe(struct client *client, const struct kafka_options *options,
                              const bool which[TOPIC_COUNT],
                              void (*tell)(void *argument, enum topic topic,
                                           const struct admin_setting *setting),
                              void *argument, struct why *why);
/* Makes the marked topics with the settings of topic_spec. CONFIG: refused by the brokers. */
MUST_USE err_t admin_create(struct client *client, const struct kafka_options *options,
                            const bool which[TOPIC_COUNT], const int32_t partitions[TOPIC_COUNT],
                            int replication, struct why *why);
/* Gives the marked topics the settings of topic_spec that are wrong; others of their own stay. */
MUST_USE err_t admin_alter(struct client *client, const struct kafka_options *options,
                           const bool which[TOPIC_COUNT], const int replicas[TOPIC_COUNT],
                           struct why *why);

#endif
