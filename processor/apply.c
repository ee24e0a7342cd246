#include "base/check.h"
#include "base/planted.h"
#include "event/codec.h"
#include "processor/chunks.h"
#include "processor/core/evict.h"
#include "processor/core/halt.h"
#include "processor/core/step.h"
#include "processor/core/timers.h"
#include "processor/loop_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const int64_t day_ms = INT64_C(24) * 3600 * 1000;

/* Writes a message to a partition of its topic (-1 = by its key); waits out a full queue. */
static err_t produce_to(struct loop *l, int32_t partition, struct bus_message message)
{
    message.partition = partition;
    message.ce_source = SLICE("tieline/processor");
    err_t err = bus_produce(l->bus, &message);
    if (err_is(err, ERR_QUEUE_FULL)) {
        TRY(bus_flush(l->bus, span_s(10)));
        err = bus_produce(l->bus, &message);
    }
    return err;
}

static err_t produce(struct loop *l, const struct partition *p, struct bus_message message)
{
    return produce_to(l, p->number, message);
}

err_t apply_produce(struct loop *l, const struct partition *p, struct bus_message message)
{
    return produce(l, p, message);
}

static struct bus_message message_of(const struct event *event, struct slice value)
{
    return (struct bus_message){
        .topic = TOPIC_EVENTS,
        .key = event->conversation,
        .value = value,
        .ce_id = event->id,
        .ce_type = slice_of(event_type_name(event->type)),
        .traceparent = event->traceparent,
    };
}

err_t apply_event(struct loop *l, int32_t partition, const struct event *event)
{
    buf_reset(&l->out);
    TRY(codec_event_encode(event, &l->out));
    return produce_to(l, partition, message_of(event, buf_slice(&l->out)));
}

err_t apply_config(struct loop *l, struct partition *p)
{
    char id[64];
    p->config_asked = config_log_end(l->config);
    (void)snprintf(id, sizeof id, "config/%" PRId32 "/%" PRId64, p->number, p->config_asked);
    struct event event = {.type = EVENT_CONFIG, .source = EVENT_FROM_PROCESSOR, .id = slice_of(id)};
    event.body.config_offset = p->config_asked;
    return apply_event(l, p->number, &event);
}

static struct checkpoint checkpoint_of(const struct partition *p, int64_t next)
{
    return (struct checkpoint){next, p->config_offset, p->incarnation, p->gaps, p->at, p->numbers};
}

err_t apply_checkpoint(struct loop *l, struct partition *p)
{
    char text[CHECKPOINT_TEXT_BYTES];
    checkpoint_format(checkpoint_of(p, p->next), text);
    return produce(l, p,
                   (struct bus_message){
                       .topic = TOPIC_CONVERSATIONS,
                       .key = checkpoint_key(),
                       .value = slice_of(text),
                   });
}

/* Keeps what cannot be decided, whole and with the reason. */
static err_t bury(struct loop *l, struct partition *p, const struct bus_record *record, err_t error,
                  const char *why)
{
    struct dead dead = {
        .stage = SLICE("processor"),
        .class = slice_of(err_class_name(err_class(error))),
        .reason = slice_of(err_name(error)),
        .text = slice_of(why[0] != '\0' ? why : err_text(error)),
        .topic = slice_of(topic_name(record->topic)),
        .partition = record->partition,
        .offset = record->offset,
        .tries = p->tries > 0 ? p->tries : 1,
        .at = record->time,
        .key = record->key,
        .value = slice_sub(record->value, 0, LIMIT_DEAD_VALUE_BYTES_MAX),
    };
    if (l->options.watcher.on_dead != NULL) {
        l->options.watcher.on_dead(l->options.watcher.arg, error, dead.text.ptr, record->partition,
                                   record->offset);
    }
    buf_reset(&l->out);
    TRY(codec_dead_encode(&dead, &l->out));
    return produce(
        l, p,
        (struct bus_message){.topic = TOPIC_DEAD, .key = record->key, .value = buf_slice(&l->out)});
}

/* What follows from one step, as bytes. All of it is encoded before any of it is written: an event
 * that cannot be handled to its end must leave nothing behind. The state's bytes stay in l->out. */
struct encoded {
    struct slice commands[LIMIT_EFFECTS_PER_STEP_MAX];
    struct slice *events;
};

