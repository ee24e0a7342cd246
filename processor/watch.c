#include "processor/watch.h"

#include "base/check.h"
#include "event/reason.h"

#include <inttypes.h>
#include <stdio.h>

void watch_init(struct watch *watch, struct log *log, struct metrics *metrics)
{
    static const char *const by_type[] = {"type", "source", NULL};
    static const char *const by_account[] = {"account", NULL};
    static const char *const by_store[] = {"store", NULL};
    static const char *const by_reason[] = {"store", "reason", NULL};
    static const char *const by_owner[] = {"owner", NULL};
    static const char *const by_result[] = {"result", NULL};
    static const char *const by_note[] = {"note", NULL};
    static const char *const by_stage[] = {"stage", "class", NULL};
    static const char *const by_path[] = {"path", NULL};
    static const char *const of_lag[] = {"topic", "partition", NULL};
    enum { NAMES_MAX = 1000, PARTITIONS_SHOWN_MAX = 128, PATHS_MAX = 8 };
    *watch = (struct watch){
        .log = log,
        .events = metrics_register(metrics, METRIC_COUNTER, "tieline_events_total",
                                   "events decided", by_type, NAMES_MAX),
        .notes = metrics_register(metrics, METRIC_COUNTER, "tieline_decisions_total",
                                  "what was decided, in words of the domain", by_note, NOTE_COUNT),
        .transactions = metrics_register(metrics, METRIC_COUNTER, "tieline_transactions_total",
                                         "transactions by their end", by_result, 8),
        .transaction_seconds =
            metrics_register(metrics, METRIC_HISTOGRAM, "tieline_transaction_duration_seconds",
                             "commit asked to commit known", NULL, 1),
        .unmapped_silent = metrics_register(
            metrics, METRIC_COUNTER, "tieline_unmapped_silent_total",
            "messages met with silence: widget of no store", by_account, NAMES_MAX),
        .fallback_used = metrics_register(metrics, METRIC_COUNTER, "tieline_fallback_used_total",
                                          "conversations of unmapped widgets given to the fallback",
                                          by_store, NAMES_MAX),
        .escalations = metrics_register(metrics, METRIC_COUNTER, "tieline_escalations_total",
                                        "humans called, once for each reason that called",
                                        by_reason, NAMES_MAX),
        .dead = metrics_register(metrics, METRIC_COUNTER, "tieline_dead_total", "records set aside",
                                 by_stage, 16),
        .canary =
            metrics_register(metrics, METRIC_COUNTER, "tieline_checkpoint_mismatch_total",
                             "restores whose checkpoint was not at the committed offset", NULL, 1),
        .conversations = metrics_register(metrics, METRIC_GAUGE, "tieline_conversations",
                                          "conversations held in memory", by_owner, 3),
        .end_to_end = metrics_register(
            metrics, METRIC_HISTOGRAM, "tieline_end_to_end_seconds",
            "a customer's newest message, as Zendesk received it, to the bot's answer in Zendesk",
            by_path, PATHS_MAX),
        .lag = metrics_register(metrics, METRIC_GAUGE, "tieline_consumer_lag",
                                "records not read yet", of_lag, PARTITIONS_SHOWN_MAX),
    };
}

static const char *source_name(enum event_source source)
{
    switch (source) {
    case EVENT_FROM_NONE: return "none";
    case EVENT_FROM_CONVERSATIONS: return "conversations";
    case EVENT_FROM_SUPPORT: return "support";
    case EVENT_FROM_PLATFORM: return "platform";
    case EVENT_FROM_INGEST: return "ingest";
    case EVENT_FROM_PROCESSOR: return "processor";
    case EVENT_FROM_EGRESS: return "egress";
    case EVENT_FROM_OPERATOR: return "operator";
    }
    BUG("source out of range");
}

static void count_escalation(struct watch *watch, const struct conversation *state)
{
    for (unsigned reason = 1; reason < 32; reason++) {
        if ((state->reasons & REASON_BIT(reason)) != 0) {
            struct slice labels[] = {state->store, slice_of(reason_label((enum reason)reason))};
            metric_add(watch->escalations, labels, 1);
        }
    }
}

/* A word of the bot has arrived: how long after the words that it answers? Its end is told by our
 * clock and its beginning by Zendesk's. */
static void count_answer(struct watch *watch, const struct event *event,
                         const struct conversation *state)
{
    const struct outcome *outcome = &event->body.outcome;
    if (outcome->slot != SLOT_WORD || outcome->result != OUTCOME_APPLIED) {
        return;
    }
    for (size_t i = state->history_count; i > 0; i--) {
        const struct history_entry *entry = &state->history[i - 1];
        if (entry->speaker == SPEAKER_CUSTOMER && wall_known(entry->at)) {
            struct slice path = slice_of(surface_name(state->surface));
            int64_t took = wall_since(event->accepted, entry->at).ms;
            metric_observe(watch->end_to_end, &path, took > 0 ? (double)took / 1000.0 : 0);
            return;
        }
    }
}

