/* status — accounts, stores, programs and what waits, as they are now. Reads alone. */
#include "ctl/command.h"
#include "ctl/dead_read.h"
#include "ctl/out.h"
#include "ctl/published.h"
#include "ctl/rest.h"
#include "ctl/text.h"
#include "ctl/where.h"
#include "kafka/client.h"
#include "kafka/reader_kafka.h"
#include "kafka/stored.h"
#include "processor/core/checkpoint.h"
#include "rt/seal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    ARENA_BYTES = 64 * 1024 * 1024,
    CELL_BYTES = 256,
    URL_BYTES = 300,
    CHECKPOINT_NEAR = 4000, /* more than one transaction has */
    LIST_BYTES = 8 * 1024,
    NOBODY_KNOWS = -2,
};

static const char program[] = "tieline status";
static const char purpose[] =
    "Shows accounts and stores as they are published, which configuration each partition decides "
    "by, how many dead letters each account has, who\n"
    "is at work, how much waits for them, and whether the programs are ready. What nobody can "
    "tell\n"
    "(the broker of `tieline dev` knows neither groups nor offsets) is left out.\n"
    "With --json one object a line: {\"group\"}, {\"program\"}, {\"account\"}, {\"store\"}, "
    "{\"partition\"}.";

static const struct option_row rows[] = {
    STARTUP_ROWS,
    {"admin", OPTION_LIST, NULL, false, false, "HOST:PORT",
     "of a program to be asked; again, or with commas, for several; else those of `tieline dev`, "
     "or "
     "the usual ports of this machine"},
    {"json", OPTION_SWITCH, NULL, false, false, NULL, "one JSON object a line instead of tables"},
};

struct tally {
    const struct config_set *set;
    size_t *dead; /* one an account */
    size_t dead_of_nobody;
};

struct status {
    const struct options *options;
    bool is_json;
    struct arena *arena;
    struct startup startup;
    struct reader_port reader;
    struct published published;
    struct why *why;
};

/* ---- what waits */

/* *ret_lag  records behind the committed offsets; -1 = nobody can tell */
static err_t lag_of(struct status *s, const struct kafka_options *group, enum topic topic,
                    int64_t *ret_lag)
{
    int64_t offsets[LIMIT_PARTITIONS_MAX];
    char name[CLIENT_TOPIC_NAME_BYTES];
    int32_t partitions = s->startup.cluster.partitions;
    *ret_lag = 0;
    if (!cluster_topic_name(group, topic, name, sizeof name)) {
        why_set(s->why, "the prefix of the topics is too long");
        return ERR(CONFIG);
    }
    TRY(stored_offsets(group, name, partitions, s->why, offsets));
    for (int32_t p = 0; p < partitions; p++) {
        struct reader *reader = NULL;
        if (offsets[p] < 0) {
            *ret_lag = -1;
            return err_ok();
        }
        err_t e = reader_open(&s->reader, topic, p, offsets[p], &reader);
        if (err_is(e, ERR_RANGE)) { /* so old that it was deleted */
            e = reader_open(&s->reader, topic, p, READER_FROM_START, &reader);
        }
        TRY(e);
        int64_t behind = s->reader.ops->end(reader) - offsets[p];
        *ret_lag += behind > 0 ? behind : 0;
        s->reader.ops->close(reader);
    }
    return err_ok();
}

static err_t show_group(struct status *s, struct out_table *table, const char *name,
                        enum topic topic)
{
    struct kafka_options group = s->startup.kafka;
    int members = -1;
    int64_t lag = -1;
    group.program = name;
    if (!s->startup.cluster.embedded) { /* that one tells neither */
        TRY(stored_members(&group, s->why, &members));
        TRY(lag_of(s, &group, topic, &lag));
    }
    if (s->is_json) {
        struct out_line o;
        out_begin(&o, stdout);
        json_put_text(&o.json, "group", name);
        if (members >= 0) {
            json_put_int(&o.json, "members", members);
        }
        if (lag >= 0) {
            json_put_int(&o.json, "lag", lag);
        }
        out_end(&o);
        return err_ok();
    }
    char members_text[CELL_BYTES] = "-";
    char lag_text[CELL_BYTES] = "-";
    if (members >= 0) {
        text_set(members_text, sizeof members_text, "%d", members);
    }
    if (lag >= 0) {
        text_set(lag_text, sizeof lag_text, "%" PRId64, lag);
    }
    out_table_add(table, (const char *[]){name, members_text, topic_name(topic), lag_text});
    return err_ok();
}

