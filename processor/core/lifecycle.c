#include "processor/core/lifecycle.h"

#include "base/fsm.h"
#include "base/planted.h"
#include "processor/core/dedupe.h"
#include "processor/core/fields.h"
#include "processor/core/notices.h"
#include "processor/core/render.h"
#include "processor/core/render_support.h"
#include "processor/core/sent_files.h"
#include "processor/core/turns.h"

/* The drawing in the header, as a table. */
#define TO(phase) FSM_BIT(PHASE_##phase)
static const struct fsm_state phases[] = {
    [PHASE_NEW] = {"new", TO(BOT) | TO(HANDING_OFF) | TO(HUMAN) | TO(RELEASED) | TO(ENDED)},
    [PHASE_BOT] = {"bot", TO(HANDING_OFF) | TO(HUMAN) | TO(RELEASED) | TO(ENDED)},
    [PHASE_HANDING_OFF] = {"handing off", TO(HUMAN) | TO(BOT) | TO(RELEASED) | TO(ENDED)},
    [PHASE_HUMAN] = {"human", TO(HANDING_OFF) | TO(RELEASED) | TO(ENDED)},
    [PHASE_RELEASED] = {"released", TO(BOT) | TO(HUMAN) | TO(ENDED)},
    [PHASE_ENDED] = {"ended", 0},
};
#undef TO
static const struct fsm machine = {"conversation", phases, sizeof phases / sizeof phases[0]};

/* Zendesk's answer to our own call is dated in whole seconds: what it says held a second before. */
static const int64_t date_resolution_ms = 1000;
/* How often in a row nobody must have been found before it is believed. */
enum { NOBODY_BELIEVED = 2 };

enum standing { STANDING_OURS, STANDING_OTHER, STANDING_NOBODY };

static bool names(struct slice configured, struct slice found)
{
    return configured.len > 0 && slice_equal(configured, found);
}

static enum standing standing_of(const struct context *ctx, const struct integration *active)
{
    if (!active->present) {
        return STANDING_NOBODY;
    }
    const struct account *account = ctx->account;
    bool is_ours = account != NULL && (names(account->integration_id, active->integration_id) ||
                                       names(account->switchboard_integration, active->id) ||
                                       names(account->switchboard_integration, active->name));
    return is_ours ? STANDING_OURS : STANDING_OTHER;
}

/* Who has it is told to a bot that wants to hear of it. */
static err_t tell_status(struct context *ctx, enum phase from)
{
    const struct conversation *state = ctx->state;
    bool is_ticketed = from == PHASE_HANDING_OFF && state->handover == HANDOVER_DONE;
    if (!notices_wanted(ctx)) {
        return err_ok();
    }
    struct slice reasons = {0};
    switch (state->phase) {
    case PHASE_HANDING_OFF:
        if (from == PHASE_HUMAN) {
            return err_ok(); /* nobody came, and a ticket is being made: it heard of the call */
        }
        TRY(fields_reasons(ctx, &reasons));
        return notices_status(ctx, NOTICE_ESCALATED, reasons);
    case PHASE_HUMAN: return notices_status(ctx, NOTICE_HUMAN, SLICE(""));
    case PHASE_RELEASED:
        return notices_status(ctx, is_ticketed ? NOTICE_TICKETED : NOTICE_RELEASED, SLICE(""));
    case PHASE_ENDED: return notices_status(ctx, NOTICE_ENDED, SLICE(""));
    case PHASE_BOT:
        return from == PHASE_HANDING_OFF ? notices_status(ctx, NOTICE_FAILED, SLICE("")) : err_ok();
    case PHASE_NEW: return err_ok();
    }
    BUG("phase out of range");
}

err_t lifecycle_move(struct context *ctx, enum phase to)
{
    struct conversation *state = ctx->state;
    enum phase from = state->phase;
    enum owner before = phase_owner(state->phase);
    unsigned phase = (unsigned)state->phase;
    fsm_move(&machine, &phase, (unsigned)to);
    state->phase = to;
    if (phase_owner(to) == before) {
        return tell_status(ctx, from);
    }
    state->epoch++;
    state->speak_checked = false;
    effects_note(ctx->effects, NOTE_OWNER_CHANGED);
    if (phase_owner(to) != OWNER_BOT) {
        turns_drop(state); /* what it asked the bot is void once the bot no longer owns */
        state->said_count = 0;
    }
    if (!MUTANT(fence_written)) {
        TRY(render_fence(ctx));
    }
    return tell_status(ctx, from);
}

err_t lifecycle_ask(struct context *ctx)
{
    if (ctx->state->evidence_asked) {
        return err_ok();
    }
    ctx->state->evidence_asked = true;
    return render_fetch_active(ctx, ctx->state->nobody_seen);
}

