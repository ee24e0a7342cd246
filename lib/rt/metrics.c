#include "rt/metrics.h"

#include "base/check.h"
#include "base/cleanup.h"
#include "rt/metrics_types.h"
#include "rt/version.h"

#include <sodium.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SERIES_KEY_BYTES = METRIC_LABELS_MAX * (METRIC_VALUE_BYTES_MAX + 1) };

const struct metric_bound metric_bounds[METRIC_BUCKETS] = {
    {0.0005, "0.0005"}, {0.001, "0.001"}, {0.0025, "0.0025"}, {0.005, "0.005"},
    {0.01, "0.01"},     {0.025, "0.025"}, {0.05, "0.05"},     {0.1, "0.1"},
    {0.25, "0.25"},     {0.5, "0.5"},     {1, "1"},           {2.5, "2.5"},
    {5, "5"},           {10, "10"},       {30, "30"},         {60, "60"},
};

static void series_free(struct metric_series *series)
{
    if (series != NULL) {
        free(series->labels);
        free(series);
    }
}

struct metrics *metrics_new(void)
{
    static const char *const labels[] = {"version", "commit", NULL};
    struct metrics *m = calloc(1, sizeof *m);
    CHECK(m != NULL);
    CHECK(pthread_mutex_init(&m->lock, NULL) == 0);
    struct metric *info = metrics_register(m, METRIC_GAUGE, "tieline_build_info",
                                           "What was built; always 1.", labels, 1);
    const struct slice values[] = {slice_of(version_number()), slice_of(version_commit())};
    metric_set(info, values, 1);
    return m;
}

void metrics_free(struct metrics *m)
{
    if (m == NULL) {
        return;
    }
    while (m->first != NULL) {
        struct metric *metric = m->first;
        m->first = metric->next;
        for (size_t i = 0; i < table_count(metric->series); i++) {
            struct slice key;
            series_free(table_at(metric->series, i, &key));
        }
        series_free(metric->other);
        table_free(metric->series);
        free(metric);
    }
    CHECK(pthread_mutex_destroy(&m->lock) == 0);
    free(m);
}

struct metric *metrics_register(struct metrics *m, enum metric_type type, const char *name,
                                const char *help, const char *const *labels, size_t series_max)
{
    struct metric *metric = calloc(1, sizeof *metric);
    CHECK(metric != NULL && series_max > 0);
    *metric = (struct metric){
        .owner = m, .type = type, .name = name, .help = help, .series_max = series_max};
    while (labels != NULL && labels[metric->label_count] != NULL) {
        CHECK(metric->label_count < METRIC_LABELS_MAX);
        metric->labels[metric->label_count] = labels[metric->label_count];
        metric->label_count++;
    }
    uint64_t seed = 0;
    randombytes_buf(&seed, sizeof seed);
    CHECK(!err_failed(table_new(series_max, seed, &metric->series)));
    CHECK(pthread_mutex_lock(&m->lock) == 0);
    *(m->last == NULL ? &m->first : &m->last->next) = metric;
    m->last = metric;
    CHECK(pthread_mutex_unlock(&m->lock) == 0);
    if (metric->label_count == 0 && type != METRIC_HISTOGRAM) {
        metric_set(metric, NULL, 0); /* a counter that never counted is 0, not absent */
    }
    return metric;
}

/* Appends name="value" with what the text form escapes; bytes that are not UTF-8 end the value. */
static err_t put_label(struct buf *out, const char *name, struct slice value)
{
    TRY(buf_printf(out, "%s%s=\"", out->len > 0 ? "," : "", name));
    value = slice_sub(value, 0, slice_utf8_prefix(value));
    for (size_t i = 0; i < value.len; i++) {
        switch (value.ptr[i]) {
        case '\\': TRY(buf_append_text(out, "\\\\")); break;
        case '"': TRY(buf_append_text(out, "\\\"")); break;
        case '\n': TRY(buf_append_text(out, "\\n")); break;
        default: TRY(buf_append_char(out, value.ptr[i])); break;
        }
    }
    return buf_append_char(out, '"');
}

static err_t series_new(const struct metric *metric, const struct slice *values,
                        struct metric_series **ret_series)
{
    CLEANUP(buf) struct buf labels;
    buf_init(&labels, METRIC_LABELS_MAX * (3 * METRIC_VALUE_BYTES_MAX + 64));
    for (size_t i = 0; i < metric->label_count; i++) {
        TRY(put_label(&labels, metric->labels[i], values == NULL ? SLICE("other") : values[i]));
    }
    struct metric_series *series = calloc(1, sizeof *series);
    if (series == NULL) {
        return ERR(NO_MEMORY);
    }
    size_t len = 0;
    series->labels = buf_take(&labels, &len);
    *ret_series = series;
    return err_ok();
}

static struct metric_series *other_of(struct metric *metric)
{
    if (metric->other == NULL && err_failed(series_new(metric, NULL, &metric->other))) {
        return NULL;
    }
    return metric->other;
}

/* The series of these values, made when there is room; NULL when memory is out, and then one
 * observation is lost. Holds the lock. */
static struct metric_series *series_of(struct metric *metric, const struct slice *values)
{
    struct slice cut[METRIC_LABELS_MAX] = {{NULL, 0}};
    char key[SERIES_KEY_BYTES + 1];
    size_t len = 0;
    for (size_t i = 0; i < metric->label_count; i++) {
        cut[i] = slice_cut_utf8(values[i], METRIC_VALUE_BYTES_MAX);
        key[len++] = (char)cut[i].len;
        if (cut[i].len > 0) {
            memcpy(key + len, cut[i].ptr, cut[i].len);
        }
        len += cut[i].len;
    }
    key[len++] = '.'; /* a key is never empty */
    struct slice found_by = {key, len};
    struct metric_series *series = table_get(metric->series, found_by);
    if (series != NULL) {
        return series;
    }
    if (table_count(metric->series) >= metric->series_max) {
        return other_of(metric);
    }
    if (err_failed(series_new(metric, cut, &series))) {
        return NULL;
    }
    if (err_failed(table_put(metric->series, found_by, series, NULL))) {
        series_free(series);
        return other_of(metric);
    }
    return series;
}

void metric_add(struct metric *metric, const struct slice *values, double amount)
{
    CHECK(metric->type != METRIC_HISTOGRAM);
    CHECK(pthread_mutex_lock(&metric->owner->lock) == 0);
    struct metric_series *series = series_of(metric, values);
    if (series != NULL) {
        series->value += amount;
    }
    CHECK(pthread_mutex_unlock(&metric->owner->lock) == 0);
}

void metric_set(struct metric *metric, const struct slice *values, double value)
{
    CHECK(metric->type != METRIC_HISTOGRAM);
    CHECK(pthread_mutex_lock(&metric->owner->lock) == 0);
    struct metric_series *series = series_of(metric, values);
    if (series != NULL) {
        series->value = value;
    }
    CHECK(pthread_mutex_unlock(&metric->owner->lock) == 0);
}

void metric_observe(struct metric *metric, const struct slice *values, double seconds)
{
    CHECK(metric->type == METRIC_HISTOGRAM);
    CHECK(pthread_mutex_lock(&metric->owner->lock) == 0);
    struct metric_series *series = series_of(metric, values);
    if (series != NULL) {
        size_t i = 0;
        while (i < METRIC_BUCKETS && seconds > metric_bounds[i].seconds) {
            i++;
        }
        if (i < METRIC_BUCKETS) {
            series->buckets[i]++;
        }
        series->value += seconds;
        series->count++;
    }
    CHECK(pthread_mutex_unlock(&metric->owner->lock) == 0);
}
