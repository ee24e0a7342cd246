/* metrics — counters, gauges and histograms in Prometheus' text form.
 *
 * A program registers its metrics once, from a table; label values are bounded (a new combination
 * beyond `series_max` is counted under "other"), so no conversation, user or widget id can become a
 * label. Thread: registering on one, counting and rendering on any. */
#ifndef RT_METRICS_H
#define RT_METRICS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

#include <stddef.h>
#include <stdint.h>

struct metrics;
struct metric;

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };
enum { METRIC_LABELS_MAX = 3 };

struct metrics *metrics_new(void); /* holds tieline_build_info from the start */
void metrics_free(struct metrics *m);

/* name    "tieline_events_total"
 * labels  names, NULL-terminated, at most METRIC_LABELS_MAX
 * Histograms have fixed buckets in seconds: 0.5 ms … 60 s. The metric lives as long as `m`. */
struct metric *metrics_register(struct metrics *m, enum metric_type type, const char *name,
                                const char *help, const char *const *labels, size_t series_max);

/* `values`: one slice a label, in the order of registering; NULL when it has none. */
void metric_add(struct metric *metric, const struct slice *values,
                double amount); /* counter, gauge */
void metric_set(struct metric *metric, const struct slice *values, double value); /* gauge */
void metric_observe(struct metric *metric, const struct slice *values,
                    double seconds); /* histogram */

MUST_USE err_t metrics_render(struct metrics *m, struct buf *out);

#endif
