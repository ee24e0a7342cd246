/* answer — what came back for a call, and what follows from it. */
#include "base/check.h"
#include "egress/core/backoff.h"
#include "egress/core/conversations.h"
#include "egress/core/zendesk.h"
#include "egress/loop_state.h"
#include "event/codec.h"

enum { LIMITED_BASE_MS = 1000, LIMITED_MAX_MS = 60 * 1000 };

/* One answer, with what is needed to judge it. */
struct answered {
    const struct peer_answer *answer;
    struct command command;
    const struct json *root; /* NULL: no JSON */
    enum verdict verdict;
};

static void body_read(struct egress_loop *l, struct answered *a)
{
    a->root = NULL;
    if (a->answer->result == PEER_ANSWERED && !slice_empty(a->answer->body) &&
        err_failed(json_parse(&l->scratch, a->answer->body, NULL, NULL, &a->root))) {
        a->root = NULL;
    }
}

/* Tells budget and breaker of the gate. */
static void gate_told(struct egress_loop *l, struct gate *gate, const struct peer_answer *answer,
                      enum verdict verdict)
{
    bool is_done = verdict == VERDICT_APPLIED || verdict == VERDICT_DEFERRED;
    budget_finished(&gate->budget, is_done, zendesk_rate_remaining(answer->rate_remaining), l->now);
    if (verdict == VERDICT_RATE_LIMITED) {
        const struct backoff policy = {span_ms(LIMITED_BASE_MS), span_ms(LIMITED_MAX_MS)};
        span_ms_t wait = answer->retry_after;
        if (wait.ms <= 0) {
            wait = backoff_delay(&policy, gate->budget.limited_in_a_row + 1, span_ms(0), &l->rng);
        }
        budget_pause(&gate->budget, wait, l->now);
    }
    if (verdict == VERDICT_CREDENTIAL) {
        breaker_credential(&gate->breaker, l->now, &l->rng);
    } else if (answer->result == PEER_ANSWERED && answer->status < 500) {
        breaker_answered(&gate->breaker);
    } else if (answer->result == PEER_REFUSED) {
        breaker_cancelled(&gate->breaker);
    } else {
        breaker_failed(&gate->breaker, l->now, &l->rng);
    }
    gates_wake(&l->gates, gate);
}

/* Another try after a while of its own. */
static err_t back_off(struct egress_loop *l, struct call *call, const struct peer_answer *answer)
{
    static const struct backoff for_bots = {{250}, {5 * 1000}};
    static const struct backoff for_zendesk = {{500}, {60 * 1000}};
    bool is_bot = call->effect == EFFECT_BOT_TURN || call->effect == EFFECT_BOT_NOTICE;
    call->failures++;
    span_ms_t wait = backoff_delay(is_bot ? &for_bots : &for_zendesk, call->failures,
                                   answer->retry_after, &l->rng);
    lanes_back_off(&call->share->lanes, call->item);
    mono_ms_t at = mono_add(l->now, wait);
    if (call->turn_ends.ms != 0 && mono_before(call->turn_ends, at)) {
        at = call->turn_ends;
    }
    return due_put(&l->due, &call->due, at);
}

/* Again at `at`, as soon as its gate lets it. */
static err_t again(struct egress_loop *l, struct call *call, mono_ms_t at)
{
    lanes_back_off(&call->share->lanes, call->item);
    return due_put(&l->due, &call->due, at);
}

static err_t end_plain(struct egress_loop *l, struct call *call, const struct answered *a,
                       enum outcome_result result, const char *detail)
{
    struct ending ending = {
        .result = result,
        .status = a->answer->status,
        .detail = slice_of(detail),
        .answered = a->answer->date,
    };
    return post_end(l, call, &a->command, &ending);
}