static err_t show_groups(struct status *s)
{
    struct out_table *table = out_table_new(4);
    out_table_add(table, (const char *[]){"GROUP", "COPIES", "READS", "WAITING"});
    err_t e = show_group(s, table, "processor", TOPIC_EVENTS);
    e = err_failed(e) ? e : show_group(s, table, "egress", TOPIC_COMMANDS);
    if (!err_failed(e) && !s->is_json) {
        out_table_print(table, stdout);
        (void)printf("\n");
    }
    out_table_free(table);
    return e;
}

/* ---- programs */

/* One of them by its admin port; what does not answer is "away". */
static err_t show_program(struct status *s, struct out_table *table, const char *name,
                          const char *address)
{
    static const struct rest_login nobody = {REST_NOBODY, NULL, NULL};
    CLEANUP_PTR(rest) struct rest *rest = NULL;
    char url[URL_BYTES];
    struct why why = {""};
    struct rest_answer answer;
    text_set(url, sizeof url, "http://%s", address);
    TRY(rest_new(url, &nobody, &rest));
    err_t e = rest_call(rest, "ask whether it is ready", "GET", "/readyz", (struct slice){NULL, 0},
                        s->arena, &why, &answer);
    if (err_is(e, ERR_NO_MEMORY)) {
        return e;
    }
    struct slice said = rest_text(rest);
    said = slice_trim(slice_sub(said, 0, slice_find(said, '\n')));
    const char *state = answer.status == 0 ? "away" : answer.status == 200 ? "ready" : "not ready";
    if (s->is_json) {
        struct out_line o;
        out_begin(&o, stdout);
        json_put_text(&o.json, "program", name);
        json_put_text(&o.json, "admin", address);
        json_put_text(&o.json, "state", state);
        if (answer.status != 200 && answer.status != 0) {
            json_put_slice(&o.json, "reason", said);
        }
        out_end(&o);
        return err_ok();
    }
    char reason[CELL_BYTES] = "";
    if (answer.status != 200 && answer.status != 0) {
        text_set(reason, sizeof reason, "%.*s", SLICE_ARG(said));
    }
    out_table_add(table, (const char *[]){name, address, state, reason});
    out_table_style(table, 2, answer.status == 200 ? OUT_GOOD : OUT_BAD);
    return err_ok();
}

static err_t show_dev(struct status *s, struct out_table *table, const struct json *programs)
{
    JSON_EACH(item, programs)
    {
        struct slice name = json_string(json_find(item, "program"));
        struct slice admin = json_string(json_find(item, "admin"));
        bool is_ours = !slice_equal(name, SLICE("sandbox")) && admin.len > 0;
        TRY(is_ours ? show_program(s, table, name.ptr, admin.ptr) : err_ok());
    }
    return err_ok();
}

static err_t show_programs(struct status *s)
{
    static const char *const usual[][2] = {{"ingest", "127.0.0.1:9101"},
                                           {"processor", "127.0.0.1:9102"},
                                           {"egress", "127.0.0.1:9103"}};
    size_t count = 0;
    const char *const *asked = options_list(s->options, "admin", &count);
    const struct json *programs = NULL;
    struct out_table *table = out_table_new(4);
    out_table_add(table, (const char *[]){"PROGRAM", "ADMIN", "STATE", "REASON"});
    err_t e = count > 0 ? err_ok() : where_programs(s->options, s->arena, s->why, &programs);
    for (size_t i = 0; i < count && !err_failed(e); i++) {
        e = show_program(s, table, "-", asked[i]);
    }
    if (!err_failed(e) && programs != NULL) {
        e = show_dev(s, table, programs);
    }
    for (size_t i = 0; i < 3 && count == 0 && programs == NULL && !err_failed(e); i++) {
        e = show_program(s, table, usual[i][0], usual[i][1]);
    }
    if (!err_failed(e) && !s->is_json) {
        out_table_print(table, stdout);
        (void)printf("\n");
    }
    out_table_free(table);
    return e;
}

