#include "ctl/replay/past.h"

#include "event/codec.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { STEP_MS = 1000, IDLE_STEPS_MAX = 30 };
static const int64_t day_ms = INT64_C(24) * 3600 * 1000;

typedef err_t (*take_fn)(struct past *p, const struct bus_record *record, struct why *why);

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

static err_t read_on(struct past *p, struct reader *reader, enum topic topic, take_fn take,
                     struct why *why)
{
    for (;;) {
        struct bus_record record = {0};
        bool is_more = false;
        TRY(past_next(p->port, reader, topic_name(topic), why, &record, &is_more));
        if (!is_more) {
            return err_ok();
        }
        TRY(take(p, &record, why));
    }
}

static err_t read_topic(struct past *p, enum topic topic, take_fn take, struct why *why)
{
    struct reader *reader = NULL;
    int32_t partition = topic == TOPIC_CONFIG ? 0 : p->partition;
    TRY(reader_open(p->port, topic, partition, READER_FROM_START, &reader));
    err_t e = read_on(p, reader, topic, take, why);
    p->port->ops->close(reader);
    return e;
}

/* Room for one more of `size` bytes; lists double. */
static err_t more_room(void **list, size_t count, size_t size)
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

static err_t take_config(struct past *p, const struct bus_record *record, struct why *why)
{
    (void)why;
    err_t e = config_log_add(p->config, record->offset, record->key, record->value, NULL);
    if (err_failed(e) && err_class(e) != ERR_CLASS_POISON) {
        return e;
    }
    void *list = p->versions;
    TRY(more_room(&list, p->version_count, sizeof *p->versions));
    p->versions = list;
    p->versions[p->version_count++] = record->offset;
    return err_ok();
}

static err_t take_dead(struct past *p, const struct bus_record *record, struct why *why)
{
    struct dead dead = {0};
    (void)why;
    arena_reset(&p->arena);
    if (err_failed(codec_dead_decode(&p->arena, record->value, NULL, &dead)) ||
        !slice_equal(dead.stage, SLICE("processor")) ||
        !slice_equal(dead.topic, slice_of(topic_name(TOPIC_EVENTS))) ||
        dead.partition != p->partition) {
        return err_ok();
    }
    void *list = p->dead;
    TRY(more_room(&list, p->dead_count, sizeof *p->dead));
    p->dead = list;
    p->dead[p->dead_count++] = (struct past_dead){
        dead.offset, dead.tries, slice_equal(dead.reason, slice_of(err_name(ERR(CRASHED))))};
    return err_ok();
}

/* Of this conversation, or of one of its chunks. */
static bool is_wanted(const struct past *p, struct slice key)
{
    struct slice of = {0};
    struct slice wanted = p->span.key;
    return wanted.len == 0 || slice_equal(key, wanted) ||
           (transcript_key_parse(key, &of, NULL) && slice_equal(of, wanted));
}

static err_t take_newest(struct past *p, const struct bus_record *record, struct why *why)
{
    (void)why;
    if (slice_equal(record->key, checkpoint_key())) {
        return checkpoint_parse(record->value, &p->newest);
    }
    return is_wanted(p, record->key) ? store_put(&p->newest_states, record->key, record->value)
                                     : err_ok();
}

/* The offset in "snapshot/PARTITION/OFFSET" or "erased/PARTITION/OFFSET"; -1 = none. */
static int64_t offset_in(struct slice id)
{
    size_t at = id.len;
    int64_t offset = -1;
    while (at > 0 && id.ptr[at - 1] != '/') {
        at--;
    }
    return err_failed(slice_to_i64(slice_sub(id, at, id.len), &offset)) ? -1 : offset;
}

/* Picks the newest checkpoint that is not behind what is asked for; where nothing is asked for, or
 * nothing is old enough, the oldest. */
static err_t take_start(struct past *p, const struct bus_record *record, struct why *why)
{
    struct checkpoint c = {0};
    (void)why;
    if (!slice_equal(record->key, checkpoint_key())) {
        return err_ok();
    }
    TRY(checkpoint_parse(record->value, &c));
    if (c.next < p->first) {
        return err_ok();
    }
    bool is_open = !wall_known(p->span.since) && p->span.from <= 0;
    bool is_before = (!wall_known(p->span.since) || !wall_before(p->span.since, record->time)) &&
                     (p->span.from <= 0 || c.next <= p->span.from);
    bool is_first = p->start.next < 0;
    if ((!is_open && is_before) || (is_first && p->first > 0)) {
        p->start = c;
    }
    return err_ok();
}

/* A state that went may have been what others count on from. */
static err_t note_gone(struct past *p, const struct bus_record *record, int64_t offset)
{
    wall_ms_t updated = {0};
    if (p->span.key.len == 0 || is_wanted(p, record->key) ||
        !codec_conversation_updated(record->value, &updated)) {
        return err_ok();
    }
    bool is_erased = slice_starts_with(record->ce_id, SLICE(ERASED_ID));
    if (!is_erased && wall_since(record->time, updated).ms < EVICT_AGE_MS_MIN) {
        return err_ok();
    }
    arena_reset(&p->arena);
    struct conversation *state = ARENA_NEW(&p->arena, struct conversation);
    if (state == NULL) {
        return ARENA_ERR(&p->arena);
    }
    if (err_failed(codec_conversation_decode(&p->arena, record->value, NULL, state))) {
        return err_ok();
    }
    void *list = p->gone;
    TRY(more_room(&list, p->gone_count, sizeof *p->gone));
    p->gone = list;
    p->gone[p->gone_count] = (struct past_gone){.offset = offset};
    evict_count(&p->gone[p->gone_count++].numbers, state);
    return err_ok();
}

