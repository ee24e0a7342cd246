#include "egress/meter.h"

#include "egress/core/zendesk.h"

#include <inttypes.h>
#include <stdio.h>

enum { NAMES_MAX = 1000, EFFECTS_MAX = 16, PARTITIONS_SHOWN_MAX = 128 };

void meter_init(struct meter *meter, struct log *log, struct metrics *metrics)
{
    static const char *const of_call[] = {"account", "effect", "result", NULL};
    static const char *const of_start[] = {"effect", "step", NULL};
    static const char *const by_effect[] = {"effect", NULL};
    static const char *const of_look[] = {"effect", "verdict", NULL};
    static const char *const of_rate[] = {"account", "bucket", NULL};
    static const char *const by_state[] = {"state", NULL};
    static const char *const of_dead[] = {"stage", "class", NULL};
    static const char *const of_lag[] = {"topic", "partition", NULL};
    static const char *const of_outcome[] = {"effect", "result", NULL};
    *meter = (struct meter){
        .log = log,
        .calls = metrics_register(metrics, METRIC_COUNTER, "tieline_calls_total",
                                  "requests by what their answers said", of_call, NAMES_MAX * 8),
        .starts =
            metrics_register(metrics, METRIC_COUNTER, "tieline_calls_started_total",
                             "requests begun, by what they are for", of_start, EFFECTS_MAX * 4),
        .call_seconds = metrics_register(metrics, METRIC_HISTOGRAM, "tieline_call_duration_seconds",
                                         "request to answer", by_effect, EFFECTS_MAX),
        .in_doubt = metrics_register(metrics, METRIC_COUNTER, "tieline_in_doubt_total",
                                     "look-ups for effects whose answer was lost", of_look,
                                     EFFECTS_MAX * 16),
        .rate_remaining =
            metrics_register(metrics, METRIC_GAUGE, "tieline_rate_limit_remaining",
                             "calls left, as the account's last header said", of_rate, NAMES_MAX),
        .lanes = metrics_register(metrics, METRIC_GAUGE, "tieline_lanes", "commands held, by state",
                                  by_state, LANE_STATE_COUNT),
        .outcomes = metrics_register(metrics, METRIC_COUNTER, "tieline_outcomes_total",
                                     "commands by what they came to", of_outcome, EFFECTS_MAX * 16),
        .dead = metrics_register(metrics, METRIC_COUNTER, "tieline_dead_total", "records set aside",
                                 of_dead, 16),
        .lag = metrics_register(metrics, METRIC_GAUGE, "tieline_consumer_lag",
                                "records not read yet", of_lag, PARTITIONS_SHOWN_MAX),
        .held = metrics_register(metrics, METRIC_GAUGE, "tieline_egress_held_bytes",
                                 "memory of the commands held", NULL, 1),
        .bare =
            metrics_register(metrics, METRIC_GAUGE, "tieline_egress_bare_calls",
                             "conversations that wait, to be read again in their turn", NULL, 1),
    };
}

static void on_start(void *arg, enum effect_kind effect, const char *step)
{
    struct meter *meter = arg;
    struct slice labels[] = {slice_of(effect_name(effect)), slice_of(step)};
    metric_add(meter->starts, labels, 1);
}

