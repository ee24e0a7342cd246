#include "ctl/replay/capture_redact.h"

#include "ctl/replay/cursor.h"
#include "event/codec.h"

#include <inttypes.h>
#include <string.h>

struct work {
    struct capture *whole;
    struct cursor was; /* decides as it was */
    struct past past;  /* of the redacted one: the same, but for its states */
    struct player is;  /* decides the redacted events */
    struct redact redact;
    struct capture_writer writer;
    struct arena arena; /* of one record */
    struct arena kept;  /* of the head */
    struct buf value;
    struct store_of told; /* id of an event that one tells another ─▶ its bytes as they are */
    int64_t next[TOPIC_COUNT]; /* offsets of what is decided anew */
    wall_ms_t time;            /* of the event in hand */
    struct why *why;
};

/* ---- writing */

static err_t add(struct work *w, enum topic topic, struct slice key, struct slice value)
{
    const struct bus_record record = {
        .topic = topic, .offset = w->next[topic]++, .time = w->time, .key = key, .value = value};
    return capture_add(&w->writer, &record);
}

/* A chunk's key is its conversation's, a NUL and its number. */
static err_t key_of(struct work *w, struct slice key, struct slice *ret_key)
{
    struct slice of = {0};
    uint32_t number = 0;
    if (!transcript_key_parse(key, &of, &number)) {
        return redact_key(&w->redact, key, ret_key);
    }
    TRY(redact_key(&w->redact, of, &of));
    return transcript_key(&w->arena, of, number, ret_key);
}

static err_t state_of(struct work *w, struct slice key, struct slice bytes, struct slice *ret)
{
    buf_reset(&w->value);
    if (transcript_key_parse(key, NULL, NULL)) {
        struct transcript_chunk chunk = {0};
        TRY(codec_transcript_decode(&w->arena, bytes, w->why, &chunk));
        TRY(redact_chunk(&w->redact, &chunk));
        TRY(codec_transcript_encode(&chunk, &w->value));
    } else {
        struct conversation *state = ARENA_NEW(&w->arena, struct conversation);
        if (state == NULL) {
            return ARENA_ERR(&w->arena);
        }
        TRY(codec_conversation_decode(&w->arena, bytes, w->why, state));
        TRY(redact_state(&w->redact, state));
        TRY(codec_conversation_encode(state, &w->value));
    }
    *ret = buf_slice(&w->value);
    return err_ok();
}

/* ---- what was before */

/* What the states at the start know by a digest alone, and the events tell in full. */
static err_t learn_digests(struct work *w)
{
    for (size_t i = 0; i < w->whole->counts[TOPIC_EVENTS]; i++) {
        struct event event = {0};
        arena_reset(&w->arena);
        err_t e =
            codec_event_decode(&w->arena, w->whole->records[TOPIC_EVENTS][i].value, NULL, &event);
        e = err_failed(e) ? e : redact_event(&w->redact, &event);
        if (err_failed(e) && err_class(e) != ERR_CLASS_POISON) {
            return e;
        }
    }
    return err_ok();
}

static err_t take_states(struct work *w, const struct store_of *from, struct store_of *to)
{
    for (size_t i = 0; i < store_count(from); i++) {
        struct slice key = {0};
        struct slice bytes = {0};
        struct slice redacted = {0};
        store_at(from, i, &key, &bytes);
        arena_reset(&w->arena);
        if (bytes.len > 0) {
            TRY(state_of(w, key, bytes, &redacted));
        }
        TRY(key_of(w, key, &key));
        TRY(store_put(to, key, redacted));
    }
    return err_ok();
}

/* Where it stood and why it died is all that a replay needs. */
static err_t copy_dead(struct work *w, const struct bus_record *record)
{
    struct dead dead = {0};
    struct bus_record changed = *record;
    arena_reset(&w->arena);
    buf_reset(&w->value);
    if (err_failed(codec_dead_decode(&w->arena, record->value, NULL, &dead))) {
        return err_ok();
    }
    dead.text = dead.key = dead.value = dead.conversation = (struct slice){0};
    dead.effect_id = (struct effect_id){{0}};
    TRY(codec_dead_encode(&dead, &w->value));
    TRY(redact_key(&w->redact, record->key, &changed.key));
    changed.value = buf_slice(&w->value);
    return capture_add(&w->writer, &changed);
}

/* Configuration and dead letters stay; of snapshots and states those that the replay begins with.
 */