static err_t encode(struct loop *l, const struct conversation *state, struct encoded *ret_encoded)
{
    for (size_t i = 0; i < l->effects.command_count; i++) {
        buf_reset(&l->out);
        TRY(codec_command_encode(&l->effects.commands[i], &l->out));
        TRY(arena_copy(&l->arena, buf_slice(&l->out), &ret_encoded->commands[i]));
    }
    ret_encoded->events = ARENA_ARRAY(&l->arena, struct slice, l->effects.event_count);
    if (ret_encoded->events == NULL) {
        return ERR(ARENA_FULL);
    }
    for (size_t i = 0; i < l->effects.event_count; i++) {
        buf_reset(&l->out);
        TRY(codec_event_encode(&l->effects.events[i], &l->out));
        TRY(arena_copy(&l->arena, buf_slice(&l->out), &ret_encoded->events[i]));
    }
    buf_reset(&l->out);
    return codec_conversation_encode(state, &l->out);
}

static err_t produce_commands(struct loop *l, struct partition *p, const struct encoded *encoded)
{
    for (size_t i = 0; i < l->effects.command_count; i++) {
        const struct command *command = &l->effects.commands[i];
        char id[IDENT_EFFECT_TEXT_BYTES];
        effect_id_text(command->effect_id, id);
        TRY(produce(l, p,
                    (struct bus_message){
                        .topic = TOPIC_COMMANDS,
                        .key = command->conversation,
                        .value = encoded->commands[i],
                        .ce_id = slice_of(id),
                        .ce_type = slice_of(effect_name(command->effect)),
                        .traceparent = command->traceparent,
                    }));
    }
    return err_ok();
}

static err_t produce_events(struct loop *l, const struct encoded *encoded)
{
    for (size_t i = 0; i < l->effects.event_count; i++) {
        TRY(produce_to(l, -1, message_of(&l->effects.events[i], encoded->events[i])));
    }
    return err_ok();
}

/* Stores the bytes that encode() left in l->out. */
static err_t store_state(struct loop *l, struct partition *p, const struct conversation *state)
{
    const struct timer *timer = timers_next(state);
    wall_ms_t due = timer != NULL ? timer->due : (wall_ms_t){0};
    TRY(partition_put(p, l->txn, state->key, buf_slice(&l->out), due));
    return produce(l, p,
                   (struct bus_message){.topic = TOPIC_CONVERSATIONS,
                                        .key = state->key,
                                        .value = buf_slice(&l->out)});
}

/* Something as it was before the event at `record`; its id names the event. */
static err_t snapshot_of(struct loop *l, struct partition *p, const struct bus_record *record,
                         struct slice key, struct slice value)
{
    char id[64];
    (void)snprintf(id, sizeof id, "snapshot/%" PRId32 "/%" PRId64, p->number, record->offset);
    return produce(
        l, p,
        (struct bus_message){
            .topic = TOPIC_SNAPSHOTS, .key = key, .value = value, .ce_id = slice_of(id)});
}

/* Of a state before an event. */
struct then {
    wall_ms_t updated;
    struct transcript transcript;
};

/* The state as it was before the first event of a day, behind the chunks of its transcript: where a
 * replay may start. */
static err_t snapshot(struct loop *l, struct partition *p, const struct bus_record *record,
                      const struct blob *before, const struct then *then)
{
    if (before == NULL || then->updated.ms / day_ms >= record->time.ms / day_ms) {
        return err_ok();
    }
    for (uint32_t i = 0; i < then->transcript.count; i++) {
        struct slice key = {0};
        TRY(transcript_key(&l->arena, record->key, then->transcript.first + i, &key));
        const struct blob *chunk = partition_get_chunk(p, key);
        if (chunk != NULL) {
            TRY(snapshot_of(l, p, record, key, slice_from(chunk->bytes, chunk->len)));
        }
    }
    return snapshot_of(l, p, record, record->key, slice_from(before->bytes, before->len));
}

/* The partition as it was before its first event of a day, under the checkpoint's key. */
static err_t begin_day(struct loop *l, struct partition *p, const struct bus_record *record)
{
    if (wall_known(p->at) && p->at.ms / day_ms < record->time.ms / day_ms) {
        char text[CHECKPOINT_TEXT_BYTES];
        checkpoint_format(checkpoint_of(p, record->offset), text);
        TRY(snapshot_of(l, p, record, checkpoint_key(), slice_of(text)));
    }
    p->at = wall_later(p->at, record->time);
    return err_ok();
}

static err_t load_state(struct loop *l, const struct partition *p, struct slice key,
                        const struct blob *before, struct why *why, struct conversation **ret_state)
{
    struct conversation *state = ARENA_NEW(&l->arena, struct conversation);
    if (state == NULL) {
        return ERR(ARENA_FULL);
    }
    if (before == NULL) {
        TRY(step_new(key, state));
        evict_begin(&p->numbers, state);
    } else {
        TRY(codec_conversation_decode(&l->arena, slice_from(before->bytes, before->len), why,
                                      state));
    }
    *ret_state = state;
    return err_ok();
}

