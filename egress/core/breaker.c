#include "egress/core/breaker.h"

#include "base/fsm.h"
#include "egress/core/backoff.h"

static const struct fsm_state states[BREAKER_STATE_COUNT] = {
    [BREAKER_CLOSED] = {"closed", FSM_BIT(BREAKER_OPEN)},
    [BREAKER_OPEN] = {"open", FSM_BIT(BREAKER_PROBING) | FSM_BIT(BREAKER_CLOSED)},
    [BREAKER_PROBING] = {"probing", FSM_BIT(BREAKER_OPEN) | FSM_BIT(BREAKER_CLOSED)},
};
static const struct fsm machine = {"breaker", states, BREAKER_STATE_COUNT};

bool breaker_allows(struct breaker *b, mono_ms_t now)
{
    if (b->state == BREAKER_OPEN && !mono_before(now, b->opens_at)) {
        fsm_move(&machine, &b->state, BREAKER_PROBING);
    }
    return b->state == BREAKER_CLOSED || (b->state == BREAKER_PROBING && b->probe == 0);
}

mono_ms_t breaker_opens(const struct breaker *b, mono_ms_t now)
{
    return b->state == BREAKER_OPEN && mono_before(now, b->opens_at) ? b->opens_at : now;
}

uint32_t breaker_started(struct breaker *b)
{
    if (b->state != BREAKER_PROBING || b->probe != 0) {
        return 0;
    }
    b->probes += b->probes == UINT32_MAX ? 2 : 1; /* never 0 */
    b->probe = b->probes;
    return b->probe;
}

/* True when the probe has come back. */
static bool came_back(struct breaker *b, uint32_t probe)
{
    bool is_probe = probe != 0 && b->probe == probe;
    b->probe = is_probe ? 0 : b->probe;
    return is_probe;
}

void breaker_cancelled(struct breaker *b, uint32_t probe)
{
    (void)came_back(b, probe);
}

void breaker_answered(struct breaker *b, uint32_t probe)
{
    uint32_t forbidden = b->forbidden;
    if (forbidden >= BREAKER_FORBIDDEN_MAX) {
        breaker_cancelled(b, probe);
        b->failures = 0;
        return;
    }
    breaker_reset(b);
    b->forbidden = forbidden;
}

void breaker_permitted(struct breaker *b)
{
    b->forbidden = 0;
}

bool breaker_forbidden(struct breaker *b)
{
    b->failures = 0;
    b->forbidden += b->forbidden < BREAKER_FORBIDDEN_MAX ? 1 : 0;
    return b->forbidden >= BREAKER_FORBIDDEN_MAX;
}

void breaker_reset(struct breaker *b)
{
    if (b->state != BREAKER_CLOSED) {
        fsm_move(&machine, &b->state, BREAKER_CLOSED);
    }
    *b = (struct breaker){.state = BREAKER_CLOSED, .probes = b->probes};
}

/* Opens for a while that grows with each opening in a row; at least half of the ceiling, so that
 * an unlucky draw is no hammering. */
static void open_for(struct breaker *b, struct backoff policy, mono_ms_t now, struct rng *rng)
{
    if (b->state != BREAKER_OPEN) {
        fsm_move(&machine, &b->state, BREAKER_OPEN);
        b->openings++;
    }
    struct backoff half = {.base = span_ms(policy.base.ms / 2),
                           .ceiling_max = span_ms(policy.ceiling_max.ms / 2)};
    int64_t floor = half.base.ms;
    for (uint32_t i = 1; i < b->openings && floor < half.ceiling_max.ms; i++) {
        floor *= 2;
    }
    floor = floor > half.ceiling_max.ms ? half.ceiling_max.ms : floor;
    b->opens_at = mono_add(now, backoff_delay(&half, b->openings, span_ms(floor), rng));
    b->failures = 0;
}

void breaker_failed(struct breaker *b, uint32_t probe, mono_ms_t now, struct rng *rng)
{
    bool is_probe = came_back(b, probe);
    b->failures++;
    if ((b->state == BREAKER_PROBING && is_probe) ||
        (b->state == BREAKER_CLOSED && b->failures >= BREAKER_FAILURES_MAX)) {
        b->credential = false;
        open_for(b,
                 (struct backoff){.base = span_ms(BREAKER_DELAY_MS),
                                  .ceiling_max = span_ms(BREAKER_DELAY_MS_MAX)},
                 now, rng);
    }
}

void breaker_credential(struct breaker *b, uint32_t probe, mono_ms_t now, struct rng *rng)
{
    (void)came_back(b, probe);
    b->credential = true;
    open_for(b,
             (struct backoff){.base = span_ms(BREAKER_CREDENTIAL_DELAY_MS),
                              .ceiling_max = span_ms(BREAKER_CREDENTIAL_DELAY_MS_MAX)},
             now, rng);
}