err_t lifecycle_released(struct context *ctx)
{
    struct conversation *state = ctx->state;
    bool ends = ctx->store != NULL && ctx->store->after_release == AFTER_RELEASE_END;
    bool was_human = phase_owner(state->phase) == OWNER_HUMAN;
    if (state->phase == PHASE_HUMAN) {
        sent_files_forget(state); /* somebody saw them; whoever was only called has not */
    }
    state->nobody_seen = 0;
    state->handover = HANDOVER_NONE;
    TRY(lifecycle_move(ctx, ends ? PHASE_ENDED : PHASE_RELEASED));
    return was_human && ctx->store != NULL ? render_session_ended(ctx) : err_ok();
}

/* A silent word in the conversation, or an internal note on the ticket. */
static err_t tell_human(struct context *ctx, struct slice reason)
{
    struct slice text = {0};
    TRY(arena_printf(ctx->arena, &text, "The conversation was ended by the bot's side%s%.*s.",
                     reason.len > 0 ? ": " : "", SLICE_ARG(reason)));
    return ctx->state->surface == SURFACE_TICKET
               ? render_ticket_note(ctx, SLOT_ENDED_NOTE, text, ctx->store->end_solves)
               : render_silent(ctx, SLOT_ENDED_NOTE, text);
}

err_t lifecycle_end(struct context *ctx, struct slice reason)
{
    struct conversation *state = ctx->state;
    bool was_human = phase_owner(state->phase) == OWNER_HUMAN;
    if (state->phase == PHASE_ENDED) {
        return err_ok();
    }
    effects_note(ctx->effects, NOTE_ENDED);
    if (state->handover != HANDOVER_TICKETING) { /* the team gets what it was promised */
        state->handover = HANDOVER_NONE;
    }
    TRY(lifecycle_move(ctx, PHASE_ENDED));
    turns_settle(ctx);
    if (ctx->store == NULL || ctx->account == NULL) {
        return err_ok();
    }
    if (was_human || state->surface == SURFACE_TICKET) {
        TRY(tell_human(ctx, reason));
    }
    return was_human ? render_notice(ctx, SLOT_NOTICE_ENDED, ctx->store->session_ended) : err_ok();
}

/* True when evidence of this age may still change anything. */
static bool is_current(struct context *ctx, wall_ms_t at)
{
    if (wall_known(at) && wall_before(at, ctx->state->switchboard_at) &&
        !MUTANT(stale_switchboard)) {
        effects_note(ctx->effects, NOTE_STALE_EVIDENCE);
        return false;
    }
    return true;
}

static bool agrees(const struct conversation *state, enum standing standing)
{
    switch (standing) {
    case STANDING_OURS:
        /* While control is being passed it is ours still; not any more once Zendesk has told that
         * it was, though the outcome may come later. */
        return phase_owner(state->phase) != OWNER_HUMAN ||
               (state->phase == PHASE_HANDING_OFF && state->handover != HANDOVER_NONE &&
                state->handover != HANDOVER_DONE);
    case STANDING_OTHER: return phase_owner(state->phase) == OWNER_HUMAN;
    case STANDING_NOBODY: return state->nobody_seen >= NOBODY_BELIEVED;
    }
    BUG("standing out of range");
}

/* Echoes of our own words take no place among the ids that are remembered, unless they have
 * something asked: told a second time they would have it asked under the same effect id. */
static bool asks_once(struct context *ctx)
{
    const struct event *event = ctx->event;
    bool is_echo = event->body.conversations.effect_id.len > 0;
    return !is_echo || dedupe_id(ctx->state, event->id, event->occurred) == DEDUPE_FRESH;
}

err_t lifecycle_weigh(struct context *ctx, bool may_lead_to_words)
{
    struct conversation *state = ctx->state;
    const struct integration *active = &ctx->event->body.conversations.active;
    enum standing standing = standing_of(ctx, active);
    if (state->phase == PHASE_ENDED || !is_current(ctx, ctx->event->occurred) ||
        (standing == STANDING_NOBODY && !may_lead_to_words)) {
        return err_ok();
    }
    if (standing == STANDING_OURS) {
        state->nobody_seen = 0;
    }
    if (agrees(state, standing)) {
        return err_ok();
    }
    effects_note(ctx->effects, NOTE_NOT_OURS);
    return asks_once(ctx) ? lifecycle_ask(ctx) : err_ok();
}

/* The team gets a ticket, and whoever has control meanwhile is nobody who answers. */
static bool is_ticketing(const struct conversation *state)
{
    return state->phase == PHASE_HANDING_OFF && state->handover == HANDOVER_TICKETING;
}

bool lifecycle_said_to_other(const struct context *ctx)
{
    const struct conversation *state = ctx->state;
    if (is_ticketing(state) && state->way == WAY_TICKET) {
        return false;
    }
    wall_ms_t at = ctx->event->occurred;
    bool is_late = wall_known(at) && wall_before(at, state->switchboard_at);
    return standing_of(ctx, &ctx->event->body.conversations.active) == STANDING_OTHER &&
           (phase_owner(state->phase) == OWNER_HUMAN || is_late);
}

/* A human has taken it over. What waits while control is being passed was said to us: where that
 * was later than the pass, a release is still to be told, and the human never saw it. So Zendesk is
 * asked, and until then it waits (turns_continue). */
