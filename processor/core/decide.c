#include "processor/core/decide.h"

#include "base/check.h"
#include "event/codec.h"
#include "processor/core/erase.h"
#include "processor/core/evict.h"
#include "processor/core/halt.h"
#include "processor/core/step.h"
#include "processor/core/timers.h"

#include <inttypes.h>

enum { USUAL_BYTES = 64 * 1024 };
static const int64_t day_ms = INT64_C(24) * 3600 * 1000;

/* One decision under way. */
struct work {
    struct decide *d;
    struct place *place;
    const struct decide_source *source;
    const struct decide_record *record;
    struct slice before; /* the packed state; empty = none */
    wall_ms_t updated;   /* of the state before the event */
    struct transcript transcript;
};

void decide_init(struct decide *d)
{
    *d = (struct decide){0};
    arena_init(&d->arena, LIMIT_ARENA_BYTES_MAX);
    (void)arena_alloc(&d->arena, USUAL_BYTES); /* its first chunk stays: one event needs no heap */
    arena_reset(&d->arena);
    buf_init(&d->out, (size_t)2 * LIMIT_RECORD_BYTES_MAX);
}

void decide_deinit(struct decide *d)
{
    arena_deinit(&d->arena);
    buf_deinit(&d->out);
}

static void begin(struct decide *d)
{
    arena_reset(&d->arena);
    d->event = (struct event){0};
    d->state = NULL;
    d->due = (wall_ms_t){0};
    d->gap_met = false;
    d->written = NULL;
    d->count = d->room = 0;
}

/* ---- what follows */

static err_t make_room(struct decide *d, size_t room)
{
    d->written = ARENA_ARRAY(&d->arena, struct written, room);
    d->room = room;
    return d->written == NULL ? ARENA_ERR(&d->arena) : err_ok();
}

static void add(struct decide *d, struct written written)
{
    CHECK(d->count < d->room);
    d->written[d->count++] = written;
}

/* Something as it was before the record; the id names that. */
static err_t snapshot_id(struct decide *d, int32_t partition, int64_t offset, struct slice *ret_id)
{
    return arena_printf(&d->arena, ret_id, "snapshot/%" PRId32 "/%" PRId64, partition, offset);
}

/* How many records add_snapshot() adds at most. */
static size_t snapshot_count(const struct work *w)
{
    return 1 + (size_t)w->transcript.count;
}

/* The state as it was before the first event of a day, behind the chunks of its transcript: where a
 * replay may start. */
static err_t add_snapshot(struct work *w)
{
    struct decide *d = w->d;
    struct slice id = {0};
    if (w->before.len == 0 || w->updated.ms / day_ms >= w->record->time.ms / day_ms) {
        return err_ok();
    }
    TRY(snapshot_id(d, w->place->partition, w->record->offset, &id));
    for (uint32_t i = 0; i < w->transcript.count; i++) {
        struct slice key = {0};
        TRY(transcript_key(&d->arena, w->record->key, w->transcript.first + i, &key));
        struct slice chunk = w->source->chunk(w->source->arg, key);
        if (chunk.len > 0) {
            add(d, (struct written){WRITTEN_SNAPSHOT, .key = key, .value = chunk, .ce_id = id});
        }
    }
    add(d,
        (struct written){WRITTEN_SNAPSHOT, .key = w->record->key, .value = w->before, .ce_id = id});
    return err_ok();
}

/* Instead of a snapshot where a state was erased: no word of it, whatever the day. Its id tells a
 * replay that others count on from there. */
static err_t add_trace(struct work *w, const struct conversation *state)
{
    struct decide *d = w->d;
    struct slice id = {0};
    struct slice value = {0};
    struct conversation *trace = ARENA_NEW(&d->arena, struct conversation);
    if (trace == NULL) {
        return ARENA_ERR(&d->arena);
    }
    erase_trace(state, trace);
    buf_reset(&d->out);
    TRY(codec_conversation_encode(trace, &d->out));
    TRY(arena_copy(&d->arena, buf_slice(&d->out), &value));
    TRY(arena_printf(&d->arena, &id, ERASED_ID "%" PRId32 "/%" PRId64, w->place->partition,
                     w->record->offset));
    add(d, (struct written){WRITTEN_SNAPSHOT, .key = state->key, .value = value, .ce_id = id});
    return err_ok();
}

static err_t add_commands(struct decide *d)
{
    for (size_t i = 0; i < d->effects.command_count; i++) {
        const struct command *command = &d->effects.commands[i];
        char text[IDENT_EFFECT_TEXT_BYTES];
        struct slice id = {0};
        struct slice value = {0};
        buf_reset(&d->out);
        TRY(codec_command_encode(command, &d->out));
        TRY(arena_copy(&d->arena, buf_slice(&d->out), &value));
        effect_id_text(command->effect_id, text);
        TRY(arena_copy(&d->arena, slice_of(text), &id));
        add(d, (struct written){WRITTEN_COMMAND, command->conversation, value, id,
                                slice_of(effect_name(command->effect)), command->traceparent});
    }
    return err_ok();
}

