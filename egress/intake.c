/* intake — a record of `commands` becomes a call in its lane. */
#include "base/check.h"
#include "egress/loop_state.h"
#include "event/codec.h"

/* What a predecessor may have done with a command that has no outcome. */
static void doubt(struct egress_loop *l, const struct share *s, const struct command *command,
                  struct call *call, bool is_again)
{
    bool inherited = horizon_in_doubt(&s->horizon, call->item->offset);
    call->was_doubted = inherited;
    call->in_doubt = inherited && !effect_is_repeatable(command->effect);
    if (call->in_doubt && !is_again && l->options.watcher.on_look != NULL) {
        l->options.watcher.on_look(l->options.watcher.arg, command->effect, "inherited");
    }
    call->settled_at =
        verify_settled_at(s->taken_over, outcome_settle(command->effect, l->options.settle));
    if (command->effect == EFFECT_TICKET_CREATE) {
        return; /* looked for first, or sent with its key: see run_step() */
    }
    if (!call->in_doubt && command->look_first && verify_can_look(command)) {
        /* The first writing had come to its end when this one was written. */
        span_ms_t age = wall_since(clock_wall(&l->options.clock), call->read_time);
        int64_t left = l->options.settle.ms - age.ms;
        call->in_doubt = true;
        call->was_doubted = true;
        call->settled_at = mono_add(l->now, span_ms(left < 0 ? 0 : left));
    }
}

static err_t fence_met(struct egress_loop *l, struct share *s, struct call *call)
{
    struct lane *lane = call->item->lane;
    fence_read(&lane->fence, call->epoch);
    return s->phase == SHARE_RUNNING ? run_fenced(l, lane->first->owner) : err_ok();
}

err_t intake_command(struct egress_loop *l, const struct call *call, struct command *ret_command)
{
    CHECK(call->bytes != NULL);
    arena_reset(&l->scratch);
    return codec_command_decode(&l->scratch, call_value(call), NULL, ret_command);
}

err_t intake_learn(struct egress_loop *l, struct call *call, bool is_again)
{
    struct command command = {0};
    err_t e = intake_command(l, call, &command);
    call->is_blank = false;
    if (err_failed(e) && err_class(e) != ERR_CLASS_POISON) {
        return e;
    }
    if (err_failed(e)) {
        /* A copy of it can wait in `dead`; it is written when its turn comes, to keep order. */
        call->effect = EFFECT_NONE;
    } else {
        call->effect = command.effect;
        call->voice = command.voice;
        call->epoch = command.epoch;
        call->asked =
            command.look_first ? wall_later(command.created, call->read_time) : command.created;
        call->look_first = command.look_first;
        doubt(l, call->share, &command, call, is_again);
        return call->effect == EFFECT_FENCE ? err_ok() : run_gate(l, &command, &call->gate);
    }
    return err_ok();
}

/* A call in its lane, whether it can be understood or not. */
static err_t take_in(struct egress_loop *l, struct share *s, const struct bus_record *record)
{
    struct call *call = NULL;
    TRY(call_new(record, &call));
    call->share = s;
    err_t e = lanes_add(&s->lanes, call_key(call), record->offset, call, &call->item);
    if (err_failed(e)) {
        call_free(call);
        return e;
    }
    room_taken(l, call);
    TRY(intake_learn(l, call, false));
    if (call->effect == EFFECT_FENCE) {
        TRY(fence_met(l, s, call));
    }
    if (!lane_is_first(call->item)) {
        if (room_is_short(l)) {
            room_forget(l, call); /* its turn is far off, and others need the room now */
        }
        return err_ok();
    }
    return s->phase == SHARE_RUNNING && lane_may_start(call->item) ? run_ready(l, call) : err_ok();
}

err_t intake_record(struct egress_loop *l, struct share *s, const struct bus_record *record,
                    bool *ret_full)
{
    *ret_full = false;
    if (record->offset < s->lanes.next_offset) {
        return err_ok(); /* seen: a seek reads some records again */
    }
    int64_t outcome_at = share_outcome_of(s, record->offset);
    err_t e = err_ok();
    if (outcome_at >= 0) {
        e = lanes_add_done(&s->lanes, record->offset, outcome_at);
        (void)lanes_low_water(&s->lanes, s->horizon.commits_accepted);
    } else if (!room_left(l)) {
        *ret_full = true;
    } else {
        e = take_in(l, s, record);
    }
    if (err_is(e, ERR_TABLE_FULL)) {
        *ret_full = true;
        e = err_ok();
    }
    if (s->found != NULL && s->phase == SHARE_RUNNING && s->lanes.next_offset >= s->found_end) {
        share_forget_found(s);
    }
    return e;
}
