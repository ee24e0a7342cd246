#include "kafka/count_guard.h"

#include "event/codec.h"
#include "kafka/reader_kafka.h"

#include <stdio.h>
#include <string.h>

enum {
    STEP_MS = 500,
    IDLE_STEPS_MAX = 20,
    ROOM_BYTES_MAX = 1024 * 1024,
    PREFIX_BYTES = 160, /* as a topic's name, which is longer */
};

/* What `config` says of the deployment itself; copied, since its record is gone when it is used. */
struct found {
    uint32_t partitions;
    char moved_into[PREFIX_BYTES];
    char moving_from[PREFIX_BYTES];
};

err_t count_guard_compare(int32_t found, uint32_t written, struct why *why)
{
    if (written == 0 || (int64_t)written == found) {
        return err_ok();
    }
    why_set(why,
            "the keyed topics have %d partitions, but `config` says that they were made with %u: a "
            "conversation whose key moves loses its state; `tieline move --into PREFIX` is the way "
            "to another count",
            (int)found, (unsigned)written);
    return ERR(CONFIG);
}

err_t count_guard_moved(const struct kafka_options *options, struct slice moved_into,
                        struct slice moving_from, struct why *why)
{
    bool only_takes_in = strcmp(options->program, "ingest") == 0;
    if (moved_into.len > 0) {
        why_set(why, "this deployment was moved: it goes on under `--prefix %.*s`",
                SLICE_ARG(moved_into));
        return ERR(CONFIG);
    }
    if (moving_from.len > 0 && !only_takes_in) {
        why_set(why,
                "what was under `%.*s` has not come here whole: run `tieline move --prefix %.*s "
                "--into %s` to its end first",
                SLICE_ARG(moving_from), SLICE_ARG(moving_from), options->prefix);
        return ERR(CONFIG);
    }
    return err_ok();
}

static void keep(char text[PREFIX_BYTES], struct slice prefix)
{
    (void)snprintf(text, PREFIX_BYTES, "%.*s", SLICE_ARG(prefix));
}

/* What a record of `config` says; one that cannot be read says nothing. */
static void take(struct arena *arena, const struct bus_record *record, struct found *found)
{
    struct config_record config;
    arena_reset(arena);
    *found = (struct found){0};
    if (record->value.len == 0 ||
        err_failed(codec_config_decode(arena, record->value, NULL, &config)) ||
        config.kind != CONFIG_DEPLOYMENT) {
        return;
    }
    found->partitions = config.body.deployment.partitions;
    keep(found->moved_into, config.body.deployment.moved_into);
    keep(found->moving_from, config.body.deployment.moving_from);
}

static err_t read_on(struct reader_port *port, struct reader *reader, struct arena *arena,
                     struct found *ret_found)
{
    int idle = 0;
    for (;;) {
        struct bus_record record;
        enum reader_status status = READER_IDLE;
        TRY(reader_next(port, reader, span_ms(STEP_MS), &record, &status));
        if (status == READER_END) {
            return err_ok();
        }
        idle = status == READER_RECORD ? 0 : idle + 1;
        if (idle > IDLE_STEPS_MAX) {
            return ERR(TIMEOUT);
        }
        if (status == READER_RECORD && slice_equal(record.key, SLICE("deployment"))) {
            take(arena, &record, ret_found);
        }
    }
}

err_t count_guard_check(const struct kafka_options *options, int32_t found, struct log *log,
                        struct why *why)
{
    CLEANUP(arena) struct arena arena;
    CLEANUP(reader_kafka) struct reader_kafka kafka = {.options = options, .log = log};
    struct reader_port port = reader_kafka_port(&kafka);
    struct reader *reader = NULL;
    struct found read = {0};
    arena_init(&arena, ROOM_BYTES_MAX);
    why_set(why, "`config` could not be read to its end");
    TRY(reader_open(&port, TOPIC_CONFIG, 0, READER_FROM_START, &reader));
    err_t err = read_on(&port, reader, &arena, &read);
    port.ops->close(reader);
    TRY(err);
    why_set(why, "%s", "");
    TRY(count_guard_moved(options, slice_of(read.moved_into), slice_of(read.moving_from), why));
    return count_guard_compare(found, read.partitions, why);
}