static void on_answer(void *arg, struct slice account, enum effect_kind effect,
                      enum verdict verdict, const struct peer_answer *answer)
{
    struct meter *meter = arg;
    struct slice kind = slice_of(effect_name(effect));
    struct slice labels[] = {account, kind, slice_of(verdict_name(verdict))};
    metric_add(meter->calls, labels, 1);
    metric_observe(meter->call_seconds, &kind, (double)answer->took.ms / 1000.0);
    int64_t remaining = zendesk_rate_remaining(answer->rate_remaining);
    if (remaining >= 0) {
        struct slice bucket[] = {account, SLICE("account")};
        metric_set(meter->rate_remaining, bucket, (double)remaining);
    }
    remaining = zendesk_rate_remaining(answer->rate_endpoint);
    if (remaining >= 0) {
        struct slice bucket[] = {account, kind}; /* the endpoint by which this effect comes about */
        metric_set(meter->rate_remaining, bucket, (double)remaining);
    }
    if (verdict == VERDICT_CREDENTIAL) {
        log_error(meter->log, "the other side refuses our login", LOG_SLICE("account", account),
                  LOG_STR("effect", effect_name(effect)), LOG_INT("status", answer->status));
    } else if (verdict != VERDICT_APPLIED && verdict != VERDICT_DEFERRED) {
        log_warn(meter->log, "a call did not succeed", LOG_SLICE("account", account),
                 LOG_STR("effect", effect_name(effect)), LOG_STR("verdict", verdict_name(verdict)),
                 LOG_INT("status", answer->status), LOG_SLICE("reason", answer->error),
                 LOG_SLICE("request_id", answer->request_id));
    }
}

static void on_look(void *arg, enum effect_kind effect, const char *verdict)
{
    struct meter *meter = arg;
    struct slice labels[] = {slice_of(effect_name(effect)), slice_of(verdict)};
    metric_add(meter->in_doubt, labels, 1);
}

static void on_outcome(void *arg, const struct outcome *outcome, const struct event *event)
{
    struct meter *meter = arg;
    const char *effect = effect_name((enum effect_kind)outcome->effect);
    struct slice labels[] = {slice_of(effect), slice_of(outcome_result_name(outcome->result))};
    metric_add(meter->outcomes, labels, 1);
    if (outcome->result == OUTCOME_UNDECIDED || outcome->result == OUTCOME_GAVE_UP ||
        outcome->result == OUTCOME_REFUSED) {
        log_warn(meter->log, "a command was not carried out", LOG_SLICE("account", event->account),
                 LOG_STR("effect", effect), LOG_STR("result", outcome_result_name(outcome->result)),
                 LOG_SLICE("reason", outcome->detail), LOG_SLICE("outcome", event->id));
    }
}

static void on_dead(void *arg, err_t error, const char *why, int32_t partition, int64_t offset)
{
    struct meter *meter = arg;
    struct slice labels[] = {SLICE("egress"), slice_of(err_class_name(err_class(error)))};
    metric_add(meter->dead, labels, 1);
    log_error(meter->log, "record set aside", LOG_STR("why", why), LOG_INT("partition", partition),
              LOG_INT("offset", offset), LOG_ERR(error));
}

static void on_share(void *arg, int32_t partition, const char *phase)
{
    struct meter *meter = arg;
    log_debug(meter->log, "partition", LOG_INT("partition", partition), LOG_STR("is", phase));
}

static void on_trouble(void *arg, const char *what, err_t error, int64_t number)
{
    struct meter *meter = arg;
    log_warn(meter->log, what, LOG_INT("number", number), LOG_ERR(error));
}

struct egress_watcher meter_watcher(struct meter *meter)
{
    return (struct egress_watcher){meter,      on_start, on_answer, on_look,
                                   on_outcome, on_dead,  on_share,  on_trouble};
}

void meter_gauges(struct meter *meter, const struct egress_loop *loop, struct bus *bus,
                  int32_t partitions)
{
    struct egress_figures figures = {0};
    egress_loop_figures(loop, &figures);
    for (int state = 0; state < LANE_STATE_COUNT; state++) {
        struct slice label = slice_of(lane_state_name((enum lane_state)state));
        metric_set(meter->lanes, &label, (double)figures.commands[state]);
    }
    metric_set(meter->held, NULL, (double)figures.bytes_held);
    metric_set(meter->bare, NULL, (double)figures.bare);
    for (int32_t i = 0; i < partitions; i++) {
        int64_t lag = 0;
        char number[16];
        (void)snprintf(number, sizeof number, "%" PRId32, i);
        struct slice labels[] = {slice_of(topic_name(TOPIC_COMMANDS)), slice_of(number)};
        if (!err_failed(bus_lag(bus, i, &lag))) {
            metric_set(meter->lag, labels, (double)lag);
        }
    }
}
