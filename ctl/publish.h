/* publish — the changes of a plan to the topic `config`, in order, each acknowledged. */
#ifndef CTL_PUBLISH_H
#define CTL_PUBLISH_H

#include "base/err.h"
#include "ctl/plan.h"
#include "kafka/cluster.h"
#include "rt/log.h"

/* Refuses credentials where commands of a replay stand (shadow.h): CONFIG.
 * Returns when all in-sync replicas have every record. What was written before a failure stays: to
 * apply again writes the rest. UNAVAILABLE, TIMEOUT (30 s) and what bus_kafka_new() says. */
MUST_USE err_t publish_plan(const struct kafka_options *options, const struct plan *plan,
                            struct log *log, struct why *why);

#endif
