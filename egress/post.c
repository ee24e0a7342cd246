/* post — outcomes, dead letters and the partition's own records, until they are acknowledged. */
#include "base/check.h"
#include "base/planted.h"
#include "egress/files.h"
#include "egress/loop_state.h"
#include "event/codec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* MANY: while so many outcomes of a partition are on their way the next would have to wait for them
 * anyhow (lib/kafka/bus_kafka.c); so they wait here, and leave together. HOLD_MS: the bus has given
 * up long before; a report was lost then, and is not awaited. */
enum {
    WRITE_AGAIN_MS = 100,
    RECORD_SPARE_BYTES = 32 * 1024,
    POST_ID_BYTES = 64,
    MANY = 5,
    HOLD_MS = 45 * 1000,
};

/* The same whoever of its owners tells it, and no other's: effects are named by what caused them.
 */
static void outcome_id(const struct call *call, char text[POST_ID_BYTES])
{
    uint64_t moves = horizon_moves(call->share->horizon.incarnation);
    int length = snprintf(text, POST_ID_BYTES, "outcome/%" PRId32 "/%" PRId64, call->share->number,
                          call->item->offset);
    if (moves > 0) {
        (void)snprintf(text + length, POST_ID_BYTES - (size_t)length, "/%" PRIu64, moves);
    }
}

/* What a person must look at: what cannot be decided, and what a human was waiting for. */
static bool needs_person(const struct command *command, enum outcome_result result)
{
    bool is_plain = command->voice == VOICE_NONE || command->voice == VOICE_CUSTOMER;
    return result == OUTCOME_UNDECIDED ||
           (result == OUTCOME_GAVE_UP && is_plain && command->effect != EFFECT_BOT_TURN &&
            !effect_is_read(command->effect));
}

static err_t dead_make(struct egress_loop *l, struct call *call, struct dead *dead)
{
    dead->stage = SLICE("egress");
    dead->topic = slice_of(topic_name(TOPIC_COMMANDS));
    dead->partition = call->share->number;
    dead->offset = call->item->offset;
    dead->tries = call->tries;
    dead->at = clock_wall(&l->options.clock);
    dead->conversation = call_key(call);
    dead->key = call_key(call);
    /* Larger than any record of ours: its head tells enough. */
    dead->value = slice_sub(call_value(call), 0, LIMIT_DEAD_VALUE_BYTES_MAX);
    CLEANUP(buf) struct buf out = {0};
    buf_init(&out, LIMIT_DEAD_BYTES_MAX);
    TRY(codec_dead_encode(dead, &out));
    call->dead = buf_take(&out, &call->dead_len);
    return err_ok();
}

static err_t outcome_encode(struct egress_loop *l, struct call *call, const struct command *command,
                            const struct ending *ending)
{
    char id[POST_ID_BYTES];
    outcome_id(call, id);
    struct event event = {
        .type = EVENT_OUTCOME,
        .source = EVENT_FROM_EGRESS,
        .id = slice_of(id),
        .account = command->account,
        .store = command->store,
        .conversation = command->conversation,
        .occurred = ending->answered,
        .accepted = clock_wall(&l->options.clock),
        .traceparent = command->traceparent,
        .body.outcome =
            {
                .effect_id = command->effect_id,
                .command_offset = call->item->offset,
                .incarnation = call->share->horizon.incarnation,
                .effect = (uint32_t)command->effect,
                .slot = (uint32_t)command->slot,
                .episode = command->episode,
                .attempt = command->attempt,
                .epoch = command->epoch,
                .result = ending->result,
                .status = ending->status,
                .tries = call->tries,
                .detail = ending->detail,
                .remote_id = ending->remote_id,
                .answered = ending->answered,
                .turn = command->turn,
                .answer_given = ending->answer != NULL,
                .active_given = ending->active != NULL,
                .fetched = ending->fetched,
            },
    };
    if (ending->answer != NULL) {
        event.body.outcome.answer = *ending->answer;
    }
    if (ending->active != NULL) {
        event.body.outcome.active = *ending->active;
    }
    CLEANUP(buf) struct buf out = {0};
    buf_init(&out, LIMIT_RECORD_BYTES_MAX - RECORD_SPARE_BYTES);
    TRY(codec_event_encode(&event, &out));
    call->outcome = buf_take(&out, &call->outcome_len);
    if (l->options.watcher.on_outcome != NULL) {
        l->options.watcher.on_outcome(l->options.watcher.arg, &event.body.outcome, &event);
    }
    return err_ok();
}

/* No more tries: whatever queue it stood in. */
static void ends(struct egress_loop *l, struct call *call)
{
    CHECK(!call->is_out && call->outcome == NULL && call->dead == NULL);
    held_drop(l, call);
    gates_remove(&l->gates, call);
    due_remove(&l->due, &call->due);
}

/* What may still be under way ends only when it cannot arrive any more, but for what was applied,
 * and for notices, which hold up nothing. Until then it waits like any other, and a successor who
 * takes over meanwhile decides anew. */
