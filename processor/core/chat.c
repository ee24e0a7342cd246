#include "processor/core/chat.h"

#include "processor/core/bridge.h"
#include "processor/core/customer_data.h"
#include "processor/core/handoff.h"
#include "processor/core/lifecycle.h"
#include "processor/core/notices.h"
#include "processor/core/render.h"
#include "processor/core/render_support.h"
#include "processor/core/route.h"
#include "processor/core/rules.h"
#include "processor/core/sent_files.h"
#include "processor/core/signals.h"
#include "processor/core/turns.h"

static err_t ignore(struct context *ctx, enum note note)
{
    effects_note(ctx->effects, note);
    ctx->effects->changed = false;
    return err_ok();
}

static void take(struct slice *known, struct slice found)
{
    if (found.len > 0) {
        *known = found;
    }
}

/* What the platform knows of the customer. The id in Conversations is not the platform's to tell.
 */
static void take_customer(struct conversation *state, const struct customer *found)
{
    take(&state->customer.external_id, found->external_id);
    take(&state->customer.zendesk_id, found->zendesk_id);
    take(&state->customer.name, found->name);
    take(&state->customer.email, found->email);
    take(&state->customer.locale, found->locale);
    take(&state->customer.avatar_url, found->avatar_url);
    take(&state->customer.phone, found->phone);
}

static void take_pending(struct context *ctx)
{
    const struct platform_event *body = &ctx->event->body.platform;
    struct pending_message message = {
        .id = body->message_id,
        .text = body->text,
        .received = ctx->now,
        .attachments = body->attachments,
        .attachment_count = body->attachment_count,
    };
    turns_take_pending(ctx, &message);
}

void chat_keep(struct context *ctx)
{
    take_customer(ctx->state, &ctx->event->body.platform.customer);
    take_pending(ctx);
}

/* Told again: who writes on has not heard of it. */
static err_t wrote_after_end(struct context *ctx)
{
    effects_note(ctx->effects, NOTE_AFTER_END);
    turns_take_history(ctx, SPEAKER_CUSTOMER, ctx->event->body.platform.text, ctx->now);
    return notices_status(ctx, NOTICE_ENDED, SLICE(""));
}

static err_t customer_wrote(struct context *ctx)
{
    struct conversation *state = ctx->state;
    if (state->phase == PHASE_ENDED) {
        return wrote_after_end(ctx);
    }
    if (phase_owner(state->phase) != OWNER_HUMAN) {
        TRY(lifecycle_open_episode(ctx));
    }
    take_pending(ctx);
    return turns_customer_wrote(ctx, ctx->event->body.platform.text);
}

/* The bot's own answer, shown by its platform already. */
static err_t bot_answered(struct context *ctx)
{
    const struct bot_answer *answer = &ctx->event->body.platform.answer;
    struct rules_case rules_case = {.what = HAPPENING_BOT_ANSWERED, .answer = answer};
    bool is_bots = phase_owner(ctx->state->phase) == OWNER_BOT;
    uint32_t reasons = is_bots && ctx->store != NULL ? rules_hold(ctx->store, &rules_case) : 0;
    if (ctx->state->phase == PHASE_ENDED || ctx->store == NULL) {
        return ignore(ctx, NOTE_IGNORED);
    }
    if (ctx->state->turn.state == TURN_NONE && phase_owner(ctx->state->phase) != OWNER_HUMAN) {
        turns_settle(ctx); /* what it answers stands before it in the history */
    }
    if (reasons != 0 && ctx->store->enabled && ctx->account->enabled) {
        return handoff_call(ctx, reasons, answer);
    }
    for (size_t i = 0; i < answer->message_count; i++) {
        turns_take_history(ctx, SPEAKER_BOT, answer->messages[i], ctx->now);
    }
    return err_ok();
}

/* A human was called, or has it, and does not have all of the customer's words yet. */
static bool is_under_way(const struct context *ctx)
{
    const struct conversation *state = ctx->state;
    bool is_made = state->bridge == BRIDGE_USER || state->bridge == BRIDGE_CONVERSATION ||
                   state->handover == HANDOVER_ASKING || state->handover == HANDOVER_TICKETING;
    bool can_go = ctx->store != NULL && ctx->account != NULL && ctx->account->enabled;
    return can_go && phase_owner(state->phase) == OWNER_HUMAN &&
           (is_made || state->pending_count > 0);
}

static err_t end_now(struct context *ctx)
{
    struct conversation *state = ctx->state;
    bool is_heard = state->bridge == BRIDGE_OPEN && bridge_is_wanted(state) && ctx->store != NULL &&
                    ctx->account != NULL;
    if (is_heard) {
        TRY(render_silent(ctx, SLOT_CHAT_ENDED, SLICE("The customer has left the chat.")));
    }
    turns_settle(ctx);
    state->ending = false;
    state->handover = HANDOVER_NONE;
    bool is_over = state->phase == PHASE_ENDED; /* with the release, where that ends it */
    return is_over ? err_ok() : lifecycle_move(ctx, PHASE_ENDED);
}

