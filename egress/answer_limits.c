/* answer_limits — what answers say of how much more may be asked: of an account, of one endpoint,
 * of one ticket. */
#include "egress/answer.h"
#include "egress/core/backoff.h"
#include "egress/core/zendesk.h"
#include "egress/loop_state.h"

enum {
    LIMITED_BASE_MS = 1000,
    LIMITED_MAX_MS = 60 * 1000,
    ENDPOINT_S_MAX = 3600, /* that one may stay closed */
};

static struct budget_told told_by(const struct peer_answer *answer, uint64_t serial)
{
    return (struct budget_told){
        .remaining = zendesk_rate_remaining(answer->rate_remaining),
        .limit = zendesk_rate_member(answer->rate_limit, "total"),
        .resets_s = zendesk_rate_member(answer->rate_reset, "resets"),
        .serial = serial,
    };
}

/* Nothing more of this gate for as long as the answer asks, or a while that grows. */
static void pause(struct egress_loop *l, struct gate *gate, const struct peer_answer *answer)
{
    const struct backoff policy = {span_ms(LIMITED_BASE_MS), span_ms(LIMITED_MAX_MS)};
    span_ms_t wait = answer->retry_after;
    if (wait.ms <= 0) {
        wait = backoff_delay(&policy, gate->budget.limited_in_a_row + 1, span_ms(0), &l->rng);
    }
    budget_pause(&gate->budget, wait, l->now);
}

void answer_gate_told(struct egress_loop *l, struct gate *gate, uint32_t probe,
                      const struct peer_answer *answer, enum verdict verdict, uint64_t serial)
{
    bool is_done = verdict == VERDICT_APPLIED || verdict == VERDICT_DEFERRED;
    gates_finished(&l->gates, gate, is_done, told_by(answer, serial), l->now);
    if (is_done) {
        retries_earn(&gate->retries);
    }
    if (verdict == VERDICT_RATE_LIMITED) {
        pause(l, gate, answer);
    }
    if (verdict == VERDICT_CREDENTIAL) {
        breaker_credential(&gate->breaker, probe, l->now, &l->rng);
    } else if (verdict == VERDICT_REFUSED && answer->status == 403) {
        breaker_cancelled(&gate->breaker, probe); /* says nothing of whether others may */
    } else if (answer->result == PEER_ANSWERED && answer->status < 500) {
        breaker_answered(&gate->breaker, probe);
    } else if (answer->result == PEER_REFUSED) {
        breaker_cancelled(&gate->breaker, probe);
    } else {
        breaker_failed(&gate->breaker, probe, l->now, &l->rng);
    }
    gates_wake(&l->gates, gate);
}

void answer_file_told(struct egress_loop *l, struct call *call, const struct answered *a)
{
    struct gate *gate = call->counted;
    call->counted = NULL;
    if (gate == NULL) {
        return;
    }
    gates_finished(&l->gates, gate, false, told_by(a->answer, call->serial), l->now);
    if (a->verdict == VERDICT_RATE_LIMITED) {
        pause(l, gate, a->answer);
    }
    breaker_cancelled(&gate->breaker, call->probe); /* a file says nothing of the API */
    gates_wake(&l->gates, gate);
}

/* ---- limits of less than an account */

/* The endpoint's header that counts for this call; empty = none. A bot has no endpoints: what it
 * says is about its own store, and its account has others. */
static struct slice endpoint_of(const struct call *call, const struct answered *a)
{
    bool is_zendesks = call->step == CALL_SEND && a->command.api != API_BOT;
    return is_zendesks ? a->answer->rate_endpoint : SLICE("");
}

bool answer_is_own_limit(const struct call *call, const struct answered *a)
{
    const struct peer_answer *answer = a->answer;
    if (a->verdict != VERDICT_RATE_LIMITED || call->step != CALL_SEND) {
        return false;
    }
    if (zendesk_rate_member(endpoint_of(call, a), "remaining") == 0) {
        return true; /* its endpoint's */
    }
    /* One ticket's: the account has calls left, or the wait is longer than the minute by which
     * accounts are counted. */
    return call->effect == EFFECT_TICKET_UPDATE && answer->retry_after.ms > 0 &&
           (answer->retry_after.ms > BUDGET_PERIOD_MS ||
            zendesk_rate_remaining(answer->rate_remaining) > 0);
}

/* How long an endpoint that is used up stays so: as told, where less than a second is told as none.
 * Where that is not told, as long as the answer asks for; if it asks for nothing, a minute, by
 * which Zendesk counts. */
static span_ms_t closed_for(struct slice header, const struct peer_answer *answer)
{
    int64_t resets = zendesk_rate_member(header, "resets");
    span_ms_t wait = answer->retry_after;
    if (resets >= 0) {
        span_ms_t told = span_s(resets > ENDPOINT_S_MAX ? ENDPOINT_S_MAX : resets);
        told = resets == 0 ? span_ms(BUDGET_WAIT_MS_MIN) : told;
        wait = told.ms > wait.ms ? told : wait;
    }
    return wait.ms > 0 ? wait : span_ms(BUDGET_PERIOD_MS);
}

void answer_endpoint_told(struct egress_loop *l, const struct call *call, const struct answered *a)
{
    struct slice header = endpoint_of(call, a);
    if (zendesk_rate_member(header, "remaining") == 0) {
        quotas_close(&l->quotas, a->command.account, call->effect, l->now,
                     mono_add(l->now, closed_for(header, a->answer)));
    }
}
