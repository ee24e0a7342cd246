#include "base/planted.h"
#include "event/codec.h"
#include "processor/core/decide.h"
#include "processor/core/halt.h"
#include "processor/core/timers.h"
#include "processor/loop_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

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

err_t apply_checkpoint(struct loop *l, struct partition *p)
{
    char text[CHECKPOINT_TEXT_BYTES];
    checkpoint_format(p->here.point, text);
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

/* ---- what the core decides with, and what follows from it */

static struct slice bytes_of(const struct blob *blob)
{
    return blob != NULL ? slice_from(blob->bytes, blob->len) : SLICE("");
}

/* Where one decision looks things up. */
struct desk {
    struct loop *l;
    const struct partition *p;
};

static struct slice state_of(void *arg, struct slice key)
{
    const struct desk *desk = arg;
    return bytes_of(partition_get(desk->p, key));
}

static struct slice chunk_of(void *arg, struct slice key)
{
    const struct desk *desk = arg;
    return bytes_of(partition_get_chunk(desk->p, key));
}

static err_t config_of(void *arg, int64_t offset, const struct config_set **ret_set)
{
    const struct desk *desk = arg;
    TRY(restore_config(desk->l, offset));
    return config_log_at(desk->l->config, offset, ret_set);
}

static struct decide_source source_of(struct desk *desk)
{
    return (struct decide_source){desk, state_of, chunk_of, config_of};
}

static err_t produce_written(struct loop *l, const struct partition *p, const struct written *w)
{
    static const enum topic topics[] = {
        [WRITTEN_SNAPSHOT] = TOPIC_SNAPSHOTS,  [WRITTEN_COMMAND] = TOPIC_COMMANDS,
        [WRITTEN_EVENT] = TOPIC_EVENTS,        [WRITTEN_CHUNK] = TOPIC_CONVERSATIONS,
        [WRITTEN_STATE] = TOPIC_CONVERSATIONS,
    };
    return produce_to(l, w->kind == WRITTEN_EVENT ? -1 : p->number,
                      (struct bus_message){
                          .topic = topics[w->kind],
                          .key = w->key,
                          .value = w->value,
                          .ce_id = w->ce_id,
                          .ce_type = w->ce_type,
                          .traceparent = w->traceparent,
                      });
}

/* Writes what follows from the record, and takes into memory what it makes of the conversation. */
static err_t store(struct loop *l, struct partition *p)
{
    const struct decide *d = &l->decide;
    for (size_t i = 0; i < d->count; i++) {
        const struct written *w = &d->written[i];
        if (w->kind == WRITTEN_CHUNK) {
            TRY(partition_put_chunk(p, l->txn, w->key, w->value));
        } else if (w->kind == WRITTEN_STATE) {
            TRY(partition_put(p, l->txn, w->key, w->value, d->due, (int)d->owner));
        }
        TRY(produce_written(l, p, w));
    }
    return err_ok();
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

/* A gap in the signs of life has come to its end, or a person says that there was one. What was
 * planned for an older one is planned anew. */
static void meet_gap(struct loop *l, struct partition *p, const struct event *event)
{
    walk_reset(&p->walk);
    if (l->options.watcher.on_partition != NULL) {
        l->options.watcher.on_partition(l->options.watcher.arg, p->number,
                                        event->type == EVENT_BACKFILL
                                            ? "told to make up for what was missed"
                                            : "behind a gap in which webhooks may be missing");
    }
}

static err_t handle(struct loop *l, struct partition *p, const struct decide_record *record,
                    struct why *why)
{
    struct decide *d = &l->decide;
    struct desk desk = {l, p};
    const struct decide_source source = source_of(&desk);
    TRY(decide_one(d, &p->here, &source, record, why));
    if (CRASH_PLANNED(P0) && d->state != NULL && is_poisoned(record->value)) {
        CRASH_POINT(P0);
    }
    if (d->state != NULL && l->options.watcher.on_event != NULL) {
        l->options.watcher.on_event(l->options.watcher.arg, &d->event, d->state, &d->effects);
    }
    if (d->gap_met) {
        meet_gap(l, p, &d->event);
    }
    if (p->config_asked < p->here.point.config) {
        p->config_asked = p->here.point.config;
    }
    return store(l, p);
}

/* Its conversation waits for an operator from now on. */
static err_t halt(struct loop *l, struct partition *p, const struct decide_record *record)
{
    struct desk desk = {l, p};
    const struct decide_source source = source_of(&desk);
    TRY(decide_halt(&l->decide, &p->here, &source, record));
    return store(l, p);
}

/* An event that crashed the program each time is not decided. Should even this crash, the next try
 * leaves the conversation alone. */
static err_t set_aside(struct loop *l, struct partition *p, const struct bus_record *record,
                       const struct decide_record *decided)
{
    struct why why = {{0}};
    why_set(&why, "the program ended %u times when it decided this event", (unsigned)p->tries);
    TRY(bury(l, p, record, ERR(CRASHED), why.text));
    return p->tries == HALT_TRIES && record->key.len > 0 ? halt(l, p, decided) : err_ok();
}

/* Nothing is decided that a crash would leave no trace of: before the first event of an owner, and
 * before one that counts as tried once more, that is committed. While care is due an event has a
 * transaction for itself. */
static err_t prepare(struct loop *l, struct partition *p)
{
    partition_count_try(p);
    TRY(loop_begin(l, p));
    if (!p->is_noted || (p->careful > 0 && (l->batch > 0 || l->is_ending))) {
        TRY(loop_commit(l));
        TRY(loop_begin(l, p));
    }
    if (p->careful > 0) {
        p->careful--;
        l->is_alone = true;
    }
    return err_ok();
}

static err_t begin_day(struct loop *l, struct partition *p, const struct decide_record *record)
{
    struct written snapshot;
    bool begins = false;
    TRY(decide_day(&l->decide, &p->here, record, &snapshot, &begins));
    return begins ? produce_written(l, p, &snapshot) : err_ok();
}

err_t apply_record(struct loop *l, struct partition *p, const struct bus_record *record)
{
    const struct decide_record decided = {record->offset, record->time, record->key, record->value};
    struct why why = {{0}};
    TRY(prepare(l, p));
    TRY(begin_day(l, p, &decided));
    if (p->tries >= HALT_TRIES) {
        TRY(set_aside(l, p, record, &decided));
    } else {
        err_t err = handle(l, p, &decided, &why);
        if (err_failed(err)) {
            if (err_class(err) != ERR_CLASS_POISON) {
                return err;
            }
            TRY(bury(l, p, record, err, why.text));
        }
    }
    p->here.point.next = record->offset + 1;
    p->tries = 0;
    l->batch++;
    return err_ok();
}

static err_t fire(struct loop *l, struct partition *p, const struct blob *blob, wall_ms_t now,
                  size_t *fired)
{
    struct conversation *state = ARENA_NEW(&l->arena, struct conversation);
    if (state == NULL) {
        return ERR(ARENA_FULL);
    }
    TRY(codec_conversation_decode(&l->arena, bytes_of(blob), NULL, state));
    for (const struct timer *timer = timers_next(state);
         timer != NULL && !wall_before(now, timer->due); timer = timers_following(state, timer)) {
        struct event event;
        TRY(decide_timer(&l->arena, state, timer, &event));
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
            err = fire(l, p, blob, now, &fired);
        }
        free((char *)(uintptr_t)entry.key.ptr);
        TRY(err);
    }
    *ret_fired = fired;
    return err_ok();
}
