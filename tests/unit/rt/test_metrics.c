/* metrics.c and metrics_render.c. */
#include "rt/metrics.h"
#include "tests/support/unit.h"

#include <pthread.h>
#include <string.h>

static void render(struct metrics *m, struct buf *out)
{
    buf_init(out, 1024 * 1024);
    EXPECT_OK("rendered", metrics_render(m, out));
}

static void says(const char *why, struct metrics *m, const char *line)
{
    CLEANUP(buf) struct buf out;
    render(m, &out);
    if (strstr(buf_text(&out), line) == NULL) {
        fail_msg("%s: \"%s\" not in: %s", why, line, buf_text(&out));
    }
}

static void text_form(void **state)
{
    (void)state;
    static const char *const labels[] = {"account", "effect", NULL};
    struct metrics *m = metrics_new();
    struct metric *calls = metrics_register(m, METRIC_COUNTER, "calls_total", "Calls.", labels, 10);
    struct metric *plain = metrics_register(m, METRIC_COUNTER, "plain_total", "Plain.", NULL, 1);
    struct metric *seconds =
        metrics_register(m, METRIC_HISTOGRAM, "call_seconds", "Time.", NULL, 1);
    const struct slice values[] = {SLICE("a\"c\\m\ne"), SLICE("word")};
    metric_add(calls, values, 1);
    metric_add(calls, values, 1.5);
    metric_observe(seconds, NULL, 0.003);
    metric_observe(seconds, NULL, 61);
    says("build info", m, "tieline_build_info{version=\"");
    says("labels are escaped", m, "calls_total{account=\"a\\\"c\\\\m\\ne\",effect=\"word\"} 2.5\n");
    says("a counter that never counted", m, "# TYPE plain_total counter\nplain_total 0\n");
    says("bucket below", m, "call_seconds_bucket{le=\"0.0025\"} 0\n");
    says("bucket", m, "call_seconds_bucket{le=\"0.005\"} 1\n");
    says("above the last bound", m,
         "call_seconds_bucket{le=\"60\"} 1\ncall_seconds_bucket{le=\"+Inf\"} 2\n");
    says("sum and count", m, "call_seconds_sum 61.003\ncall_seconds_count 2\n");
    says("memory", m, "process_resident_memory_bytes ");
    metric_add(plain, NULL, 1);
    says("counted", m, "plain_total 1\n");
    metrics_free(m);
}

static void label_values_are_bounded(void **state)
{
    (void)state;
    static const char *const labels[] = {"id", NULL};
    struct metrics *m = metrics_new();
    struct metric *metric = metrics_register(m, METRIC_GAUGE, "g", "G.", labels, 3);
    for (int i = 0; i < 1000; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%d", i);
        const struct slice value = slice_of(text);
        metric_add(metric, &value, 1);
    }
    says("the first keep their own", m, "g{id=\"2\"} 1\n");
    says("all others are one", m, "g{id=\"other\"} 997\n");
    metrics_free(m);
}

static void *count(void *metric)
{
    for (int i = 0; i < 10000; i++) {
        metric_add(metric, NULL, 1);
    }
    return NULL;
}

static void any_thread_may_count(void **state)
{
    (void)state;
    struct metrics *m = metrics_new();
    struct metric *metric = metrics_register(m, METRIC_COUNTER, "n_total", "N.", NULL, 1);
    pthread_t threads[4];
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        EXPECT("started", pthread_create(&threads[i], NULL, count, metric) == 0);
    }
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        EXPECT("ended", pthread_join(threads[i], NULL) == 0);
    }
    says("none lost", m, "n_total 40000\n");
    metrics_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_form),
        cmocka_unit_test(label_values_are_bounded),
        cmocka_unit_test(any_thread_may_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
