#include "egress/core/outcome.h"

#include "base/check.h"
#include "egress/core/support.h"

enum { MINUTE_S = 60 };

const char *verdict_name(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_APPLIED: return "applied";
    case VERDICT_DEFERRED: return "deferred";
    case VERDICT_REFUSED: return "refused";
    case VERDICT_RETRY: return "retry";
    case VERDICT_IN_DOUBT: return "in_doubt";
    case VERDICT_RATE_LIMITED: return "rate_limited";
    case VERDICT_CREDENTIAL: return "credential";
    case VERDICT_COUNT: break;
    }
    BUG("verdict out of range");
}

bool effect_is_read(enum effect_kind effect)
{
    return effect == EFFECT_FETCH_ACTIVE || effect == EFFECT_FETCH_TICKET;
}

static bool is_bot(enum effect_kind effect)
{
    return effect == EFFECT_BOT_TURN || effect == EFFECT_BOT_NOTICE;
}

bool effect_is_repeatable(enum effect_kind effect)
{
    return effect_is_read(effect) || is_bot(effect) || effect == EFFECT_FENCE ||
           effect == EFFECT_PASS_CONTROL || effect == EFFECT_RELEASE_CONTROL;
}

static enum verdict of_client_error(uint32_t status, enum effect_kind effect)
{
    switch (status) {
    case 401: return is_bot(effect) ? VERDICT_REFUSED : VERDICT_CREDENTIAL;
    case 429: return VERDICT_RATE_LIMITED;
    /* The server gave up waiting for a request that may have come whole by now. */
    case 408: return VERDICT_IN_DOUBT;
    case 425: return VERDICT_RETRY;
    /* A write met another write; ours was not made. */
    case 409: return is_bot(effect) ? VERDICT_REFUSED : VERDICT_RETRY;
    default: return VERDICT_REFUSED;
    }
}

static enum verdict of_status(uint32_t status, enum effect_kind effect)
{
    if (status >= 200 && status < 300) {
        return status == 202 && effect == EFFECT_BOT_TURN ? VERDICT_DEFERRED : VERDICT_APPLIED;
    }
    if (status >= 300 && status < 400) {
        return VERDICT_REFUSED; /* redirects are not followed: the address is wrong */
    }
    if (status >= 400 && status < 500) {
        return of_client_error(status, effect);
    }
    return VERDICT_IN_DOUBT; /* 5xx can come after applying, and what is no status says nothing */
}

enum verdict outcome_verdict(enum peer_result result, uint32_t status, enum effect_kind effect)
{
    switch (result) {
    case PEER_ANSWERED: return of_status(status, effect);
    case PEER_NOT_SENT: return VERDICT_RETRY;
    case PEER_LOST:
    case PEER_TIMED_OUT: return VERDICT_IN_DOUBT;
    case PEER_REFUSED: return VERDICT_REFUSED;
    }
    BUG("peer result out of range");
}

span_ms_t outcome_settle(enum effect_kind effect, span_ms_t settle)
{
    bool is_slow = effect == EFFECT_TICKET_CREATE && settle.ms < SUPPORT_CREATE_SETTLE_MS;
    return is_slow ? span_ms(SUPPORT_CREATE_SETTLE_MS) : settle;
}

span_ms_t outcome_patience(enum effect_kind effect, enum voice voice, span_ms_t give_up)
{
    span_ms_t own = give_up;
    if (effect == EFFECT_BOT_TURN || effect_is_read(effect)) {
        own = span_s(15 * MINUTE_S);
    } else if (voice == VOICE_NOTICE) {
        own = span_s(5 * MINUTE_S);
    } else if (voice == VOICE_BOT) {
        own = effect == EFFECT_MESSAGE ? span_s(15 * MINUTE_S) : span_s(240 * MINUTE_S);
    }
    return own.ms < give_up.ms ? own : give_up;
}

bool outcome_patience_over(const struct command *command, span_ms_t give_up, wall_ms_t now)
{
    if (!wall_known(command->created)) {
        return false;
    }
    span_ms_t patience = outcome_patience(command->effect, command->voice, give_up);
    return wall_since(now, command->created).ms > patience.ms;
}
