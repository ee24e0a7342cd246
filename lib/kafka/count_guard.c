#include "kafka/count_guard.h"

#include "event/codec.h"
#include "kafka/reader_kafka.h"

enum { STEP_MS = 500, IDLE_STEPS_MAX = 20, ROOM_BYTES_MAX = 1024 * 1024 };

err_t count_guard_compare(int32_t found, uint32_t written, struct why *why)
{
    if (written == 0 || (int64_t)written == found) {
        return err_ok();
    }
    why_set(why,
            "the keyed topics have %d partitions, but `config` says that they were made with %u: a "
            "conversation whose key moves loses its state; another count needs topics of its own, "
            "under another `--prefix`",
            (int)found, (unsigned)written);
    return ERR(CONFIG);
}

/* The count of a record of `config`; one that cannot be read names none. */
static uint32_t count_in(struct arena *arena, const struct bus_record *record)
{
    struct config_record config;
    arena_reset(arena);
    if (record->value.len == 0 ||
        err_failed(codec_config_decode(arena, record->value, NULL, &config)) ||
        config.kind != CONFIG_DEPLOYMENT) {
        return 0;
    }
    return config.body.deployment.partitions;
}

static err_t read_on(struct reader_port *port, struct reader *reader, struct arena *arena,
                     uint32_t *ret_written)
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
            *ret_written = count_in(arena, &record);
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
    uint32_t written = 0;
    arena_init(&arena, ROOM_BYTES_MAX);
    why_set(why, "`config` could not be read to its end");
    TRY(reader_open(&port, TOPIC_CONFIG, 0, READER_FROM_START, &reader));
    err_t err = read_on(&port, reader, &arena, &written);
    port.ops->close(reader);
    TRY(err);
    why_set(why, "%s", "");
    return count_guard_compare(found, written, why);
}
