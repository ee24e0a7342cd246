#include "tests/support/tape.h"

#include "base/check.h"
#include "event/codec.h"
#include "event/transcript.h"
#include "processor/core/erase.h"
#include "processor/core/halt.h"

#include <inttypes.h>
#include <stdio.h>

static const int64_t day_ms = INT64_C(24) * 3600 * 1000;

/* ---- records */

static void add_as(struct tape *t, enum topic topic, struct slice key, struct slice value,
                   struct slice ce_id)
{
    const struct bus_record record = {.topic = topic,
                                      .offset = t->next[topic]++,
                                      .time = t->now,
                                      .key = key,
                                      .value = value,
                                      .ce_id = ce_id};
    err_t e = capture_add(&t->writer, &record);
    CHECK(!err_failed(e));
}

static void add(struct tape *t, enum topic topic, struct slice key, struct slice value)
{
    add_as(t, topic, key, value, SLICE(""));
}

/* Of what was before the event that comes next. */
static void add_snapshot(struct tape *t, const char *kind, int64_t offset, struct slice key,
                         struct slice value)
{
    char id[64];
    (void)snprintf(id, sizeof id, "%s/0/%" PRId64, kind, offset);
    add_as(t, TOPIC_SNAPSHOTS, key, value, slice_of(id));
}

static bool is_before_today(const struct tape *t, wall_ms_t at)
{
    return wall_known(at) && at.ms / day_ms < t->now.ms / day_ms;
}

/* An event, and before the first one of a day what had been reached. */
static void add_event(struct tape *t, const struct event *event)
{
    char text[CHECKPOINT_TEXT_BYTES];
    t->reached.next = t->next[TOPIC_EVENTS];
    if (is_before_today(t, t->reached.at)) {
        checkpoint_format(t->reached, text);
        add_snapshot(t, "snapshot", t->reached.next, checkpoint_key(), slice_of(text));
    }
    t->reached.at = wall_later(t->reached.at, t->now);
    buf_reset(&t->value);
    err_t e = codec_event_encode(event, &t->value);
    CHECK(!err_failed(e));
    add(t, TOPIC_EVENTS, event->conversation, buf_slice(&t->value));
    t->events++;
}

/* ---- the partition */

static void tell_config(struct tape *t, int64_t offset)
{
    struct event event = {.type = EVENT_CONFIG,
                          .source = EVENT_FROM_PROCESSOR,
                          .id = SLICE("config/0"),
                          .occurred = t->now};
    if (t->reached.config != offset) {
        event.body.config_offset = offset;
        add_event(t, &event);
        t->reached.config = offset;
    }
}

static void tell_owner(struct tape *t, uint64_t incarnation)
{
    struct event event = {.type = EVENT_TAKEOVER,
                          .source = EVENT_FROM_EGRESS,
                          .id = SLICE("takeover/0"),
                          .occurred = t->now};
    if (t->reached.incarnation != incarnation) {
        event.body.horizon.incarnation = incarnation;
        add_event(t, &event);
        t->reached.incarnation = incarnation;
    }
}

/* ---- a conversation */

static bool is_gone(const struct taped *d)
{
    return d->event != NULL && d->effects->evicted;
}

/* A chunk of the transcript, as it stands beside the state. */
static struct buf *chunk_at(struct tape *t, uint32_t number)
{
    CHECK(number < TAPE_CHUNKS_MAX);
    return &t->chunks[number];
}

static struct slice chunk_key(struct tape *t, uint32_t number)
{
    struct slice key = {0};
    arena_reset(&t->arena);
    err_t e = transcript_key(&t->arena, t->key, number, &key);
    CHECK(!err_failed(e));
    return key;
}

static void put_chunk(struct tape *t, uint32_t number, struct slice bytes)
{
    struct buf *chunk = chunk_at(t, number);
    buf_deinit(chunk);
    buf_init(chunk, LIMIT_CHUNK_BYTES_MAX);
    err_t e = buf_append(chunk, bytes);
    CHECK(!err_failed(e));
    add(t, TOPIC_CONVERSATIONS, chunk_key(t, number), bytes);
    t->states++;
}

static void put_chunks(struct tape *t, const struct taped *d)
{
    for (size_t i = 0; !is_gone(d) && i < d->effects->chunk_count; i++) {
        put_chunk(t, d->effects->chunks[i].number, d->effects->chunks[i].bytes);
    }
    for (uint32_t i = 0; is_gone(d) && i < t->transcript.count; i++) {
        put_chunk(t, t->transcript.first + i, SLICE(""));
    }
}

/* Of one that is erased only its numbers are kept. */
static void add_trace(struct tape *t, int64_t offset)
{
    arena_reset(&t->arena);
    struct conversation *state = ARENA_NEW(&t->arena, struct conversation);
    struct conversation *trace = ARENA_NEW(&t->arena, struct conversation);
    CHECK(state != NULL && trace != NULL);
    err_t e = codec_conversation_decode(&t->arena, buf_slice(&t->state), NULL, state);
    CHECK(!err_failed(e));
    erase_trace(state, trace);
    buf_reset(&t->value);
    e = codec_conversation_encode(trace, &t->value);
    CHECK(!err_failed(e));
    add_snapshot(t, "erased", offset, t->key, buf_slice(&t->value));
}

