/* held — calls that wait for the horizon of their partition, and what moves it past them.
 *
 *   held ─▶ horizon recorded in `events` ─▶ carried by a commit ─▶ accepted ─▶ sent
 *
 * Many calls share one record and one commit; what comes while they are under way goes with the
 * next. core/horizon.h says why both are needed. */
#include "base/check.h"
#include "base/planted.h"
#include "egress/loop_state.h"

enum { STUCK_MS = 1000, AWAY_MS = 500 };

static bool is_again(const struct call *call)
{
    return call->was_doubted || call->tries > 0;
}

bool held_may_send(const struct call *call)
{
    if (effect_is_read(call->effect)) {
        return true;
    }
    if (is_again(call) && call->since == 0) {
        return false;
    }
    uint64_t since = call->item->lane->since;
    since = call->since > since ? call->since : since;
    return horizon_lets(&call->share->horizon, call->item->offset, since);
}

/* The partition of `events` does not take our records: whatever waits for it may wait long. */
static bool is_stuck(const struct egress_loop *l, const struct share *s)
{
    bool is_slow = s->record_ticket != 0 && mono_since(l->now, s->record_since).ms > STUCK_MS;
    return is_slow || mono_before(l->now, s->retry_at);
}

static err_t send_away(struct egress_loop *l, struct call *call)
{
    run_uncount(l, call);
    return due_put(&l->due, &call->due, mono_add(l->now, span_ms(AWAY_MS)));
}

err_t held_add(struct egress_loop *l, struct call *call)
{
    struct share *s = call->share;
    if (is_stuck(l, s)) {
        return send_away(l, call);
    }
    CHECK(!call->is_held && !call->is_queued && !call->is_out && call->gate != NULL);
    if (is_again(call) && call->since == 0) {
        call->since = horizon_next_commit(&s->horizon);
    }
    call->is_held = true;
    call_list_push_front(&s->held, CALL_READY, call);
    l->held++;
    return err_ok();
}

static void take_out(struct egress_loop *l, struct call *call)
{
    call_list_remove(&call->share->held, CALL_READY, call);
    call->is_held = false;
    l->held--;
}

void held_drop(struct egress_loop *l, struct call *call)
{
    if (call->is_held) {
        take_out(l, call);
        run_uncount(l, call);
    }
}

err_t held_release(struct egress_loop *l, struct share *s)
{
    struct call *next = NULL;
    for (struct call *call = s->held.first; call != NULL && !loop_has_stalled(l, l->now);
         call = next) {
        next = call->links[CALL_READY].next;
        if (held_may_send(call)) {
            take_out(l, call);
            CRASH_POINT(E2);
            TRY(run_start(l, call));
        }
    }
    return err_ok();
}

/* ---- moving the horizon */

static err_t record(struct egress_loop *l, struct share *s, int64_t horizon)
{
    if (s->record_ticket != 0 || mono_before(l->now, s->retry_at)) {
        return err_ok();
    }
    if (MUTANT(horizon_record)) {
        horizon_recorded(&s->horizon, horizon);
        return err_ok();
    }
    return post_own(l, s, EVENT_HORIZON, horizon);
}

/* What the calls held in one partition need next. */
static err_t advance(struct egress_loop *l, struct share *s)
{
    const struct horizon_keeper *k = &s->horizon;
    int64_t newest = -1;
    for (const struct call *call = s->held.first; call != NULL;
         call = call->links[CALL_READY].next) {
        newest = call->item->offset > newest ? call->item->offset : newest;
    }
    if (newest >= k->recorded) {
        TRY(record(l, s, horizon_target(k, newest, s->lanes.next_offset)));
    }
    if (l->commit_is_out && s->is_asked) {
        return err_ok(); /* its answer may be all that is needed; then this is asked again */
    }
    for (const struct call *call = s->held.first; call != NULL && !s->is_proof_wanted;
         call = call->links[CALL_READY].next) {
        s->is_proof_wanted = call->item->offset < k->recorded && !held_may_send(call);
    }
    l->commit_hurries = l->commit_hurries || s->is_proof_wanted;
    l->commit_wanted = l->commit_wanted || s->is_proof_wanted;
    return err_ok();
}

err_t held_advance(struct egress_loop *l)
{
    for (int32_t i = 0; i < l->share_end; i++) {
        struct share *s = l->shares[i];
        if (s == NULL || s->phase != SHARE_RUNNING) {
            continue;
        }
        while (s->held.first != NULL && is_stuck(l, s)) {
            struct call *call = s->held.first;
            take_out(l, call);
            TRY(send_away(l, call));
        }
        if (s->held.first != NULL) {
            TRY(advance(l, s));
        } else if (commits_closing(l) && horizon_must_close(&s->horizon)) {
            TRY(record(l, s, horizon_closed(&s->horizon)));
        }
    }
    return err_ok();
}

void held_recorded(struct share *s, int64_t offset)
{
    horizon_acked(&s->horizon, offset);
    if (s->record_horizon < s->horizon.recorded) {
        horizon_close(&s->horizon);
    } else {
        horizon_recorded(&s->horizon, s->record_horizon);
    }
    CRASH_POINT(E1);
}