static bool may_arrive(const struct egress_loop *l, const struct call *call)
{
    return call->in_doubt && !call->is_applied && call->voice != VOICE_NOTICE &&
           mono_before(l->now, call->settled_at);
}

err_t post_end(struct egress_loop *l, struct call *call, const struct command *command,
               const struct ending *ending)
{
    ends(l, call);
    files_drop(call);
    call->is_applied = ending->result == OUTCOME_APPLIED || ending->result == OUTCOME_DEFERRED;
    if (needs_person(command, ending->result)) {
        struct dead dead = {
            .class = slice_of(err_class_name(ERR_CLASS_POISON)),
            .reason = slice_of(outcome_result_name(ending->result)),
            .text = ending->detail,
            .account = command->account,
            .effect_id = command->effect_id,
        };
        TRY(dead_make(l, call, &dead));
    }
    err_t e = outcome_encode(l, call, command, ending);
    if (err_is(e, ERR_BUF_FULL)) {
        struct ending shorter = {
            .result = command->effect == EFFECT_BOT_TURN ? OUTCOME_FAILED : ending->result,
            .status = ending->status,
            .detail = SLICE("the answer is too long to be recorded"),
            .answered = ending->answered,
        };
        e = outcome_encode(l, call, command, &shorter);
    }
    TRY(e);
    call->ending_bytes = call->outcome_len + call->dead_len;
    l->bytes_ending += call->ending_bytes;
    if (may_arrive(l, call)) {
        if (call->item->state != LANE_BACKING_OFF) {
            lanes_back_off(&call->share->lanes, call->item);
        }
        return due_put(&l->due, &call->due, call->settled_at);
    }
    lanes_end(&call->share->lanes, call->item);
    return post_write(l, call);
}

err_t post_poison(struct egress_loop *l, struct call *call)
{
    struct why why = {{0}};
    struct command command = {0};
    arena_reset(&l->scratch);
    err_t error = codec_command_decode(&l->scratch, call_value(call), &why, &command);
    ends(l, call);
    struct dead dead = {
        .class = slice_of(err_class_name(err_class(error))),
        .reason = slice_of(err_name(error)),
        .text = slice_of(why.text[0] == '\0' ? err_text(error) : why.text),
    };
    if (l->options.watcher.on_dead != NULL) {
        l->options.watcher.on_dead(l->options.watcher.arg, error, why.text, call->share->number,
                                   call->item->offset);
    }
    TRY(dead_make(l, call, &dead));
    lanes_end(&call->share->lanes, call->item);
    return post_write(l, call);
}

/* Hands a message to the bus. What may pass by itself is tried again later. */
static err_t produce(struct egress_loop *l, struct call *call, struct bus_message *message)
{
    TRY(tickets_issue(&l->tickets, call, &call->ticket));
    message->cookie = call->ticket;
    err_t e = bus_produce(l->bus, message);
    if (!err_failed(e)) {
        return e;
    }
    CHECK(tickets_redeem(&l->tickets, call->ticket) == call);
    call->ticket = 0;
    if (err_class(e) == ERR_CLASS_FATAL) {
        return e;
    }
    loop_trouble(l, "a record could not be written", e, call->item->offset);
    return due_put(&l->due, &call->due, mono_add(l->now, span_ms(WRITE_AGAIN_MS)));
}

/* A record whose report says "time-out" may have been stored. A successor must read from there on:
 * the processor may have taken it for the command's end. */
static void post_remember(struct call *call)
{
    struct share *s = call->share;
    if (call->is_posted) {
        return;
    }
    call->is_posted = true;
    call->posted_from = s->horizon.acked;
    call_list_push_back(&s->posted, CALL_POSTED, call);
}

void post_forget(struct call *call)
{
    if (call->is_posted) {
        call->is_posted = false;
        call_list_remove(&call->share->posted, CALL_POSTED, call);
    }
}

void post_drop(struct call *call)
{
    if (call->is_unwritten) {
        call->is_unwritten = false;
        call_list_remove(&call->share->unwritten, CALL_READY, call);
        call->share->unwritten_count--;
    }
    if (call->is_written) {
        call->is_written = false;
        call->share->written--;
    }
}

/* The record that is next: the dead letter, or else the outcome, which may leave with others. */
static err_t write_next(struct egress_loop *l, struct call *call, bool is_of_many)
{
    char id[POST_ID_BYTES];
    outcome_id(call, id);
    struct bus_message message = {
        .topic = TOPIC_EVENTS,
        .partition = call->share->number,
        .key = call_key(call),
        .value = slice_from(call->outcome, call->outcome_len),
        .ce_id = slice_of(id),
        .ce_type = slice_of(event_type_name(EVENT_OUTCOME)),
        .ce_source = SLICE("tieline/egress"),
    };
    if (call->dead != NULL) {
        message.topic = TOPIC_DEAD;
        message.partition = -1;
        message.value = slice_from(call->dead, call->dead_len);
        message.ce_type = SLICE("tieline.dead");
        return produce(l, call, &message);
    }
    message.is_of_many = is_of_many;
    post_remember(call);
    TRY(produce(l, call, &message));
    call->is_written = call->ticket != 0;
    call->share->written += call->is_written ? 1 : 0;
    call->share->heard_at = l->now;
    return err_ok();
}

