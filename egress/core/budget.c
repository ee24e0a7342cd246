#include "egress/core/budget.h"

#include "base/check.h"

void budget_init(struct budget *b, uint32_t window_max)
{
    CHECK(window_max > 0);
    *b = (struct budget){
        .remaining = BUDGET_REMAINING_UNKNOWN,
        .limit = BUDGET_REMAINING_UNKNOWN,
        .told = BUDGET_REMAINING_UNKNOWN,
        .window = window_max,
        .window_max = window_max,
    };
}

int64_t budget_part_of(struct budget_part part, int64_t count)
{
    if (part.all == 0 || part.ours >= part.all || count == 0) {
        return count;
    }
    int64_t ours = count * (int64_t)part.ours / (int64_t)part.all;
    return ours < 1 ? 1 : ours;
}

/* Ours of what is left, less what the account had not counted when it said so. */
static int64_t left_of(struct budget_part part, int64_t count, int64_t uncounted)
{
    int64_t ours = budget_part_of(part, count);
    return ours > uncounted ? ours - uncounted : 0;
}

uint64_t budget_sent(struct budget *b)
{
    return ++b->sent;
}

void budget_roll(struct budget *b, struct budget_part part, mono_ms_t now)
{
    if (b->limit < 0 || b->remaining < 0 || mono_before(now, b->refill)) {
        return;
    }
    b->remaining = left_of(part, b->limit, (int64_t)b->in_flight);
    b->told = budget_part_of(part, b->limit);
    int64_t late = mono_since(now, b->refill).ms % BUDGET_PERIOD_MS;
    b->refill = mono_add(now, span_ms(BUDGET_PERIOD_MS - late));
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

bool budget_has_plenty(const struct budget *b, struct budget_part part, mono_ms_t now)
{
    int64_t left = remaining_at(b, now);
    int64_t whole = b->limit < 0 ? BUDGET_PLENTY : budget_part_of(part, b->limit);
    bool is_told_so = left == BUDGET_REMAINING_UNKNOWN || left * 2 > whole;
    return budget_allows(b, now) && b->window == b->window_max && is_told_so;
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

void budget_cancelled(struct budget *b)
{
    CHECK(b->in_flight > 0);
    b->in_flight--;
    if (b->remaining >= 0 && b->remaining < b->told) {
        b->remaining++;
    }
}

void budget_finished(struct budget *b, bool succeeded, struct budget_told told,
                     struct budget_part part, mono_ms_t now)
{
    CHECK(b->in_flight > 0);
    b->in_flight--;
    if (succeeded) {
        b->limited_in_a_row = 0;
        b->window = b->window > b->window_max / 2 ? b->window_max : b->window * 2;
    }
    b->limit = told.limit > 0 ? told.limit : b->limit;
    if (told.remaining >= 0) {
        bool tells_when = told.resets_s >= 0 && told.resets_s <= BUDGET_PERIOD_MS / 1000;
        span_ms_t wait = tells_when ? span_s(told.resets_s) : span_ms(BUDGET_PERIOD_MS);
        int64_t since = told.serial == 0 ? 0 : (int64_t)(b->sent - told.serial);
        int64_t out = (int64_t)b->in_flight;
        if (told.remaining == 0 && wait.ms < BUDGET_WAIT_MS_MIN) {
            wait = span_ms(BUDGET_WAIT_MS_MIN); /* less than a second is told as none */
        }
        b->remaining = left_of(part, told.remaining, since > out ? since : out);
        b->told = budget_part_of(part, told.remaining);
        b->refill = mono_add(now, wait);
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

mono_ms_t quota_opens(const struct quota *q, uint32_t most, mono_ms_t now)
{
    CHECK(most > 0 && most <= q->limit);
    /* The one before which only most - 1 others are younger. */
    return q->used < most ? now
                          : mono_add(q->at[(q->next + q->limit - most) % q->limit], q->period);
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
