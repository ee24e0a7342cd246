#include "egress/core/outcome.h"

#include "base/check.h"
#include "egress/core/conversations.h"
#include "egress/core/support.h"

enum { MINUTE_S = 60, AGENTS_PATIENCE_S = 15 };

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
    return effect == EFFECT_FETCH_ACTIVE || effect == EFFECT_FETCH_TICKET ||
           effect == EFFECT_FETCH_MESSAGES || effect == EFFECT_SEARCH_TICKETS ||
           effect == EFFECT_FETCH_AGENTS;
}

static bool is_bot(enum effect_kind effect)
{
    return effect == EFFECT_BOT_TURN || effect == EFFECT_BOT_NOTICE;
}

/* Zendesk comes to the same state however often it is asked. */
static bool is_idempotent(enum effect_kind effect)
{
    return effect == EFFECT_TICKET_TAGS || effect == EFFECT_USER_UPSERT;
}

bool effect_is_repeatable(enum effect_kind effect)
{
    return effect_is_read(effect) || is_bot(effect) || effect == EFFECT_FENCE ||
           is_idempotent(effect);
}

/* Changes something at Zendesk. */
static bool is_write(enum effect_kind effect)
{
    return !effect_is_read(effect) && !is_bot(effect);
}

bool effect_needs_rights(enum effect_kind effect)
{
    return effect == EFFECT_MESSAGE || effect == EFFECT_TICKET_CREATE ||
           effect == EFFECT_TICKET_UPDATE || effect == EFFECT_TICKET_TAGS ||
           effect == EFFECT_USER_CREATE || effect == EFFECT_USER_UPSERT ||
           effect == EFFECT_CONVERSATION_CREATE;
}

bool outcome_tells(enum effect_kind effect, struct slice body, const struct json *root)
{
    if (effect == EFFECT_MESSAGE) {
        return !slice_empty(conversations_message_id(root));
    }
    if (effect == EFFECT_USER_CREATE || effect == EFFECT_CONVERSATION_CREATE) {
        return !slice_empty(conversations_made_id(effect, root));
    }
    if (effect == EFFECT_TICKET_CREATE || effect == EFFECT_TICKET_UPDATE) {
        return !slice_empty(support_ticket_id(root));
    }
    bool is_plain = is_write(effect) && effect != EFFECT_FENCE; /* calls for control */
    return !is_plain || slice_empty(body) || (root != NULL && root->type == JSON_OBJECT);
}

static enum verdict of_success(uint32_t status, bool tells, enum effect_kind effect)
{
    if (effect == EFFECT_BOT_TURN && status == 202) {
        return VERDICT_DEFERRED;
    }
    return is_write(effect) && (status == 202 || !tells) ? VERDICT_IN_DOUBT : VERDICT_APPLIED;
}

static enum verdict of_client_error(uint32_t status, enum effect_kind effect)
{
    switch (status) {
    case 401: return is_bot(effect) ? VERDICT_REFUSED : VERDICT_CREDENTIAL;
    case 429: return VERDICT_RATE_LIMITED;
    case 408:
    case 499: return VERDICT_IN_DOUBT;
    case 409:
        if (effect == EFFECT_USER_CREATE) {
            return VERDICT_IN_DOUBT;
        }
        return is_bot(effect) ? VERDICT_REFUSED : VERDICT_RETRY;
    case 421:
    case 425: return VERDICT_RETRY;
    default: return VERDICT_REFUSED;
    }
}

static enum verdict of_status(uint32_t status, bool tells, enum effect_kind effect)
{
    if (status >= 200 && status < 300) {
        return of_success(status, tells, effect);
    }
    if (status >= 300 && status < 400) {
        return status == 303 && is_write(effect) ? VERDICT_IN_DOUBT : VERDICT_REFUSED;
    }
    if (status >= 400 && status < 500) {
        return of_client_error(status, effect);
    }
    return VERDICT_IN_DOUBT; /* also what is no status at all */
}

enum verdict outcome_verdict(enum peer_result result, uint32_t status, bool tells,
                             enum effect_kind effect)
{
    switch (result) {
    case PEER_ANSWERED: return of_status(status, tells, effect);
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
    if (effect == EFFECT_FETCH_AGENTS) {
        own = span_s(AGENTS_PATIENCE_S); /* a customer waits for it */
    } else if (effect == EFFECT_BOT_TURN || effect_is_read(effect)) {
        own = span_s(15 * MINUTE_S);
    } else if (voice == VOICE_NOTICE || is_idempotent(effect)) {
        own = span_s(5 * MINUTE_S);
    } else if (voice == VOICE_BOT) {
        own = effect == EFFECT_MESSAGE ? span_s(15 * MINUTE_S) : span_s(240 * MINUTE_S);
    }
    return own.ms < give_up.ms ? own : give_up;
}
