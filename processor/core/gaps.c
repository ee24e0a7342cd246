#include "processor/core/gaps.h"

#include "base/check.h"

#include <string.h>

/* How long Zendesk tries to deliver an event: what was written shortly before may be missing too.
 */
static const int64_t margin_ms = INT64_C(15) * 60 * 1000;

/* What is older is not answered any more, as by a person's order. */
static const int64_t most_ms = INT64_C(14) * 24 * 3600 * 1000;

/* Opens a gap, or widens the one that is open. */
static void open_gap(struct gaps *g, wall_ms_t since, wall_ms_t until, struct slice account)
{
    bool was_open = gaps_open(g);
    if (!was_open || wall_before(since, g->since)) {
        g->since = since;
    }
    g->until = wall_later(g->until, until);
    bool is_same = !was_open || slice_equal(account, slice_of(g->account));
    size_t len = is_same ? account.len : 0;
    CHECK(len < sizeof g->account);
    if (len > 0) {
        memcpy(g->account, account.ptr, len);
    }
    g->account[len] = '\0';
}

bool gaps_alive(struct gaps *g, wall_ms_t time, span_ms_t distance)
{
    wall_ms_t before = g->alive;
    g->alive = time;
    if (!wall_known(before) || wall_since(time, before).ms <= distance.ms) {
        return false;
    }
    wall_ms_t since = wall_add(before, span_ms(-margin_ms));
    open_gap(g, wall_later(since, wall_add(time, span_ms(-most_ms))), time, SLICE(""));
    return true;
}

void gaps_order(struct gaps *g, wall_ms_t since, wall_ms_t time, struct slice account)
{
    open_gap(g, since, time, account);
}

bool gaps_concern(const struct gaps *g, struct slice account)
{
    return gaps_open(g) && (g->account[0] == '\0' || slice_equal(account, slice_of(g->account)));
}

void gaps_close(struct gaps *g)
{
    *g = (struct gaps){.alive = g->alive};
}

wall_ms_t gaps_due(wall_ms_t now, uint32_t rank, uint32_t partitions)
{
    if (rank < GAPS_AT_ONCE) {
        return now;
    }
    int64_t each_ms = INT64_C(60) * 1000 * partitions / LIMIT_MISSED_PER_MINUTE;
    return wall_add(now, span_ms((int64_t)(rank - GAPS_AT_ONCE + 1) * each_ms));
}
