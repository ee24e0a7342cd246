#include "processor/core/waits.h"

#include "processor/core/handoff.h"
#include "processor/core/lifecycle.h"
#include "processor/core/render.h"
#include "processor/core/timers.h"
#include "processor/core/words.h"

static bool is_watched(const struct context *ctx)
{
    return ctx->store != NULL && ctx->store->enabled && ctx->state->surface != SURFACE_TICKET;
}

static bool is_running(const struct conversation *state, enum timer_kind kind)
{
    for (size_t i = 0; i < state->timer_count; i++) {
        if (state->timers[i].kind == kind) {
            return true;
        }
    }
    return false;
}

/* Not what Zendesk's own automata say. */
static bool human_spoke(const struct event *event)
{
    if (!event_is_conversations(event->type) || !words_are_others(event)) {
        return false;
    }
    struct slice subtype = event->body.conversations.author_subtype;
    return !slice_equal_nocase(subtype, SLICE("bot")) && !slice_equal_nocase(subtype, SLICE("AI"));
}

static bool customer_spoke(const struct event *event)
{
    return event->type == EVENT_PLATFORM_MESSAGE ||
           (event_is_conversations(event->type) && words_are_customers(event));
}

static err_t wait_for_human(struct context *ctx, enum handover before)
{
    struct conversation *state = ctx->state;
    bool has_begun = before != HANDOVER_DONE && state->handover == HANDOVER_DONE;
    if (!is_watched(ctx) || phase_owner(state->phase) != OWNER_HUMAN || human_spoke(ctx->event)) {
        timers_cancel(state, TIMER_NOBODY_TOOK_IT);
        return err_ok();
    }
    if (!has_begun || ctx->store->nobody_after.ms == 0) {
        return err_ok();
    }
    struct slice ref = {0};
    TRY(arena_printf(ctx->arena, &ref, "%u/%u", (unsigned)state->episode,
                     (unsigned)state->attempt));
    return timers_set(state, TIMER_NOBODY_TOOK_IT, wall_add(ctx->now, ctx->store->nobody_after),
                      ref);
}

static err_t wait_for_customer(struct context *ctx)
{
    struct conversation *state = ctx->state;
    bool is_idle =
        state->phase == PHASE_BOT && state->turn.state == TURN_NONE && state->pending_count == 0;
    if (!is_watched(ctx) || !is_idle || ctx->store->silent_after.ms == 0) {
        timers_cancel(state, TIMER_INACTIVITY);
        return err_ok();
    }
    if (is_running(state, TIMER_INACTIVITY) && !customer_spoke(ctx->event)) {
        return err_ok();
    }
    return timers_set(state, TIMER_INACTIVITY, wall_add(ctx->now, ctx->store->silent_after),
                      SLICE(""));
}

err_t waits_continue(struct context *ctx, enum handover before)
{
    TRY(wait_for_human(ctx, before));
    return wait_for_customer(ctx);
}

static err_t nobody_came(struct context *ctx)
{
    effects_note(ctx->effects, NOTE_NOBODY_CAME);
    if (ctx->store->nobody_then == NOBODY_WAIT) {
        return render_notice(ctx, SLOT_NOTICE_NOBODY, ctx->store->nobody_text);
    }
    return handoff_nobody_came(ctx);
}

static err_t gone_silent(struct context *ctx)
{
    bool ends = ctx->store->silent_then == SILENT_END;
    effects_note(ctx->effects, NOTE_GONE_SILENT);
    TRY(lifecycle_move(ctx, ends ? PHASE_ENDED : PHASE_RELEASED));
    return render_notice(ctx, SLOT_NOTICE_SILENT, ctx->store->silent_text);
}

err_t waits_timer(struct context *ctx, const struct timer_fired *timer)
{
    const struct conversation *state = ctx->state;
    bool is_due = timers_take(ctx->state, timer);
    if (!is_due) { /* cancelled, or set anew: nothing follows */
        effects_note(ctx->effects, NOTE_IGNORED);
        ctx->effects->changed = false;
        return err_ok();
    }
    if (is_watched(ctx) && timer->kind == TIMER_NOBODY_TOOK_IT &&
        phase_owner(state->phase) == OWNER_HUMAN) {
        return nobody_came(ctx);
    }
    if (is_watched(ctx) && timer->kind == TIMER_INACTIVITY && state->phase == PHASE_BOT) {
        return gone_silent(ctx);
    }
    effects_note(ctx->effects, NOTE_IGNORED);
    return err_ok();
}
