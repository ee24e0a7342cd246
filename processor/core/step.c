#include "processor/core/step.h"

#include "processor/core/absorb.h"
#include "processor/core/bridge.h"
#include "processor/core/chat.h"
#include "processor/core/dedupe.h"
#include "processor/core/erase.h"
#include "processor/core/evict.h"
#include "processor/core/halt.h"
#include "processor/core/handoff.h"
#include "processor/core/lifecycle.h"
#include "processor/core/missed.h"
#include "processor/core/outcomes.h"
#include "processor/core/route.h"
#include "processor/core/rules.h"
#include "processor/core/search.h"
#include "processor/core/signals.h"
#include "processor/core/ticket_state.h"
#include "processor/core/tickets.h"
#include "processor/core/transcript.h"
#include "processor/core/transcript_ticket.h"
#include "processor/core/turns.h"
#include "processor/core/waits.h"
#include "processor/core/words.h"

err_t step_new(struct slice key, struct conversation *ret_state)
{
    *ret_state = (struct conversation){.key = key};
    return ident_key_parse(key, &ret_state->account, &ret_state->surface, &ret_state->remote_id);
}

static err_t conversations_event(struct context *ctx)
{
    const struct event *event = ctx->event;
    words_take_facts(ctx);
    route(ctx);
    if (event->type == EVENT_SWITCHBOARD) {
        return event->body.conversations.switchboard == SWITCHBOARD_PASS_FAILED
                   ? handoff_pass_failed(ctx)
                   : lifecycle_switchboard(ctx);
    }
    bool is_word = words_are_customers(event);
    if (ctx->account != NULL && ctx->store != NULL) {
        TRY(lifecycle_weigh(ctx, is_word || event->type == EVENT_CONVERSATION_CREATED));
    }
    if (is_word || event->type == EVENT_CONVERSATION_CREATED) {
        TRY(turns_welcome(ctx));
    }
    if (is_word && ctx->state->routing != ROUTING_SILENT) {
        if (ctx->account != NULL && lifecycle_said_to_other(ctx)) {
            return words_take_history(ctx);
        }
        TRY(turns_take_message(ctx));
        return turns_customer_wrote(ctx, event->body.conversations.text);
    }
    if (ctx->store != NULL && ctx->store->bot_notices) {
        return bridge_heard(ctx);
    }
    if (event->body.conversations.effect_id.len > 0) {
        effects_note(ctx->effects, NOTE_ECHO);
    }
    return words_take_others(ctx);
}

/* Nothing follows from the event: the state stays as it is stored. */
static void ignore(struct context *ctx, enum note note)
{
    effects_note(ctx->effects, note);
    ctx->effects->changed = false;
}

/* A halted conversation is given back by asking Zendesk how things are. */
static err_t go_on(struct context *ctx)
{
    if (ctx->state->surface == SURFACE_TICKET) {
        return tickets_changed(ctx);
    }
    if (ctx->state->surface == SURFACE_CHAT && ctx->state->bridge != BRIDGE_OPEN) {
        return err_ok(); /* nothing of it is at Zendesk */
    }
    if (ctx->store != NULL) { /* else nobody's yet: nobody speaks */
        TRY(lifecycle_ask(ctx));
    }
    return missed_resume(ctx);
}

static err_t operator_event(struct context *ctx)
{
    bool was_halted = ctx->state->halted;
    if (was_halted) {
        TRY(halt_end(ctx));
    }
    if (ctx->event->body.operator_call.action == OPERATOR_HANDBACK) {
        return was_halted ? go_on(ctx) : handoff_give_back(ctx);
    }
    struct rules_case rules_case = {.what = HAPPENING_OPERATOR_CALLED};
    uint32_t reasons = ctx->store != NULL ? rules_hold(ctx->store, &rules_case) : 0;
    TRY(handoff_call(ctx, reasons, NULL));
    return was_halted ? missed_resume(ctx) : err_ok();
}

static bool needs_dedupe(const struct event *event)
{
    bool is_echo =
        event_is_conversations(event->type) && event->body.conversations.effect_id.len > 0;
    bool is_theirs = event_is_conversations(event->type) || event_is_platform(event->type) ||
                     event->type == EVENT_OPERATOR || event->type == EVENT_ABSORB ||
                     (event->type == EVENT_TICKET && event->source == EVENT_FROM_SUPPORT);
    return is_theirs && !is_echo;
}

/* False when the event was seen before or is too old to tell: one from before this life of the
 * conversation may have been decided in the former one, whose ids are forgotten. */
static bool is_fresh(struct context *ctx)
{
    if (!needs_dedupe(ctx->event)) {
        return true;
    }
    wall_ms_t occurred = ctx->event->occurred;
    if (wall_known(occurred) && !wall_before(evict_former_life(ctx->state), occurred)) {
        ignore(ctx, NOTE_TOO_OLD);
        return false;
    }
    switch (dedupe(ctx->state, ctx->event)) {
    case DEDUPE_FRESH: return true;
    case DEDUPE_SEEN: ignore(ctx, NOTE_DUPLICATE); return false;
    case DEDUPE_TOO_OLD: ignore(ctx, NOTE_TOO_OLD); return false;
    }
    BUG("verdict out of range");
}

