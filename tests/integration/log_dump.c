/* log_dump — what stands in a topic, one JSON object a line, for tests that are not written in C.
 *
 *     log_dump BROKERS PREFIX events|commands|dead|config
 *
 *     {"partition":0,"offset":3,"key":"…","raw":"…","record":{…}}, by partition and offset
 *
 * `raw` is the sender's JSON, the command's body, or what is dead: byte for byte. Of the
 * configuration there is `enabled` and what an account was given by Zendesk; `gone` is a record
 * that ends its key. */
#include "event/codec.h"
#include "event/config_log.h"
#include "event/describe.h"
#include "kafka/reader_kafka.h"
#include "rt/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static err_t describe_one_command(struct arena *arena, const struct bus_record *record,
                                  struct json_write *w)
{
    struct why why = {{0}};
    struct command command = {0};
    TRY(codec_command_decode(arena, record->value, &why, &command));
    json_put_slice(w, "raw", command.body);
    json_put_slice_if(w, "raw_fallback", command.fallback);
    command.body = (struct slice){0}; /* one form is enough */
    command.fallback = (struct slice){0};
    json_key(w, "record");
    describe_command(w, &command);
    return err_ok();
}

static err_t describe_config(struct arena *arena, const struct bus_record *record,
                             struct json_write *w)
{
    struct why why = {{0}};
    struct config_record config = {.kind = CONFIG_NONE};
    if (record->value.len == 0) {
        json_put_bool(w, "gone", true);
        return err_ok();
    }
    if (config_key_is_of_tool(record->key)) {
        return err_ok();
    }
    TRY(codec_config_decode(arena, record->value, &why, &config));
    if (config.kind == CONFIG_STORE) {
        json_put_bool(w, "enabled", config.body.store.enabled);
        json_put_int(w, "signing_secrets", (int64_t)config.body.store.signing_secret_count);
    } else if (config.kind == CONFIG_ACCOUNT) {
        json_put_bool(w, "enabled", config.body.account.enabled);
        json_put_slice(w, "integration_id", config.body.account.integration_id);
        json_put_slice(w, "switchboard_integration", config.body.account.switchboard_integration);
        json_put_slice(w, "agent_target", config.body.account.agent_target);
    } else if (config.kind == CONFIG_DEPLOYMENT) {
        json_put_slice(w, "public_url", config.body.deployment.public_url);
    }
    return err_ok();
}

static err_t describe(struct arena *arena, enum topic topic, const struct bus_record *record,
                      struct json_write *w)
{
    struct why why = {{0}};
    if (topic == TOPIC_DEAD) {
        struct dead dead = {0};
        TRY(codec_dead_decode(arena, record->value, &why, &dead));
        json_put_slice(w, "raw", dead.value);
        json_key(w, "record");
        describe_dead(w, &dead);
        return err_ok();
    }
    if (topic == TOPIC_CONFIG) {
        return describe_config(arena, record, w);
    }
    if (topic == TOPIC_COMMANDS) {
        return describe_one_command(arena, record, w);
    }
    struct event event = {0};
    TRY(codec_event_decode(arena, record->value, &why, &event));
    json_put_slice(w, "raw", event.raw);
    event.raw = (struct slice){0}; /* may have lines of its own */
    json_key(w, "record");
    describe_event(w, &event);
    return err_ok();
}

static err_t print(enum topic topic, const struct bus_record *record)
{
    CLEANUP(arena) struct arena arena = {0};
    CLEANUP(buf) struct buf line = {0};
    struct json_write w;
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    buf_init(&line, LIMIT_ARENA_BYTES_MAX);
    json_write_init(&w, &line);
    json_object(&w);
    json_put_int(&w, "partition", record->partition);
    json_put_int(&w, "offset", record->offset);
    json_put_slice(&w, "key", record->key);
    TRY(describe(&arena, topic, record, &w));
    json_end(&w);
    TRY(json_write_done(&w));
    (void)puts(buf_text(&line));
    return err_ok();
}

static err_t dump(struct reader_port *port, enum topic topic, int32_t partition)
{
    struct reader *reader = NULL;
    enum reader_status status = READER_IDLE;
    TRY(reader_open(port, topic, partition, READER_FROM_START, &reader));
    err_t error = err_ok();
    while (!err_failed(error) && status != READER_END) {
        struct bus_record record = {0};
        error = reader_next(port, reader, span_ms(1000), &record, &status);
        if (!err_failed(error) && status == READER_RECORD) {
            error = print(topic, &record);
        }
    }
    port->ops->close(reader);
    return error;
}

static bool topic_named(const char *name, enum topic *ret_topic)
{
    static const struct {
        const char *name;
        enum topic topic;
    } topics[] = {{"events", TOPIC_EVENTS},
                  {"commands", TOPIC_COMMANDS},
                  {"dead", TOPIC_DEAD},
                  {"config", TOPIC_CONFIG}};
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
        if (strcmp(name, topics[i].name) == 0) {
            *ret_topic = topics[i].topic;
            return true;
        }
    }
    return false;
}

int main(int argc, char **argv)
{
    enum topic topic = TOPIC_EVENTS;
    if (argc != 4 || !topic_named(argv[3], &topic)) {
        return 64;
    }
    struct log *log = log_new("log_dump", LOG_FORMAT_TEXT, LOG_ERROR);
    struct kafka_options options = {
        .brokers = argv[1], .prefix = argv[2], .program = "log_dump", .instance = "0"};
    struct cluster_info info = {0};
    struct why why = {{0}};
    err_t error = cluster_check(&options, span_s(10), NULL, NULL, &why, &info);
    options.embedded = info.embedded;
    struct reader_kafka readers = {.options = &options, .log = log};
    struct reader_port port = reader_kafka_port(&readers);
    for (int32_t p = 0; !err_failed(error) && p < (topic == TOPIC_CONFIG ? 1 : info.partitions);
         p++) {
        error = dump(&port, topic, p);
    }
    reader_kafka_deinit(&readers);
    if (err_failed(error)) {
        (void)fprintf(stderr, "%s: %s\n", err_name(error), why.text);
    }
    log_free(log);
    return err_exit_status(error);
}