static err_t taken(struct context *ctx)
{
    struct conversation *state = ctx->state;
    bool is_open = state->surface == SURFACE_MESSAGING && state->phase == PHASE_HANDING_OFF;
    size_t seen = state->pending_count;
    while (seen > 0 && wall_before(state->switchboard_at, state->pending[seen - 1].received)) {
        seen--; /* they are sorted */
    }
    TRY(lifecycle_move(ctx, PHASE_HUMAN));
    if (!is_open || seen == state->pending_count) {
        return err_ok();
    }
    turns_settle_first(ctx, seen);
    return lifecycle_ask(ctx);
}

err_t lifecycle_switchboard(struct context *ctx)
{
    const struct conversations_event *event = &ctx->event->body.conversations;
    struct conversation *state = ctx->state;
    if (state->phase == PHASE_ENDED || !is_current(ctx, ctx->event->occurred)) {
        return err_ok();
    }
    bool is_release = event->switchboard == SWITCHBOARD_RELEASE;
    bool is_pass =
        event->switchboard == SWITCHBOARD_PASS || event->switchboard == SWITCHBOARD_ACCEPT;
    if (!is_release && !is_pass) {
        return err_ok(); /* offers and failures change no owner */
    }
    state->switchboard_at = wall_later(state->switchboard_at, ctx->event->occurred);
    state->nobody_seen = 0;
    enum owner owner = phase_owner(state->phase);
    if (is_release) {
        bool is_released = state->phase == PHASE_RELEASED || is_ticketing(state);
        return is_released ? err_ok() : lifecycle_released(ctx);
    }
    switch (standing_of(ctx, &event->active)) {
    case STANDING_OURS:
        return owner == OWNER_HUMAN && !agrees(state, STANDING_OURS) ? lifecycle_released(ctx)
                                                                     : err_ok();
    case STANDING_OTHER: return state->phase == PHASE_HUMAN ? err_ok() : taken(ctx);
    case STANDING_NOBODY: return lifecycle_ask(ctx);
    }
    BUG("standing out of range");
}

err_t lifecycle_fetched(struct context *ctx, const struct outcome *outcome)
{
    struct conversation *state = ctx->state;
    bool is_removed = state->surface == SURFACE_CHAT && state->bridge != BRIDGE_OPEN;
    state->evidence_asked = false;
    if (outcome->result != OUTCOME_APPLIED || !outcome->active_given || is_removed ||
        state->phase == PHASE_ENDED) {
        return err_ok(); /* nothing learnt: the next event asks again */
    }
    wall_ms_t at = {0};
    if (wall_known(outcome->answered)) {
        at = wall_add(outcome->answered, span_ms(-date_resolution_ms));
    }
    if (!is_current(ctx, at)) {
        return err_ok();
    }
    enum standing standing = standing_of(ctx, &outcome->active);
    if (standing == STANDING_NOBODY) {
        state->nobody_seen++;
        if (state->nobody_seen < NOBODY_BELIEVED) {
            return lifecycle_ask(ctx);
        }
        bool is_humans = phase_owner(state->phase) == OWNER_HUMAN && !is_ticketing(state);
        return is_humans && !state->pass_unsure ? lifecycle_released(ctx) : err_ok();
    }
    state->nobody_seen = 0;
    if (standing == STANDING_OTHER || !agrees(state, standing)) {
        /* Also where a human was known to have it: a release of before, told late, is old news. */
        state->switchboard_at = wall_later(state->switchboard_at, at);
    }
    bool is_taken = standing == STANDING_OTHER && state->phase == PHASE_HANDING_OFF;
    if (agrees(state, standing) && !is_taken) {
        return err_ok();
    }
    return standing == STANDING_OURS ? lifecycle_released(ctx) : lifecycle_move(ctx, PHASE_HUMAN);
}

err_t lifecycle_open_episode(struct context *ctx)
{
    struct conversation *state = ctx->state;
    if (state->phase != PHASE_NEW && state->phase != PHASE_RELEASED) {
        return err_ok();
    }
    TRY(lifecycle_move(ctx, PHASE_BOT));
    state->episode++;
    state->attempt = 0;
    state->ticket_attempt = 0;
    state->ticket_plain = false;
    state->pass_unsure = false;
    state->reasons = 0;
    state->told = 0;
    state->way = WAY_UNSET;
    state->priority = PRIORITY_UNSET;
    state->tags = SLICE("");
    state->handover = HANDOVER_NONE;
    state->bots_summary = SLICE("");
    return err_ok();
}

bool lifecycle_bot_may_speak(const struct context *ctx)
{
    const struct conversation *state = ctx->state;
    if (phase_owner(state->phase) == OWNER_HUMAN || state->phase == PHASE_ENDED ||
        state->evidence_asked) {
        return false;
    }
    if (state->surface == SURFACE_TICKET) {
        return ctx->account != NULL && state->assignee_id.len > 0 &&
               slice_equal(state->assignee_id, ctx->account->bot_user_id);
    }
    if (state->fetch_asked) {
        return false; /* what was missed comes before what it would say next */
    }
    return state->nobody_seen == 0 || (ctx->store != NULL && ctx->store->default_responder);
}
