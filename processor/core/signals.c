#include "processor/core/signals.h"

#include "processor/core/customer_data.h"
#include "processor/core/handoff.h"
#include "processor/core/lifecycle.h"
#include "processor/core/rules.h"
#include "processor/core/turns.h"

/* Nothing follows: the state stays as it is stored. */
static err_t ignore(struct context *ctx, enum note note)
{
    effects_note(ctx->effects, note);
    ctx->effects->changed = false;
    return err_ok();
}

/* Unlike a word, a signal does not wait until it is known again who is active: it is told once. */
static bool may_call(const struct context *ctx)
{
    const struct conversation *state = ctx->state;
    bool is_chat = state->surface == SURFACE_CHAT; /* nobody at Zendesk stands by there */
    if (phase_owner(state->phase) != OWNER_BOT) {
        return phase_owner(state->phase) == OWNER_HUMAN ||
               (is_chat && state->phase == PHASE_RELEASED);
    }
    if (state->surface == SURFACE_TICKET) {
        return lifecycle_bot_may_speak(ctx);
    }
    return is_chat || state->nobody_seen == 0 || ctx->store->default_responder;
}

static err_t weigh(struct context *ctx, const struct rules_case *rules_case)
{
    uint32_t reasons = may_call(ctx) ? rules_hold(ctx->store, rules_case) : 0;
    return reasons == 0 ? ignore(ctx, NOTE_IGNORED)
                        : handoff_call(ctx, reasons, rules_case->answer);
}

/* The same wish as in an answer, and the same rule. */
static err_t handoff_wanted(struct context *ctx)
{
    const struct platform_event *body = &ctx->event->body.platform;
    struct bot_answer answer = {.confidence = -1,
                                .handoff = true,
                                .handoff_reason = body->reason,
                                .handoff_summary = body->summary,
                                .handoff_way = body->handoff_way,
                                .handoff_priority = body->handoff_priority,
                                .handoff_tags = body->handoff_tags};
    struct rules_case rules_case = {.what = HAPPENING_BOT_ANSWERED, .answer = &answer};
    return weigh(ctx, &rules_case);
}

/* Kept for the human, whether or not it calls one. */
static err_t rated(struct context *ctx)
{
    const struct platform_event *body = &ctx->event->body.platform;
    struct rules_case rules_case = {
        .what = HAPPENING_RATED, .text = body->name, .rating = body->value};
    ctx->state->rated = true;
    ctx->state->rating = body->value;
    uint32_t reasons = may_call(ctx) ? rules_hold(ctx->store, &rules_case) : 0;
    if (reasons == 0) {
        effects_note(ctx->effects, NOTE_IGNORED);
        return err_ok();
    }
    return handoff_call(ctx, reasons, NULL);
}

err_t signals_take(struct context *ctx)
{
    const struct platform_event *body = &ctx->event->body.platform;
    if (!slice_equal(ctx->event->store, ctx->state->store)) {
        return ignore(ctx, NOTE_WRONG_STORE);
    }
    if (ctx->event->type == EVENT_BOT_REPLY) {
        return turns_answered(ctx, body->turn, &body->answer);
    }
    if (ctx->store == NULL) {
        return ignore(ctx, NOTE_IGNORED);
    }
    if (ctx->event->type == EVENT_HANDOFF) {
        return handoff_wanted(ctx);
    }
    if (ctx->event->type == EVENT_ACTION) {
        struct rules_case acted = {.what = HAPPENING_BOT_ACTED, .text = body->name};
        return weigh(ctx, &acted);
    }
    if (ctx->event->type == EVENT_RATING) {
        return rated(ctx);
    }
    if (ctx->event->type == EVENT_CUSTOMER_DATA) {
        return customer_data_take(ctx);
    }
    if (ctx->event->type == EVENT_END) {
        return lifecycle_end(ctx, body->reason);
    }
    if (ctx->event->type == EVENT_HANDBACK) {
        return handoff_give_back(ctx);
    }
    return ignore(ctx, NOTE_IGNORED);
}
