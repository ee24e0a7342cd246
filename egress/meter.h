/* meter — what egress' loop tells, as metrics and log lines. Influences nothing. */
#ifndef EGRESS_METER_H
#define EGRESS_METER_H

#include "egress/loop.h"
#include "port/bus.h"
#include "rt/log.h"
#include "rt/metrics.h"

struct meter {
    struct log *log;
    struct metric *starts;
    struct metric *calls;
    struct metric *call_seconds;
    struct metric *in_doubt;
    struct metric *rate_remaining;
    struct metric *lanes;
    struct metric *outcomes;
    struct metric *dead;
    struct metric *lag;
    struct metric *held;
    struct metric *bare;
};

/* Registers the metrics; `meter` must outlive the loop. */
void meter_init(struct meter *meter, struct log *log, struct metrics *metrics);
struct egress_watcher meter_watcher(struct meter *meter);
/* Gauges, about once a second. */
void meter_gauges(struct meter *meter, const struct egress_loop *loop, struct bus *bus,
                  int32_t partitions);

#endif
