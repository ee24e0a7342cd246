/* run — when a call may start, and what ends it before it does. */
#include "base/check.h"
#include "base/planted.h"
#include "egress/core/owner.h"
#include "egress/core/support.h"
#include "egress/files.h"
#include "egress/loop_state.h"
#include "egress/request.h"
#include "event/codec.h"

/* How long after settling a call in doubt is looked for, when its patience is over; how much of its
 * patience a file may not use up. */
enum { DOUBT_GRACE_MS = 60 * 1000, SUBMIT_AGAIN_MS = 5, LATE_MS = FILES_HOLD_MS };

static mono_ms_t mono_later(mono_ms_t a, mono_ms_t b)
{
    return mono_before(a, b) ? b : a;
}

static bool is_patience_over(struct egress_loop *l, const struct call *call)
{
    span_ms_t patience = outcome_patience(call->effect, call->voice, l->options.give_up);
    return wall_known(call->asked) &&
           wall_since(clock_wall(&l->options.clock), call->asked).ms > patience.ms;
}

/* The moment at which somebody must look at this call, wherever it waits; false = none. */
static bool limit_of(struct egress_loop *l, const struct call *call, mono_ms_t *ret_limit)
{
    bool has_limit = false;
    mono_ms_t limit = {0};
    if (wall_known(call->asked)) {
        span_ms_t patience = outcome_patience(call->effect, call->voice, l->options.give_up);
        wall_ms_t ends = wall_add(call->asked, patience);
        span_ms_t left = wall_since(ends, clock_wall(&l->options.clock));
        limit = mono_add(l->now, span_ms(left.ms < 0 ? 0 : left.ms + 1));
        has_limit = true;
    }
    if (call->turn_ends.ms != 0 && (!has_limit || mono_before(call->turn_ends, limit))) {
        limit = call->turn_ends;
        has_limit = true;
    }
    if (has_limit && call->in_doubt) {
        limit = mono_later(limit, mono_add(call->settled_at, span_ms(DOUBT_GRACE_MS)));
    }
    *ret_limit = limit;
    return has_limit;
}

bool run_is_late(struct egress_loop *l, const struct call *call)
{
    mono_ms_t limit = {0};
    return limit_of(l, call, &limit) && mono_since(limit, l->now).ms <= LATE_MS;
}

/* Sleeps until `at`, or until `spare` of its patience is left, but not in this very turn. */
static err_t sleep_until(struct egress_loop *l, struct call *call, mono_ms_t at, span_ms_t spare)
{
    mono_ms_t limit = {0};
    if (limit_of(l, call, &limit)) {
        mono_ms_t last = mono_add(limit, span_ms(-spare.ms));
        last = mono_later(last, mono_add(l->now, span_ms(1)));
        at = mono_before(last, at) ? last : at;
    }
    return due_put(&l->due, &call->due, at);
}

err_t run_rest(struct egress_loop *l, struct call *call, mono_ms_t at)
{
    return sleep_until(l, call, at, span_ms(LATE_MS));
}

/* Waits at its gate; the limit wakes it if the gate does not. */
static err_t queue(struct egress_loop *l, struct call *call, struct gate *gate, bool in_front)
{
    mono_ms_t limit = {0};
    bool has_limit = limit_of(l, call, &limit);
    if (call->carrying != NULL && call->carrying->place != NULL) {
        mono_ms_t drops = mono_add(call->carrying->held_since, span_ms(FILES_HOLD_MS));
        limit = has_limit && mono_before(limit, drops) ? limit : drops;
        has_limit = true;
    }
    if (has_limit) {
        /* Never in this very turn: what ends it was looked at already. */
        TRY(due_put(&l->due, &call->due, mono_later(limit, mono_add(l->now, span_ms(1)))));
    }
    call->since = 0; /* a commit that it was let go by is not of its time any more */
    gates_push(&l->gates, gate, call, in_front);
    return err_ok();
}

static err_t end_as(struct egress_loop *l, struct call *call, const struct command *command,
                    enum outcome_result result, const char *detail)
{
    struct ending ending = {.result = result, .detail = slice_of(detail)};
    return post_end(l, call, command, &ending);
}

/* Behind the fence of a newer owner: the bot's words, and calls for control that were in doubt. */
static bool is_fenced_off(const struct call *call)
{
    const struct fence *fence = &call->item->lane->fence;
    bool was_in_doubt = call->was_lost || call->was_doubted;
    return fence_stops(fence, call->voice, call->epoch) ||
           (was_in_doubt && fence_stops_again(fence, call->effect, call->epoch));
}