/* Before the first event of a day that changes it, the state as it was, behind its chunks. */
static void add_before(struct tape *t, const struct taped *d, int64_t offset)
{
    if (t->state.len > 0 && is_gone(d) && erase_is_order(d->event)) {
        add_trace(t, offset);
    } else if (t->state.len > 0 && is_before_today(t, t->updated)) {
        for (uint32_t i = 0; i < t->transcript.count; i++) {
            uint32_t number = t->transcript.first + i;
            struct slice bytes = buf_slice(chunk_at(t, number));
            if (bytes.len > 0) {
                add_snapshot(t, "snapshot", offset, chunk_key(t, number), bytes);
            }
        }
        add_snapshot(t, "snapshot", offset, t->key, buf_slice(&t->state));
    }
}

static void add_commands(struct tape *t, const struct effects *effects)
{
    for (size_t i = 0; i < effects->command_count; i++) {
        char id[IDENT_EFFECT_TEXT_BYTES];
        buf_reset(&t->value);
        err_t e = codec_command_encode(&effects->commands[i], &t->value);
        CHECK(!err_failed(e));
        effect_id_text(effects->commands[i].effect_id, id);
        add_as(t, TOPIC_COMMANDS, effects->commands[i].conversation, buf_slice(&t->value),
               slice_of(id));
    }
    t->commands += effects->command_count;
}

/* A state that went leaves a tombstone. */
static void put_state(struct tape *t, const struct taped *d)
{
    buf_reset(&t->state);
    err_t e = is_gone(d) ? err_ok() : codec_conversation_encode(d->state, &t->state);
    CHECK(!err_failed(e));
    add(t, TOPIC_CONVERSATIONS, t->key, buf_slice(&t->state));
    t->states++;
    t->updated = d->state->updated;
    t->transcript = is_gone(d) ? (struct transcript){0} : d->state->transcript;
}

static void set_aside(struct tape *t, int64_t offset)
{
    const struct dead dead = {.stage = SLICE("processor"),
                              .class = slice_of(err_class_name(err_class(ERR(CRASHED)))),
                              .reason = slice_of(err_name(ERR(CRASHED))),
                              .topic = slice_of(topic_name(TOPIC_EVENTS)),
                              .offset = offset,
                              .tries = HALT_TRIES,
                              .at = t->now,
                              .conversation = t->key,
                              .key = t->key};
    buf_reset(&t->value);
    err_t e = codec_dead_encode(&dead, &t->value);
    CHECK(!err_failed(e));
    add(t, TOPIC_DEAD, t->key, buf_slice(&t->value));
}

/* What crashed the program, whatever it was. */
static struct event crasher(const struct tape *t, const struct conversation *state)
{
    struct event event = {.type = EVENT_MESSAGE,
                          .source = EVENT_FROM_CONVERSATIONS,
                          .id = SLICE("crash"),
                          .account = state->account,
                          .conversation = t->key,
                          .occurred = t->now};
    event.body.conversations.conversation_id = state->remote_id;
    event.body.conversations.text = SLICE("this is too much for it");
    return event;
}

void tape_take(struct tape *t, const struct taped *d)
{
    t->now = d->now;
    tell_config(t, d->config);
    tell_owner(t, d->incarnation);
    struct event event = d->event != NULL ? *d->event : crasher(t, d->state);
    int64_t offset = t->next[TOPIC_EVENTS];
    add_event(t, &event);
    if (d->event == NULL) {
        set_aside(t, offset);
    } else if (!d->effects->changed) {
        return;
    }
    add_before(t, d, offset);
    if (d->event != NULL) {
        add_commands(t, d->effects);
        put_chunks(t, d);
    }
    put_state(t, d);
    t->reached.numbers = d->numbers;
}

/* ---- the file */

void tape_config(struct tape *t, struct slice key, struct slice value)
{
    add(t, TOPIC_CONFIG, key, value);
}

void tape_begin(struct tape *t, struct slice key, wall_ms_t now)
{
    const struct capture_head head = {.build = SLICE("test"), .partitions = 1, .conversation = key};
    *t = (struct tape){.key = key, .reached = {.next = 0, .config = -1}, .now = now};
    buf_init(&t->file, CAPTURE_BYTES_MAX);
    buf_init(&t->value, (size_t)2 * LIMIT_RECORD_BYTES_MAX);
    buf_init(&t->state, LIMIT_STATE_BYTES_MAX);
    arena_init(&t->arena, LIMIT_ARENA_BYTES_MAX);
    err_t e = capture_begin(&t->writer, &t->file, &head);
    CHECK(!err_failed(e));
}

void tape_end(struct tape *t)
{
    char text[CHECKPOINT_TEXT_BYTES];
    t->reached.next = t->next[TOPIC_EVENTS];
    checkpoint_format(t->reached, text);
    add(t, TOPIC_CONVERSATIONS, checkpoint_key(), slice_of(text));
    err_t e = capture_end(&t->writer);
    CHECK(!err_failed(e));
}

void tape_free(struct tape *t)
{
    for (size_t i = 0; i < TAPE_CHUNKS_MAX; i++) {
        buf_deinit(&t->chunks[i]);
    }
    buf_deinit(&t->file);
    buf_deinit(&t->value);
    buf_deinit(&t->state);
    arena_deinit(&t->arena);
    *t = (struct tape){0};
}
