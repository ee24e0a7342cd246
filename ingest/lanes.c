#include "ingest/lanes.h"

#include "base/check.h"

#include <stdlib.h>

enum {
    STEP_MS = 100,
    STEPS = 32,         /* what comes after them counts with the last */
    KNOWN_MS = 500,     /* so long the oldest must have waited for a speed to be known, */
    KNOWN_RECORDS = 16, /* and so many must have been before it: a handful is one batch */
    STANDING_MS = 200,  /* nothing done for so long: it stands still */
};

struct lane {
    int64_t oldest; /* step; of no meaning while nothing is on its way */
    size_t on_way;
    mono_ms_t last_done;
    uint32_t count[STEPS]; /* by step modulo STEPS, from `oldest` on */
    uint32_t ahead[STEPS]; /* on their way when the first of that step came */
};

struct lanes {
    size_t count;
    struct lane lane[];
};

err_t lanes_new(size_t count, struct lanes **ret_lanes)
{
    struct lanes *l = calloc(1, sizeof *l + count * sizeof l->lane[0]);
    if (l == NULL) {
        return ERR(NO_MEMORY);
    }
    l->count = count;
    *ret_lanes = l;
    return err_ok();
}

void lanes_free(struct lanes *l)
{
    free(l);
}

static size_t place(int64_t step)
{
    return (size_t)((uint64_t)step % STEPS);
}

void lanes_add(struct lanes *l, size_t lane, mono_ms_t now)
{
    CHECK(lane < l->count);
    struct lane *at = &l->lane[lane];
    int64_t step = now.ms / STEP_MS;
    if (at->on_way == 0) {
        at->oldest = step;
    }
    int64_t last = at->oldest + STEPS - 1;
    size_t here = place(step > last ? last : step);
    if (at->count[here] == 0) {
        at->ahead[here] = (uint32_t)at->on_way;
    }
    at->count[here]++;
    at->on_way++;
}

void lanes_done(struct lanes *l, size_t lane, mono_ms_t now)
{
    CHECK(lane < l->count);
    struct lane *at = &l->lane[lane];
    CHECK(at->on_way > 0);
    at->last_done = now;
    at->on_way--;
    at->count[place(at->oldest)]--;
    while (at->on_way > 0 && at->count[place(at->oldest)] == 0) {
        at->oldest++;
    }
}

span_ms_t lanes_wait(const struct lanes *l, size_t lane, mono_ms_t now)
{
    CHECK(lane < l->count);
    const struct lane *at = &l->lane[lane];
    if (at->on_way == 0) {
        return span_ms(0);
    }
    int64_t age = now.ms - at->oldest * STEP_MS;
    int64_t ahead = at->ahead[place(at->oldest)];
    bool works = mono_since(now, at->last_done).ms < STANDING_MS;
    if (age < KNOWN_MS || ahead < KNOWN_RECORDS || !works) {
        return span_ms(age);
    }
    int64_t wait = (int64_t)at->on_way * age / ahead;
    return span_ms(wait > age ? wait : age);
}