/* Ends with what the answer says of the reason. */
static err_t end_refused(struct egress_loop *l, struct call *call, const struct answered *a,
                         enum outcome_result result)
{
    struct ending ending = {
        .result = result,
        .status = a->answer->status,
        .detail = a->answer->error,
        .answered = a->answer->date,
    };
    if (a->answer->result == PEER_ANSWERED) {
        TRY(zendesk_error_text(&l->scratch, a->answer->status, a->root, &ending.detail));
    }
    return post_end(l, call, &a->command, &ending);
}

/* A bot's answer that is none: it may answer the same turn better the next time. */
static err_t bot_failed(struct egress_loop *l, struct call *call, const struct answered *a,
                        const char *detail)
{
    call->bad_answers++;
    if (call->bad_answers >= OUTCOME_BOT_TRIES_MAX) {
        return slice_empty(slice_of(detail)) ? end_refused(l, call, a, OUTCOME_FAILED)
                                             : end_plain(l, call, a, OUTCOME_FAILED, detail);
    }
    return back_off(l, call, a->answer);
}

static err_t bot_answered(struct egress_loop *l, struct call *call, const struct answered *a)
{
    struct why why = {{0}};
    struct bot_answer answer = {0};
    if (a->root == NULL || a->root->type != JSON_OBJECT) {
        return bot_failed(l, call, a, "the bot's answer is not a JSON object");
    }
    err_t e = bot_answer_read(&l->scratch, a->root, &why, &answer);
    if (err_failed(e)) {
        return bot_failed(l, call, a, "the bot's answer is not in the form it must have");
    }
    struct ending ending = {
        .result = OUTCOME_APPLIED,
        .status = a->answer->status,
        .answered = a->answer->date,
        .answer = &answer,
    };
    return post_end(l, call, &a->command, &ending);
}

static err_t active_fetched(struct egress_loop *l, struct call *call, const struct answered *a)
{
    struct integration active = {0};
    if (err_failed(conversations_active(a->root, &active))) {
        return back_off(l, call, a->answer);
    }
    struct ending ending = {
        .result = OUTCOME_APPLIED,
        .status = a->answer->status,
        .answered = a->answer->date,
        .remote_id = a->command.remote_id,
        .active = &active,
    };
    return post_end(l, call, &a->command, &ending);
}

static err_t applied(struct egress_loop *l, struct call *call, const struct answered *a)
{
    if (a->command.effect == EFFECT_BOT_TURN) {
        return bot_answered(l, call, a);
    }
    if (a->command.effect == EFFECT_FETCH_ACTIVE) {
        return active_fetched(l, call, a);
    }
    struct ending ending = {
        .result = OUTCOME_APPLIED,
        .status = a->answer->status,
        .answered = a->answer->date,
    };
    if (a->command.effect == EFFECT_MESSAGE) {
        ending.remote_id = conversations_message_id(a->root);
    }
    return post_end(l, call, &a->command, &ending);
}

/* The answer is lost, or says nothing of what was done. */
static err_t in_doubt(struct egress_loop *l, struct call *call, const struct answered *a)
{
    if (call->effect == EFFECT_BOT_TURN) {
        return a->answer->result == PEER_TIMED_OUT
                   ? end_plain(l, call, a, OUTCOME_TIMED_OUT, "the bot did not answer in time")
                   : bot_failed(l, call, a, "");
    }
    if (effect_is_repeatable(call->effect)) {
        return back_off(l, call, a->answer);
    }
    if (!verify_can_look(&a->command)) {
        return end_refused(l, call, a, OUTCOME_UNDECIDED);
    }
    call->in_doubt = true;
    call->looks = 0;
    return again(l, call, l->now);
}

static err_t sent(struct egress_loop *l, struct call *call, const struct answered *a)
{
    switch (a->verdict) {
    case VERDICT_APPLIED: return applied(l, call, a);
    case VERDICT_DEFERRED: return end_plain(l, call, a, OUTCOME_DEFERRED, "");
    case VERDICT_REFUSED: return end_refused(l, call, a, OUTCOME_REFUSED);
    case VERDICT_RETRY: return back_off(l, call, a->answer);
    case VERDICT_RATE_LIMITED:
    case VERDICT_CREDENTIAL: return again(l, call, l->now); /* its gate makes it wait */
    case VERDICT_IN_DOUBT: return in_doubt(l, call, a);
    case VERDICT_COUNT: break;
    }
    BUG("verdict out of range");
}

