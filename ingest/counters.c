#include "ingest/counters.h"

static const char *const request_labels[] = {"endpoint", "code", NULL};
static const char *const event_labels[] = {"type", "source", NULL};
static const char *const dead_labels[] = {"stage", "class", NULL};

void counters_init(struct counters *c, struct metrics *metrics)
{
    c->requests =
        metrics_register(metrics, METRIC_COUNTER, "tieline_ingest_requests_total",
                         "Requests answered, by endpoint and HTTP status.", request_labels, 64);
    c->duration =
        metrics_register(metrics, METRIC_HISTOGRAM, "tieline_ingest_request_duration_seconds",
                         "From a whole head to the answer, waiting for the log included.", NULL, 1);
    c->events = metrics_register(metrics, METRIC_COUNTER, "tieline_events_total",
                                 "Events that the log confirmed.", event_labels, 64);
    c->dead = metrics_register(metrics, METRIC_COUNTER, "tieline_dead_total",
                               "What was put into the dead topic.", dead_labels, 16);
    c->waiting = metrics_register(metrics, METRIC_GAUGE, "tieline_ingest_requests_waiting",
                                  "Requests whose records the log has not confirmed yet.", NULL, 1);
    c->late =
        metrics_register(metrics, METRIC_GAUGE, "tieline_ingest_partitions_late",
                         "Partitions for which requests are sent away: too far behind.", NULL, 1);
    c->malformed =
        metrics_register(metrics, METRIC_COUNTER, "tieline_ingest_forwarded_malformed_total",
                         "Requests of which a trusted proxy says what cannot be read.", NULL, 1);
}

void counters_malformed(struct counters *c)
{
    metric_add(c->malformed, NULL, 1.0);
}

void counters_waiting(struct counters *c, size_t requests, size_t late)
{
    metric_set(c->waiting, NULL, (double)requests);
    metric_set(c->late, NULL, (double)late);
}

void counters_request(struct counters *c, enum endpoint endpoint, unsigned status, int64_t took_ms)
{
    const char code[] = {(char)('0' + status / 100 % 10), (char)('0' + status / 10 % 10),
                         (char)('0' + status % 10)};
    const struct slice labels[] = {slice_of(endpoint_label(endpoint)),
                                   slice_from(code, sizeof code)};
    metric_add(c->requests, labels, 1.0);
    metric_observe(c->duration, NULL, (double)took_ms / 1000.0);
}

void counters_confirmed(struct counters *c, const struct publish_tally *tally,
                        enum endpoint endpoint)
{
    struct slice source = slice_of(endpoint_source_label(endpoint));
    for (size_t type = 0; type < PUBLISH_TYPES; type++) {
        if (tally->of_type[type] > 0) {
            const struct slice labels[] = {slice_of(event_type_name((enum event_type)type)),
                                           source};
            metric_add(c->events, labels, (double)tally->of_type[type]);
        }
    }
    if (tally->dead > 0) { /* a failure of another class is no letter of ours */
        const struct slice labels[] = {SLICE("ingest"), slice_of(err_class_name(ERR_CLASS_POISON))};
        metric_add(c->dead, labels, (double)tally->dead);
    }
}