/* ---- accounts and stores */

static err_t count_dead(void *arg, struct dead_place place, const struct dead *dead)
{
    struct tally *t = arg;
    (void)place;
    for (size_t i = 0; dead != NULL && i < config_account_count(t->set); i++) {
        if (slice_equal(config_account_at(t->set, i)->name, dead->account)) {
            t->dead[i]++;
            return err_ok();
        }
    }
    t->dead_of_nobody++;
    return err_ok();
}

static void account_line(const struct account *account, size_t dead)
{
    struct out_line o;
    out_begin(&o, stdout);
    json_put_slice(&o.json, "account", account->name);
    json_put_bool(&o.json, "enabled", account->enabled);
    json_put_bool(&o.json, "messaging", account->app_id.len > 0);
    json_put_bool(&o.json, "tickets", account->email.len + account->oauth_client_id.len > 0);
    json_put_int(&o.json, "dead", (int64_t)dead);
    out_end(&o);
}

static void store_line(const struct store *store)
{
    struct out_line o;
    out_begin(&o, stdout);
    json_put_slice(&o.json, "store", store->name);
    json_put_slice(&o.json, "account", store->account);
    json_put_bool(&o.json, "enabled", store->enabled);
    json_put_slice_if(&o.json, "brand", store->brand_id);
    json_put_slice_if(&o.json, "widget", store->widget_id);
    json_put_bool(&o.json, "chat", store->chat);
    out_end(&o);
}

static void add_store(struct out_table *table, const struct account *account, size_t dead,
                      const struct store *store)
{
    char texts[5][CELL_BYTES];
    const struct slice cells[] = {account->name, store->name, store->brand_id, store->widget_id};
    for (size_t i = 0; i < 4; i++) {
        text_set(texts[i], CELL_BYTES, "%.*s", SLICE_ARG(cells[i]));
    }
    text_set(texts[4], CELL_BYTES, "%zu", dead);
    bool is_on = account->enabled && store->enabled;
    out_table_add(table, (const char *[]){texts[0], texts[1], is_on ? "on" : "off",
                                          texts[2][0] == '\0' ? "-" : texts[2],
                                          store->chat           ? "(its own)"
                                          : texts[3][0] == '\0' ? "-"
                                                                : texts[3],
                                          texts[4]});
    out_table_style(table, 2, is_on ? OUT_PLAIN : OUT_WARN);
    out_table_style(table, 5, dead > 0 ? OUT_BAD : OUT_PLAIN);
}

/* ---- which configuration is in force */

/* A checkpoint is written with each transaction: the newest is among the last records. */
static err_t checkpoint_near_end(struct status *s, int32_t partition, int64_t *ret_config)
{
    struct reader *reader = NULL;
    *ret_config = NOBODY_KNOWS;
    TRY(reader_open(&s->reader, TOPIC_CONVERSATIONS, partition, READER_FROM_START, &reader));
    int64_t from = s->reader.ops->end(reader) - CHECKPOINT_NEAR;
    if (from > s->reader.ops->position(reader)) {
        s->reader.ops->close(reader);
        TRY(reader_open(&s->reader, TOPIC_CONVERSATIONS, partition, from, &reader));
    }
    err_t e = err_ok();
    enum reader_status status = READER_RECORD;
    while (!err_failed(e) && status == READER_RECORD) {
        struct bus_record record = {0};
        struct checkpoint found;
        e = reader_next(&s->reader, reader, span_s(5), &record, &status);
        if (!err_failed(e) && status == READER_RECORD &&
            slice_equal(record.key, checkpoint_key()) &&
            !err_failed(checkpoint_parse(record.value, &found))) {
            *ret_config = found.config;
        }
    }
    s->reader.ops->close(reader);
    return e;
}

