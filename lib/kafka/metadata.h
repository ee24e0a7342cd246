/* metadata — what a cluster says of itself and of our topics, asked for in bounded steps. */
#ifndef KAFKA_METADATA_H
#define KAFKA_METADATA_H

#include "base/err.h"
#include "kafka/client.h"
#include "kafka/cluster.h"

struct metadata {
    bool embedded;
    int brokers;
    int32_t partitions[TOPIC_COUNT]; /* 0 = the topic does not exist */
    int replicas[TOPIC_COUNT];       /* of its first partition */
    bool led[TOPIC_COUNT];           /* each partition has a leader */
};

/* A handle that only asks. */
MUST_USE err_t metadata_client(const struct kafka_options *options, struct why *why,
                               struct client **ret_client);
/* As cluster_check(): waits for a broker up to `patience`, ticking. UNAVAILABLE. */
MUST_USE err_t metadata_wait(struct client *client, const struct kafka_options *options,
                             span_ms_t patience, bool (*tick)(void *), void *arg, struct why *why,
                             struct metadata *ret_metadata);
/* Records of one key live on one partition number of this topic. */
bool metadata_keyed(enum topic topic);

#endif
