/* answer_ticket — what checks and the calls to Support come to. */
#include "base/buf.h"
#include "base/check.h"
#include "egress/answer.h"
#include "egress/core/conversations.h"
#include "egress/core/owner.h"
#include "egress/core/support.h"
#include "egress/core/ticket_answer.h"

#include <stdlib.h>

static const char not_ours[] = "another has the conversation";

/* ---- checks */

static err_t conversation_checked(struct egress_loop *l, struct call *call,
                                  const struct answered *a, const struct account *account)
{
    struct integration active = {0};
    if (err_failed(conversations_active(a->root, &active))) {
        return answer_back_off(l, call, a->answer);
    }
    if (!owner_conversation_lets(account, &active, call->voice)) {
        return answer_end_plain(l, call, a, OUTCOME_SUPERSEDED, not_ours);
    }
    call->checked_at = l->now;
    return answer_again(l, call, l->now);
}

static err_t ticket_checked(struct egress_loop *l, struct call *call, const struct answered *a,
                            const struct account *account)
{
    struct ticket_seen seen = {0};
    if (err_failed(ticket_seen_read(a->root, &seen)) || !wall_known(seen.updated)) {
        return answer_back_off(l, call, a->answer);
    }
    bool strictly =
        owner_check_wanted(&a->command, call->met_another, clock_wall(&l->options.clock));
    call->owner_lost =
        call->voice == VOICE_BOT && !owner_ticket_lets(account, seen.assignee_id, strictly);
    if (call->owner_lost && !call->in_doubt) {
        return answer_end_plain(l, call, a, OUTCOME_SUPERSEDED, not_ours);
    }
    span_ms_t wait = support_stamp_wait(seen.updated, a->answer->date);
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

static void first_half_drop(struct call *call)
{
    free(call->kept);
    call->kept = NULL;
    call->kept_len = 0;
}

static err_t second_half(struct egress_loop *l, struct call *call, const struct answered *a)
{
    CLEANUP(buf) struct buf whole = {0};
    buf_init(&whole, TICKET_FETCHED_BYTES_MAX + TICKET_BYTES_MAX);
    err_t e =
        ticket_answer_whole(&l->scratch, slice_from(call->kept, call->kept_len), a->root, &whole);
    if (err_failed(e) && err_class(e) == ERR_CLASS_POISON) {
        call->bad_answers++;
        first_half_drop(call);
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
        first_half_drop(call);
    }
    return answer_in_doubt(l, call, a);
}

/* ---- written tickets */

err_t answer_written(struct egress_loop *l, struct call *call, const struct answered *a)
{
    struct slice id = support_ticket_id(a->root);
    if (slice_empty(id) && a->command.effect == EFFECT_TICKET_CREATE) {
        return answer_in_doubt(l, call, a); /* the same bytes again give the same answer */
    }
    struct ending ending = {
        .result = OUTCOME_APPLIED,
        .status = a->answer->status,
        .answered = a->answer->date,
        .remote_id = slice_empty(id) ? a->command.remote_id : id,
    };
    return post_end(l, call, &a->command, &ending);
}

bool answer_met_another(struct egress_loop *l, struct call *call, const struct answered *a)
{
    uint32_t status = a->answer->result == PEER_ANSWERED ? a->answer->status : 0;
    if (status == 409) {
        call->met_another = true;
        call->checked_at = (mono_ms_t){0};
        call->stamp = (wall_ms_t){0};
    }
    if (status == 409 && call->effect == EFFECT_TICKET_UPDATE && call->was_lost) {
        /* The other writer may have been an earlier try of ours, come late. */
        call->in_doubt = true;
        call->settled_at = l->now;
        call->looks = 0;
        return true;
    }
    if (status == 400 && call->effect == EFFECT_TICKET_CREATE && !call->key_taken &&
        support_key_taken(a->root)) {
        /* An earlier writing of it made the ticket: it shows in the list sooner or later. */
        call->key_taken = true;
        call->look_first = true;
        call->in_doubt = true;
        call->settled_at = mono_add(l->now, outcome_settle(call->effect, l->options.settle));
        call->looks = 0;
        return true;
    }
    return false;
}
