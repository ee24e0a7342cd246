#include "ctl/move_plan.h"

#include "event/codec.h"
#include "event/horizon_text.h"

#include <string.h>

enum { PARTITIONS_USUAL = 16 };

static bool is_prefix(struct slice text, const char *prefix)
{
    return slice_equal(text, slice_of(prefix));
}

static err_t judge_here(const struct move_ends *ends, struct why *why)
{
    const struct deployment *here = ends->here;
    if (strcmp(ends->from, ends->into) == 0) {
        why_set(why, "it is under `%s` already", ends->into);
        return ERR(USAGE);
    }
    if (here == NULL || here->partitions == 0) {
        why_set(why, "there is no deployment under `%s`", ends->from);
        return ERR(CONFIG);
    }
    if (here->moving_from.len > 0) {
        why_set(why, "what was under `%.*s` has not come here whole: that move comes first",
                SLICE_ARG(here->moving_from));
        return ERR(CONFIG);
    }
    if (here->moved_into.len > 0 && !is_prefix(here->moved_into, ends->into)) {
        why_set(why, "this deployment was moved to `%.*s`", SLICE_ARG(here->moved_into));
        return ERR(CONFIG);
    }
    return err_ok();
}

err_t move_judge(const struct move_ends *ends, struct why *why, enum move_stage *ret_stage,
                 uint32_t *ret_partitions)
{
    const struct deployment *there = ends->there;
    TRY(judge_here(ends, why));
    if (there == NULL) {
        *ret_stage = MOVE_BEGINS;
        *ret_partitions = ends->partitions > 0 ? ends->partitions : PARTITIONS_USUAL;
        return err_ok();
    }
    bool is_ours = is_prefix(there->moving_from, ends->from);
    bool is_done = there->moving_from.len == 0 && is_prefix(ends->here->moved_into, ends->into);
    if (!is_ours && !is_done) {
        why_set(why, "there is another deployment under `%s`; choose a prefix that is free",
                ends->into);
        return ERR(CONFIG);
    }
    if (ends->partitions > 0 && ends->partitions != there->partitions) {
        why_set(why, "the topics under `%s` were made with %u partitions, not %u", ends->into,
                there->partitions, ends->partitions);
        return ERR(CONFIG);
    }
    *ret_stage = is_done ? MOVE_IS_DONE : MOVE_GOES_ON;
    *ret_partitions = there->partitions;
    return err_ok();
}

struct deployment move_begun(const struct move_ends *ends, uint32_t partitions)
{
    struct deployment begun = *ends->here;
    begun.partitions = partitions;
    begun.moved_into = (struct slice){0};
    begun.moving_from = slice_of(ends->from);
    return begun;
}

bool move_may_stay(const struct event *event)
{
    return !event_has_conversation(event->type) && event->type != EVENT_BACKFILL;
}

struct slice move_place(struct slice key)
{
    return slice_sub(key, 0, slice_find(key, '\0'));
}

err_t move_state(struct arena *arena, struct slice value, struct buf *out, struct slice *ret_value)
{
    *ret_value = value;
    arena_reset(arena);
    struct conversation *state = ARENA_NEW(arena, struct conversation);
    if (state == NULL) {
        return ERR(ARENA_FULL);
    }
    if (value.len == 0 || err_failed(codec_conversation_decode(arena, value, NULL, state)) ||
        state->given_up_count == 0) {
        return err_ok();
    }
    /* An offset that no writing of a command ever has. */
    for (size_t i = 0; i < state->given_up_count; i++) {
        state->given_up[i].command_offset = INT64_MAX;
    }
    buf_reset(out);
    TRY(codec_conversation_encode(state, out));
    *ret_value = buf_slice(out);
    return err_ok();
}

static wall_ms_t earlier(wall_ms_t a, wall_ms_t b)
{
    return !wall_known(a) || (wall_known(b) && wall_before(b, a)) ? b : a;
}

/* A gap that one partition is at is made up for in all: what was read again once does no harm. */
static void gather_gap(struct gaps *sum, const struct gaps *one, bool is_first)
{
    sum->alive = earlier(sum->alive, one->alive);
    if (!gaps_open(one)) {
        return;
    }
    bool is_same = is_first || !gaps_open(sum) || strcmp(sum->account, one->account) == 0;
    if (is_same) {
        memcpy(sum->account, one->account, sizeof sum->account);
    } else {
        sum->account[0] = '\0';
    }
    sum->since = earlier(sum->since, one->since);
    sum->until = wall_later(sum->until, one->until);
}

void move_gather(struct move_gathered *g, const struct checkpoint *c)
{
    gather_gap(&g->sum.gaps, &c->gaps, !g->any);
    g->sum.at = wall_later(g->sum.at, c->at);
    g->sum.incarnation = c->incarnation > g->sum.incarnation ? c->incarnation : g->sum.incarnation;
    evict_count_more(&g->sum.numbers, &c->numbers);
    g->any = true;
}

struct checkpoint move_checkpoint(const struct move_gathered *g, int64_t next)
{
    struct checkpoint c = g->sum;
    c.next = next;
    c.config = -1;
    c.incarnation = move_first_owner(g);
    return c;
}

uint64_t move_first_owner(const struct move_gathered *g)
{
    return horizon_first_incarnation(horizon_moves(g->sum.incarnation) + 1);
}
