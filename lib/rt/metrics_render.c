#include "base/check.h"
#include "rt/metrics.h"
#include "rt/metrics_types.h"

#include <stdio.h>
#include <unistd.h>

static const char *type_name(enum metric_type type)
{
    switch (type) {
    case METRIC_COUNTER: return "counter";
    case METRIC_GAUGE: return "gauge";
    case METRIC_HISTOGRAM: return "histogram";
    default: BUG("no such type of metric");
    }
}

static err_t put_number(struct buf *out, double value)
{
    bool is_whole = value >= -9e15 && value <= 9e15 && value == (double)(int64_t)value;
    if (is_whole) {
        return buf_printf(out, " %lld\n", (long long)value);
    }
    return buf_printf(out, " %.9g\n", value);
}

static err_t put_name(struct buf *out, const struct metric *metric, const char *suffix,
                      const struct metric_series *series)
{
    const char *labels = series->labels == NULL ? "" : series->labels;
    if (labels[0] == '\0') {
        return buf_printf(out, "%s%s", metric->name, suffix);
    }
    return buf_printf(out, "%s%s{%s}", metric->name, suffix, labels);
}

static err_t put_histogram(struct buf *out, const struct metric *metric,
                           const struct metric_series *series)
{
    const char *labels = series->labels == NULL ? "" : series->labels;
    const char *comma = labels[0] == '\0' ? "" : ",";
    uint64_t sum = 0;
    for (size_t i = 0; i < METRIC_BUCKETS; i++) {
        sum += series->buckets[i];
        TRY(buf_printf(out, "%s_bucket{%s%sle=\"%s\"} %llu\n", metric->name, labels, comma,
                       metric_bounds[i].text, (unsigned long long)sum));
    }
    TRY(buf_printf(out, "%s_bucket{%s%sle=\"+Inf\"} %llu\n", metric->name, labels, comma,
                   (unsigned long long)series->count));
    TRY(put_name(out, metric, "_sum", series));
    TRY(put_number(out, series->value));
    TRY(put_name(out, metric, "_count", series));
    return put_number(out, (double)series->count);
}

static err_t put_series(struct buf *out, const struct metric *metric,
                        const struct metric_series *series)
{
    if (metric->type == METRIC_HISTOGRAM) {
        return put_histogram(out, metric, series);
    }
    TRY(put_name(out, metric, "", series));
    return put_number(out, series->value);
}

static err_t put_metric(struct buf *out, const struct metric *metric)
{
    TRY(buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help, metric->name,
                   type_name(metric->type)));
    for (size_t i = 0; i < table_count(metric->series); i++) {
        struct slice key;
        TRY(put_series(out, metric, table_at(metric->series, i, &key)));
    }
    return metric->other == NULL ? err_ok() : put_series(out, metric, metric->other);
}

/* What every program tells of itself, under the names that dashboards know. */
static err_t put_process(struct buf *out)
{
    long page = sysconf(_SC_PAGESIZE);
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file != NULL) {
        char text[128];
        struct slice total;
        struct slice rest = {NULL, 0};
        struct slice resident = {NULL, 0};
        uint64_t value = 0;
        if (fgets(text, sizeof text, file) != NULL &&
            slice_split(slice_of(text), ' ', &total, &rest)) {
            struct slice tail;
            (void)slice_split(rest, ' ', &resident, &tail);
            pages = err_failed(slice_to_u64(resident, &value)) ? 0 : value;
        }
        (void)fclose(file);
    }
    return buf_printf(out,
                      "# HELP process_resident_memory_bytes Memory that is in use.\n"
                      "# TYPE process_resident_memory_bytes gauge\n"
                      "process_resident_memory_bytes %llu\n",
                      pages * (unsigned long long)(page > 0 ? page : 4096));
}

err_t metrics_render(struct metrics *m, struct buf *out)
{
    CHECK(pthread_mutex_lock(&m->lock) == 0);
    err_t e = err_ok();
    for (const struct metric *metric = m->first; metric != NULL && !err_failed(e);
         metric = metric->next) {
        e = put_metric(out, metric);
    }
    CHECK(pthread_mutex_unlock(&m->lock) == 0);
    TRY(e);
    return put_process(out);
}