/* Ends a call for which nothing needs to be asked any more. *ret_ended tells. */
static err_t check(struct egress_loop *l, struct call *call, const struct command *command,
                   struct target *ret_target, bool *ret_ended)
{
    *ret_ended = true;
    if (command->effect == EFFECT_FENCE) {
        return end_as(l, call, command, OUTCOME_APPLIED, "");
    }
    if (!call->in_doubt && call->owner_lost) {
        return end_as(l, call, command, OUTCOME_SUPERSEDED, "another has the conversation");
    }
    if (!call->in_doubt && is_fenced_off(call)) {
        return end_as(l, call, command, OUTCOME_SUPERSEDED, "a newer owner has the conversation");
    }
    if (call->turn_ends.ms != 0 && !mono_before(l->now, call->turn_ends)) {
        return end_as(l, call, command, OUTCOME_TIMED_OUT, "the bot did not answer in time");
    }
    bool is_late = is_patience_over(l, call);
    if (is_late && !call->in_doubt) {
        return end_as(l, call, command, OUTCOME_GAVE_UP, "waited longer than it may");
    }
    mono_ms_t undecided_at = mono_add(call->settled_at, span_ms(DOUBT_GRACE_MS));
    if (is_late && !mono_before(l->now, undecided_at)) {
        return end_as(l, call, command, OUTCOME_UNDECIDED,
                      "may have been applied; looking it up did not tell in time");
    }
    if (call->in_doubt && !verify_can_look(command)) {
        return end_as(l, call, command, OUTCOME_UNDECIDED,
                      "may have been applied, and cannot be looked up");
    }
    const char *refusal = request_target(l->config, command, ret_target);
    if (refusal != NULL) {
        return end_as(l, call, command, call->in_doubt ? OUTCOME_UNDECIDED : OUTCOME_REFUSED,
                      refusal);
    }
    *ret_ended = false;
    return err_ok();
}

/* While draining nothing new is begun, but for what stands before a command that was sent already:
 * left unsent it would be in doubt for the successor, who had to wait out the settling. */
bool run_may_begin(const struct egress_loop *l, const struct call *call)
{
    if (!l->is_draining || call->effect == EFFECT_FENCE) {
        return true;
    }
    return call->effect != EFFECT_NONE && !effect_is_repeatable(call->effect) && !call->in_doubt &&
           call->item->offset < call->share->horizon.started_end;
}

enum call_step run_step(struct egress_loop *l, const struct call *call,
                        const struct command *command)
{
    wall_ms_t wall = clock_wall(&l->options.clock);
    enum call_step step = call->in_doubt ? CALL_SEND : files_step(call, command);
    if (step != CALL_SEND) {
        return step; /* before all that must be fresh when it is sent */
    }
    if (command->effect == EFFECT_TICKET_UPDATE && !wall_known(call->stamp)) {
        return CALL_CHECK; /* also before a look: what happens after it must not go unseen */
    }
    if (command->effect == EFFECT_TICKET_CREATE) {
        bool must_look =
            call->look_first || (call->in_doubt && !support_key_stands(command->created, wall));
        return must_look && verify_can_look(command) ? CALL_LOOK : CALL_SEND;
    }
    if (call->in_doubt && !MUTANT(look_up)) {
        return CALL_LOOK;
    }
    if (command->effect == EFFECT_FETCH_TICKET) {
        return call->kept == NULL ? CALL_SEND : CALL_COMMENTS;
    }
    bool is_checked =
        call->checked_at.ms != 0 && mono_since(l->now, call->checked_at).ms <= OWNER_LATE_MS;
    if (command->effect == EFFECT_MESSAGE && !is_checked &&
        owner_check_wanted(command, call->met_another, wall)) {
        return CALL_CHECK;
    }
    return CALL_SEND;
}

err_t run_gate(struct egress_loop *l, const struct command *command, struct gate **ret_gate)
{
    struct target target = {0};
    *ret_gate = NULL;
    if (request_target(l->config, command, &target) != NULL) {
        return err_ok();
    }
    if (command->api == API_BOT) {
        return gates_get(&l->gates, "store", target.store->name, ret_gate);
    }
    const char *kind = command->api == API_SUPPORT ? "support" : "account";
    return gates_get(&l->gates, kind, target.account->name, ret_gate);
}

/* One that was out already does not wait behind all that came meanwhile. */
static bool was_out(const struct call *call)
{
    return call->tries > 0 || call->carrying != NULL || call->kept != NULL ||
           call->checked_at.ms != 0 || wall_known(call->stamp) || call->was_reread;
}

/* Nothing ends it now, as far as can be told without reading its command: it may wait at its gate,
 * with its record or without. The rest is looked at when the gate lets it go. */