static void version_line(const struct status *s, int32_t partition, int64_t config)
{
    struct out_line o;
    out_begin(&o, stdout);
    json_put_int(&o.json, "partition", partition);
    if (config != NOBODY_KNOWS) {
        json_put_int(&o.json, "configuration", config);
        json_put_bool(&o.json, "newest", config >= config_log_end(s->published.log));
    }
    out_end(&o);
}

/* A partition takes a version up when its owner has written so: one that lags decides by an older
 * one. */
static err_t show_versions(struct status *s)
{
    int64_t newest = config_log_end(s->published.log);
    int32_t behind = 0;
    char list[LIST_BYTES] = "";
    for (int32_t i = 0; i < s->startup.cluster.partitions; i++) {
        int64_t config = NOBODY_KNOWS;
        TRY(checkpoint_near_end(s, i, &config));
        if (s->is_json) {
            version_line(s, i, config);
        } else if (config == NOBODY_KNOWS) {
            text_add(list, sizeof list, "\n  partition %d: nothing was decided yet", (int)i);
        } else if (config < newest) {
            text_add(list, sizeof list, "\n  partition %d: still offset %" PRId64, (int)i, config);
        }
        behind += config >= newest ? 0 : 1;
    }
    if (!s->is_json) {
        out_quiet();
        (void)printf("configuration: offset %" PRId64 ", in force in %d of %d partitions%s\n",
                     newest, (int)(s->startup.cluster.partitions - behind),
                     (int)s->startup.cluster.partitions, list);
    }
    return err_ok();
}

static void print_accounts(const struct status *s, const struct tally *t)
{
    struct out_table *table = out_table_new(6);
    out_table_add(table, (const char *[]){"ACCOUNT", "STORE", "IS", "BRAND", "WIDGET", "DEAD"});
    for (size_t i = 0; i < config_account_count(t->set); i++) {
        const struct account *account = config_account_at(t->set, i);
        if (s->is_json) {
            account_line(account, t->dead[i]);
        }
        for (size_t j = 0; j < config_store_count(t->set); j++) {
            const struct store *store = config_store_at(t->set, j);
            if (!slice_equal(store->account, account->name)) {
                continue;
            }
            if (s->is_json) {
                store_line(store);
            } else {
                add_store(table, account, t->dead[i], store);
            }
        }
    }
    if (!s->is_json) {
        out_table_print(table, stdout);
        (void)printf("%s\n",
                     t->dead_of_nobody > 0 ? "\nThere are dead letters of no account." : "");
    }
    out_table_free(table);
}

static err_t show_accounts(struct status *s)
{
    struct tally t = {.set = s->published.set};
    t.dead = calloc(config_account_count(t.set) + 1, sizeof t.dead[0]);
    if (t.dead == NULL) {
        return ERR(NO_MEMORY);
    }
    err_t e = dead_read_all(&s->reader, s->startup.cluster.partitions, count_dead, &t, s->why);
    if (!err_failed(e)) {
        print_accounts(s, &t);
    }
    free(t.dead);
    return e;
}

static err_t run(const struct options *options, struct log *log, struct why *why)
{
    CLEANUP(arena) struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    struct status s = {.options = options,
                       .is_json = options_switch(options, "json"),
                       .arena = &arena,
                       .why = why};
    TRY(seal_init(true));
    TRY(where_options(options, &arena, why, &s.startup));
    TRY(where_cluster(&s.startup, why));
    CLEANUP(reader_kafka)
    struct reader_kafka kafka = {.options = &s.startup.kafka, .log = log};
    s.reader = where_reader(&kafka);
    err_t e = published_read(&s.reader, why, &s.published);
    e = err_failed(e) ? e : show_programs(&s);
    e = err_failed(e) ? e : show_groups(&s);
    e = err_failed(e) ? e : show_accounts(&s);
    e = err_failed(e) ? e : show_versions(&s);
    published_deinit(&s.published);
    return e;
}

int command_status(int argc, char *const *argv)
{
    return command_main(program, purpose, rows, sizeof rows / sizeof rows[0], NULL, 0, argc, argv,
                        run);
}
