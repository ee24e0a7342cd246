/* budget — how many calls an account lets us make now, learnt from its own answers.
 *
 *   answer says "remaining 12"    ─▶  12 more until the window ends, less what is on its way
 *   answer is a 429, Retry-After  ─▶  nothing until then; afterwards one call, two, four, …
 *
 * Nothing is guessed: before the first header there is no limit but the window, which a 429 closes
 * to one call in flight and every success doubles. One per account; pure; one thread. */
#ifndef EGRESS_CORE_BUDGET_H
#define EGRESS_CORE_BUDGET_H

#include "base/instant.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    BUDGET_REMAINING_UNKNOWN = -1,
    BUDGET_PERIOD_MS = 60 * 1000, /* Zendesk counts by the minute */
};

struct budget {
    int64_t remaining; /* calls left as far as the headers told; BUDGET_REMAINING_UNKNOWN */
    mono_ms_t refill;  /* when `remaining` stops to hold */
    mono_ms_t paused_until;
    uint32_t in_flight;
    uint32_t window; /* most calls at a time, >= 1 */
    uint32_t window_max;
    uint32_t limited_in_a_row; /* rate-limited answers without a success between them */
};

/* window_max  most calls of this account at a time, > 0 */
void budget_init(struct budget *b, uint32_t window_max);

/* True when one more call may start at `now`. */
bool budget_allows(const struct budget *b, mono_ms_t now);
/* When to ask again if it does not: `now` or earlier when only an answer can help. */
mono_ms_t budget_opens(const struct budget *b, mono_ms_t now);
void budget_started(struct budget *b);

/* An answer, or the certainty that none comes.
 *
 * succeeded  the other side did what it was asked
 * remaining  the header's figure, BUDGET_REMAINING_UNKNOWN without one */
void budget_finished(struct budget *b, bool succeeded, int64_t remaining, mono_ms_t now);
/* After budget_finished(), for a rate-limited answer: nothing more for `wait`. */
void budget_pause(struct budget *b, span_ms_t wait, mono_ms_t now);

#endif
