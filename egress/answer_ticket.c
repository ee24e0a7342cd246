/* answer_ticket — what checks and the calls to Support come to. */
#include "base/buf.h"
#include "base/check.h"
#include "base/planted.h"
#include "egress/answer.h"
#include "egress/core/conversations.h"
#include "egress/core/owner.h"
#include "egress/core/support.h"
#include "egress/core/ticket_answer.h"

static const char not_ours[] = "another has the conversation";

/* ---- checks */

static err_t conversation_checked(struct egress_loop *l, struct call *call,
                                  const struct answered *a, const struct account *account)
{
    struct integration active = {0};
    if (err_failed(conversations_active(a->root, &active))) {
        return answer_back_off(l, call, a->answer);
    }
    if (!owner_conversation_lets(account, &active, call->voice) && !MUTANT(fence)) {
        return answer_end_plain(l, call, a, OUTCOME_SUPERSEDED, not_ours);
    }
    call->checked_at = l->now;
    return answer_again(l, call, l->now);
}

/* When what an answer tells was read at the earliest, by Zendesk's clock. */
static wall_ms_t read_at(struct egress_loop *l, const struct peer_answer *answer)
{
    wall_ms_t told = wall_known(answer->date) ? answer->date : clock_wall(&l->options.clock);
    return wall_add(told, span_ms(-answer->took.ms));
}

/* Words and hand-overs of the bot, on a ticket that is another's by now; likewise that a human's
 * session is over, where it is not. */
static bool is_lost(struct egress_loop *l, const struct call *call, const struct answered *a,
                    const struct account *account, const struct ticket_seen *seen)
{
    bool strictly = call->voice == VOICE_BOT && owner_check_wanted(&a->command, call->met_another,
                                                                   clock_wall(&l->options.clock));
    bool is_bots = call->voice == VOICE_BOT ||
                   (call->voice == VOICE_NONE && owner_unassigns(&l->scratch, &a->command)) ||
                   (call->voice == VOICE_NOTICE && a->command.check_owner);
    return is_bots && !owner_ticket_lets(account, seen->assignee_id, strictly) && !MUTANT(fence);
}

static err_t ticket_checked(struct egress_loop *l, struct call *call, const struct answered *a,
                            const struct account *account)
{
    struct ticket_seen seen = {0};
    if (err_failed(ticket_seen_read(a->root, &seen)) || !wall_known(seen.updated)) {
        return answer_back_off(l, call, a->answer);
    }
    call->owner_lost = is_lost(l, call, a, account, &seen);
    if (call->owner_lost && !call->in_doubt) {
        return answer_end_plain(l, call, a, OUTCOME_SUPERSEDED, not_ours);
    }
    span_ms_t wait =
        MUTANT(aged_stamp) ? span_ms(0) : support_stamp_wait(seen.updated, read_at(l, a->answer));
    if (wait.ms == 0) {
        call->stamp = seen.updated;
    }
    return answer_again(l, call, mono_add(l->now, wait));
}

err_t answer_checked(struct egress_loop *l, struct call *call, const struct answered *a)
{
    const struct account *account = config_account(l->config, a->command.account);
    call->failures = 0;
    if (account == NULL) {
        return answer_again(l, call, l->now); /* gone meanwhile: which ends it */
    }
    return a->command.api == API_SUPPORT ? ticket_checked(l, call, a, account)
                                         : conversation_checked(l, call, a, account);
}

/* ---- fetched tickets */

static err_t first_half(struct egress_loop *l, struct call *call, const struct answered *a)
{
    CLEANUP(buf) struct buf ticket = {0};
    buf_init(&ticket, TICKET_BYTES_MAX);
    err_t e = ticket_answer_put(a->root, &ticket);
    if (err_is(e, ERR_MISSING)) {
        return answer_back_off(l, call, a->answer);
    }
    if (err_is(e, ERR_BUF_FULL)) {
        return answer_end_plain(l, call, a, OUTCOME_REFUSED, "the ticket is too long to be kept");
    }
    TRY(e);
    call->failures = 0;
    call->kept = buf_take(&ticket, &call->kept_len);
    return answer_again(l, call, l->now);
}

static err_t second_half(struct egress_loop *l, struct call *call, const struct answered *a)
{
    CLEANUP(buf) struct buf whole = {0};
    buf_init(&whole, TICKET_FETCHED_BYTES_MAX + TICKET_BYTES_MAX);
    err_t e =
        ticket_answer_whole(&l->scratch, slice_from(call->kept, call->kept_len), a->root, &whole);
    if (err_failed(e) && err_class(e) == ERR_CLASS_POISON) {
        call->bad_answers++;
        call_drop_kept(call);
        return answer_back_off(l, call, a->answer);
    }
    TRY(e);
    struct ending ending = {
        .result = OUTCOME_APPLIED,
        .status = a->answer->status,
        .answered = a->answer->date,
        .remote_id = a->command.remote_id,
        .fetched = buf_slice(&whole),
    };
    return post_end(l, call, &a->command, &ending);
}

err_t answer_fetched(struct egress_loop *l, struct call *call, const struct answered *a)
{
    if (a->verdict == VERDICT_APPLIED) {
        return call->step == CALL_SEND ? first_half(l, call, a) : second_half(l, call, a);
    }
    /* Comments that are too long to be read: fewer, and with the ticket as it is then. */
    call->bad_answers += call->step == CALL_COMMENTS && a->answer->result == PEER_LOST ? 1 : 0;
    if (a->verdict != VERDICT_RATE_LIMITED && a->verdict != VERDICT_CREDENTIAL) {
        call_drop_kept(call);
    }
    return answer_in_doubt(l, call, a);
}

/* ---- written tickets */

err_t answer_written(struct egress_loop *l, struct call *call, const struct answered *a)
{
    struct ending ending = {
        .result = OUTCOME_APPLIED,
        .status = a->answer->status,
        .answered = a->answer->date,
        .remote_id = support_ticket_id(a->root),
    };
    return post_end(l, call, &a->command, &ending);
}

static bool look_again(struct call *call, mono_ms_t settled_at)
{
    call->in_doubt = true;
    call->settled_at = settled_at;
    call->looks = 0;
    return true;
}

/* A creation that is refused says nothing of an earlier try of it: with 400, its key stands there
 * with another body, so that another writing of it came to something; else it may be that nobody
 * came to look at the key. Either ticket shows in the list sooner or later. */
static bool creation_refused(struct egress_loop *l, struct call *call, const struct answered *a)
{
    bool is_judged = a->answer->status == 400 || a->answer->status == 422;
    bool is_unsure = is_judged ? support_key_taken(a->root) : call->was_lost || call->in_doubt;
    if (!is_unsure || call->key_taken || a->verdict != VERDICT_REFUSED) {
        return false;
    }
    call->key_taken = true;
    call->look_first = true;
    return look_again(call, mono_add(l->now, outcome_settle(call->effect, l->options.settle)));
}

bool answer_met_another(struct egress_loop *l, struct call *call, const struct answered *a)
{
    if (call->effect == EFFECT_TICKET_CREATE && creation_refused(l, call, a)) {
        return true;
    }
    if (a->answer->result != PEER_ANSWERED || a->answer->status != 409) {
        return false;
    }
    call->met_another = true;
    call->checked_at = (mono_ms_t){0};
    call->stamp = (wall_ms_t){0};
    /* The other writer may have been an earlier try of ours, come late. */
    return call->effect == EFFECT_TICKET_UPDATE && call->was_lost ? look_again(call, l->now)
                                                                  : false;
}
