/* Where a replay starts, and the states there. Topics are large: where the log knows offsets by
 * time, only what may be of interest is read.
 *
 *     conversations   …………………………………………[ tail ]      the newest checkpoint, from the end back
 *     snapshots       ……[ a day ][ asked for ]……………     from the day's begin, else days before it
 *     conversations   ……………………[ asked for ]……………     one conversation: whether it was changed
 */
#include "ctl/replay/past_parts.h"
#include "event/codec.h"

#include <inttypes.h>

enum { DAYS_BACK_MAX = 64, TAIL_RECORDS = 500, TAIL_GROWS = 8 };
static const int64_t day_ms = INT64_C(24) * 3600 * 1000;

static wall_ms_t begin_of_day(wall_ms_t time)
{
    return (wall_ms_t){time.ms / day_ms * day_ms};
}

static err_t at(const struct past *p, enum topic topic, wall_ms_t time, int64_t *ret_offset)
{
    return p->times.at(p->times.arg, topic, p->partition, time, ret_offset);
}

/* ---- the end */

static err_t take_end(struct past *p, const struct bus_record *record)
{
    return slice_equal(record->key, checkpoint_key()) ? checkpoint_parse(record->value, &p->newest)
                                                      : err_ok();
}

/* A checkpoint is written with each transaction, so the newest is near the end. */
err_t past_find_end(struct past *p, struct why *why)
{
    int64_t end = 0;
    if (p->times.at == NULL) {
        return past_read_topic(p, TOPIC_CONVERSATIONS, READER_FROM_START, take_end, why);
    }
    TRY(at(p, TOPIC_CONVERSATIONS, (wall_ms_t){INT64_MAX}, &end));
    for (int64_t tail = TAIL_RECORDS; p->newest.next < 0; tail *= TAIL_GROWS) {
        bool is_all = tail >= end;
        TRY(past_read_topic(p, TOPIC_CONVERSATIONS, is_all ? READER_FROM_START : end - tail,
                            take_end, why));
        if (is_all) {
            break;
        }
    }
    return err_ok();
}

/* ---- the start */

/* The offset in "snapshot/PARTITION/OFFSET"; -1 = none. */
static int64_t offset_in(struct slice id)
{
    size_t begin = id.len;
    int64_t offset = -1;
    while (begin > 0 && id.ptr[begin - 1] != '/') {
        begin--;
    }
    return err_failed(slice_to_i64(slice_sub(id, begin, id.len), &offset)) ? -1 : offset;
}

/* The newest checkpoint that is not behind what is asked for; where everything is, the oldest. */
static err_t take_start(struct past *p, const struct bus_record *record)
{
    struct checkpoint c = {0};
    bool is_open = p->asked <= p->first;
    if (!is_open && offset_in(record->ce_id) > p->asked) {
        p->is_enough = true;
        return err_ok();
    }
    if (!slice_equal(record->key, checkpoint_key())) {
        return err_ok();
    }
    TRY(checkpoint_parse(record->value, &c));
    if (c.next < p->first || (!is_open && c.next > p->asked)) {
        return err_ok();
    }
    p->start = c;
    p->snapshots = record->offset;
    p->is_enough = is_open;
    return err_ok();
}

/* The oldest, where none is old enough. */
static err_t take_oldest(struct past *p, const struct bus_record *record)
{
    int64_t asked = p->asked;
    p->asked = 0;
    err_t e = take_start(p, record);
    p->asked = asked;
    return e;
}

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

static err_t take_first(struct past *p, const struct bus_record *record)
{
    struct event event = {0};
    arena_reset(&p->arena);
    if (record->key.len == 0 &&
        !err_failed(codec_event_decode(&p->arena, record->value, NULL, &event)) &&
        event.type == EVENT_CONFIG) {
        p->start.config = event.body.config_offset;
        p->is_enough = true;
    }
    return err_ok();
}

