/* answer — what came back for a call, and what follows from it. */
#include "egress/answer.h"

#include "base/check.h"
#include "base/planted.h"
#include "egress/core/backoff.h"
#include "egress/core/conversations.h"
#include "egress/core/openai.h"
#include "egress/core/zendesk.h"
#include "egress/files.h"
#include "egress/loop_state.h"
#include "event/codec.h"

enum { TRIES_MANY = 16 }; /* of which the backoff is at its most */

static void body_read(struct egress_loop *l, const struct call *call, struct answered *a)
{
    a->root = NULL;
    if (call->step != CALL_FILE && a->answer->result == PEER_ANSWERED &&
        !slice_empty(a->answer->body) &&
        err_failed(json_parse(&l->scratch, a->answer->body, NULL, NULL, &a->root))) {
        a->root = NULL;
    }
}

err_t answer_back_off(struct egress_loop *l, struct call *call, const struct peer_answer *answer)
{
    static const struct backoff for_bots = {{250}, {5 * 1000}};
    static const struct backoff for_zendesk = {{500}, {60 * 1000}};
    bool is_bot = call->effect == EFFECT_BOT_TURN || call->effect == EFFECT_BOT_NOTICE;
    /* Who is told when to come back is no load that the other side has not asked for. */
    bool is_paced =
        answer->result == PEER_ANSWERED && answer->status == 429 && answer->retry_after.ms > 0;
    call->failures++;
    bool is_soon = is_paced || retries_take(&call->gate->retries);
    uint32_t tries = is_soon ? call->failures : TRIES_MANY;
    span_ms_t wait =
        backoff_delay(is_bot ? &for_bots : &for_zendesk, tries, answer->retry_after, &l->rng);
    lanes_back_off(&call->share->lanes, call->item);
    mono_ms_t at = mono_add(l->now, wait);
    if (call->turn_ends.ms != 0 && mono_before(call->turn_ends, at)) {
        at = call->turn_ends;
    }
    return due_put(&l->due, &call->due, at);
}

err_t answer_again(struct egress_loop *l, struct call *call, mono_ms_t at)
{
    lanes_back_off(&call->share->lanes, call->item);
    return due_put(&l->due, &call->due, at);
}

err_t answer_end_plain(struct egress_loop *l, struct call *call, const struct answered *a,
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

err_t answer_end_refused(struct egress_loop *l, struct call *call, const struct answered *a,
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
        return slice_empty(slice_of(detail)) ? answer_end_refused(l, call, a, OUTCOME_FAILED)
                                             : answer_end_plain(l, call, a, OUTCOME_FAILED, detail);
    }
    return answer_back_off(l, call, a->answer);
}

static err_t bot_answered(struct egress_loop *l, struct call *call, const struct answered *a)
{
    struct why why = {{0}};
    struct bot_answer answer = {0};
    if (a->root == NULL || a->root->type != JSON_OBJECT) {
        return bot_failed(l, call, a, "the bot's answer is not a JSON object");
    }
    err_t e = a->command.openai ? openai_read(&l->scratch, a->root, &answer)
                                : bot_answer_read(&l->scratch, a->root, &why, &answer);
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
        return answer_back_off(l, call, a->answer);
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
    if (a->command.effect == EFFECT_FETCH_TICKET) {
        return answer_fetched(l, call, a);
    }
    if (a->command.effect == EFFECT_FETCH_MESSAGES || a->command.effect == EFFECT_SEARCH_TICKETS ||
        a->command.effect == EFFECT_FETCH_AGENTS) {
        return answer_reread(l, call, a);
    }
    if (a->command.api == API_SUPPORT) {
        return answer_written(l, call, a);
    }
    struct ending ending = {
        .result = OUTCOME_APPLIED,
        .status = a->answer->status,
        .answered = a->answer->date,
    };
    ending.remote_id = conversations_made_id(a->command.effect, a->root);
    return post_end(l, call, &a->command, &ending);
}

/* When to ask whether it was done: as soon as the other side wants to hear of us again. A notice
 * holds up what is behind it by one call's time at most. */
