/* outcome — what an answer, or the lack of one, says about the effect: one total function.
 *
 * Every pair of (how far it came, status) has exactly one verdict for each effect; nothing is
 * decided about an answer anywhere else. The rule behind the table: only what is *known* not to
 * have happened may be tried again without looking. Pure. */
#ifndef EGRESS_CORE_OUTCOME_H
#define EGRESS_CORE_OUTCOME_H

#include "base/instant.h"
#include "event/command.h"
#include "event/event.h"
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

/* Total: any status, also one that HTTP does not know. `status` counts only for PEER_ANSWERED. */
enum verdict outcome_verdict(enum peer_result result, uint32_t status, enum effect_kind effect);
const char *verdict_name(enum verdict verdict); /* "in_doubt": a metric's label */

/* Reads nothing but asks: doing it twice is doing it once. */
bool effect_is_read(enum effect_kind effect);
/* May be sent again after a lost answer without looking: reads, what the other side dedupes by our
 * id, and control calls that name their target. */
bool effect_is_repeatable(enum effect_kind effect);

/* How long after its last try a request can still arrive. A new ticket takes longer to show. */
span_ms_t outcome_settle(enum effect_kind effect, span_ms_t settle);

/* How long after its cause a command may still be tried.
 *
 * give_up  for everything without a rule of its own */
span_ms_t outcome_patience(enum effect_kind effect, enum voice voice, span_ms_t give_up);
bool outcome_patience_over(const struct command *command, span_ms_t give_up, wall_ms_t now);

/* How many answers that are none (5xx, garbage) a bot turn survives. */
enum { OUTCOME_BOT_TRIES_MAX = 4 };

#endif