static err_t add_events(struct decide *d)
{
    for (size_t i = 0; i < d->effects.event_count; i++) {
        const struct event *event = &d->effects.events[i];
        struct slice value = {0};
        buf_reset(&d->out);
        TRY(codec_event_encode(event, &d->out));
        TRY(arena_copy(&d->arena, buf_slice(&d->out), &value));
        add(d, (struct written){WRITTEN_EVENT, event->conversation, value, event->id,
                                slice_of(event_type_name(event->type)), event->traceparent});
    }
    return err_ok();
}

static err_t add_chunk(struct decide *d, struct slice of, uint32_t number, struct slice bytes)
{
    struct slice key = {0};
    TRY(transcript_key(&d->arena, of, number, &key));
    add(d, (struct written){WRITTEN_CHUNK, .key = key, .value = bytes});
    return err_ok();
}

/* The state's bytes stay in d->out, so nothing may be encoded behind it. */
static err_t add_state(struct decide *d, const struct conversation *state)
{
    const struct timer *timer = timers_next(state);
    d->due = timer != NULL ? timer->due : (wall_ms_t){0};
    d->owner = phase_owner(state->phase);
    buf_reset(&d->out);
    TRY(codec_conversation_encode(state, &d->out));
    add(d, (struct written){WRITTEN_STATE, .key = state->key, .value = buf_slice(&d->out)});
    return err_ok();
}

static err_t changed(struct work *w, const struct conversation *state)
{
    struct decide *d = w->d;
    const struct effects *e = &d->effects;
    TRY(make_room(d, snapshot_count(w) + e->command_count + e->event_count + e->chunk_count + 1));
    TRY(add_snapshot(w));
    TRY(add_commands(d));
    TRY(add_events(d));
    for (size_t i = 0; i < e->chunk_count; i++) {
        TRY(add_chunk(d, state->key, e->chunks[i].number, e->chunks[i].bytes));
    }
    return add_state(d, state);
}

/* A tombstone stands where the state stood. */
static err_t evicted(struct work *w, const struct conversation *state)
{
    struct decide *d = w->d;
    TRY(make_room(d, snapshot_count(w) + state->transcript.count + 1));
    TRY(erase_is_order(&d->event) ? add_trace(w, state) : add_snapshot(w));
    for (uint32_t i = 0; i < state->transcript.count; i++) {
        TRY(add_chunk(d, state->key, state->transcript.first + i, SLICE("")));
    }
    add(d, (struct written){WRITTEN_STATE, .key = state->key});
    evict_count(&w->place->point.numbers, state);
    return err_ok();
}

/* ---- deciding */

static err_t load_state(struct work *w, struct slice key, struct why *why,
                        struct conversation **ret_state)
{
    struct conversation *state = ARENA_NEW(&w->d->arena, struct conversation);
    if (state == NULL) {
        return ARENA_ERR(&w->d->arena);
    }
    w->before = w->source->state(w->source->arg, key);
    if (w->before.len == 0) {
        TRY(step_new(key, state));
        evict_begin(&w->place->point.numbers, state);
    } else {
        TRY(codec_conversation_decode(&w->d->arena, w->before, why, state));
    }
    w->updated = state->updated;
    w->transcript = state->transcript;
    *ret_state = state;
    return err_ok();
}

static err_t load_chunks(struct work *w, const struct conversation *state,
                         const struct slice **ret_chunks)
{
    const struct transcript *t = &state->transcript;
    if (t->count == 0) {
        *ret_chunks = NULL;
        return err_ok();
    }
    struct slice *chunks = ARENA_ARRAY(&w->d->arena, struct slice, t->count);
    if (chunks == NULL) {
        return ARENA_ERR(&w->d->arena);
    }
    for (uint32_t i = 0; i < t->count; i++) {
        struct slice key = {0};
        TRY(transcript_key(&w->d->arena, state->key, t->first + i, &key));
        chunks[i] = w->source->chunk(w->source->arg, key);
    }
    *ret_chunks = chunks;
    return err_ok();
}

static err_t conversation_event(struct work *w, struct why *why)
{
    struct decide *d = w->d;
    struct conversation *state = NULL;
    struct step_input input = {&d->event, w->record->time, w->place->config,
                               w->place->point.incarnation, NULL};
    TRY(load_state(w, d->event.conversation, why, &state));
    TRY(load_chunks(w, state, &input.chunks));
    d->before.is_new = w->before.len == 0;
    d->before.phase = state->phase;
    d->before.reasons = state->reasons;
    TRY(step(&d->arena, &input, state, &d->effects));
    d->state = state;
    if (!d->effects.changed) {
        return err_ok();
    }
    return d->effects.evicted ? evicted(w, state) : changed(w, state);
}