/* A tombstone stands where the state stood. */
static err_t evict(struct loop *l, struct partition *p, const struct conversation *state)
{
    evict_count(&p->numbers, state);
    TRY(chunks_evict(l, p, state));
    TRY(partition_put(p, l->txn, state->key, SLICE(""), (wall_ms_t){0}));
    return produce(l, p, (struct bus_message){.topic = TOPIC_CONVERSATIONS, .key = state->key});
}

/* For tests only: an event that crashes the program whenever it is decided. */
static bool is_poisoned(struct slice value)
{
    struct slice poison = SLICE("planted poison");
    for (size_t i = 0; i + poison.len <= value.len; i++) {
        if (slice_equal(slice_sub(value, i, i + poison.len), poison)) {
            return true;
        }
    }
    return false;
}

static err_t decide(struct loop *l, struct partition *p, const struct bus_record *record,
                    const struct event *event, struct why *why)
{
    const struct blob *before = partition_get(p, event->conversation);
    struct conversation *state = NULL;
    TRY(load_state(l, p, event->conversation, before, why, &state));
    struct then then = {state->updated, state->transcript};
    struct step_input input = {event, record->time, p->config, p->incarnation, NULL};
    TRY(chunks_find(l, p, state, &input.chunks));
    TRY(step(&l->arena, &input, state, &l->effects));
    if (CRASH_PLANNED(P0) && is_poisoned(record->value)) {
        CRASH_POINT(P0);
    }
    if (l->options.watcher.on_event != NULL) {
        l->options.watcher.on_event(l->options.watcher.arg, event, state, &l->effects);
    }
    if (!l->effects.changed) {
        return err_ok();
    }
    if (l->effects.evicted) {
        TRY(snapshot(l, p, record, before, &then));
        return evict(l, p, state);
    }
    struct encoded encoded;
    TRY(encode(l, state, &encoded));
    TRY(snapshot(l, p, record, before, &then));
    TRY(produce_commands(l, p, &encoded));
    TRY(produce_events(l, &encoded));
    TRY(chunks_change(l, p, state));
    return store_state(l, p, state);
}

/* A gap in the signs of life has come to its end, or a person says that there was one. What was
 * planned for an older one is planned anew. */
static void meet_gap(struct loop *l, struct partition *p, const struct event *event, wall_ms_t time)
{
    bool is_met = false;
    if (event->type == EVENT_BACKFILL) {
        gaps_order(&p->gaps, event->body.missed.since, time, event->account);
        is_met = true;
    } else {
        is_met = gaps_alive(&p->gaps, time, l->options.gap);
    }
    if (!is_met) {
        return;
    }
    walk_reset(&p->walk);
    if (l->options.watcher.on_partition != NULL) {
        l->options.watcher.on_partition(l->options.watcher.arg, p->number,
                                        event->type == EVENT_BACKFILL
                                            ? "told to make up for what was missed"
                                            : "behind a gap in which webhooks may be missing");
    }
}

/* Events of the partition rather than of a conversation. */
static err_t partition_event(struct loop *l, struct partition *p, const struct event *event,
                             wall_ms_t time, struct why *why)
{
    if (event->type == EVENT_ALIVE || event->type == EVENT_BACKFILL) {
        meet_gap(l, p, event, time);
        return err_ok();
    }
    bool is_owners = event->type == EVENT_TAKEOVER || event->type == EVENT_HORIZON;
    if (is_owners && event->body.horizon.incarnation > p->incarnation) {
        p->incarnation = event->body.horizon.incarnation;
    }
    if (event->type == EVENT_CONFIG && event->body.config_offset > p->config_offset) {
        err_t err = restore_config(l, event->body.config_offset);
        if (err_is(err, ERR_TIMEOUT)) {
            /* Set aside: the owner announces what there is anew. */
            why_set(why, "names configuration %" PRId64 ", which `config` does not hold",
                    event->body.config_offset);
            return ERR(RANGE);
        }
        TRY(err);
        TRY(config_log_at(l->config, event->body.config_offset, &p->config));
        p->config_offset = event->body.config_offset;
        if (p->config_asked < p->config_offset) {
            p->config_asked = p->config_offset;
        }
    }
    return err_ok();
}

