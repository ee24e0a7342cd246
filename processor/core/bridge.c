#include "processor/core/bridge.h"

#include "processor/core/handoff.h"
#include "processor/core/lifecycle.h"
#include "processor/core/notices.h"
#include "processor/core/render_bridge.h"
#include "processor/core/render_common.h"
#include "processor/core/sent_files.h"
#include "processor/core/turns.h"
#include "processor/core/words.h"

/* Commands of one step that others may need, and outcomes of a conversation likewise. */
enum { EFFECTS_SPARE = 12, OUTSTANDING_SPARE = 16 };

bool bridge_is_wanted(const struct conversation *state)
{
    return phase_owner(state->phase) == OWNER_HUMAN && state->handover != HANDOVER_TICKETING &&
           state->handover != HANDOVER_ASKING;
}

err_t bridge_hand_over(struct context *ctx)
{
    struct conversation *state = ctx->state;
    if (state->bridge == BRIDGE_OPEN) {
        return handoff_bridged(ctx);
    }
    state->bridge = BRIDGE_USER;
    return render_user(ctx);
}

/* A hand-over waits for the bridge. Whichever call of it wrote the command: all of a life's have
 * the same effect id, so its first outcome answers them all. */
static bool is_awaited(const struct conversation *state)
{
    return state->phase == PHASE_HANDING_OFF && state->handover == HANDOVER_PASSING;
}

static err_t failed(struct context *ctx)
{
    ctx->state->bridge = BRIDGE_NONE;
    ctx->state->bridge_failed = true;
    return is_awaited(ctx->state) ? handoff_live_failed(ctx) : err_ok();
}

static err_t user_made(struct context *ctx, const struct outcome *outcome)
{
    struct conversation *state = ctx->state;
    if (state->bridge != BRIDGE_USER) {
        return err_ok();
    }
    if (outcome->result != OUTCOME_APPLIED || outcome->remote_id.len == 0) {
        return failed(ctx);
    }
    state->customer.user_id = outcome->remote_id;
    if (!is_awaited(state) || ctx->account == NULL) {
        return failed(ctx);
    }
    state->bridge = BRIDGE_CONVERSATION;
    return render_conversation(ctx);
}

static err_t conversation_made(struct context *ctx, const struct outcome *outcome)
{
    struct conversation *state = ctx->state;
    if (state->bridge != BRIDGE_CONVERSATION) {
        return err_ok();
    }
    if (outcome->result != OUTCOME_APPLIED || outcome->remote_id.len == 0) {
        return failed(ctx);
    }
    state->remote_id = outcome->remote_id;
    state->bridge = BRIDGE_OPEN;
    if (!is_awaited(state)) {
        return err_ok();
    }
    return ctx->store == NULL || ctx->account == NULL ? handoff_live_failed(ctx)
                                                      : handoff_bridged(ctx);
}

err_t bridge_outcome(struct context *ctx, const struct outcome *outcome)
{
    return outcome->effect == EFFECT_USER_CREATE ? user_made(ctx, outcome)
                                                 : conversation_made(ctx, outcome);
}

static bool has_room(const struct context *ctx, size_t commands)
{
    return ctx->effects->command_count + commands + EFFECTS_SPARE <= LIMIT_EFFECTS_PER_STEP_MAX &&
           ctx->state->outstanding_count + commands + OUTSTANDING_SPARE <= LIMIT_OUTSTANDING_MAX;
}

/* One message alone may be longer than a step has room for: it goes when nothing else does. */
static bool may_go(const struct context *ctx, const struct pending_message *message)
{
    size_t commands = render_forward_count(message);
    return has_room(ctx, commands) ||
           (ctx->effects->command_count == 0 && ctx->state->outstanding_count == 0);
}

err_t bridge_forward(struct context *ctx)
{
    struct conversation *state = ctx->state;
    size_t count = 0;
    if (state->bridge != BRIDGE_OPEN || !bridge_is_wanted(state) || ctx->account == NULL ||
        !ctx->account->enabled) {
        return err_ok();
    }
    while (count < state->pending_count && may_go(ctx, &state->pending[count])) {
        TRY(render_forward(ctx, &state->pending[count]));
        count++;
    }
    bool is_all_there = sent_files_are_there(state); /* since control was passed */
    turns_settle_first(ctx, count);
    if (is_all_there) {
        sent_files_there(state);
    }
    return err_ok();
}

/* What a person sees of a message of a kind that the platform may not know. */
static err_t fallback(struct context *ctx, const struct conversations_event *body,
                      struct slice *ret_text)
{
    if (body->text.len > 0 || body->attachment_count > 0) {
        *ret_text = body->text;
        return err_ok();
    }
    struct slice kind = body->content_type.len > 0 ? body->content_type : SLICE("unknown");
    return arena_printf(ctx->arena, ret_text,
                        "[A message of type \"%.*s\", which cannot be shown here]",
                        SLICE_ARG(kind));
}

err_t bridge_heard(struct context *ctx)
{
    const struct conversations_event *body = &ctx->event->body.conversations;
    struct slice text = {0};
    if (words_are_customers(ctx->event)) { /* said at Zendesk: known there, news to us alone */
        bool is_all_there = sent_files_are_there(ctx->state);
        TRY(words_take_history(ctx));
        if (is_all_there) { /* else what waits goes with the next pass, and this one twice */
            sent_files_there(ctx->state);
        }
        return err_ok();
    }
    if (!words_are_others(ctx->event)) {
        return err_ok();
    }
    TRY(fallback(ctx, body, &text));
    turns_take_history(ctx, SPEAKER_AGENT, text, body->received);
    struct effect_cause cause = {
        .account = ctx->state->account,
        .conversation = ctx->state->key,
        .event = body->message_id.len > 0 ? body->message_id : ctx->event->id,
        .slot = SLOT_AGENT_WORD,
    };
    struct notice_message message = {
        .from = SPEAKER_AGENT,
        .id = body->message_id,
        .name = body->author_name,
        .text = text,
        .at = body->received,
        .attachments = body->attachments,
        .attachment_count = body->attachment_count,
    };
    return notices_message(ctx, &cause, &message);
}

err_t bridge_removed(struct context *ctx)
{
    struct conversation *state = ctx->state;
    state->bridge = BRIDGE_NONE;
    state->bridge_failed = true;
    bool is_ticketing = state->phase == PHASE_HANDING_OFF && state->handover == HANDOVER_TICKETING;
    return phase_owner(state->phase) == OWNER_HUMAN && !is_ticketing ? lifecycle_released(ctx)
                                                                     : err_ok();
}
