#include "egress/core/budget.h"

#include "base/check.h"

void budget_init(struct budget *b, uint32_t window_max)
{
    CHECK(window_max > 0);
    *b = (struct budget){
        .remaining = BUDGET_REMAINING_UNKNOWN,
        .window = window_max,
        .window_max = window_max,
    };
}

/* What the headers leave at `now`; a figure of an earlier minute says nothing any more. */
static int64_t remaining_at(const struct budget *b, mono_ms_t now)
{
    return mono_before(now, b->refill) ? b->remaining : BUDGET_REMAINING_UNKNOWN;
}

bool budget_allows(const struct budget *b, mono_ms_t now)
{
    return !mono_before(now, b->paused_until) && b->in_flight < b->window &&
           remaining_at(b, now) != 0;
}

mono_ms_t budget_opens(const struct budget *b, mono_ms_t now)
{
    if (mono_before(now, b->paused_until)) {
        return b->paused_until;
    }
    if (b->in_flight < b->window && remaining_at(b, now) == 0) {
        return b->refill;
    }
    return now;
}

void budget_started(struct budget *b)
{
    b->in_flight++;
    if (b->remaining > 0) {
        b->remaining--;
    }
}

void budget_finished(struct budget *b, bool succeeded, int64_t remaining, mono_ms_t now)
{
    CHECK(b->in_flight > 0);
    b->in_flight--;
    if (succeeded) {
        b->limited_in_a_row = 0;
        b->window = b->window > b->window_max / 2 ? b->window_max : b->window * 2;
    }
    if (remaining >= 0) {
        /* The account has not counted yet what left before its answer came. */
        int64_t left = remaining > (int64_t)b->in_flight ? remaining - (int64_t)b->in_flight : 0;
        b->remaining = left;
        b->refill = mono_add(now, span_ms(BUDGET_PERIOD_MS));
    }
}

void budget_pause(struct budget *b, span_ms_t wait, mono_ms_t now)
{
    mono_ms_t until = mono_add(now, wait);
    if (mono_before(b->paused_until, until)) {
        b->paused_until = until;
    }
    b->window = 1;
    b->remaining = BUDGET_REMAINING_UNKNOWN;
    b->limited_in_a_row++;
}

void quota_init(struct quota *q, mono_ms_t *places, uint32_t limit, span_ms_t period)
{
    CHECK(limit > 0 && period.ms > 0);
    *q = (struct quota){.at = places, .limit = limit, .period = period};
}

mono_ms_t quota_opens(const struct quota *q, mono_ms_t now)
{
    return q->used < q->limit ? now : mono_add(q->at[q->next], q->period);
}

void quota_used(struct quota *q, mono_ms_t now)
{
    q->at[q->next] = now;
    q->next = (q->next + 1) % q->limit;
    q->used += q->used < q->limit ? 1 : 0;
}

bool quota_idle(const struct quota *q, mono_ms_t now)
{
    if (q->used == 0) {
        return true;
    }
    mono_ms_t newest = q->at[(q->next + q->limit - 1) % q->limit];
    return !mono_before(now, mono_add(newest, q->period));
}
