/* cluster — which brokers, which topics, and whether they are as they must be.
 *
 * What a program checks before it is ready, and what `tieline topics` shows and mends. Also knows
 * the embedded broker (librdkafka's mock cluster) by its cluster id and sets what clients of it
 * need (short fetch waits); the embedded broker keeps nothing, isolates nothing and forgets
 * transactional offsets, so `embedded` also turns the processor's checkpoint canary off. */
#ifndef KAFKA_CLUSTER_H
#define KAFKA_CLUSTER_H

#include "base/buf.h"
#include "base/err.h"
#include "base/instant.h"
#include "port/bus.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kafka_property {
    const char *key;
    const char *value;
};

struct kafka_options {
    const char *brokers;
    const char *prefix;   /* "tieline." */
    const char *program;  /* "processor": client.id, group, transactional id */
    const char *instance; /* "0" */
    span_ms_t session_timeout;
    span_ms_t message_timeout; /* until an unacknowledged record is TIMEOUT; 0 = by role */
    const struct kafka_property *properties; /* -X, checked by kafka_properties_check */
    size_t property_count;
    bool embedded; /* set from cluster_check's answer */
};

/* Refuses, by name and with the reason, properties that would break a promise
 * (enable.idempotence=false, acks other than all, auto.offset.reset, enable.auto.commit,
 * isolation.level, transactional.id, group.id, partitioner …). USAGE. Also lets librdkafka judge
 * name and value. */
MUST_USE err_t kafka_properties_check(const struct kafka_options *options, struct why *why);

struct cluster_info {
    bool embedded;
    int32_t partitions; /* of the keyed topics */
};

/* Waits for a broker (up to `patience`; calls `tick` about every 200 ms with its argument, may be
 * NULL; a tick that returns false ends the wait), then checks that all topics exist and the keyed
 * ones have one and the same count.
 * Errors  UNAVAILABLE: no broker (69). NO_TOPIC, CONFIG: 78; `why` names each topic and the remedy.
 */
MUST_USE err_t cluster_check(const struct kafka_options *options, span_ms_t patience,
                             bool (*tick)(void *), void *arg, struct why *why,
                             struct cluster_info *ret_info);

/* What one topic should be and is. */
struct topic_state {
    enum topic topic;
    char name[160];
    bool exists;
    int32_t partitions;
    int32_t partitions_wanted;
    bool settings_known;      /* the broker tells settings (the embedded one does not) */
    char settings_wrong[256]; /* "retention.ms is 60000, should be at least 604800000"; empty =
                                 right */
    int64_t retention_ms;     /* -1 = for good; 0 = not known */
    int64_t segment_ms;       /* what is over goes in pieces of this length; 0 = not known */
    bool offsets_missing;     /* a group that reads it has no first offsets */
};
/* Looks at all topics. partitions  count wanted for keyed topics; 0 = what `events` has, or 16 */
MUST_USE err_t cluster_topics(const struct kafka_options *options, int32_t partitions,
                              struct why *why, struct topic_state ret_topics[TOPIC_COUNT]);
/* Creates what is missing, corrects settings, commits first offsets (0, with the metadata that
 * egress expects) where a group has none. Never changes a partition count. replication  factor for
 * new topics; 0 = broker count, at most 3 egress_metadata  text of the first offset metadata of the
 * egress group */
MUST_USE err_t cluster_topics_apply(const struct kafka_options *options, int32_t partitions,
                                    int replication, const char *egress_metadata, struct why *why);
/* Only first offsets; for the embedded broker, whose topics its owner makes. */
MUST_USE err_t cluster_first_offsets(const struct kafka_options *options, int32_t partitions,
                                     const char *egress_metadata, struct why *why);

/* The partition of a key: what every producer here and Java's default would choose (murmur2). */
int32_t cluster_partition(struct slice key, int32_t partitions);
/* "tieline.events"; false when it does not fit. */
bool cluster_topic_name(const struct kafka_options *options, enum topic topic, char *text,
                        size_t size);

#endif