/* Of an account as a whole. */
static err_t account_event(struct context *ctx)
{
    const struct event *event = ctx->event;
    if (event->type == EVENT_MISSED) {
        return search_missed(ctx);
    }
    if (event->type == EVENT_OUTCOME) {
        return outcomes_take(ctx);
    }
    if (event->type == EVENT_TIMER) {
        return search_timer(ctx, &event->body.timer);
    }
    ignore(ctx, NOTE_IGNORED);
    return err_ok();
}

static err_t decide(struct context *ctx)
{
    const struct event *event = ctx->event;
    if (ctx->state->surface == SURFACE_USER) {
        return absorb_merged(ctx);
    }
    if (event->type == EVENT_ABSORB) {
        route(ctx);
        return absorb_event(ctx);
    }
    if (event->type == EVENT_TICKET && ctx->state->surface != SURFACE_TICKET) {
        return transcript_ticket_event(ctx);
    }
    if (absorb_is_on(ctx->state) && !ctx->state->halted) {
        return absorb_other(ctx);
    }
    if (ctx->state->halted && event->type == EVENT_MISSED) {
        return missed_event(ctx);
    }
    if (ctx->state->halted && event->type != EVENT_OPERATOR) {
        bool is_word = words_are_customers(event);
        if (event->type == EVENT_PLATFORM_MESSAGE && ctx->state->surface == SURFACE_CHAT) {
            effects_note(ctx->effects, NOTE_HALTED);
            route(ctx);
            chat_keep(ctx);
            return err_ok();
        }
        if (is_word) { /* whose it is must be known when a human is called */
            words_take_facts(ctx);
            route(ctx);
        }
        return halt_event(ctx, is_word);
    }
    if (ctx->state->surface == SURFACE_ACCOUNT) {
        return account_event(ctx);
    }
    bool is_chat = ctx->state->surface == SURFACE_CHAT;
    if (is_chat && (event_is_conversations(event->type) || event_is_platform(event->type))) {
        return chat_event(ctx);
    }
    if (event_is_conversations(event->type)) {
        return conversations_event(ctx);
    }
    route(ctx);
    if (event->type == EVENT_TICKET) {
        return tickets_changed(ctx);
    }
    if (event->type == EVENT_TICKET_STATUS) {
        return ticket_state_event(ctx);
    }
    if (event->type == EVENT_OPERATOR) {
        return operator_event(ctx);
    }
    if (event->type == EVENT_OUTCOME) {
        return outcomes_take(ctx);
    }
    if (event->type == EVENT_TIMER) {
        return event->body.timer.kind == TIMER_TURN ? turns_timer(ctx, &event->body.timer)
                                                    : waits_timer(ctx, &event->body.timer);
    }
    if (event_is_platform(event->type)) {
        return signals_take(ctx);
    }
    if (event->type == EVENT_MISSED) {
        return missed_event(ctx);
    }
    ignore(ctx, NOTE_IGNORED);
    return err_ok();
}

static bool is_handled(const struct conversation *state, const struct event *event)
{
    switch (state->surface) {
    case SURFACE_MESSAGING:
    case SURFACE_TICKET:
    case SURFACE_CHAT:
    case SURFACE_ACCOUNT: return event->type != EVENT_CONVERSATIONS_OTHER;
    case SURFACE_USER: return event->type == EVENT_USER_MERGED;
    case SURFACE_NONE: break;
    }
    return false;
}

/* What follows from all that waits, whatever the event was. */
static err_t continue_talk(struct context *ctx, enum handover handover)
{
    const struct conversation *state = ctx->state;
    bool is_talk = state->surface != SURFACE_ACCOUNT && state->surface != SURFACE_USER;
    if (!ctx->effects->changed || !is_talk || state->halted) {
        return err_ok();
    }
    if (absorb_is_on(state)) {
        return absorb_continue(ctx);
    }
    TRY(state->surface == SURFACE_CHAT ? chat_continue(ctx) : turns_continue(ctx));
    return waits_continue(ctx, handover);
}

err_t step(struct arena *arena, const struct step_input *input, struct conversation *state,
           struct effects *effects)
{
    CHECK(event_has_conversation(input->event->type));
    CHECK(slice_equal(state->key, input->event->conversation));
    effects_reset(effects);
    if (input->event->type == EVENT_TIMER && input->event->body.timer.kind == TIMER_EVICT) {
        evict_take(input, state, effects);
        return err_ok();
    }
    if (erase_is_order(input->event)) { /* whatever else it would be: halted, absorbed, a user's */
        erase_take(input->event, state, effects);
        return err_ok();
    }
    if (!wall_known(state->created)) {
        state->created = input->time;
    }
    state->updated = wall_later(state->updated, input->time);
    struct context ctx = {
        .arena = arena,
        .event = input->event,
        .now = state->updated,
        .incarnation = input->incarnation,
        .config = input->config,
        .account = config_account(input->config, state->account),
        .state = state,
        .effects = effects,
        .transcript = {.chunks = input->chunks},
    };
    if (!is_handled(state, input->event)) {
        ignore(&ctx, NOTE_IGNORED);
        return err_ok();
    }
    if (!is_fresh(&ctx)) {
        return err_ok();
    }
    enum handover handover = state->handover;
    TRY(decide(&ctx));
    TRY(continue_talk(&ctx, handover));
    return transcript_finish(&ctx);
}