static err_t copy_rest(struct work *w)
{
    for (size_t i = 0; i < w->whole->counts[TOPIC_CONFIG]; i++) {
        TRY(capture_add(&w->writer, &w->whole->records[TOPIC_CONFIG][i]));
    }
    const struct capture *whole = w->whole;
    for (size_t i = 0; i < whole->counts[TOPIC_DEAD]; i++) {
        TRY(copy_dead(w, &whole->records[TOPIC_DEAD][i]));
    }
    if (whole->counts[TOPIC_EVENTS] > 0 && whole->records[TOPIC_EVENTS][0].value.len == 0) {
        TRY(capture_add(&w->writer, &whole->records[TOPIC_EVENTS][0])); /* somebody else's */
    }
    for (size_t i = 0; i < w->whole->counts[TOPIC_SNAPSHOTS]; i++) {
        struct bus_record record = w->whole->records[TOPIC_SNAPSHOTS][i];
        struct slice there = {0};
        arena_reset(&w->arena);
        if (slice_equal(record.key, checkpoint_key())) {
            TRY(capture_add(&w->writer, &record));
            continue;
        }
        TRY(key_of(w, record.key, &record.key));
        if (store_get(&w->past.states, record.key, &there)) {
            record.value = there;
            TRY(capture_add(&w->writer, &record));
        }
    }
    w->time = (wall_ms_t){0};
    for (size_t i = 0; i < store_count(&w->past.newest_states); i++) {
        struct slice key = {0};
        struct slice bytes = {0};
        wall_ms_t updated = {0};
        store_at(&w->past.newest_states, i, &key, &bytes);
        bool is_old =
            transcript_key_parse(key, NULL, NULL) || (codec_conversation_updated(bytes, &updated) &&
                                                      wall_before(updated, w->past.start_of_day));
        if (is_old && wall_known(w->past.start_of_day)) {
            TRY(add(w, TOPIC_CONVERSATIONS, key, bytes));
        }
    }
    return err_ok();
}

/* ---- side by side */

static bool is_alike(const struct decide *a, const struct decide *b)
{
    bool same = a->effects.command_count == b->effects.command_count &&
                a->effects.note_count == b->effects.note_count &&
                a->effects.event_count == b->effects.event_count && a->count == b->count &&
                (a->state == NULL) == (b->state == NULL);
    for (size_t i = 0; same && i < a->effects.command_count; i++) {
        const struct command *x = &a->effects.commands[i];
        const struct command *y = &b->effects.commands[i];
        same = x->effect == y->effect && x->slot == y->slot && x->index == y->index &&
               x->voice == y->voice && x->epoch == y->epoch && x->episode == y->episode;
    }
    for (size_t i = 0; same && i < a->effects.note_count; i++) {
        same = a->effects.notes[i] == b->effects.notes[i];
    }
    if (same && a->state != NULL) {
        same = a->state->phase == b->state->phase && a->state->reasons == b->state->reasons &&
               a->state->epoch == b->state->epoch;
    }
    return same;
}

static err_t learn(struct work *w)
{
    const struct effects *was = &w->was.player.decide.effects;
    const struct effects *is = &w->is.decide.effects;
    for (size_t i = 0; i < was->command_count; i++) {
        TRY(redact_learn(&w->redact, was->commands[i].effect_id, is->commands[i].effect_id));
    }
    return err_ok();
}

/* What one conversation tells another comes there as it is told here. */
static err_t keep_told(struct work *w)
{
    const struct effects *was = &w->was.player.decide.effects;
    const struct decide *is = &w->is.decide;
    size_t number = 0;
    for (size_t i = 0; i < is->count; i++) {
        if (is->written[i].kind == WRITTEN_EVENT) {
            TRY(store_put(&w->told, was->events[number++].id, is->written[i].value));
        }
    }
    return err_ok();
}

static err_t write_decided(struct work *w)
{
    for (size_t i = 0; i < w->is.decide.count; i++) {
        const struct written *written = &w->is.decide.written[i];
        if (written->kind == WRITTEN_COMMAND) {
            TRY(add(w, TOPIC_COMMANDS, written->key, written->value));
        } else if (written->kind == WRITTEN_STATE || written->kind == WRITTEN_CHUNK) {
            TRY(add(w, TOPIC_CONVERSATIONS, written->key, written->value));
        }
    }
    return err_ok();
}

