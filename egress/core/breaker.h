/* breaker — stops calling a destination that is down, and finds out gently when it is back.
 *
 *            failures in a row              delay over
 *   closed ────────────────────▶ open ────────────────────▶ probing     one call at a time
 *     ▲                           ▲  ◀──────────────────────   │
 *     └───────────────────────────┼─────── answered ───────────┘
 *                                 │  failed again: a longer delay
 *
 * A failure is no answer or a 5xx; a rate limit or a refusal is an answer. A wrong credential opens
 * it at once and for longer: hammering with a bad key gets accounts locked. So do some answers in a
 * row that forbid what is asked (403): one is about an object, many are about us. One per account
 * or bot. Calls that were out before it opened are no probes: their failures decide nothing, and
 * their ends let no second probe go. Pure; one thread. */
#ifndef EGRESS_CORE_BREAKER_H
#define EGRESS_CORE_BREAKER_H

#include "base/instant.h"
#include "base/rng.h"

#include <stdbool.h>
#include <stdint.h>

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_PROBING, BREAKER_STATE_COUNT };
enum {
    BREAKER_FAILURES_MAX = 5,  /* in a row, before it opens */
    BREAKER_FORBIDDEN_MAX = 3, /* in a row, before the login counts as wrong */
    BREAKER_DELAY_MS = 1000,   /* first ceiling; doubles up to … */
    BREAKER_DELAY_MS_MAX = 30 * 1000,
    BREAKER_CREDENTIAL_DELAY_MS = 30 * 1000,
    BREAKER_CREDENTIAL_DELAY_MS_MAX = 5 * 60 * 1000,
};

/* The zero value is closed. */
struct breaker {
    unsigned state; /* enum breaker_state */
    uint32_t failures;
    uint32_t forbidden; /* writes that were answered 403, without one applied between them */
    uint32_t openings;  /* in a row, without an answer between them */
    bool credential;    /* open because the login was refused */
    uint32_t probe;     /* number of the one that is out; 0 = none is */
    uint32_t probes;    /* how many there were */
    mono_ms_t opens_at; /* open: when a probe may go */
};

/* True when a call may start. Moves from open to probing when the delay is over. */
bool breaker_allows(struct breaker *b, mono_ms_t now);
/* When to ask again if it does not; `now` when only an answer can help. */
mono_ms_t breaker_opens(const struct breaker *b, mono_ms_t now);
/* One starts. Returns its number if it is the probe, else 0; whatever comes of it is told with it.
 */
uint32_t breaker_started(struct breaker *b);
/* The call that was to start did not, or says nothing of the destination: where it was the probe,
 * another may go. */
void breaker_cancelled(struct breaker *b, uint32_t probe);

/* Closes it, whosever answer it is; not while so many writes in a row were forbidden that the login
 * counts as wrong: who may read proves nothing of what else he may, so that is as
 * breaker_cancelled(). */
void breaker_answered(struct breaker *b, uint32_t probe);
/* Before breaker_answered(), for a call that needs rights and was applied: the row has ended. */
void breaker_permitted(struct breaker *b);
/* Answered 403. True when so many were in a row that the login counts as wrong: then tell
 * breaker_credential(), or breaker_cancelled() for a call that was asked about before. */
bool breaker_forbidden(struct breaker *b);
void breaker_failed(struct breaker *b, uint32_t probe, mono_ms_t now, struct rng *rng);
void breaker_credential(struct breaker *b, uint32_t probe, mono_ms_t now, struct rng *rng);
/* The configuration changed: whatever was wrong may be right now. */
void breaker_reset(struct breaker *b);

#endif
