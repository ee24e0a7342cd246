/* answer_look — what look-ups come to: applied, sent again, or said that it cannot be told. */
#include "base/buf.h"
#include "base/check.h"
#include "base/planted.h"
#include "egress/answer.h"
#include "egress/core/verify.h"
#include "egress/core/verify_made.h"

void answer_look_told(const struct egress_loop *l, enum effect_kind effect, const char *verdict)
{
    if (l->options.watcher.on_look != NULL) {
        l->options.watcher.on_look(l->options.watcher.arg, effect, verdict);
    }
}

/* Everything that could still arrive would have: what was not found did not happen. */
static bool is_settled(const struct call *call, mono_ms_t looked)
{
    return MUTANT(settle) || !mono_before(looked, call->settled_at);
}

/* Nothing more is known of this look: the next one begins. */
static void look_over(struct call *call)
{
    call->page = 0;
    call_drop_kept(call);
}

static err_t look_ended(struct egress_loop *l, struct call *call, const struct answered *a,
                        enum outcome_result result, const char *detail)
{
    answer_look_told(l, call->effect, outcome_result_name(result));
    return answer_end_plain(l, call, a, result, detail);
}

/* A new owner has the conversation: a call for control by the one before is not made again. */
static bool is_passed_over(const struct call *call)
{
    return fence_stops_again(&call->item->lane->fence, call->effect, call->epoch);
}

/* It did not happen, and will not any more. */
static err_t absent_for_good(struct egress_loop *l, struct call *call, const struct answered *a)
{
    if (call->key_taken) {
        return look_ended(l, call, a, OUTCOME_UNDECIDED,
                          "refused after a try that may have made it, and no ticket shows");
    }
    if (is_passed_over(call)) {
        return look_ended(l, call, a, OUTCOME_SUPERSEDED, "a newer owner has the conversation");
    }
    CRASH_POINT(E7);
    answer_look_told(l, call->effect, "settled");
    call->in_doubt = false;
    call->look_first = false;
    call->was_lost = true; /* also a predecessor's: a 409 may still be of it */
    call->looks = 0;
    return answer_again(l, call, l->now);
}

/* A look-up found nothing. */
static err_t absent(struct egress_loop *l, struct call *call, const struct answered *a)
{
    call->looks++;
    look_over(call);
    if (call->look_first && !call->in_doubt) { /* only to be sure; nothing was sent before */
        call->look_first = false;
        return answer_again(l, call, l->now);
    }
    if (is_settled(call, call->look_began)) {
        return absent_for_good(l, call, a);
    }
    if (call->voice == VOICE_NOTICE) { /* holds up nothing for long */
        return look_ended(l, call, a, OUTCOME_GAVE_UP,
                          "its answer was lost; one look found nothing");
    }
    return answer_again(l, call, verify_next_look(call->looks, l->now, call->settled_at));
}

/* The conversation is with somebody whom this call for control neither took it from nor gave it to:
 * it may have been made and overtaken, and is not made again. */
static err_t elsewhere(struct egress_loop *l, struct call *call, const struct answered *a)
{
    call->looks++;
    look_over(call);
    if (!is_settled(call, call->look_began)) {
        return answer_again(l, call, verify_next_look(call->looks, l->now, call->settled_at));
    }
    return is_passed_over(call)
               ? look_ended(l, call, a, OUTCOME_SUPERSEDED, "a newer owner has the conversation")
               : look_ended(l, call, a, OUTCOME_UNDECIDED,
                            "may have been applied; somebody else has the conversation now");
}

