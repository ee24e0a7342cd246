#include "egress/core/horizon.h"

#include "base/check.h"
#include "base/planted.h"

/* How far beyond what is wanted. After a crash so many more commands are looked up in vain at the
 * most; while much waits, so many share one commit. */
enum { AHEAD = 256 };

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* ---- what a new owner finds */

void horizon_history_begin(struct horizon_history *h, const struct horizon_text *read)
{
    *h = (struct horizon_history){
        .counts = read->counts,
        .writer = read->incarnation,
        .last = read->horizon,
    };
}

void horizon_history_takeover(struct horizon_history *h, uint64_t incarnation)
{
    h->counts = incarnation > h->counts ? incarnation : h->counts;
}

void horizon_history_horizon(struct horizon_history *h, uint64_t incarnation, int64_t offset,
                             bool closes)
{
    horizon_history_takeover(h, incarnation);
    if (incarnation < h->writer) { /* one who did not know that he was succeeded lowers nothing */
        h->highest = larger(h->highest, offset);
        return;
    }
    if (incarnation > h->writer) {
        h->highest = larger(h->highest, h->last);
        h->writer = incarnation;
        h->last = 0;
    }
    bool lowers = closes && incarnation >= h->counts; /* nobody has succeeded him */
    h->last = lowers ? offset : larger(h->last, offset);
}

bool horizon_history_outcome(struct horizon_history *h, uint64_t incarnation, int64_t command,
                             bool was_sent)
{
    if (was_sent) {
        h->sent_end = larger(h->sent_end, command + 1);
    }
    return incarnation >= h->counts || MUTANT(incarnation);
}

int64_t horizon_history_result(const struct horizon_history *h, bool *ret_contradiction)
{
    int64_t found = larger(h->highest, h->last);
    *ret_contradiction = h->sent_end > found;
    return *ret_contradiction ? INT64_MAX : found;
}

/* ---- what we say of our own */

void horizon_take_over(struct horizon_keeper *k, const struct horizon_text *read)
{
    *k = (struct horizon_keeper){
        .incarnation = read->incarnation + 1,
        .counts_at = read->counts,
        .ev_inherited = read->events,
        .mark = -1,
        .inherited = INT64_MAX,
        .carried = read->horizon,
        .accepted = -1,
        .acked = read->events,
        .ev_limit = read->events,
        .ev_asked = read->events,
    };
}

bool horizon_raise(struct horizon_keeper *k, uint64_t met)
{
    if (met < k->incarnation || met == UINT64_MAX) {
        return false;
    }
    k->incarnation = met + 1;
    k->mark = -1;
    return true;
}

void horizon_marked(struct horizon_keeper *k, int64_t events_offset)
{
    k->mark = events_offset;
    horizon_acked(k, events_offset);
}

void horizon_found(struct horizon_keeper *k, int64_t found)
{
    k->inherited = found;
}

void horizon_commands_read(struct horizon_keeper *k, int64_t end)
{
    k->inherited = k->inherited == INT64_MAX ? end : k->inherited;
    k->carried = k->inherited;
    k->accepted = smaller(k->accepted, k->inherited);
}

bool horizon_in_doubt(const struct horizon_keeper *k, int64_t offset)
{
    return offset < k->inherited;
}

int64_t horizon_target(const struct horizon_keeper *k, int64_t wanted, int64_t fetched_end)
{
    int64_t target = wanted + 1 + AHEAD;
    target = MUTANT(horizon_ahead) ? target : smaller(target, fetched_end);
    return larger(target, k->inherited);
}

void horizon_recorded(struct horizon_keeper *k, int64_t horizon)
{
    k->recorded = larger(k->recorded, horizon);
}

void horizon_acked(struct horizon_keeper *k, int64_t events_offset)
{
    k->acked = larger(k->acked, events_offset + 1);
}

void horizon_started(struct horizon_keeper *k, int64_t offset)
{
    k->started_end = larger(k->started_end, offset + 1);
}

bool horizon_lets(const struct horizon_keeper *k, int64_t offset, uint64_t since)
{
    return MUTANT(horizon) ||
           (offset < k->recorded && offset < k->accepted && since <= k->commits_accepted);
}

uint64_t horizon_next_commit(const struct horizon_keeper *k)
{
    return k->commits_asked + 1;
}

int64_t horizon_closed(const struct horizon_keeper *k)
{
    return larger(k->inherited, k->started_end);
}

bool horizon_must_close(const struct horizon_keeper *k)
{
    return k->recorded > horizon_closed(k);
}

void horizon_close(struct horizon_keeper *k)
{
    k->recorded = horizon_closed(k);
}

void horizon_ask(struct horizon_keeper *k, int64_t outcome_floor, char text[HORIZON_TEXT_BYTES])
{
    k->ev_asked = k->acked;
    k->asked = larger(k->recorded, k->carried);
    k->commits_asked++;
    struct horizon_text value = {
        .incarnation = k->incarnation,
        .horizon = k->asked,
        .events = smaller(outcome_floor, k->ev_limit),
        .counts = k->incarnation,
    };
    /* Between the two only who reads all of it knows which incarnation counts where. */
    if (k->mark < 0 || value.events <= k->mark) {
        value.events = k->ev_inherited;
        value.counts = k->counts_at;
    }
    CHECK(value.events >= 0 && value.horizon >= 0);
    horizon_text_format(&value, text);
}

bool horizon_counts_from_mark(const struct horizon_keeper *k)
{
    return k->mark >= 0 && k->ev_limit > k->mark;
}

void horizon_commit_accepted(struct horizon_keeper *k)
{
    k->ev_limit = k->ev_asked;
    k->accepted = k->asked;
    k->commits_accepted = k->commits_asked;
}