static err_t take_snapshot(struct past *p, const struct bus_record *record, struct why *why)
{
    struct slice there = {0};
    int64_t offset = offset_in(record->ce_id);
    (void)why;
    if (offset < p->start.next || slice_equal(record->key, checkpoint_key())) {
        return err_ok();
    }
    TRY(note_gone(p, record, offset));
    bool is_first = is_wanted(p, record->key) && !store_get(&p->states, record->key, &there);
    return is_first ? store_put(&p->states, record->key, record->value) : err_ok();
}

/* ---- where it starts */

/* Opens `events` at its first record: what is gone, and when the rest began. */
static err_t look_at_events(struct past *p, struct why *why)
{
    struct reader *reader = NULL;
    struct bus_record record = {0};
    bool is_more = false;
    TRY(reader_open(p->port, TOPIC_EVENTS, p->partition, READER_FROM_START, &reader));
    p->first = p->port->ops->position(reader);
    err_t e = past_next(p->port, reader, "events", why, &record, &is_more);
    if (!err_failed(e) && is_more) {
        p->first = record.offset;
        p->first_time = record.time;
    }
    p->port->ops->close(reader);
    return e;
}

/* What was logged before the processor first ran is decided with the first configuration that it
 * took up (decision 0002). */
static err_t take_first_config(struct past *p, struct why *why)
{
    struct reader *reader = NULL;
    bool is_more = true;
    TRY(reader_open(p->port, TOPIC_EVENTS, p->partition, READER_FROM_START, &reader));
    err_t e = err_ok();
    while (p->start.config < 0 && is_more && !err_failed(e)) {
        struct bus_record record = {0};
        struct event event = {0};
        e = past_next(p->port, reader, "events", why, &record, &is_more);
        arena_reset(&p->arena);
        if (!err_failed(e) && is_more && record.key.len == 0 &&
            !err_failed(codec_event_decode(&p->arena, record.value, NULL, &event)) &&
            event.type == EVENT_CONFIG) {
            p->start.config = event.body.config_offset;
        }
    }
    p->port->ops->close(reader);
    return e;
}

/* The time of the event at the start is the day that states must be older than. */
static err_t take_day(struct past *p, struct why *why)
{
    struct reader *reader = NULL;
    struct bus_record record = {0};
    bool is_more = false;
    TRY(reader_open(p->port, TOPIC_EVENTS, p->partition, p->start.next, &reader));
    err_t e = past_next(p->port, reader, "events", why, &record, &is_more);
    if (!err_failed(e) && is_more) {
        p->start_of_day = (wall_ms_t){record.time.ms / day_ms * day_ms};
    }
    p->port->ops->close(reader);
    return e;
}

static err_t missing(const struct past *p, struct why *why)
{
    char text[INSTANT_TEXT_BYTES];
    instant_format_iso8601(p->first_time, text);
    why_set(why,
            "partition %d cannot be replayed: retention has removed the events before offset "
            "%" PRId64 " (%s), and no day has begun since of which a snapshot was kept",
            (int)p->partition, p->first, wall_known(p->first_time) ? text : "there are none");
    return ERR(RANGE);
}

static err_t find_start(struct past *p, struct why *why)
{
    p->start = (struct checkpoint){.next = -1, .config = -1};
    TRY(look_at_events(p, why));
    TRY(read_topic(p, TOPIC_SNAPSHOTS, take_start, why));
    if (p->start.next < 0 && p->first > 0) {
        return missing(p, why);
    }
    if (p->start.next < 0) {
        p->start.next = 0;
        TRY(take_first_config(p, why));
        /* No state is from before the log; but of one conversation it matters who else went. */
        return p->span.key.len > 0 ? read_topic(p, TOPIC_SNAPSHOTS, take_snapshot, why) : err_ok();
    }
    p->is_cut = wall_known(p->span.since)
                    ? wall_before(p->span.since, p->first_time) && p->first > 0
                    : p->span.from < p->start.next && p->first > 0;
    TRY(take_day(p, why));
    return read_topic(p, TOPIC_SNAPSHOTS, take_snapshot, why);
}

err_t past_read(struct past *p, struct why *why)
{
    arena_init(&p->arena, LIMIT_ARENA_BYTES_MAX);
    p->newest = (struct checkpoint){.next = -1, .config = -1};
    TRY(config_log_new(&p->config));
    TRY(read_topic(p, TOPIC_CONFIG, take_config, why));
    TRY(read_topic(p, TOPIC_CONVERSATIONS, take_newest, why));
    TRY(read_topic(p, TOPIC_DEAD, take_dead, why));
    return find_start(p, why);
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
