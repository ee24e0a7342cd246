#include "ctl/replay/past.h"

#include "ctl/replay/past_parts.h"
#include "event/codec.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { STEP_MS = 1000, IDLE_STEPS_MAX = 30 };

err_t past_next(struct reader_port *port, struct reader *reader, const char *what, struct why *why,
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
    why_set(why, "`%s` could not be read to its end within %d s", what,
            IDLE_STEPS_MAX * STEP_MS / 1000);
    return ERR(TIMEOUT);
}

err_t past_offset_by(const struct past_times *times, enum topic topic, int32_t partition,
                     wall_ms_t time, int64_t *ret_offset)
{
    return times->at(times->arg, topic, partition, wall_add(time, span_ms(-PAST_MARGIN_MS)),
                     ret_offset);
}

static err_t read_on(struct past *p, struct reader *reader, enum topic topic, past_take_fn take,
                     struct why *why)
{
    p->is_enough = false;
    while (!p->is_enough) {
        struct bus_record record = {0};
        bool is_more = false;
        TRY(past_next(p->port, reader, topic_name(topic), why, &record, &is_more));
        if (!is_more) {
            return err_ok();
        }
        TRY(take(p, &record));
    }
    return err_ok();
}

err_t past_read_topic(struct past *p, enum topic topic, int64_t from, past_take_fn take,
                      struct why *why)
{
    struct reader *reader = NULL;
    int32_t partition = topic == TOPIC_CONFIG ? 0 : p->partition;
    err_t e = reader_open(p->port, topic, partition, from, &reader);
    if (err_is(e, ERR_RANGE)) { /* the log begins behind it */
        e = reader_open(p->port, topic, partition, READER_FROM_START, &reader);
    }
    TRY(e);
    e = read_on(p, reader, topic, take, why);
    p->port->ops->close(reader);
    return e;
}

err_t past_more_room(void **list, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0 || (count > 0 && count < 16)) {
        return err_ok();
    }
    size_t room = count == 0 ? 16 : count * 2;
    void *grown = realloc(*list, room * size);
    if (grown == NULL) {
        return ERR(NO_MEMORY);
    }
    *list = grown;
    return err_ok();
}

/* ---- what is read */

static err_t take_config(struct past *p, const struct bus_record *record)
{
    err_t e = config_log_add(p->config, record->offset, record->key, record->value, NULL);
    if (err_failed(e) && err_class(e) != ERR_CLASS_POISON) {
        return e;
    }
    void *list = p->versions;
    TRY(past_more_room(&list, p->version_count, sizeof *p->versions));
    p->versions = list;
    p->versions[p->version_count++] = record->offset;
    return err_ok();
}

static err_t take_dead(struct past *p, const struct bus_record *record)
{
    struct dead dead = {0};
    arena_reset(&p->arena);
    if (err_failed(codec_dead_decode(&p->arena, record->value, NULL, &dead)) ||
        !slice_equal(dead.stage, SLICE("processor")) ||
        !slice_equal(dead.topic, slice_of(topic_name(TOPIC_EVENTS))) ||
        dead.partition != p->partition) {
        return err_ok();
    }
    void *list = p->dead;
    TRY(past_more_room(&list, p->dead_count, sizeof *p->dead));
    p->dead = list;
    p->dead[p->dead_count++] = (struct past_dead){
        dead.offset, dead.tries, slice_equal(dead.reason, slice_of(err_name(ERR(CRASHED))))};
    return err_ok();
}

err_t past_read(struct past *p, struct why *why)
{
    arena_init(&p->arena, LIMIT_ARENA_BYTES_MAX);
    p->newest = (struct checkpoint){.next = -1, .config = -1};
    TRY(config_log_new(&p->config));
    TRY(past_read_topic(p, TOPIC_CONFIG, READER_FROM_START, take_config, why));
    TRY(past_read_topic(p, TOPIC_DEAD, READER_FROM_START, take_dead, why));
    TRY(past_find_end(p, why));
    TRY(past_find_start(p, why));
    return past_find_states(p, why);
}

void past_deinit(struct past *p)
{
    config_log_free(p->config);
    free(p->versions);
    free(p->dead);
    free(p->gone);
    store_free(&p->states);
    store_free(&p->newest_states);
    arena_deinit(&p->arena);
    *p = (struct past){0};
}

/* ---- what is asked */

static bool is_old(const struct past *p, struct slice bytes)
{
    wall_ms_t updated = {0};
    return bytes.len > 0 && codec_conversation_updated(bytes, &updated) &&
           wall_before(updated, p->start_of_day);
}

bool past_state(const struct past *p, struct slice key, struct slice *ret_bytes)
{
    if (!wall_known(p->start_of_day)) {
        return false;
    }
    bool is_there =
        store_get(&p->states, key, ret_bytes) || store_get(&p->newest_states, key, ret_bytes);
    /* A chunk is asked for only where a state that was there names it. */
    return is_there && (transcript_key_parse(key, NULL, NULL) || is_old(p, *ret_bytes));
}

const struct past_dead *past_dead_at(const struct past *p, int64_t offset)
{
    for (size_t i = p->dead_count; i > 0; i--) {
        if (p->dead[i - 1].offset == offset) {
            return &p->dead[i - 1];
        }
    }
    return NULL;
}

const struct past_gone *past_gone_at(const struct past *p, int64_t offset)
{
    for (size_t i = p->gone_count; i > 0; i--) {
        if (p->gone[i - 1].offset == offset) {
            return &p->gone[i - 1];
        }
    }
    return NULL;
}

err_t past_config(const struct past *p, int64_t offset, const struct config_set **ret_set)
{
    size_t low = 0;
    size_t high = p->version_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (p->versions[middle] < offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == p->version_count) {
        return ERR(TIMEOUT);
    }
    return p->versions[low] == offset ? config_log_at(p->config, offset, ret_set) : ERR(CONFIG);
}
