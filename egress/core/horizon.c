#include "egress/core/horizon.h"

#include "base/check.h"

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void horizon_take_over(struct horizon_keeper *k, const struct horizon_text *read)
{
    *k = (struct horizon_keeper){
        .incarnation = read->incarnation + 1,
        .inherited = read->horizon,
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
    return true;
}

void horizon_commands_read(struct horizon_keeper *k, int64_t end)
{
    if (k->inherited == HORIZON_OPEN) {
        k->inherited = end;
    }
}

bool horizon_in_doubt(const struct horizon_keeper *k, int64_t offset)
{
    return offset < k->inherited;
}

void horizon_started(struct horizon_keeper *k, int64_t offset)
{
    k->started_end = larger(k->started_end, offset + 1);
}

void horizon_acked(struct horizon_keeper *k, int64_t events_offset)
{
    k->acked = larger(k->acked, events_offset + 1);
}

void horizon_metadata(struct horizon_keeper *k, int64_t outcome_floor, bool closed,
                      char text[HORIZON_TEXT_BYTES])
{
    k->ev_asked = k->acked;
    struct horizon_text value = {
        .incarnation = k->incarnation,
        .horizon = closed ? larger(k->inherited, k->started_end) : HORIZON_OPEN,
        .events = smaller(outcome_floor, k->ev_limit),
    };
    CHECK(value.events >= 0);
    horizon_text_format(&value, text);
}

void horizon_commit_accepted(struct horizon_keeper *k)
{
    k->ev_limit = k->ev_asked;
}
