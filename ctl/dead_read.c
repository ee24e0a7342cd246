#include "ctl/dead_read.h"

#include "event/codec.h"

enum { STEP_MS = 1000, IDLE_STEPS_MAX = 30, ARENA_BYTES = 8 * 1024 * 1024 };

err_t dead_place_parse(struct slice text, struct dead_place *ret_place)
{
    struct slice partition = {0};
    struct slice offset = {0};
    uint64_t number = 0;
    uint64_t at = 0;
    if (!slice_split(text, '-', &partition, &offset)) {
        return ERR(SYNTAX);
    }
    TRY(slice_to_u64(partition, &number));
    TRY(slice_to_u64(offset, &at));
    if (number >= LIMIT_PARTITIONS_MAX || at > INT64_MAX) {
        return ERR(RANGE);
    }
    *ret_place = (struct dead_place){(int32_t)number, (int64_t)at};
    return err_ok();
}

/* The next record before the end; *ret_more is false behind it. */
static err_t next(struct reader_port *port, struct reader *reader, struct why *why,
                  struct bus_record *ret_record, bool *ret_more)
{
    for (int idle = 0; idle <= IDLE_STEPS_MAX; idle++) {
        enum reader_status status = READER_IDLE;
        TRY(reader_next(port, reader, span_ms(STEP_MS), ret_record, &status));
        if (status != READER_IDLE) {
            *ret_more = status == READER_RECORD;
            return err_ok();
        }
    }
    why_set(why, "the dead letters could not be read to their end within %d s",
            IDLE_STEPS_MAX * STEP_MS / 1000);
    return ERR(TIMEOUT);
}

struct visit {
    err_t (*each)(void *arg, struct dead_place place, const struct dead *dead);
    void *arg;
};

static err_t read_partition(struct reader_port *port, struct reader *reader, struct arena *arena,
                            const struct visit *visit, struct why *why)
{
    for (;;) {
        struct bus_record record = {0};
        struct dead dead = {0};
        bool is_more = false;
        TRY(next(port, reader, why, &record, &is_more));
        if (!is_more) {
            return err_ok();
        }
        arena_reset(arena);
        err_t e = codec_dead_decode(arena, record.value, NULL, &dead);
        TRY(visit->each(visit->arg, (struct dead_place){record.partition, record.offset},
                        err_failed(e) ? NULL : &dead));
    }
}

err_t dead_read_all(struct reader_port *port, int32_t partitions,
                    err_t (*each)(void *arg, struct dead_place place, const struct dead *dead),
                    void *arg, struct why *why)
{
    CLEANUP(arena) struct arena arena;
    const struct visit visit = {each, arg};
    arena_init(&arena, ARENA_BYTES);
    for (int32_t i = 0; i < partitions; i++) {
        struct reader *reader = NULL;
        TRY(reader_open(port, TOPIC_DEAD, i, READER_FROM_START, &reader));
        err_t e = read_partition(port, reader, &arena, &visit, why);
        port->ops->close(reader);
        TRY(e);
    }
    return err_ok();
}

err_t dead_read_one(struct reader_port *port, struct arena *arena, struct dead_place place,
                    struct why *why, struct dead *ret_dead)
{
    struct bus_record record = {0};
    struct reader *reader = NULL;
    struct slice value = {0};
    bool is_more = false;
    err_t e = reader_open(port, TOPIC_DEAD, place.partition, place.offset, &reader);
    if (!err_failed(e)) {
        e = next(port, reader, why, &record, &is_more);
        if (!err_failed(e) && is_more && record.offset == place.offset) {
            e = arena_copy(arena, record.value, &value);
        } else if (!err_failed(e)) {
            e = ERR(RANGE);
        }
        port->ops->close(reader);
    }
    if (err_is(e, ERR_RANGE)) {
        why_set(why, "there is no dead letter %d-%lld: `tieline dead list` shows those there are",
                (int)place.partition, (long long)place.offset);
        return ERR(RANGE);
    }
    TRY(e);
    return codec_dead_decode(arena, value, why, ret_dead);
}