/* The customer has left, or the platform is done with it. What was said before goes first. */
static err_t platform_ended(struct context *ctx)
{
    struct conversation *state = ctx->state;
    if (state->phase == PHASE_ENDED || state->ending) {
        return ignore(ctx, NOTE_IGNORED);
    }
    TRY(bridge_forward(ctx));
    state->ending = is_under_way(ctx);
    return state->ending ? err_ok() : end_now(ctx);
}

static err_t handed_back(struct context *ctx)
{
    bool is_passed = ctx->state->bridge == BRIDGE_OPEN &&
                     phase_owner(ctx->state->phase) == OWNER_HUMAN && ctx->account != NULL;
    return is_passed ? handoff_give_back(ctx) : ignore(ctx, NOTE_IGNORED);
}

static err_t platform_event(struct context *ctx)
{
    const struct event *event = ctx->event;
    if (ctx->state->routing != ROUTING_STORE || ctx->account == NULL) {
        return ignore(ctx, NOTE_IGNORED);
    }
    if (!slice_equal(event->store, ctx->state->store)) {
        return ignore(ctx, NOTE_WRONG_STORE);
    }
    take_customer(ctx->state, &event->body.platform.customer);
    switch ((unsigned)event->type) {
    case EVENT_PLATFORM_MESSAGE: return customer_wrote(ctx);
    case EVENT_ANSWERED: return bot_answered(ctx);
    case EVENT_END: return platform_ended(ctx);
    case EVENT_HANDBACK: return handed_back(ctx);
    case EVENT_CUSTOMER_DATA: return customer_data_take(ctx);
    default: return signals_take(ctx);
    }
}

/* Who has it at Zendesk matters only while a human has it, or takes it: before and after that the
 * bot speaks in its own widget, whoever stands by there. */
static err_t zendesk_event(struct context *ctx)
{
    const struct event *event = ctx->event;
    const struct conversation *state = ctx->state;
    bool is_it = state->bridge == BRIDGE_OPEN &&
                 slice_equal(event->body.conversations.conversation_id, state->remote_id);
    if (!is_it || ctx->account == NULL || ctx->store == NULL || state->phase == PHASE_ENDED) {
        return ignore(ctx, NOTE_IGNORED);
    }
    bool is_humans = phase_owner(state->phase) == OWNER_HUMAN;
    if (event->type == EVENT_SWITCHBOARD) {
        enum switchboard_action action = event->body.conversations.switchboard;
        if (action == SWITCHBOARD_PASS_FAILED) {
            return handoff_pass_failed(ctx);
        }
        return action == SWITCHBOARD_RELEASE && !is_humans ? ignore(ctx, NOTE_IGNORED)
                                                           : lifecycle_switchboard(ctx);
    }
    if (event->type == EVENT_CONVERSATION_REMOVED) {
        return bridge_removed(ctx);
    }
    bool is_word = event->type == EVENT_MESSAGE || event->type == EVENT_POSTBACK;
    bool is_echo = event->body.conversations.effect_id.len > 0;
    if (!is_word || is_echo) {
        return ignore(ctx, NOTE_IGNORED);
    }
    if (is_humans) {
        TRY(lifecycle_weigh(ctx, true));
    }
    return bridge_heard(ctx);
}

err_t chat_event(struct context *ctx)
{
    route(ctx);
    return event_is_platform(ctx->event->type) ? platform_event(ctx) : zendesk_event(ctx);
}

/* What was written while the team got a ticket instead, a new one or one that was there: of a bot
 * that has stopped to answer. */
static err_t add_to_ticket(struct context *ctx)
{
    struct conversation *state = ctx->state;
    uint32_t slot = ctx->event->type == EVENT_OUTCOME ? ctx->event->body.outcome.slot : 0;
    bool is_ticketed =
        slot == SLOT_CREATE_TICKET || slot == SLOT_CREATE_PLAIN || slot == SLOT_TICKET_AGAIN;
    bool is_had = is_ticketed && state->phase == PHASE_RELEASED && state->ticket_id.len > 0;
    bool is_known = ctx->store != NULL && ctx->account != NULL;
    if (!is_had || !is_known || state->pending_count == 0) {
        return err_ok();
    }
    TRY(render_ticket_more(ctx));
    turns_settle(ctx);
    sent_files_forget(state); /* the ticket has them now */
    return err_ok();
}

err_t chat_continue(struct context *ctx)
{
    struct conversation *state = ctx->state;
    TRY(bridge_forward(ctx));
    if (state->ending && !is_under_way(ctx)) {
        TRY(add_to_ticket(ctx));
        TRY(end_now(ctx));
    }
    if (phase_owner(state->phase) == OWNER_HUMAN) {
        return err_ok();
    }
    if (state->phase == PHASE_ENDED) {
        turns_after_end(ctx);
        return err_ok();
    }
    if (ctx->store != NULL && ctx->store->chat_turns) {
        return turns_continue(ctx);
    }
    TRY(add_to_ticket(ctx));
    if (state->turn.state == TURN_NONE) { /* else the bot was asked before that was switched off */
        turns_settle(ctx);
    }
    return err_ok();
}