static bool may_wait_unread(struct egress_loop *l, const struct call *call)
{
    bool is_timed_out = call->turn_ends.ms != 0 && !mono_before(l->now, call->turn_ends);
    return !call->is_blank && call->effect != EFFECT_NONE && call->effect != EFFECT_FENCE &&
           call->gate != NULL && !call->owner_lost && !is_fenced_off(call) && !is_timed_out &&
           !is_patience_over(l, call);
}

err_t run_ready(struct egress_loop *l, struct call *call)
{
    CHECK(lane_is_first(call->item) && !call->is_queued && !call->is_held && !call->is_out);
    due_remove(&l->due, &call->due);
    if (!run_may_begin(l, call)) {
        return err_ok();
    }
    if (may_wait_unread(l, call) && (call->bytes == NULL || !call->in_doubt)) {
        return queue(l, call, call->gate, was_out(call));
    }
    if (call->bytes == NULL) {
        return reread_want(call);
    }
    if (call->effect == EFFECT_NONE) {
        return post_poison(l, call);
    }
    struct command command = {0};
    TRY(intake_command(l, call, &command));
    struct target target = {0};
    bool is_ended = false;
    TRY(check(l, call, &command, &target, &is_ended));
    if (is_ended) {
        return err_ok();
    }
    struct gate *gate = NULL;
    TRY(run_gate(l, &command, &gate));
    return queue(l, call, gate, was_out(call));
}

err_t run_due(struct egress_loop *l, struct call *call)
{
    if (call->outcome != NULL && call->item->state != LANE_ENDING) {
        lanes_end(&call->share->lanes, call->item); /* nothing of it can arrive any more */
    }
    if (call->item->state == LANE_ENDING) {
        return post_write(l, call);
    }
    gates_remove(&l->gates, call);
    files_age(call, l->now);
    return run_ready(l, call);
}

err_t run_fenced(struct egress_loop *l, struct call *first)
{
    bool is_waiting = lane_may_start(first->item);
    if (!is_waiting || first->in_doubt || first->outcome != NULL ||
        !fence_stops(&first->item->lane->fence, first->voice, first->epoch)) {
        return err_ok();
    }
    held_drop(l, first);
    gates_remove(&l->gates, first);
    return run_ready(l, first); /* which finds the fence */
}

void run_uncount(struct egress_loop *l, struct call *call)
{
    struct gate *gate = call->counted;
    call->counted = NULL;
    if (gate != NULL) {
        gates_cancelled(&l->gates, gate);
        breaker_cancelled(&gate->breaker, call->probe);
        gates_wake(&l->gates, gate);
    }
}

/* How long this try may take. */
static span_ms_t deadline_of(struct egress_loop *l, struct call *call,
                             const struct command *command, const struct target *target)
{
    if (command->effect != EFFECT_BOT_TURN) {
        return l->options.call_timeout;
    }
    if (call->turn_ends.ms == 0) {
        span_ms_t whole = command->deadline.ms > 0 ? command->deadline : target->store->bot_timeout;
        whole = whole.ms > 0 ? whole : l->options.call_timeout;
        call->turn_ends = mono_add(l->now, whole);
    }
    return mono_since(call->turn_ends, l->now);
}

/* The secrets are not to be had: as if the other side had refused them. */
static err_t login_missing(struct egress_loop *l, struct call *call, err_t error)
{
    loop_trouble(l, "secrets cannot be opened", error, call->item->offset);
    breaker_credential(&call->gate->breaker, call->probe, l->now, &l->rng);
    run_uncount(l, call);
    return queue(l, call, call->gate, true);
}

static err_t submitted(struct egress_loop *l, struct call *call, enum call_step step,
                       span_ms_t deadline)
{
    lanes_start(&call->share->lanes, call->item);
    call->is_out = true;
    call->serial = call->counted == NULL ? 0 : budget_sent(&call->counted->budget);
    call->step = step;
    if (l->options.watcher.on_start != NULL) {
        l->options.watcher.on_start(l->options.watcher.arg, call->effect, call_step_name(step));
    }
    if (step == CALL_LOOK && call->page == 0) {
        call->look_began = l->now;
    }
    if (step != CALL_SEND) {
        return err_ok();
    }
    call->tries++;
    call->since = 0;
    call->settled_at = verify_settled_at(mono_add(l->now, deadline),
                                         outcome_settle(call->effect, l->options.settle));
    if (!effect_is_read(call->effect)) { /* those are sent without the horizon */
        horizon_started(&call->share->horizon, call->item->offset);
    }
    return err_ok();
}