static err_t handle(struct loop *l, struct partition *p, const struct bus_record *record,
                    struct why *why)
{
    struct event event = {0};
    TRY(codec_event_decode(&l->arena, record->value, why, &event));
    if (!event_has_conversation(event.type)) {
        return partition_event(l, p, &event, record->time, why);
    }
    if (!slice_equal(event.conversation, record->key)) {
        why_set(why, "the record's key is not the event's conversation");
        return ERR(RANGE);
    }
    return decide(l, p, record, &event, why);
}

/* Its conversation waits for an operator from now on. A state that cannot be read stays as it is.
 */
static err_t halt(struct loop *l, struct partition *p, const struct bus_record *record)
{
    struct effects *effects = &l->effects;
    struct conversation *state = NULL;
    struct encoded nothing;
    const struct blob *before = partition_get(p, record->key);
    err_t err = load_state(l, p, record->key, before, NULL, &state);
    if (err_class(err) == ERR_CLASS_POISON) {
        return err_ok();
    }
    TRY(err);
    struct then then = {state->updated, state->transcript};
    halt_begin(state, record->time);
    effects_reset(effects);
    TRY(encode(l, state, &nothing));
    TRY(snapshot(l, p, record, before, &then));
    return store_state(l, p, state);
}

/* An event that crashed the program each time is not decided. Should even this crash, the next try
 * leaves the conversation alone. */
static err_t set_aside(struct loop *l, struct partition *p, const struct bus_record *record)
{
    struct why why = {{0}};
    why_set(&why, "the program ended %u times when it decided this event", (unsigned)p->tries);
    TRY(bury(l, p, record, ERR(CRASHED), why.text));
    return p->tries == ATTEMPTS_MAX && record->key.len > 0 ? halt(l, p, record) : err_ok();
}

/* Nothing is decided that a crash would leave no trace of: before the first event of an owner, and
 * before one that counts as tried once more, that is committed. While care is due an event has a
 * transaction for itself. */
static err_t prepare(struct loop *l, struct partition *p)
{
    partition_count_try(p);
    TRY(loop_begin(l, p));
    if (!p->is_noted || (p->careful > 0 && l->batch > 0)) {
        TRY(loop_commit(l));
        TRY(loop_begin(l, p));
    }
    if (p->careful > 0) {
        p->careful--;
        l->is_alone = true;
    }
    return err_ok();
}

err_t apply_record(struct loop *l, struct partition *p, const struct bus_record *record)
{
    struct why why = {{0}};
    TRY(prepare(l, p));
    TRY(begin_day(l, p, record));
    arena_reset(&l->arena);
    if (p->tries >= ATTEMPTS_MAX) {
        TRY(set_aside(l, p, record));
    } else {
        err_t err = handle(l, p, record, &why);
        if (err_failed(err)) {
            if (err_class(err) != ERR_CLASS_POISON) {
                return err;
            }
            TRY(bury(l, p, record, err, why.text));
        }
    }
    p->next = record->offset + 1;
    p->tries = 0;
    l->batch++;
    return err_ok();
}

static err_t fire(struct loop *l, struct partition *p, struct slice key, const struct blob *blob,
                  wall_ms_t now, size_t *fired)
{
    struct conversation *state = NULL;
    TRY(load_state(l, p, key, blob, NULL, &state));
    for (const struct timer *timer = timers_next(state);
         timer != NULL && !wall_before(now, timer->due); timer = timers_following(state, timer)) {
        struct slice id = {0};
        TRY(arena_printf(&l->arena, &id, "timer/%d/%" PRId64 "/%.*s", (int)timer->kind,
                         timer->due.ms, SLICE_ARG(timer->ref)));
        struct event event = {
            .type = EVENT_TIMER,
            .source = EVENT_FROM_PROCESSOR,
            .id = id,
            .account = state->account,
            .conversation = state->key,
            .occurred = timer->due,
        };
        event.body.timer = (struct timer_fired){timer->kind, timer->due, state->epoch, timer->ref};
        TRY(loop_begin(l, p));
        TRY(apply_event(l, p->number, &event));
        (*fired)++;
    }
    return err_ok();
}

err_t apply_timers(struct loop *l, struct partition *p, wall_ms_t now, size_t *ret_fired)
{
    size_t fired = 0;
    wall_ms_t due = {0};
    while (schedule_next(&p->schedule, &due) && !wall_before(now, due)) {
        struct schedule_entry entry = schedule_take(&p->schedule);
        const struct blob *blob = partition_get(p, entry.key);
        err_t err = err_ok();
        if (blob != NULL && blob->due.ms == entry.due.ms) {
            arena_reset(&l->arena);
            err = fire(l, p, entry.key, blob, now, &fired);
        }
        free((char *)(uintptr_t)entry.key.ptr);
        TRY(err);
    }
    *ret_fired = fired;
    return err_ok();
}