err_t post_write(struct egress_loop *l, struct call *call)
{
    CHECK(call->ticket == 0 && call->item->state == LANE_ENDING && !call->is_unwritten);
    if (call->dead != NULL) {
        return write_next(l, call, false);
    }
    call->is_unwritten = true;
    call_list_push_back(&call->share->unwritten, CALL_READY, call);
    call->share->unwritten_count++;
    return err_ok();
}

static err_t write_waiting(struct egress_loop *l, struct share *s, bool is_of_many)
{
    while (s->unwritten.first != NULL) {
        struct call *call = s->unwritten.first;
        post_drop(call);
        TRY(write_next(l, call, is_of_many));
    }
    return err_ok();
}

static bool may_leave(const struct egress_loop *l, const struct share *s)
{
    return s->written < MANY || mono_since(l->now, s->heard_at).ms >= HOLD_MS;
}

err_t post_flush(struct egress_loop *l)
{
    for (int32_t i = 0; i < l->share_end; i++) {
        struct share *s = l->shares[i];
        if (s != NULL && s->unwritten_count > 0 && may_leave(l, s)) {
            TRY(write_waiting(l, s, s->written + s->unwritten_count >= MANY));
        }
    }
    return err_ok();
}

err_t post_last(struct egress_loop *l, struct share *s)
{
    return write_waiting(l, s, false);
}

/* Its outcome is acknowledged: the next of its lane begins. */
static err_t finish(struct egress_loop *l, struct call *call, int64_t outcome_at)
{
    struct share *s = call->share;
    uint64_t proof = horizon_next_commit(&s->horizon);
    if (!call->is_applied) {
        /* Expelled without knowing, we would overtake the successor, who may still send this one.
         */
        call->item->lane->since = proof;
    }
    struct lane_item *next = lanes_finish(&s->lanes, call->item, call_key(call), outcome_at, proof);
    call->item = NULL;
    s->is_dirty = true;
    l->commit_wanted = true;
    loop_let_go(l, call);
    if (next == NULL || s->phase != SHARE_RUNNING) {
        return err_ok();
    }
    return next->owner == NULL ? reread_want_item(l, s, next) : run_ready(l, next->owner);
}

err_t post_delivered(struct egress_loop *l, struct call *call, err_t result, int64_t offset)
{
    call->ticket = 0;
    call->share->heard_at = l->now;
    post_drop(call);
    if (err_failed(result)) {
        loop_trouble(l, "a record was not acknowledged", result, call->item->offset);
        return due_put(&l->due, &call->due, mono_add(l->now, span_ms(WRITE_AGAIN_MS)));
    }
    if (call->dead != NULL) {
        free(call->dead);
        call->dead = NULL;
        /* What could not be decoded has no outcome: the dead letter is its end. */
        return call->outcome == NULL ? finish(l, call, LANE_NO_OUTCOME) : post_write(l, call);
    }
    horizon_acked(&call->share->horizon, offset);
    CRASH_POINT(E6);
    return finish(l, call, offset);
}

err_t post_own(struct egress_loop *l, struct share *s, enum event_type type, int64_t offset)
{
    CHECK(s->record_ticket == 0);
    char id[POST_ID_BYTES];
    (void)snprintf(id, sizeof id, "%s/%" PRId32 "/%" PRIu64 "/%" PRId64,
                   type == EVENT_TAKEOVER ? "takeover" : "horizon", s->number,
                   s->horizon.incarnation, offset);
    struct event event = {
        .type = type,
        .source = EVENT_FROM_EGRESS,
        .id = slice_of(id),
        .accepted = clock_wall(&l->options.clock),
        .body.horizon = {.offset = offset,
                         .incarnation = s->horizon.incarnation,
                         .closes = type == EVENT_HORIZON && offset < s->horizon.recorded},
    };
    CLEANUP(buf) struct buf out = {0};
    buf_init(&out, LIMIT_RECORD_BYTES_MAX);
    TRY(codec_event_encode(&event, &out));
    TRY(tickets_issue(&l->records, s, &s->record_ticket));
    s->record_horizon = offset;
    s->record_since = l->now;
    struct bus_message message = {
        .topic = TOPIC_EVENTS,
        .partition = s->number,
        .value = buf_slice(&out),
        .ce_id = slice_of(id),
        .ce_type = slice_of(event_type_name(type)),
        .ce_source = SLICE("tieline/egress"),
        .cookie = s->record_ticket | LOOP_SHARE_BIT,
    };
    err_t e = bus_produce(l->bus, &message);
    if (err_failed(e)) {
        CHECK(tickets_redeem(&l->records, s->record_ticket) == s);
        s->record_ticket = 0;
        s->retry_at = mono_add(l->now, span_ms(WRITE_AGAIN_MS));
        if (err_class(e) == ERR_CLASS_FATAL) {
            return e;
        }
        loop_trouble(l, "a record of the partition could not be written", e, s->number);
    }
    return err_ok();
}
