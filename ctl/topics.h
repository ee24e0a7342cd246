/* topics — the topics of a deployment, made and remembered. */
#ifndef CTL_TOPICS_H
#define CTL_TOPICS_H

#include "base/err.h"
#include "kafka/cluster.h"
#include "rt/log.h"

/* Makes what is missing, corrects settings, commits first offsets, and writes the partition count
 * into `config`. partitions, replication  0 = the defaults of cluster_topics_apply().
 * UNAVAILABLE, CONFIG, with `why`. */
MUST_USE err_t topics_make(const struct kafka_options *kafka, int32_t partitions, int replication,
                           struct log *log, struct why *why);
/* Only the last of these: the deployment record says `partitions`, its keys stay. */
MUST_USE err_t topics_remember(const struct kafka_options *kafka, int32_t partitions,
                               struct log *log, struct why *why);

#endif