/* Not found so far; it may stand further back. */
static err_t look_on(struct egress_loop *l, struct call *call, const struct answered *a,
                     const struct verify_ask *ask, struct slice cursor)
{
    call->page++;
    if (call->page < verify_requests_max(ask)) {
        CLEANUP(buf) struct buf kept = {0};
        buf_init(&kept, VERIFY_CURSOR_BYTES_MAX);
        TRY(buf_append(&kept, cursor));
        call_drop_kept(call);
        call->kept = buf_take(&kept, &call->kept_len);
        return answer_again(l, call, l->now);
    }
    look_over(call);
    if (call->voice == VOICE_NOTICE) {
        return look_ended(l, call, a, OUTCOME_GAVE_UP,
                          "its answer was lost; one look did not tell");
    }
    if (is_settled(call, call->look_began)) {
        return look_ended(l, call, a, OUTCOME_UNDECIDED,
                          "may have been applied; too much was written since to tell");
    }
    call->looks++;
    return answer_again(l, call, verify_next_look(call->looks, l->now, call->settled_at));
}

bool answer_may_show_late(struct egress_loop *l, const struct call *call, bool is_gone)
{
    if (call->in_doubt) {
        return is_gone && !is_settled(call, l->now);
    }
    return is_gone && call->voice != VOICE_NOTICE && wall_known(call->asked) &&
           wall_since(clock_wall(&l->options.clock), call->asked).ms < l->options.settle.ms;
}

/* A look-up or a check was told that there is nothing to read, or that we may not. What was in
 * doubt, or is new, may show late, and what a look follows from page to page may go away under it.
 */
static err_t look_refused(struct egress_loop *l, struct call *call, const struct answered *a,
                          bool was_first)
{
    bool is_gone = a->answer->status == 404 || a->answer->status == 410;
    if (!was_first || answer_may_show_late(l, call, is_gone)) {
        return answer_back_off(l, call, a->answer);
    }
    bool is_sure = is_gone || !call->in_doubt;
    return answer_end_refused(l, call, a, is_sure ? OUTCOME_REFUSED : OUTCOME_UNDECIDED);
}

err_t answer_look_failed(struct egress_loop *l, struct call *call, const struct answered *a)
{
    bool was_first = call->page == 0;
    if (call->step == CALL_LOOK) {
        answer_look_told(l, call->effect, verdict_name(a->verdict));
        call->bad_answers += a->answer->result == PEER_LOST ? 1 : 0; /* too long? */
        look_over(call);
    }
    if (a->verdict == VERDICT_RATE_LIMITED || a->verdict == VERDICT_CREDENTIAL) {
        return answer_again(l, call, l->now);
    }
    if (call->voice == VOICE_NOTICE && call->in_doubt) {
        return look_ended(l, call, a, OUTCOME_GAVE_UP, "its answer was lost; looking it up failed");
    }
    return a->verdict == VERDICT_REFUSED ? look_refused(l, call, a, was_first)
                                         : answer_back_off(l, call, a->answer);
}

err_t answer_looked(struct egress_loop *l, struct call *call, const struct answered *a)
{
    if (a->answer->result == PEER_ANSWERED &&
        verify_made_is_absent(call->effect, a->answer->status)) {
        answer_look_told(l, call->effect, verify_result_name(VERIFY_ABSENT));
        return absent(l, call, a);
    }
    if (a->verdict != VERDICT_APPLIED) {
        return answer_look_failed(l, call, a);
    }
    const struct verify_ask ask = {
        .arena = &l->scratch,
        .command = &a->command,
        .account = config_account(l->config, a->command.account),
        .cursor = call_cursor(call),
        .failures = call->bad_answers,
    };
    struct verify_found found = {0};
    TRY(verify_read(&ask, a->root, &found));
    answer_look_told(l, call->effect, verify_result_name(found.result));
    switch (found.result) {
    case VERIFY_ABSENT: return absent(l, call, a);
    case VERIFY_OTHER: return elsewhere(l, call, a);
    case VERIFY_MORE: return look_on(l, call, a, &ask, found.cursor);
    case VERIFY_UNREADABLE: look_over(call); return answer_back_off(l, call, a->answer);
    case VERIFY_PRESENT: break;
    }
    struct ending ending = {
        .result = OUTCOME_APPLIED,
        .status = a->answer->status,
        .detail = SLICE("its answer was lost; found by looking"),
        .remote_id = found.remote_id,
        .answered = a->answer->date,
    };
    return post_end(l, call, &a->command, &ending);
}