/* A request that could not be given to the peer. */
static err_t unsent(struct egress_loop *l, struct call *call, const struct command *command,
                    err_t error, bool is_login)
{
    if (is_login && !err_is(error, ERR_NO_MEMORY)) {
        return login_missing(l, call, error);
    }
    run_uncount(l, call);
    if (err_class(error) == ERR_CLASS_BACKPRESSURE || err_class(error) == ERR_CLASS_TRANSIENT) {
        return due_put(&l->due, &call->due, mono_add(l->now, span_ms(SUBMIT_AGAIN_MS)));
    }
    if (err_class(error) == ERR_CLASS_POISON) {
        return end_as(l, call, command, call->in_doubt ? OUTCOME_UNDECIDED : OUTCOME_REFUSED,
                      "its address or body is none that may be sent");
    }
    return error;
}

/* Gives the request to the peer. */
static err_t send(struct egress_loop *l, struct call *call, const struct command *command,
                  const struct target *target, enum call_step step)
{
    span_ms_t deadline =
        step == CALL_SEND ? deadline_of(l, call, command, target) : l->options.call_timeout;
    bool is_login = false;
    TRY(tickets_issue(&l->tickets, call, &call->ticket));
    struct request_context context = {
        .arena = &l->scratch,
        .login = &l->options.login,
        .step = step,
        .cursor = call_cursor(call),
        .failures = call->bad_answers,
        .stamp = call->stamp,
        .call = call,
        .deadline = deadline,
        .wall = clock_wall(&l->options.clock),
        .cookie = call->ticket,
    };
    struct peer_request request = {0};
    err_t e = request_build(&context, target, command, &is_login, &request);
    if (step == CALL_SEND) {
        CRASH_POINT(E8);
    }
    e = err_failed(e) ? e : request_submit(&l->options.peer, &context, target, command, &request);
    if (!err_failed(e)) {
        if (step == CALL_UPLOAD || step == CALL_SEND) {
            files_sent(call);
        }
        TRY(submitted(l, call, step, deadline));
        if (step == CALL_SEND && command->typing) {
            typing_show(l, call, command, target->account);
        }
        return err_ok();
    }
    CHECK(tickets_redeem(&l->tickets, call->ticket) == call);
    call->ticket = 0;
    return unsent(l, call, command, e, is_login);
}

/* What must be there before a call to Zendesk: a share of what it grants, and for Support a login.
 * *ret_waits = it waits for that, and is where it has to be. */
static err_t zendesk_admit(struct egress_loop *l, struct call *call, const struct command *command,
                           const struct target *target, enum call_step step, bool *ret_waits)
{
    bool is_login = false;
    bool is_update = command->effect == EFFECT_TICKET_UPDATE && step == CALL_SEND;
    struct slice account = target->account->name;
    mono_ms_t opens =
        step == CALL_SEND ? quotas_reopen(&l->quotas, account, command->effect, l->now) : l->now;
    if (is_update) {
        opens = mono_later(opens,
                           quotas_open(&l->quotas, account, command->path, l->gates.part, l->now));
    }
    *ret_waits = true;
    if (mono_before(l->now, opens)) {
        run_uncount(l, call);
        return sleep_until(l, call, opens, span_ms(0));
    }
    *ret_waits = false;
    if (command->api != API_SUPPORT) {
        return err_ok();
    }
    err_t e = oauth_ready(l, target->account, call, &is_login, ret_waits);
    if (err_failed(e)) {
        *ret_waits = true;
        return unsent(l, call, command, e, is_login);
    }
    if (*ret_waits) {
        run_uncount(l, call);
        return queue(l, call, call->gate, true);
    }
    if (is_update) {
        quotas_use(&l->quotas, account, command->path, l->now);
    }
    return err_ok();
}

err_t run_start(struct egress_loop *l, struct call *call)
{
    CHECK(!call->is_queued && call->gate != NULL);
    due_remove(&l->due, &call->due);
    if (call->bytes == NULL) {
        run_uncount(l, call);
        TRY(reread_want(call));
        return reread_want_front(l, call->gate);
    }
    call->was_reread = false;
    struct command command = {0};
    struct target target = {0};
    bool is_ended = false;
    TRY(intake_command(l, call, &command));
    TRY(check(l, call, &command, &target, &is_ended));
    if (is_ended) {
        run_uncount(l, call);
        return err_ok();
    }
    files_age(call, l->now);
    TRY(files_skip(call, &command, target.account, target.store));
    if (run_step(l, call, &command) == CALL_FILE && run_is_late(l, call)) {
        TRY(files_leave(call, &command)); /* in words is better than not at all */
    }
    enum call_step step = run_step(l, call, &command);
    if (step == CALL_SEND && !held_may_send(call)) {
        return held_add(l, call);
    }
    bool is_waiting = false;
    if (step == CALL_FILE) {
        TRY(files_admit(l, call, &command, target.account, &is_waiting));
    } else if (command.api != API_BOT) {
        TRY(zendesk_admit(l, call, &command, &target, step, &is_waiting));
    }
    return is_waiting ? err_ok() : send(l, call, &command, &target, step);
}