static err_t take_config(struct work *w, int64_t offset, struct why *why)
{
    const struct config_set *set = NULL;
    if (offset <= w->place->point.config) {
        return err_ok();
    }
    err_t err = w->source->config(w->source->arg, offset, &set);
    if (err_is(err, ERR_TIMEOUT)) {
        /* Set aside: the owner announces what there is anew. */
        why_set(why, "names configuration %" PRId64 ", which `config` does not hold", offset);
        return ERR(RANGE);
    }
    TRY(err);
    w->place->config = set;
    w->place->point.config = offset;
    return err_ok();
}

/* Events of the partition rather than of a conversation. */
static err_t partition_event(struct work *w, struct why *why)
{
    const struct event *event = &w->d->event;
    struct checkpoint *at = &w->place->point;
    if (event->type == EVENT_BACKFILL) {
        gaps_order(&at->gaps, event->body.missed.since, w->record->time, event->account);
        w->d->gap_met = true;
    } else if (event->type == EVENT_ALIVE) {
        w->d->gap_met = gaps_alive(&at->gaps, w->record->time, w->place->gap);
    } else if (event->type == EVENT_TAKEOVER || event->type == EVENT_HORIZON) {
        uint64_t incarnation = event->body.horizon.incarnation;
        at->incarnation = incarnation > at->incarnation ? incarnation : at->incarnation;
    } else if (event->type == EVENT_CONFIG) {
        return take_config(w, event->body.config_offset, why);
    }
    return err_ok();
}

static err_t decide_event(struct work *w, struct why *why)
{
    struct decide *d = w->d;
    TRY(codec_event_decode(&d->arena, w->record->value, why, &d->event));
    if (!event_has_conversation(d->event.type)) {
        return partition_event(w, why);
    }
    if (!slice_equal(d->event.conversation, w->record->key)) {
        why_set(why, "the record's key is not the event's conversation");
        return ERR(RANGE);
    }
    return conversation_event(w, why);
}

err_t decide_day(struct decide *d, struct place *place, const struct decide_record *record,
                 struct written *ret_snapshot, bool *ret_begins)
{
    wall_ms_t at = place->point.at;
    struct slice id = {0};
    begin(d);
    *ret_begins = wall_known(at) && at.ms / day_ms < record->time.ms / day_ms;
    if (*ret_begins) {
        char *text = arena_alloc(&d->arena, CHECKPOINT_TEXT_BYTES);
        if (text == NULL) {
            return ARENA_ERR(&d->arena);
        }
        struct checkpoint then = place->point;
        then.next = record->offset;
        checkpoint_format(then, text);
        TRY(snapshot_id(d, place->partition, record->offset, &id));
        *ret_snapshot = (struct written){WRITTEN_SNAPSHOT, .key = checkpoint_key(),
                                         .value = slice_of(text), .ce_id = id};
    }
    place->point.at = wall_later(at, record->time);
    return err_ok();
}

err_t decide_one(struct decide *d, struct place *place, const struct decide_source *source,
                 const struct decide_record *record, struct why *why)
{
    struct work w = {.d = d, .place = place, .source = source, .record = record};
    begin(d);
    err_t err = decide_event(&w, why);
    if (err_failed(err)) {
        d->count = 0;
    }
    return err;
}

err_t decide_halt(struct decide *d, const struct place *place, const struct decide_source *source,
                  const struct decide_record *record)
{
    struct place here = *place; /* nothing of it changes */
    struct work w = {.d = d, .place = &here, .source = source, .record = record};
    struct conversation *state = NULL;
    begin(d);
    err_t err = load_state(&w, record->key, NULL, &state);
    if (err_class(err) == ERR_CLASS_POISON) {
        return err_ok();
    }
    TRY(err);
    halt_begin(state, record->time);
    effects_reset(&d->effects);
    return changed(&w, state);
}

err_t decide_timer(struct arena *arena, const struct conversation *state, const struct timer *timer,
                   struct event *ret_event)
{
    struct slice id = {0};
    TRY(arena_printf(arena, &id, "timer/%d/%" PRId64 "/%.*s", (int)timer->kind, timer->due.ms,
                     SLICE_ARG(timer->ref)));
    *ret_event = (struct event){
        .type = EVENT_TIMER,
        .source = EVENT_FROM_PROCESSOR,
        .id = id,
        .account = state->account,
        .conversation = state->key,
        .occurred = timer->due,
    };
    ret_event->body.timer = (struct timer_fired){timer->kind, timer->due, state->epoch, timer->ref};
    return err_ok();
}
