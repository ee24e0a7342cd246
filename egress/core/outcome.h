/* outcome — what an answer, or the lack of one, says about the effect: one total function.
 *
 * Every triple of (how far it came, status, does the body name what was made) has exactly one
 * verdict for each effect; nothing is decided about an answer anywhere else. The rule behind the
 * table: only what is *known* to have happened is done, and only what is *known* not to have
 * happened may be tried again without looking.
 *
 *   2xx             done, if its body names what was made; else in doubt: a proxy says 200 too
 *   202             taken, not done: the bot's reply comes as an event, all else is in doubt
 *   303             done or not, the answer is elsewhere: in doubt. Other 3xx: a wrong address
 *   408, 499        the server gave up on a request that it may have had whole: in doubt
 *   409             of a user: there is one with this external id, which a look finds
 *   409, 421, 425   else not done: another writer, a wrong connection, too early
 *   423             the conversation is full: refused
 *   429             not done, with or without Retry-After
 *   5xx             in doubt, also 503 with Retry-After: Zendesk sends that for a deadlock, and a
 *                   proxy for anything
 *
 * No header changes a verdict. Retry-After says when to go on, whatever comes next. Pure. */
#ifndef EGRESS_CORE_OUTCOME_H
#define EGRESS_CORE_OUTCOME_H

#include "base/instant.h"
#include "event/command.h"
#include "event/event.h"
#include "json/json_read.h"
#include "port/peer.h"

#include <stdbool.h>
#include <stdint.h>

enum verdict {
    VERDICT_APPLIED,      /* done; the answer's body says the rest */
    VERDICT_DEFERRED,     /* bot: taken, the reply comes as an event */
    VERDICT_REFUSED,      /* no, for good */
    VERDICT_RETRY,        /* not applied for certain: try again */
    VERDICT_IN_DOUBT,     /* may have been applied */
    VERDICT_RATE_LIMITED, /* not applied; the account wants a pause */
    VERDICT_CREDENTIAL,   /* not applied; the login is wrong */
    VERDICT_COUNT
};

/* Total: any status, also one that HTTP does not know. `status` counts only for PEER_ANSWERED.
 *
 * tells  what outcome_tells() said of the body; counts only for 2xx */
enum verdict outcome_verdict(enum peer_result result, uint32_t status, bool tells,
                             enum effect_kind effect);
/* True when the body of an answer names what the effect has made, where there is anything to name.
 * Answers that carry more than that (bots', reads') have readers of their own.
 *
 * root  its JSON; NULL = it was none
 * body  as received */
bool outcome_tells(enum effect_kind effect, struct slice body, const struct json *root);
const char *verdict_name(enum verdict verdict); /* "in_doubt": a metric's label */

/* A 403 to it may be about our login: it is about no state of a conversation, as for calls for
 * control, and about no right that one can do without, as for reads. */
bool effect_needs_rights(enum effect_kind effect);
/* Reads nothing but asks: doing it twice is doing it once. */
bool effect_is_read(enum effect_kind effect);
/* May be sent again after a lost answer without looking: reads, and what the other side dedupes by
 * our id, or comes to the same by however often it is asked. (A call for control that names its
 * target may be repeated, but not late: a human may have taken and given back the conversation
 * meanwhile. So it is looked up.) */
bool effect_is_repeatable(enum effect_kind effect);

/* How long after its last try a request can still arrive. A new ticket takes longer to show. */
span_ms_t outcome_settle(enum effect_kind effect, span_ms_t settle);

/* How long after its cause a command may still be tried; one that was written again, after that.
 *
 * give_up  for everything without a rule of its own */
span_ms_t outcome_patience(enum effect_kind effect, enum voice voice, span_ms_t give_up);

/* How many answers that are none (5xx, garbage) a bot turn survives. */
enum { OUTCOME_BOT_TRIES_MAX = 4 };

/* How often a bot is told what must not hold up the hand-over behind it. */
enum { OUTCOME_NOTICE_TRIES_MAX = 3 };

#endif
