/* room — which commands keep their records in memory, where there is not room for all.
 *
 *   first of its lane, at an open gate, near its front     has its record
 *   first of its lane, else                                call without a record     (bare)
 *   behind others                                          its place in the lane     (forgotten)
 *
 * What a forgotten one knew comes back with its record: nothing of it was tried, since it never
 * was the first. A bare call remembers its tries. */
#include "base/check.h"
#include "egress/loop_state.h"

enum {
    FRONT_CALLS = 256, /* at an open gate, that keep their records */
    SWEEP_MS = 100,
    LONG_MS = 1000,        /* who waits so long for a moment keeps no record */
    BARE_BYTES_SHARE = 96, /* of bytes_max for each bare call: a million of the 96 MiB */
};

static size_t short_at(const struct egress_loop *l)
{
    return l->options.bytes_max / 4 * 3;
}

bool room_is_short(const struct egress_loop *l)
{
    return l->bytes_held >= short_at(l);
}

bool room_is_ample(const struct egress_loop *l)
{
    return l->bytes_held < l->options.bytes_max / 2 &&
           l->bare < l->options.bytes_max / BARE_BYTES_SHARE / 2;
}

void room_taken(struct egress_loop *l, const struct call *call)
{
    if (call->bytes == NULL) {
        l->bare++;
    } else {
        l->bytes_held += call_size(call);
    }
}

void room_given_back(struct egress_loop *l, const struct call *call)
{
    if (call->bytes == NULL) {
        l->bare--;
    } else {
        l->bytes_held -= call_size(call);
    }
}

void room_forget(struct egress_loop *l, struct call *call)
{
    CHECK(!lane_is_first(call->item));
    call->item->owner = NULL;
    call->item = NULL;
    loop_let_go(l, call);
}

/* ---- making room */

/* Nothing of it goes on elsewhere: it only waits. */
static bool only_waits(const struct call *call)
{
    return call->bytes != NULL && !call->is_out && !call->is_held && call->ticket == 0 &&
           call->outcome == NULL && call->dead == NULL;
}

/* The call stays, and what it remembers. */
static void strip(struct egress_loop *l, struct call *call)
{
    if (!only_waits(call)) {
        return;
    }
    room_given_back(l, call);
    call_let_bytes_go(call);
    room_taken(l, call);
}

static void strip_gate(struct egress_loop *l, const struct gate *gate)
{
    size_t kept = gate->in_round && !gate->is_held ? FRONT_CALLS : 0;
    for (struct call *call = gate->calls.first; call != NULL; call = call->links[CALL_READY].next) {
        if (kept > 0) {
            kept--;
        } else {
            strip(l, call);
        }
    }
}

/* The first of a lane that stands at no gate. */
static void strip_first(struct egress_loop *l, const struct share *s, struct call *call)
{
    bool is_untouched = s->phase != SHARE_RUNNING || s->start_from >= 0;
    bool is_resting =
        call->due.place != 0 && mono_since(call->due.at, l->now).ms > LONG_MS && !call->is_queued;
    if (is_resting || (is_untouched && call->due.place == 0)) {
        strip(l, call);
    }
}

bool room_lane_moves(const struct lane *lane)
{
    const struct call *first = lane->first->owner;
    return first != NULL && (first->bytes != NULL || first->want.place != 0);
}

static void strip_share(struct egress_loop *l, struct share *s)
{
    bool is_crowded = l->bytes_held >= l->options.bytes_max / 8 * 7;
    struct lane_item *newer = NULL;
    for (struct lane_item *item = s->lanes.oldest; item != NULL; item = newer) {
        newer = item->newer;
        struct call *call = item->owner;
        if (call == NULL) {
            continue;
        }
        if (lane_is_first(item)) {
            strip_first(l, s, call);
        } else if (is_crowded || !room_lane_moves(item->lane)) {
            room_forget(l, call);
        }
    }
}

static void make(struct egress_loop *l)
{
    for (size_t i = 0; i < table_count(l->gates.by_name); i++) {
        strip_gate(l, table_at(l->gates.by_name, i, NULL));
    }
    for (int32_t i = 0; i < l->share_end; i++) {
        if (l->shares[i] != NULL) {
            strip_share(l, l->shares[i]);
        }
    }
    l->bytes_swept = l->bytes_held;
    l->swept_at = l->now;
}

bool room_for_records(struct egress_loop *l)
{
    /* Each time walks over all that is held, so not before it may be worth it: more has come, or
     * gates have closed since. */
    bool is_more = l->bytes_held >= l->bytes_swept + l->options.bytes_max / 16;
    if (room_is_short(l) && (is_more || mono_since(l->now, l->swept_at).ms >= SWEEP_MS)) {
        make(l);
    }
    return l->bytes_held < l->options.bytes_max;
}

bool room_left(struct egress_loop *l)
{
    return room_for_records(l) && l->bare < l->options.bytes_max / BARE_BYTES_SHARE;
}