static void on_event(void *arg, const struct event *event, const struct conversation *state,
                     const struct effects *effects)
{
    struct watch *watch = arg;
    struct slice labels[] = {slice_of(event_type_name(event->type)),
                             slice_of(source_name(event->source))};
    metric_add(watch->events, labels, 1);
    for (size_t i = 0; i < effects->note_count; i++) {
        struct slice note = slice_of(note_name(effects->notes[i]));
        metric_add(watch->notes, &note, 1);
    }
    if (event->type == EVENT_OUTCOME) {
        count_answer(watch, event, state);
    }
    if (effects_has_note(effects, NOTE_ESCALATED)) {
        count_escalation(watch, state);
    }
    if (effects_has_note(effects, NOTE_UNMAPPED_SILENT)) {
        metric_add(watch->unmapped_silent, &state->account, 1);
        log_warn(watch->log, "no store for this widget: silence",
                 LOG_SLICE("account", state->account),
                 LOG_SLICE("widget", event->body.conversations.widget_id));
    }
    if (effects_has_note(effects, NOTE_FALLBACK_USED)) {
        metric_add(watch->fallback_used, &state->store, 1);
        log_info(watch->log, "widget of no store: the fallback answers",
                 LOG_SLICE("store", state->store), LOG_SLICE("widget", state->widget_id));
    }
}

static void on_dead(void *arg, err_t error, const char *why, int32_t partition, int64_t offset)
{
    struct watch *watch = arg;
    struct slice labels[] = {SLICE("processor"), slice_of(err_class_name(err_class(error)))};
    metric_add(watch->dead, labels, 1);
    log_error(watch->log, "record set aside", LOG_STR("why", why), LOG_INT("partition", partition),
              LOG_INT("offset", offset), LOG_ERR(error));
}

static void on_bad_config(void *arg, err_t error, const char *why, int64_t offset)
{
    struct watch *watch = arg;
    log_error(watch->log, "a configuration record cannot be read", LOG_STR("why", why),
              LOG_INT("offset", offset), LOG_ERR(error));
}

static void on_transaction(void *arg, const char *result, span_ms_t took)
{
    struct watch *watch = arg;
    struct slice label = slice_of(result);
    metric_add(watch->transactions, &label, 1);
    metric_observe(watch->transaction_seconds, NULL, (double)took.ms / 1000.0);
}

static void on_canary(void *arg, int32_t partition, int64_t committed, int64_t checkpoint)
{
    struct watch *watch = arg;
    metric_add(watch->canary, NULL, 1);
    log_error(watch->log,
              checkpoint > committed
                  ? "the changelog is ahead of the committed offset: going on from the changelog"
                  : "the changelog is behind the committed offset: states lack what was decided",
              LOG_INT("partition", partition), LOG_INT("committed", committed),
              LOG_INT("checkpoint", checkpoint));
}

static void on_partition(void *arg, int32_t partition, const char *what)
{
    struct watch *watch = arg;
    log_info(watch->log, "partition", LOG_INT("partition", partition), LOG_STR("is", what));
}

static void on_barred(void *arg, int32_t partition)
{
    struct watch *watch = arg;
    log_error(watch->log, "a transaction stays open in `conversations`, and bars this partition",
              LOG_INT("partition", partition),
              LOG_STR("remedy", "start the copy that left it once, by its --instance; if there is "
                                "none, find the transaction with kafka-transactions.sh "
                                "find-hanging and abort it"));
}

struct loop_watcher watch_watcher(struct watch *watch)
{
    return (struct loop_watcher){.arg = watch,
                                 .on_event = on_event,
                                 .on_dead = on_dead,
                                 .on_bad_config = on_bad_config,
                                 .on_transaction = on_transaction,
                                 .on_canary = on_canary,
                                 .on_partition = on_partition,
                                 .on_barred = on_barred};
}

void watch_gauges(struct watch *watch, const struct loop *loop, struct bus *bus, int32_t partitions)
{
    static const char *const owners[] = {
        [OWNER_BOT] = "bot", [OWNER_HUMAN] = "human", [OWNER_NOBODY] = "nobody"};
    for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++) {
        struct slice label = slice_of(owners[i]);
        metric_set(watch->conversations, &label, (double)loop_owned(loop, (enum owner)i));
    }
    for (int32_t i = 0; i < partitions; i++) {
        int64_t lag = 0;
        char number[16];
        (void)snprintf(number, sizeof number, "%" PRId32, i);
        struct slice labels[] = {slice_of(topic_name(TOPIC_EVENTS)), slice_of(number)};
        if (!err_failed(bus_lag(bus, i, &lag))) {
            metric_set(watch->lag, labels, (double)lag);
        }
    }
}
