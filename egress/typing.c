/* typing — while a bot is asked, its customer sees that an answer is being written.
 *
 *   turn out ─▶ POST …/activity {"type":"typing:start"}     nothing waits for it
 *
 * No effect of the log: doing it twice is doing it once, it has no outcome, and it is over by
 * itself within seconds. So it is done only where that takes nothing from a call that counts: at a
 * gate at which nobody waits, that has plenty left, and is not in trouble. Its answer tells the
 * gate what Zendesk grants, and no more: a refusal of it says nothing about others. */
#include "base/check.h"
#include "egress/core/outcome.h"
#include "egress/loop_state.h"
#include "egress/request.h"

enum { AT_ONCE_MAX = 100, DEADLINE_MS = 5 * 1000 };

/* A human has it, or is about to: egress reads a fence before its turn comes. */
static bool is_bots(const struct call *turn, const struct command *command)
{
    return !fence_stops(&turn->item->lane->fence, VOICE_BOT, command->epoch);
}

static bool has_room(struct egress_loop *l, const struct gate *gate)
{
    return gate->calls.first == NULL && !gate->is_held && gate->breaker.state == BREAKER_CLOSED &&
           gate->breaker.failures == 0 && budget_has_plenty(&gate->budget, l->gates.part, l->now) &&
           tickets_out(&l->typings) < AT_ONCE_MAX &&
           peer_in_flight(&l->options.peer) < LIMIT_CALLS_IN_FLIGHT_MAX / 2;
}

static err_t show(struct egress_loop *l, const struct command *command,
                  const struct account *account, struct gate *gate)
{
    struct peer_request request = {0};
    uint64_t ticket = 0;
    TRY(request_typing(&l->scratch, &l->options.login, account, command->remote_id, &request));
    TRY(tickets_issue(&l->typings, gate, &ticket));
    request.deadline = span_ms(DEADLINE_MS);
    request.cookie = ticket | LOOP_TYPING_BIT;
    const struct target target = {.account = account};
    err_t e = request_submit_to(&l->options.peer, HOST_CONVERSATIONS, &target, &request);
    if (err_failed(e)) {
        CHECK(tickets_redeem(&l->typings, ticket) == gate);
        return e;
    }
    (void)gates_started(&l->gates, gate); /* no probe: it is closed */
    (void)budget_sent(&gate->budget);     /* other answers know that it is out */
    return err_ok();
}

void typing_show(struct egress_loop *l, const struct call *turn, const struct command *command,
                 const struct account *account)
{
    struct gate *gate = NULL;
    if (l->is_draining || slice_empty(command->remote_id) || !is_bots(turn, command) ||
        err_failed(gates_get(&l->gates, "account", account->name, &gate)) || !has_room(l, gate)) {
        return;
    }
    err_t e = show(l, command, account, gate);
    if (err_failed(e)) {
        loop_trouble(l, "it cannot be shown that a bot is asked", e, turn->item->offset);
    }
}

void typing_answer(struct egress_loop *l, const struct peer_answer *answer)
{
    struct gate *gate = tickets_redeem(&l->typings, answer->cookie & ~LOOP_TYPING_BIT);
    CHECK(gate != NULL); /* each request is answered once */
    enum verdict verdict =
        outcome_verdict(answer->result, answer->status, true, EFFECT_FETCH_ACTIVE);
    if (verdict == VERDICT_APPLIED || verdict == VERDICT_RATE_LIMITED) {
        answer_gate_told(l, gate, 0, answer, verdict, 0);
        return;
    }
    gates_cancelled(&l->gates, gate);
    gates_wake(&l->gates, gate);
}
