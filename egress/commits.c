/* commits — how far the partitions are done, told to the group: one commit outstanding. */
#include "base/check.h"
#include "base/planted.h"
#include "egress/loop_state.h"

enum { PERIOD_MS = 20, AGAIN_MS = 500 };

bool commits_closing(const struct egress_loop *l)
{
    return l->is_draining && loop_is_idle(l) && !l->final_done;
}

static int64_t low_water(struct share *s)
{
    return lanes_low_water(&s->lanes, s->horizon.commits_accepted);
}

/* Something that is done is held back for want of a commit that was asked for since. */
static bool has_unproven(const struct share *s)
{
    const struct lane_item *oldest = s->lanes.oldest;
    return oldest != NULL && oldest->state == LANE_DONE &&
           oldest->proof > s->horizon.commits_accepted;
}

/* Nothing more has to be told in `events`, or proven, before the last commit. */
static bool is_final(const struct egress_loop *l)
{
    bool is_closed = commits_closing(l);
    for (int32_t i = 0; i < l->share_end && is_closed; i++) {
        const struct share *s = l->shares[i];
        is_closed = s == NULL || s->phase != SHARE_RUNNING ||
                    (s->record_ticket == 0 && !horizon_must_close(&s->horizon) && !has_unproven(s));
    }
    return is_closed;
}

bool commits_due(const struct egress_loop *l, mono_ms_t *ret_at)
{
    if (l->commit_is_out) {
        return false;
    }
    bool hurry = is_final(l);
    if (!hurry && !l->commit_wanted) {
        return false;
    }
    hurry = hurry || l->commit_hurries || loop_is_idle(l);
    mono_ms_t next = mono_add(l->commit_asked, span_ms(PERIOD_MS));
    *ret_at = hurry ? l->commit_asked : next;
    return true;
}

/* Adds this share's offset if there is something to tell. */
static void add(struct egress_loop *l, struct share *s, bool closed, size_t *count)
{
    s->is_asked = false;
    if (s->phase != SHARE_COMMITTING && s->phase != SHARE_RUNNING) {
        return;
    }
    int64_t mark = low_water(s);
    if (MUTANT(mark_early) && s->horizon.started_end > mark) {
        mark = s->horizon.started_end;
    }
    s->is_dirty = s->is_new || (s->is_dirty && (mark > s->committed || has_unproven(s)));
    if (s->phase == SHARE_RUNNING && !s->is_dirty && !s->is_proof_wanted && !closed) {
        return;
    }
    char *text = l->commit_texts[*count];
    const struct call *oldest = s->posted.first;
    int64_t posted = oldest == NULL ? INT64_MAX : oldest->posted_from;
    int64_t floor = lanes_outcome_floor(&s->lanes, posted);
    floor = posted < floor ? posted : floor;
    horizon_ask(&s->horizon, floor, text);
    l->commit_offsets[(*count)++] = (struct bus_offset){
        .partition = s->number,
        .offset = mark,
        .metadata = slice_of(text),
    };
    s->is_asked = true;
    s->is_dirty = false;
    s->is_new = s->is_new && !horizon_counts_from_mark(&s->horizon);
    s->is_proof_wanted = false;
}

err_t commits_ask(struct egress_loop *l)
{
    mono_ms_t at = {0};
    if (!commits_due(l, &at) || mono_before(l->now, at)) {
        return err_ok();
    }
    bool closed = is_final(l);
    size_t count = 0;
    for (int32_t i = 0; i < l->share_end; i++) {
        if (l->shares[i] != NULL) {
            add(l, l->shares[i], closed, &count);
        }
    }
    l->commit_wanted = false;
    l->commit_hurries = false;
    l->final_is_out = closed && count > 0;
    l->final_done = closed && count == 0;
    if (count == 0) {
        return err_ok();
    }
    l->commit_asked = l->now;
    l->commit_is_out = true;
    err_t e = bus_commit_offsets(l->bus, l->commit_offsets, count);
    if (err_failed(e)) {
        /* Refused here: nothing was sent. Either we lose the partitions, or it goes later. */
        loop_trouble(l, "a commit was refused here", e, (int64_t)count);
        commits_answered(l, ERR(FENCED), l->commit_offsets, count);
        return err_class(e) == ERR_CLASS_FATAL && !err_is(e, ERR_FENCED) ? e : err_ok();
    }
    return err_ok();
}

static void refused(struct egress_loop *l, const struct bus_offset *offsets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct share *s = l->shares[offsets[i].partition];
        if (s != NULL && s->is_asked) {
            s->is_asked = false;
            s->is_dirty = true;
            s->is_new = true; /* whatever it was for */
        }
    }
    l->commit_wanted = true;
    l->commit_asked = mono_add(l->now, span_ms(AGAIN_MS));
    /* The group takes the partitions away, or takes us in again. If it does neither, we ask anew.
     */
    if (l->fenced_since.ms == 0) {
        l->fenced_since = l->now;
    } else if (mono_since(l->now, l->fenced_since).ms > l->options.session_timeout.ms) {
        l->rejoin_wanted = !l->is_draining;
    }
}

void commits_answered(struct egress_loop *l, err_t result, const struct bus_offset *offsets,
                      size_t count)
{
    if (!l->commit_is_out) {
        return; /* we have started over since it was asked for */
    }
    CRASH_POINT(E12);
    bool was_final = l->final_is_out;
    l->commit_is_out = false;
    l->final_is_out = false;
    /* A drain waits for no second answer. */
    l->final_done = l->final_done || was_final || (err_failed(result) && commits_closing(l));
    if (err_is(result, ERR_FENCED)) {
        refused(l, offsets, count);
        return;
    }
    if (err_failed(result)) {
        loop_trouble(l, "whether a commit was stored is not known", result, (int64_t)count);
        l->rejoin_wanted = count > 0; /* without offsets the membership is over already */
        return;
    }
    l->fenced_since = (mono_ms_t){0};
    for (size_t i = 0; i < count; i++) {
        struct share *s = l->shares[offsets[i].partition];
        if (s == NULL || !s->is_asked) {
            continue; /* taken away meanwhile */
        }
        s->is_asked = false;
        s->committed = offsets[i].offset;
        horizon_commit_accepted(&s->horizon);
        l->recovered[s->number] = l->recovered[s->number] || s->phase == SHARE_RUNNING;
        if (s->phase == SHARE_COMMITTING) {
            loop_fail(l, takeover_committed(l, s));
        } else if (s->is_new || low_water(s) > s->committed) {
            s->is_dirty = true;
            l->commit_wanted = true;
        }
    }
}