static err_t redact_record(struct work *w, const struct bus_record *was, struct bus_record *ret_is)
{
    struct event event = {0};
    *ret_is = *was;
    ret_is->traceparent = (struct slice){0};
    struct slice told = {0};
    TRY(codec_event_decode(&w->arena, was->value, w->why, &event));
    struct slice id = event.id;
    TRY(redact_event(&w->redact, &event));
    ret_is->key = event.conversation;
    buf_reset(&w->value);
    if (store_get(&w->told, id, &told)) {
        TRY(buf_append(&w->value, told));
        store_remove(&w->told, id); /* it comes once */
    } else {
        TRY(codec_event_encode(&event, &w->value));
    }
    ret_is->value = buf_slice(&w->value);
    return err_ok();
}

static err_t both(struct work *w, const struct cursor_event *event)
{
    struct bus_record record;
    enum played played = PLAYED_PASSED;
    w->time = event->record.time;
    arena_reset(&w->arena);
    err_t e = redact_record(w, &event->record, &record);
    if (err_class(e) == ERR_CLASS_POISON) { /* it was none that anybody could read */
        TRY(redact_key(&w->redact, event->record.key, &record.key));
        record.value = SLICE("?");
        e = err_ok();
    }
    TRY(e);
    TRY(player_take(&w->is, &record, &played));
    if (played != event->played || (played != PLAYED_PARTITION && played != PLAYED_LEFT &&
                                    !is_alike(&w->was.player.decide, &w->is.decide))) {
        why_set(w->why,
                "without its words the event at offset %" PRId64
                " is decided otherwise: only --whole tells what happens there",
                record.offset);
        return ERR(RANGE);
    }
    TRY(capture_add(&w->writer, &record));
    if (played == PLAYED_DECIDED) {
        TRY(learn(w));
        TRY(keep_told(w));
    }
    return write_decided(w);
}

static err_t checkpoint(struct work *w)
{
    char text[CHECKPOINT_TEXT_BYTES];
    checkpoint_format(w->was.past.newest, text);
    return add(w, TOPIC_CONVERSATIONS, checkpoint_key(), slice_of(text));
}

static err_t redact_all(struct work *w, struct buf *out)
{
    struct capture_head head = w->whole->head;
    TRY(cursor_open(&w->was, w->why));
    TRY(config_log_at(w->was.past.config, INT64_MAX, &w->redact.config));
    w->past = w->was.past; /* borrows all but the states */
    w->past.states = w->past.newest_states = (struct store_of){0};
    TRY(learn_digests(w));
    TRY(take_states(w, &w->was.past.states, &w->past.states));
    TRY(take_states(w, &w->was.past.newest_states, &w->past.newest_states));
    TRY(redact_key(&w->redact, head.conversation, &head.conversation));
    TRY(arena_copy(&w->kept, head.conversation, &head.conversation));
    w->past.span.key = head.conversation;
    head.is_redacted = true;
    head.first[TOPIC_COMMANDS] = head.first[TOPIC_CONVERSATIONS] = 0;
    TRY(capture_begin(&w->writer, out, &head));
    TRY(copy_rest(w));
    if (w->was.is_over) {
        return checkpoint(w);
    }
    TRY(player_init(&w->is, &w->past, NULL, w->why));
    for (;;) {
        struct cursor_event event;
        bool is_more = false;
        TRY(cursor_next(&w->was, w->why, &event, &is_more));
        if (!is_more) {
            return checkpoint(w);
        }
        TRY(both(w, &event));
    }
}

err_t capture_redact(struct capture *whole, const unsigned char key[IDENT_KEY_BYTES],
                     struct buf *out, struct why *why)
{
    static struct work w; /* too large for a stack; one at a time */
    struct reader_port port = capture_port(whole);
    w = (struct work){.whole = whole, .why = why};
    w.was.past = (struct past){.port = &port,
                               .partition = whole->head.partition,
                               .span = {.key = whole->head.conversation}};
    arena_init(&w.arena, (size_t)4 * LIMIT_ARENA_BYTES_MAX);
    arena_init(&w.kept, LIMIT_ARENA_BYTES_MAX);
    buf_init(&w.value, (size_t)2 * LIMIT_RECORD_BYTES_MAX);
    memcpy(w.redact.key, key, IDENT_KEY_BYTES);
    w.redact.arena = &w.arena;
    err_t e = redact_all(&w, out);
    e = err_failed(e) ? e : capture_end(&w.writer);
    player_deinit(&w.is);
    store_free(&w.past.states);
    store_free(&w.past.newest_states);
    store_free(&w.told);
    cursor_close(&w.was);
    redact_deinit(&w.redact);
    buf_deinit(&w.value);
    arena_deinit(&w.arena);
    arena_deinit(&w.kept);
    return e;
}