static mono_ms_t ask_at(const struct egress_loop *l, const struct call *call,
                        const struct peer_answer *answer)
{
    span_ms_t wait = answer->retry_after;
    if (call->voice == VOICE_NOTICE && wait.ms > l->options.call_timeout.ms) {
        wait = l->options.call_timeout;
    }
    return mono_add(l->now, wait);
}

err_t answer_in_doubt(struct egress_loop *l, struct call *call, const struct answered *a)
{
    if (!effect_is_read(call->effect)) {
        answer_look_told(l, call->effect, "lost");
    }
    if (call->effect == EFFECT_BOT_TURN) {
        return a->answer->result == PEER_TIMED_OUT
                   ? answer_end_plain(l, call, a, OUTCOME_TIMED_OUT,
                                      "the bot did not answer in time")
                   : bot_failed(l, call, a, "");
    }
    if (call->effect == EFFECT_SEARCH_TICKETS && a->answer->result == PEER_LOST) {
        call->bad_answers++; /* it may have been too much to read */
    }
    if (effect_is_repeatable(call->effect)) {
        return answer_back_off(l, call, a->answer);
    }
    call->was_lost = true;
    if (call->effect == EFFECT_TICKET_CREATE) {
        CRASH_POINT(E11);
        call->in_doubt = true; /* its key lets it be sent again, after a while */
        return answer_back_off(l, call, a->answer);
    }
    if (!verify_can_look(&a->command)) {
        return answer_end_refused(l, call, a, OUTCOME_UNDECIDED);
    }
    call->in_doubt = true;
    call->looks = 0;
    call->stamp = (wall_ms_t){0};
    return answer_again(l, call, ask_at(l, call, a->answer));
}

/* A fetch, or tags, of what was made a moment ago: asked again costs nothing. */
static bool is_too_early(struct egress_loop *l, const struct call *call, const struct answered *a)
{
    enum effect_kind effect = call->effect;
    bool is_of_one = effect == EFFECT_FETCH_TICKET || effect == EFFECT_FETCH_MESSAGES ||
                     effect == EFFECT_FETCH_ACTIVE || effect == EFFECT_TICKET_TAGS;
    return is_of_one && answer_may_show_late(l, call, a->answer->status == 404);
}

static err_t sent(struct egress_loop *l, struct call *call, const struct answered *a)
{
    CRASH_POINT(E5);
    files_drop(call);
    if (answer_met_another(l, call, a)) {
        return answer_again(l, call, l->now);
    }
    bool is_enough = call->effect == EFFECT_BOT_NOTICE && call->voice == VOICE_NOTICE &&
                     call->tries >= OUTCOME_NOTICE_TRIES_MAX;
    if (is_enough && a->verdict != VERDICT_APPLIED && a->verdict != VERDICT_REFUSED) {
        return answer_end_plain(l, call, a, OUTCOME_GAVE_UP, "the bot does not take it");
    }
    switch (a->verdict) {
    case VERDICT_APPLIED: return applied(l, call, a);
    case VERDICT_DEFERRED: return answer_end_plain(l, call, a, OUTCOME_DEFERRED, "");
    case VERDICT_REFUSED:
        if (files_fall_back(call, a)) {
            return answer_again(l, call, l->now);
        }
        return is_too_early(l, call, a) ? answer_back_off(l, call, a->answer)
                                        : answer_end_refused(l, call, a, OUTCOME_REFUSED);
    case VERDICT_RETRY: return answer_back_off(l, call, a->answer);
    case VERDICT_RATE_LIMITED:
        return answer_is_own_limit(call, a) ? answer_back_off(l, call, a->answer)
                                            : answer_again(l, call, l->now);
    case VERDICT_CREDENTIAL: return answer_again(l, call, l->now); /* its gate makes it wait */
    case VERDICT_IN_DOUBT: return answer_in_doubt(l, call, a);
    case VERDICT_COUNT: break;
    }
    BUG("verdict out of range");
}