/* A look-up found nothing. */
static err_t absent(struct egress_loop *l, struct call *call, const struct answered *a)
{
    call->looks++;
    if (!mono_before(call->look_began, call->settled_at)) {
        call->in_doubt = false; /* it did not happen, and will not any more */
        call->looks = 0;
        return again(l, call, l->now);
    }
    if (call->voice == VOICE_NOTICE) { /* holds up nothing for long */
        return end_plain(l, call, a, OUTCOME_GAVE_UP,
                         "its answer was lost; one look found nothing");
    }
    return again(l, call, verify_next_look(call->looks, l->now, call->settled_at));
}

static void look_told(const struct egress_loop *l, enum effect_kind effect, const char *verdict)
{
    if (l->options.watcher.on_look != NULL) {
        l->options.watcher.on_look(l->options.watcher.arg, effect, verdict);
    }
}

/* A look-up itself came to nothing. */
static err_t look_failed(struct egress_loop *l, struct call *call, const struct answered *a)
{
    look_told(l, call->effect, verdict_name(a->verdict));
    if (a->verdict == VERDICT_RATE_LIMITED || a->verdict == VERDICT_CREDENTIAL) {
        return again(l, call, l->now);
    }
    bool is_gone = a->answer->status == 404 || a->answer->status == 410;
    if (a->verdict == VERDICT_REFUSED) {
        return end_refused(l, call, a, is_gone ? OUTCOME_REFUSED : OUTCOME_UNDECIDED);
    }
    if (call->voice == VOICE_NOTICE) {
        return end_plain(l, call, a, OUTCOME_GAVE_UP, "its answer was lost; looking it up failed");
    }
    return back_off(l, call, a->answer);
}

static err_t looked(struct egress_loop *l, struct call *call, const struct answered *a)
{
    if (a->verdict != VERDICT_APPLIED) {
        return look_failed(l, call, a);
    }
    struct slice remote_id = {0};
    enum verify_result found = verify_read(&a->command, a->root, &remote_id);
    look_told(l, call->effect, verify_result_name(found));
    switch (found) {
    case VERIFY_ABSENT: return absent(l, call, a);
    case VERIFY_UNREADABLE: return back_off(l, call, a->answer);
    case VERIFY_PRESENT: break;
    }
    struct ending ending = {
        .result = OUTCOME_APPLIED,
        .status = a->answer->status,
        .detail = SLICE("its answer was lost; found by looking"),
        .remote_id = remote_id,
        .answered = a->answer->date,
    };
    return post_end(l, call, &a->command, &ending);
}

err_t run_answer(struct egress_loop *l, const struct peer_answer *answer)
{
    struct call *call = tickets_redeem(&l->tickets, answer->cookie);
    CHECK(call != NULL && call->is_out); /* each request is answered once */
    call->ticket = 0;
    call->is_out = false;
    struct answered a = {.answer = answer};
    TRY(intake_command(l, call, &a.command));
    /* A look-up only reads, whatever it looks for. */
    enum effect_kind effect = call->step == CALL_LOOK ? EFFECT_FETCH_ACTIVE : call->effect;
    a.verdict = outcome_verdict(answer->result, answer->status, effect);
    gate_told(l, call->gate, answer, a.verdict);
    if (l->options.watcher.on_answer != NULL) {
        l->options.watcher.on_answer(l->options.watcher.arg, a.command.account, call->effect,
                                     a.verdict, answer);
    }
    if (call->share == NULL) { /* its partition is another's now, who looks for himself */
        call_free(call);
        return err_ok();
    }
    body_read(l, &a);
    return call->step == CALL_LOOK ? looked(l, call, &a) : sent(l, call, &a);
}
