/* metrics_types — how metrics.c keeps what metrics_render.c prints; for these two alone. */
#ifndef RT_METRICS_TYPES_H
#define RT_METRICS_TYPES_H

#include "base/table.h"
#include "rt/metrics.h"

#include <pthread.h>
#include <stdint.h>

enum { METRIC_BUCKETS = 16, METRIC_VALUE_BYTES_MAX = 64 };

/* One combination of label values. */
struct metric_series {
    char *labels;                     /* `account="acme",effect="word"`, escaped; "" = none */
    double value;                     /* counter, gauge; histogram: the sum */
    uint64_t buckets[METRIC_BUCKETS]; /* not cumulative */
    uint64_t count;
};

struct metric {
    struct metrics *owner;
    enum metric_type type;
    const char *name;
    const char *help;
    const char *labels[METRIC_LABELS_MAX];
    size_t label_count;
    size_t series_max;
    struct table *series; /* label values, length-prefixed → struct metric_series */
    struct metric_series *other;
    struct metric *next;
};

struct metrics {
    pthread_mutex_t lock; /* all series of all metrics */
    struct metric *first; /* by order of registering */
    struct metric *last;
};

struct metric_bound {
    double seconds;
    const char *text;
};
extern const struct metric_bound metric_bounds[METRIC_BUCKETS];

#endif
