#include "ctl/topics.h"

#include "ctl/command.h"
#include "ctl/out.h"
#include "ctl/plan.h"
#include "ctl/publish.h"
#include "ctl/published.h"
#include "ctl/where.h"
#include "event/horizon_text.h"
#include "kafka/count_guard.h"
#include "kafka/reader_kafka.h"
#include "rt/stop.h"

#include <stdio.h>

enum { PLAN_BYTES_MAX = 1024 * 1024 };

static const char program[] = "tieline topics";

static const struct option_row rows[] = {
    STARTUP_ROWS,
    {"apply", OPTION_SWITCH, NULL, false, false, NULL, "make what is missing, correct settings"},
    {"partitions", OPTION_U64, "0", false, false, "N", "of new keyed topics; 0 = 16"},
    {"replication", OPTION_U64, "0", false, false, "N",
     "of new topics; 0 = one a broker, at most 3"},
    {"json", OPTION_SWITCH, NULL, false, false, NULL, "one JSON object a line instead of a table"},
};

/* What is wrong with one topic, "" = nothing. */
static void judge(const struct topic_state *t, char *text, size_t size)
{
    if (!t->exists) {
        (void)snprintf(text, size, "missing");
    } else if (t->partitions != t->partitions_wanted) {
        (void)snprintf(text, size, "has %d partitions, should have %d", t->partitions,
                       t->partitions_wanted);
    } else if (t->settings_wrong[0] != '\0') {
        (void)snprintf(text, size, "%s", t->settings_wrong);
    } else {
        (void)snprintf(text, size, "%s", t->offsets_missing ? "first offsets are missing" : "");
    }
}

static void print_json(const struct topic_state *t, const char *wrong)
{
    struct out_line o;
    out_begin(&o, stdout);
    json_put_text(&o.json, "topic", t->name);
    json_put_bool(&o.json, "exists", t->exists);
    json_put_int(&o.json, "partitions", t->partitions);
    json_put_int(&o.json, "partitions_wanted", t->partitions_wanted);
    json_put_bool(&o.json, "settings_known", t->settings_known);
    json_put_bool(&o.json, "offsets_missing", t->offsets_missing);
    json_put_text(&o.json, "wrong", wrong);
    out_end(&o);
}

static size_t show(const struct topic_state states[TOPIC_COUNT], bool json)
{
    size_t wrong_count = 0;
    struct out_table *table = out_table_new(3);
    out_table_add(table, (const char *[]){"TOPIC", "PARTITIONS", "STATE"});
    for (size_t i = 0; i < TOPIC_COUNT; i++) {
        char wrong[512];
        char partitions[16];
        judge(&states[i], wrong, sizeof wrong);
        wrong_count += wrong[0] != '\0';
        if (json) {
            print_json(&states[i], wrong);
            continue;
        }
        (void)snprintf(partitions, sizeof partitions, "%d", states[i].partitions);
        const char *fine = states[i].settings_known ? "ok" : "ok (its settings are not told)";
        out_table_add(table, (const char *[]){states[i].name, states[i].exists ? partitions : "-",
                                              wrong[0] == '\0' ? fine : wrong});
        out_table_style(table, 2, wrong[0] == '\0' ? OUT_GOOD : OUT_BAD);
    }
    if (!json) {
        out_table_print(table, stdout);
    }
    out_table_free(table);
    return wrong_count;
}

err_t topics_remember(const struct kafka_options *kafka, int32_t partitions, struct log *log,
                      struct why *why)
{
    CLEANUP(published) struct published published = {NULL, NULL};
    CLEANUP(reader_kafka)
    struct reader_kafka reader = {.options = kafka, .log = log};
    struct reader_port port = where_reader(&reader);
    TRY(published_read(&port, why, &published));
    CLEANUP(arena) struct arena arena;
    arena_init(&arena, PLAN_BYTES_MAX);
    struct plan plan;
    const struct deployment *deployment = config_deployment(published.set);
    TRY(count_guard_compare(partitions, deployment == NULL ? 0 : deployment->partitions, why));
    TRY(plan_partitions(&arena, published.set, (uint32_t)partitions, why, &plan));
    return plan.changes == 0 ? err_ok() : publish_plan(kafka, &plan, log, why);
}

err_t topics_make(const struct kafka_options *kafka, int32_t partitions, int replication,
                  struct log *log, struct why *why)
{
    struct cluster_info info;
    err_t e = cluster_check(kafka, span_s(15), NULL, NULL, NULL, &info);
    if (!err_failed(e) && info.embedded) { /* it makes its topics itself */
        TRY(cluster_first_offsets(kafka, info.partitions, horizon_first_metadata(), why));
        return topics_remember(kafka, info.partitions, log, why);
    }
    TRY(cluster_topics_apply(kafka, partitions, replication, horizon_first_metadata(), why));
    TRY(cluster_check(kafka, span_s(30), NULL, NULL, why, &info));
    return topics_remember(kafka, info.partitions, log, why);
}

/* The count that the keyed topics should have: what `config` says, where they are. */
static err_t written_count(const struct kafka_options *kafka, struct log *log,
                           const struct topic_state states[TOPIC_COUNT], struct why *why,
                           int32_t *ret_count)
{
    CLEANUP(published) struct published published = {NULL, NULL};
    CLEANUP(reader_kafka) struct reader_kafka reader = {.options = kafka, .log = log};
    struct reader_port port = where_reader(&reader);
    *ret_count = 0;
    if (!states[TOPIC_CONFIG].exists) {
        return err_ok();
    }
    TRY(published_read(&port, why, &published));
    const struct deployment *deployment = config_deployment(published.set);
    *ret_count = deployment == NULL ? 0 : (int32_t)deployment->partitions;
    return err_ok();
}

static err_t run(const struct options *options, struct log *log, struct why *why, int *ret_status)
{
    CLEANUP(arena) struct arena arena;
    arena_init(&arena, PLAN_BYTES_MAX);
    struct startup startup;
    struct topic_state states[TOPIC_COUNT];
    uint64_t partitions = options_u64(options, "partitions");
    uint64_t replication = options_u64(options, "replication");
    if (partitions > LIMIT_PARTITIONS_MAX || replication > 16) {
        why_set(why, "at most %d partitions and 16 replicas", (int)LIMIT_PARTITIONS_MAX);
        return ERR(USAGE);
    }
    TRY(where_options(options, &arena, why, &startup));
    if (options_switch(options, "apply")) {
        TRY(topics_make(&startup.kafka, (int32_t)partitions, (int)replication, log, why));
    }
    TRY(cluster_topics(&startup.kafka, (int32_t)partitions, why, states));
    if (partitions == 0) {
        int32_t written = 0;
        TRY(written_count(&startup.kafka, log, states, why, &written));
        TRY(cluster_topics(&startup.kafka, written, why, states));
    }
    bool json = options_switch(options, "json");
    size_t wrong = show(states, json);
    if (wrong > 0 && !json) {
        (void)printf(
            "\n%zu of %d are not as they should be; `tieline topics --apply` makes and mends them"
            " (never the number of partitions).\n",
            wrong, (int)TOPIC_COUNT);
    }
    *ret_status = wrong == 0 ? 0 : EXIT_CONFIG;
    return err_ok();
}

int command_topics(int argc, char *const *argv)
{
    return command_answer(program,
                          "Shows the topics against what they should be. Exit 78 when one is not.",
                          rows, sizeof rows / sizeof rows[0], NULL, 0, 0, argc, argv, run);
}