/* Several 403 in a row are about us: the call waits with all others until somebody has mended it.
 * One that was let through as a probe and is answered the same again is its own fault. */
static bool is_login_forbidden(struct call *call, const struct answered *a)
{
    if (a->verdict != VERDICT_REFUSED || a->answer->status != 403 || call->step != CALL_SEND ||
        !effect_needs_rights(call->effect) || !breaker_forbidden(&call->gate->breaker) ||
        call->was_forbidden) {
        return false;
    }
    call->was_forbidden = true;
    return true;
}

/* What the gate learns of it: not what a new access token cures, and not what one ticket alone has
 * to wait for. */
static enum verdict verdict_for_gate(struct egress_loop *l, const struct call *call,
                                     const struct answered *a)
{
    bool is_support = a->command.api == API_SUPPORT;
    if (is_support && a->verdict == VERDICT_CREDENTIAL) {
        return oauth_refused(l, a->command.account, call->token) ? VERDICT_RETRY : a->verdict;
    }
    if (is_support && a->verdict == VERDICT_APPLIED) {
        oauth_proven(l, a->command.account, call->token);
    }
    return answer_is_own_limit(call, a) ? VERDICT_RETRY : a->verdict;
}

static err_t judged(struct egress_loop *l, struct call *call, const struct answered *a)
{
    switch (call->step) {
    case CALL_SEND: return sent(l, call, a);
    case CALL_LOOK: return answer_looked(l, call, a);
    case CALL_CHECK:
        return a->verdict == VERDICT_APPLIED ? answer_checked(l, call, a)
                                             : answer_look_failed(l, call, a);
    case CALL_COMMENTS:
        return a->verdict == VERDICT_APPLIED || a->verdict == VERDICT_IN_DOUBT ||
                       a->verdict == VERDICT_RETRY
                   ? answer_fetched(l, call, a)
                   : sent(l, call, a);
    case CALL_FILE:
    case CALL_UPLOAD: return files_answered(l, call, a);
    }
    BUG("step out of range");
}

err_t run_answer(struct egress_loop *l, const struct peer_answer *answer)
{
    if ((answer->cookie & LOOP_TOKEN_BIT) != 0) {
        return oauth_answer(l, answer);
    }
    if ((answer->cookie & LOOP_TYPING_BIT) != 0) {
        typing_answer(l, answer);
        return err_ok();
    }
    struct call *call = tickets_redeem(&l->tickets, answer->cookie);
    CHECK(call != NULL && call->is_out); /* each request is answered once */
    call->ticket = 0;
    call->is_out = false;
    struct answered a = {.answer = answer, .was_counted = call->counted != NULL};
    TRY(intake_command(l, call, &a.command));
    body_read(l, call, &a);
    /* A look-up or a check only reads, whatever it is for. */
    enum effect_kind effect = call->step == CALL_SEND ? call->effect : EFFECT_FETCH_ACTIVE;
    a.verdict = outcome_verdict(answer->result, answer->status,
                                outcome_tells(effect, answer->body, a.root), effect);
    enum verdict seen = call->step == CALL_FILE ? a.verdict : verdict_for_gate(l, call, &a);
    if (call->step == CALL_FILE) {
        answer_file_told(l, call, &a);
    } else {
        if (is_login_forbidden(call, &a)) {
            a.verdict = VERDICT_CREDENTIAL;
            seen = VERDICT_CREDENTIAL;
        }
        if (effect_needs_rights(effect) && a.verdict == VERDICT_APPLIED) {
            breaker_permitted(&call->gate->breaker);
        }
        answer_endpoint_told(l, call, &a);
        answer_gate_told(l, call->counted, call->probe, answer, seen, call->serial);
        call->counted = NULL;
    }
    if (l->options.watcher.on_answer != NULL) {
        l->options.watcher.on_answer(l->options.watcher.arg, a.command.account, call->effect, seen,
                                     answer);
    }
    if (call->share == NULL) { /* its partition is another's now, who looks for himself */
        call_free(call);
        return err_ok();
    }
    return judged(l, call, &a);
}