/* The time of the event at an offset; 0 = there is none from there on. */
static err_t time_at(struct past *p, int64_t offset, struct why *why, wall_ms_t *ret_time)
{
    struct reader *reader = NULL;
    struct bus_record record = {0};
    bool is_more = false;
    err_t e = reader_open(p->port, TOPIC_EVENTS, p->partition, offset, &reader);
    if (err_is(e, ERR_RANGE)) { /* behind the end */
        return err_ok();
    }
    TRY(e);
    e = past_next(p->port, reader, "events", why, &record, &is_more);
    *ret_time = !err_failed(e) && is_more ? record.time : (wall_ms_t){0};
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

/* The first event of that time or later, found by reading where the log knows no times. */
static err_t take_since(struct past *p, const struct bus_record *record)
{
    p->asked = record->offset + 1;
    if (!wall_before(record->time, p->span.since)) {
        p->asked = record->offset;
        p->is_enough = true;
    }
    return err_ok();
}

/* From where to where it is asked, as offsets. */
static err_t find_asked(struct past *p, struct why *why)
{
    int64_t ends = 0;
    p->asked = 0;
    p->ends = p->span.to > 0 ? p->span.to : INT64_MAX;
    if (wall_known(p->span.since)) {
        TRY(p->times.at != NULL
                ? at(p, TOPIC_EVENTS, p->span.since, &p->asked)
                : past_read_topic(p, TOPIC_EVENTS, READER_FROM_START, take_since, why));
    }
    if (p->span.from > p->asked) {
        p->asked = p->span.from;
    }
    if (p->times.at != NULL && wall_known(p->span.until)) {
        /* The embedded broker knows no times and says the beginning: no end is known then. */
        TRY(at(p, TOPIC_EVENTS, wall_add(p->span.until, span_ms(1)), &ends));
        p->ends = ends > p->asked && ends < p->ends ? ends : p->ends;
    }
    return err_ok();
}

/* Looks into the day's snapshots, and into those of more and more days before it. */
static err_t find_checkpoint(struct past *p, struct why *why)
{
    wall_ms_t time = {0};
    if (p->times.at != NULL && p->asked > p->first) {
        TRY(time_at(p, p->asked, why, &time));
        time = wall_known(time) ? time : p->span.since;
    }
    for (int64_t days = 0; wall_known(time) && days <= DAYS_BACK_MAX && p->start.next < 0;
         days += days + 1) {
        int64_t from = 0;
        wall_ms_t day = wall_add(begin_of_day(time), span_ms(-days * day_ms));
        TRY(past_offset_by(&p->times, TOPIC_SNAPSHOTS, p->partition, day, &from));
        TRY(past_read_topic(p, TOPIC_SNAPSHOTS, from, take_start, why));
    }
    if (p->start.next < 0 && (p->asked > p->first || p->first > 0)) {
        TRY(past_read_topic(p, TOPIC_SNAPSHOTS, READER_FROM_START, take_start, why));
    }
    if (p->start.next < 0 && p->first > 0) {
        TRY(past_read_topic(p, TOPIC_SNAPSHOTS, READER_FROM_START, take_oldest, why));
    }
    return p->start.next < 0 && p->first > 0 ? missing(p, why) : err_ok();
}

err_t past_find_start(struct past *p, struct why *why)
{
    wall_ms_t time = {0};
    p->start = (struct checkpoint){.next = -1, .config = -1};
    p->snapshots = READER_FROM_START;
    TRY(look_at_events(p, why));
    TRY(find_asked(p, why));
    TRY(find_checkpoint(p, why));
    if (p->start.next < 0) {
        p->start.next = 0;
        return past_read_topic(p, TOPIC_EVENTS, READER_FROM_START, take_first, why);
    }
    p->is_cut =
        p->first > 0 && (p->start.next > p->asked ||
                         (wall_known(p->span.since) && wall_before(p->span.since, p->first_time)));
    TRY(time_at(p, p->start.next, why, &time));
    p->start_of_day = begin_of_day(time); /* which states must be older than */
    return err_ok();
}

/* ---- the states */

/* Of this conversation, or of one of its chunks. */
static bool is_wanted(const struct past *p, struct slice key)
{
    struct slice of = {0};
    struct slice wanted = p->span.key;
    return wanted.len == 0 || slice_equal(key, wanted) ||
           (transcript_key_parse(key, &of, NULL) && slice_equal(of, wanted));
}

static err_t take_newest(struct past *p, const struct bus_record *record)
{
    bool is_state = !slice_equal(record->key, checkpoint_key()) && is_wanted(p, record->key);
    return is_state ? store_put(&p->newest_states, record->key, record->value) : err_ok();
}

/* A state that went may have been what others count on from. */
static err_t note_gone(struct past *p, const struct bus_record *record, int64_t offset)
{
    wall_ms_t updated = {0};
    bool is_noted = p->gone_count > 0 && p->gone[p->gone_count - 1].offset >= offset;
    if (is_noted || p->span.key.len == 0 || is_wanted(p, record->key) ||
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
    TRY(past_more_room(&list, p->gone_count, sizeof *p->gone));
    p->gone = list;
    p->gone[p->gone_count] = (struct past_gone){.offset = offset};
    evict_count(&p->gone[p->gone_count++].numbers, state);
    return err_ok();
}

static err_t take_snapshot(struct past *p, const struct bus_record *record)
{
    struct slice there = {0};
    int64_t offset = offset_in(record->ce_id);
    if (offset >= p->ends) {
        p->is_enough = true;
        return err_ok();
    }
    if (offset < p->start.next || slice_equal(record->key, checkpoint_key())) {
        return err_ok();
    }
    TRY(note_gone(p, record, offset));
    bool is_first = is_wanted(p, record->key) && !store_get(&p->states, record->key, &there);
    return is_first ? store_put(&p->states, record->key, record->value) : err_ok();
}

/* The first of the one conversation, however far behind what is asked for; its chunks stand before
 * it. */
static err_t take_later(struct past *p, const struct bus_record *record)
{
    struct slice there = {0};
    TRY(take_snapshot(p, record));
    p->is_enough = store_get(&p->states, p->span.key, &there);
    return err_ok();
}

static err_t take_changed(struct past *p, const struct bus_record *record)
{
    wall_ms_t updated = {0};
    p->is_enough = slice_equal(record->key, p->span.key) &&
                   codec_conversation_updated(record->value, &updated) &&
                   !wall_before(updated, p->start_of_day);
    p->changed = p->is_enough ? updated : p->changed;
    return err_ok();
}

/* One conversation. Had it had a state when it was changed first since the start, a snapshot of
 * that would stand there; so where it was changed at all, `conversations` need not be read. */
static err_t find_state(struct past *p, struct why *why)
{
    struct slice there = {0};
    int64_t from = 0;
    if (store_get(&p->states, p->span.key, &there)) {
        return err_ok();
    }
    TRY(past_offset_by(&p->times, TOPIC_CONVERSATIONS, p->partition, p->start_of_day, &from));
    TRY(past_read_topic(p, TOPIC_CONVERSATIONS, from, take_changed, why));
    if (!wall_known(p->changed)) {
        return past_read_topic(p, TOPIC_CONVERSATIONS, READER_FROM_START, take_newest, why);
    }
    if (p->ends == INT64_MAX) {
        return err_ok();
    }
    p->ends = INT64_MAX; /* that change may be behind the end of what is asked for */
    return past_read_topic(p, TOPIC_SNAPSHOTS, p->snapshots, take_later, why);
}

err_t past_find_states(struct past *p, struct why *why)
{
    bool is_first = !wall_known(p->start_of_day); /* then there were none */
    if (is_first && p->span.key.len == 0) {
        return err_ok();
    }
    TRY(past_read_topic(p, TOPIC_SNAPSHOTS, p->snapshots, take_snapshot, why));
    if (is_first) {
        return err_ok(); /* only what others count on from was of interest */
    }
    return p->times.at != NULL && p->span.key.len > 0
               ? find_state(p, why)
               : past_read_topic(p, TOPIC_CONVERSATIONS, READER_FROM_START, take_newest, why);
}
