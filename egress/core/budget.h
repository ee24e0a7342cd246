/* budget — how many calls an account lets us make now, learnt from its own answers.
 *
 *   answer says "remaining 12"    ─▶  12 more until the window ends, less what is on its way
 *   the window ends, "limit 400"  ─▶  400 more
 *   we own 4 of 16 partitions     ─▶  a quarter of either: the other copies have the rest
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
    BUDGET_WAIT_MS_MIN = 1000,    /* where nothing is left */
    BUDGET_PLENTY = 100,          /* half of it is plenty where nothing tells of how many */
};

struct budget {
    int64_t remaining; /* calls left as far as the headers told; BUDGET_REMAINING_UNKNOWN */
    int64_t limit;     /* of a whole window, same */
    int64_t told;      /* our part when it was told or a window began, same */
    mono_ms_t refill;  /* when `remaining` stops to hold */
    mono_ms_t paused_until;
    uint32_t in_flight;
    uint64_t sent;   /* serial of the newest */
    uint32_t window; /* most calls at a time, >= 1 */
    uint32_t window_max;
    uint32_t limited_in_a_row; /* rate-limited answers without a success between them */
};

/* window_max  most calls of this account at a time, > 0 */
void budget_init(struct budget *b, uint32_t window_max);

/* What there is for all copies together, and how much of that is ours. */
struct budget_part {
    uint32_t ours, all; /* partitions; ours <= all; all 0 = nobody else is there */
};
/* Our part of `count` >= 0, rounded down, but not to nothing. */
int64_t budget_part_of(struct budget_part part, int64_t count);

/* Where a window has ended, the next begins. */
void budget_roll(struct budget *b, struct budget_part part, mono_ms_t now);
/* True when one more call may start at `now`. */
bool budget_allows(const struct budget *b, mono_ms_t now);
/* True when one that nobody waits for may start as well: no pause was asked for lately, and as far
 * as is known more than half of a window's calls is left. */
bool budget_has_plenty(const struct budget *b, struct budget_part part, mono_ms_t now);
/* When to ask again if it does not: `now` or earlier when only an answer can help. */
mono_ms_t budget_opens(const struct budget *b, mono_ms_t now);
void budget_started(struct budget *b);
/* A started one was not sent after all: what it took is there again, but not more than was told. */
void budget_cancelled(struct budget *b);
/* A started one leaves now. Returns its serial: answers come in any order, and what is left as one
 * of them tells is less by all that have left since that one. */
uint64_t budget_sent(struct budget *b);

/* What the headers of an answer tell; BUDGET_REMAINING_UNKNOWN = nothing of that. */
struct budget_told {
    int64_t remaining, limit, resets_s;
    uint64_t serial; /* of the call, from budget_sent(); 0 = none */
};
#define BUDGET_TOLD_NOTHING                                                                        \
    (struct budget_told)                                                                           \
    {                                                                                              \
        BUDGET_REMAINING_UNKNOWN, BUDGET_REMAINING_UNKNOWN, BUDGET_REMAINING_UNKNOWN, 0            \
    }

/* An answer, or the certainty that none comes.
 *
 * succeeded  the other side did what it was asked */
void budget_finished(struct budget *b, bool succeeded, struct budget_told told,
                     struct budget_part part, mono_ms_t now);
/* After budget_finished(), for a rate-limited answer: nothing more for `wait`. */
void budget_pause(struct budget *b, span_ms_t wait, mono_ms_t now);

/* quota — at most so many in any period of so long: what Zendesk grants without telling how much
 * of it is left. Exact, since it remembers each one. */
enum {
    QUOTA_UPDATES_OF_ACCOUNT = 100, /* ticket updates, a minute */
    QUOTA_UPDATES_OF_ACCOUNT_MS = 60 * 1000,
    QUOTA_UPDATES_OF_TICKET = 30, /* in ten minutes */
    QUOTA_UPDATES_OF_TICKET_MS = 600 * 1000,
};

/* The zero value has used nothing. One kind of quota keeps one limit and period for good. */
struct quota {
    mono_ms_t *at; /* `limit` places, the caller's; a ring */
    uint32_t limit;
    uint32_t used; /* places that were filled at least once */
    uint32_t next; /* place of the oldest */
    span_ms_t period;
};

/* places  room for `limit` of them, borrowed; limit > 0 */
void quota_init(struct quota *q, mono_ms_t *places, uint32_t limit, span_ms_t period);
/* When one more may start: `now` or earlier = at once. `most`: so many now, of `limit`; > 0. */
mono_ms_t quota_opens(const struct quota *q, uint32_t most, mono_ms_t now);
void quota_used(struct quota *q, mono_ms_t now);
/* True when nothing that it remembers counts any more. */
bool quota_idle(const struct quota *q, mono_ms_t now);

#endif
