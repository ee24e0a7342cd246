/* watch — what the processor's loop tells, as metrics and log lines. Influences nothing. */
#ifndef PROCESSOR_WATCH_H
#define PROCESSOR_WATCH_H

#include "processor/loop.h"
#include "rt/log.h"
#include "rt/metrics.h"

struct watch {
    struct log *log;
    struct metric *events;
    struct metric *notes;
    struct metric *transactions;
    struct metric *transaction_seconds;
    struct metric *unmapped_silent;
    struct metric *fallback_used;
    struct metric *escalations;
    struct metric *dead;
    struct metric *canary;
    struct metric *conversations;
    struct metric *end_to_end;
    struct metric *lag;
};

/* Registers the metrics; `watch` must outlive the loop. */
void watch_init(struct watch *watch, struct log *log, struct metrics *metrics);
struct loop_watcher watch_watcher(struct watch *watch);
/* Gauges, about once a second. partitions  of `events` */
void watch_gauges(struct watch *watch, const struct loop *loop, struct bus *bus,
                  int32_t partitions);

#endif
