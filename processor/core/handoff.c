#include "processor/core/handoff.h"

#include "base/buf.h"
#include "base/planted.h"
#include "processor/core/agents.h"
#include "processor/core/bridge.h"
#include "processor/core/hours.h"
#include "processor/core/lifecycle.h"
#include "processor/core/render.h"
#include "processor/core/render_support.h"
#include "processor/core/render_ticket.h"
#include "processor/core/sent_files.h"
#include "processor/core/transcript.h"
#include "processor/core/turns.h"
#include "processor/core/ways.h"

/* Our own answer's Date has whole seconds: what it says held a second before. */
static const int64_t date_resolution_ms = 1000;
/* The status by which Zendesk says that it understood and does not take it. */
enum { UNPROCESSABLE = 422 };

/* Held in Conversations, or on its way there. */
static bool is_conversation(const struct context *ctx)
{
    return ctx->state->surface != SURFACE_TICKET;
}

static err_t make_ticket(struct context *ctx)
{
    ctx->state->handover = HANDOVER_TICKETING;
    return ctx->state->ticket_id.len > 0 ? render_ticket_again(ctx)
                                         : render_ticket_create(ctx, ctx->state->ticket_plain);
}

static err_t summary_of(struct context *ctx, struct slice *ret_summary)
{
    bool is_off = ctx->store->summary_place == SUMMARY_OFF;
    *ret_summary = SLICE("");
    return is_off ? err_ok() : render_summary(ctx, ret_summary);
}

static err_t pass_live(struct context *ctx, struct slice summary)
{
    /* A conversation that was made for it is seen by the team alone: there it may be said aloud. */
    bool is_said = ctx->store != NULL && ctx->store->summary_place == SUMMARY_FIRST_MESSAGE &&
                   ctx->state->surface == SURFACE_CHAT;
    if (summary.len > 0) {
        TRY(is_said ? render_aloud(ctx, SLOT_SUMMARY, summary)
                    : render_silent(ctx, SLOT_SUMMARY, summary));
    }
    TRY(render_pass(ctx, SLOT_PASS, ctx->account->agent_target));
    return ctx->state->surface == SURFACE_CHAT ? sent_files_into_bridge(ctx) : err_ok();
}

/* Nobody can come before the team is at work again. Whom a person calls by hand is called. */
static bool is_closed(const struct context *ctx, uint32_t reasons)
{
    bool is_by_hand = (reasons & REASON_BIT(REASON_MANUAL)) != 0;
    return !is_by_hand && !hours_open(ctx->store, ctx->now);
}

/* Told once an attempt, whether or not a ticket is made: what the store wants may change. */
static err_t tell_closed(struct context *ctx)
{
    struct conversation *state = ctx->state;
    if ((state->told & CONVERSATION_TOLD_CLOSED) != 0) {
        return err_ok();
    }
    state->told |= CONVERSATION_TOLD_CLOSED;
    return render_notice(ctx, SLOT_NOTICE_CLOSED, ctx->store->closed_text);
}

static err_t tell_call(struct context *ctx)
{
    return is_closed(ctx, ctx->state->reasons)
               ? tell_closed(ctx)
               : render_notice(ctx, SLOT_NOTICE_HANDOVER, ctx->store->handoff_notice);
}

static err_t hand_over(struct context *ctx)
{
    struct slice summary = {0};
    TRY(summary_of(ctx, &summary));
    TRY(tell_call(ctx));
    if (!is_conversation(ctx)) {
        ctx->state->handover = HANDOVER_TICKETING;
        return render_ticket_unassign(ctx, summary, false);
    }
    if (ctx->state->way != WAY_LIVE) {
        return make_ticket(ctx);
    }
    ctx->state->handover = HANDOVER_PASSING;
    return ctx->state->surface == SURFACE_CHAT ? bridge_hand_over(ctx) : pass_live(ctx, summary);
}

err_t handoff_go_on(struct context *ctx)
{
    CHECK(ctx->store != NULL && ctx->account != NULL);
    return hand_over(ctx);
}

err_t handoff_by_ticket(struct context *ctx)
{
    CHECK(ctx->store != NULL && ctx->account != NULL);
    ctx->state->way = WAY_TICKET;
    return make_ticket(ctx);
}

err_t handoff_bridged(struct context *ctx)
{
    struct slice summary = {0};
    TRY(summary_of(ctx, &summary));
    return pass_live(ctx, summary);
}

/* The bot's last words belong before the notice. The fence would end them as a bot's, so they go
 * out as what they are by now: something told at the hand-over. */
static err_t last_words(struct context *ctx, const struct bot_answer *answer)
{
    uint32_t words = 0;
    for (size_t i = 0; answer != NULL && i < answer->message_count; i++) {
        uint32_t parts = 0;
        TRY(render_last_word(ctx, answer->messages[i], words, &parts));
        words += parts;
        turns_take_history(ctx, SPEAKER_BOT, answer->messages[i], ctx->now);
    }
    return answer == NULL ? err_ok() : turns_say_files(ctx, answer, true, &words);
}

/* What the bot says about it, for whichever way is taken: its reason in a word, and its summary. */
static err_t take_summary(struct context *ctx, const struct bot_answer *answer)
{
    ctx->state->bots_summary = SLICE("");
    if (answer == NULL) {
        return err_ok();
    }
    struct slice reason = answer->handoff_reason;
    struct slice summary = answer->handoff_summary;
    const char *between = reason.len > 0 && summary.len > 0 ? ": " : "";
    struct slice text = {0};
    TRY(arena_printf(ctx->arena, &text, "%.*s%s%.*s", SLICE_ARG(reason), between,
                     SLICE_ARG(slice_cut_utf8(summary, LIMIT_SUMMARY_BYTES_MAX))));
    ctx->state->bots_summary = slice_cut_utf8(text, LIMIT_SUMMARY_BYTES_MAX);
    return err_ok();
}

/* Nobody is called: the text of each of these rules, once an episode. */
static err_t tell(struct context *ctx, uint32_t reasons)
{
    struct conversation *state = ctx->state;
    for (uint32_t reason = 1; reason < LIMIT_RULES_MAX; reason++) {
        struct slice own = ways_text(ctx->store, (enum reason)reason);
        if ((reasons & ~state->told & REASON_BIT(reason)) != 0 && own.len > 0) {
            state->told |= REASON_BIT(reason);
            effects_note(ctx->effects, NOTE_TOLD);
            TRY(render_told(ctx, (enum reason)reason, own));
        }
    }
    return err_ok();
}

/* Nobody is called because nobody is at work. */
static err_t only_closed(struct context *ctx)
{
    if ((ctx->state->told & CONVERSATION_TOLD_CLOSED) == 0) {
        effects_note(ctx->effects, NOTE_TOLD);
    }
    return tell_closed(ctx);
}

bool handoff_would_call(const struct context *ctx, uint32_t reasons)
{
    bool is_only_told =
        is_closed(ctx, reasons | ctx->state->reasons) && ctx->store->closed_then == CLOSED_MESSAGE;
    return ways_call(ctx->store, reasons) && !is_only_told;
}

/* Of all reasons of the episode, also those that were only told of before. */
static err_t take_ways(struct context *ctx, const struct bot_answer *answer)
{
    struct ways ways = {0};
    TRY(ways_judge(ctx->arena, ctx->store, ctx->state->reasons, answer, &ways));
    ctx->state->way = is_closed(ctx, ctx->state->reasons) ? WAY_TICKET : ways.way;
    ctx->state->priority = ways.priority;
    ctx->state->tags = ways.tags;
    return err_ok();
}

err_t handoff_call(struct context *ctx, uint32_t reasons, const struct bot_answer *answer)
{
    struct conversation *state = ctx->state;
    if (reasons == 0 || ctx->store == NULL || state->phase == PHASE_ENDED) {
        return err_ok();
    }
    if (!ctx->store->enabled || !ctx->account->enabled) {
        if (state->pending_count == 0) { /* else the turn that does not begin says so */
            effects_note(ctx->effects, NOTE_STORE_OFF);
        }
        return err_ok();
    }
    if (phase_owner(state->phase) == OWNER_HUMAN && !MUTANT(once_an_episode)) {
        state->reasons |= reasons;
        effects_note(ctx->effects, NOTE_REASON_ADDED);
        return err_ok();
    }
    TRY(lifecycle_open_episode(ctx));
    state->reasons |= reasons;
    if (is_closed(ctx, ctx->state->reasons)) {
        effects_note(ctx->effects, NOTE_CLOSED);
    }
    if (!handoff_would_call(ctx, reasons)) {
        return ways_call(ctx->store, reasons) ? only_closed(ctx) : tell(ctx, reasons);
    }
    TRY(take_ways(ctx, answer));
    effects_note(ctx->effects, NOTE_ESCALATED);
    TRY(lifecycle_move(ctx, PHASE_HANDING_OFF));
    turns_settle(ctx);
    TRY(last_words(ctx, answer));
    TRY(take_summary(ctx, answer));
    transcript_owe(ctx);
    return agents_wanted(ctx) ? agents_ask(ctx) : hand_over(ctx);
}

/* No way is left: told, and the bot goes on. */
static err_t give_up(struct context *ctx, bool was_told)
{
    struct conversation *state = ctx->state;
    effects_note(ctx->effects, NOTE_HANDOVER_FAILED);
    if (!was_told && ctx->store != NULL) {
        TRY(render_notice(ctx, SLOT_NOTICE_FAILED, ctx->store->handoff_failed));
    }
    state->handover = HANDOVER_NONE;
    state->attempt++;
    state->told &= ~CONVERSATION_TOLD_CLOSED; /* who asks again is told again */
    return state->phase == PHASE_HANDING_OFF ? lifecycle_move(ctx, PHASE_BOT) : err_ok();
}

static void note_time(struct conversation *state, const struct outcome *outcome)
{
    if (wall_known(outcome->answered)) {
        wall_ms_t at = wall_add(outcome->answered, span_ms(-date_resolution_ms));
        state->switchboard_at = wall_later(state->switchboard_at, at);
    }
}

err_t handoff_live_failed(struct context *ctx)
{
    if (ctx->store == NULL) {
        return give_up(ctx, true);
    }
    effects_note(ctx->effects, NOTE_LIVE_FAILED);
    TRY(render_notice(ctx, SLOT_NOTICE_FAILED, ctx->store->handoff_failed));
    return make_ticket(ctx);
}

/* It may have been passed; nobody was told yet, and so nothing is told that may be wrong. */
static err_t ask_if_passed(struct context *ctx)
{
    ctx->state->pass_unsure = true;
    return lifecycle_ask(ctx);
}

err_t handoff_fetched(struct context *ctx)
{
    struct conversation *state = ctx->state;
    if (!state->pass_unsure || state->evidence_asked) {
        return err_ok(); /* asked once more */
    }
    state->pass_unsure = false;
    if (state->handover != HANDOVER_PASSING) {
        return err_ok();
    }
    if (state->phase == PHASE_HUMAN) {
        state->handover = HANDOVER_DONE;
        return err_ok();
    }
    return state->phase == PHASE_HANDING_OFF ? handoff_live_failed(ctx) : err_ok();
}

static err_t passed(struct context *ctx, const struct outcome *outcome)
{
    struct conversation *state = ctx->state;
    if (outcome->slot != SLOT_PASS || state->handover != HANDOVER_PASSING ||
        outcome->episode != state->episode || outcome->attempt != state->attempt) {
        return err_ok();
    }
    if (outcome->result == OUTCOME_APPLIED) {
        state->handover = HANDOVER_DONE;
        note_time(state, outcome);
        return err_ok();
    }
    if (state->phase == PHASE_HUMAN) { /* Zendesk has told that a human has it, however that came */
        state->handover = HANDOVER_DONE;
        return err_ok();
    }
    return outcome->result == OUTCOME_UNDECIDED ? ask_if_passed(ctx) : handoff_live_failed(ctx);
}

err_t handoff_pass_failed(struct context *ctx)
{
    const struct conversation *state = ctx->state;
    bool is_ours = is_conversation(ctx) && state->phase == PHASE_HANDING_OFF &&
                   state->handover == HANDOVER_DONE;
    bool is_stale = wall_known(ctx->event->occurred) &&
                    wall_before(ctx->event->occurred, state->switchboard_at);
    return is_ours && !is_stale ? handoff_live_failed(ctx) : err_ok();
}

/* The live way was tried before the ticket. A state of an older version does not say. */
static bool was_live(const struct context *ctx)
{
    return ctx->state->way != WAY_UNSET ? ctx->state->way == WAY_LIVE
                                        : ctx->store != NULL && ctx->store->handoff_live;
}

/* The next ticket is asked for under an id of its own: of the one before it is known that there is
 * none, or none that can be used. Otherwise a ticket that is asked for again has its id, so that
 * the first one is found if it is there; by then it may say more. */
static void new_ticket(struct conversation *state)
{
    state->ticket_attempt = state->attempt;
    state->ticket_plain = false;
}

/* Zendesk refuses a whole ticket for one field of it, and a ticket that is closed for good. Nothing
 * was made then, so that something else may be asked for. */
static err_t another_way(struct context *ctx, const struct outcome *outcome, bool *ret_is_another)
{
    enum slot slot = (enum slot)outcome->slot;
    bool is_refused = outcome->result == OUTCOME_REFUSED && ctx->store != NULL;
    struct slice summary = {0};
    *ret_is_another = is_refused;
    if (is_refused && slot == SLOT_TICKET_AGAIN) {
        ctx->state->ticket_id = SLICE("");
        new_ticket(ctx->state); /* that one may be of this episode */
        return render_ticket_create(ctx, false);
    }
    if (is_refused && outcome->status == UNPROCESSABLE && slot == SLOT_CREATE_TICKET) {
        effects_note(ctx->effects, NOTE_FIELDS_REFUSED);
        ctx->state->ticket_plain = true;
        return render_ticket_create(ctx, true);
    }
    if (is_refused && outcome->status == UNPROCESSABLE && slot == SLOT_TICKET_UPDATE) {
        effects_note(ctx->effects, NOTE_FIELDS_REFUSED);
        TRY(summary_of(ctx, &summary));
        return render_ticket_unassign(ctx, summary, true);
    }
    *ret_is_another = false;
    return err_ok();
}

static bool is_creation(const struct outcome *outcome)
{
    return outcome->slot == SLOT_CREATE_TICKET || outcome->slot == SLOT_CREATE_PLAIN;
}

/* An agent was quicker: which is what it was for. The agent gets the note. */
static err_t overtaken(struct context *ctx)
{
    struct slice summary = {0};
    ctx->state->handover = HANDOVER_DONE;
    transcript_due(ctx);
    if (ctx->store == NULL || ctx->account == NULL) {
        return err_ok();
    }
    TRY(summary_of(ctx, &summary));
    return summary.len > 0 ? render_ticket_note(ctx, SLOT_LATE_NOTE, summary, false) : err_ok();
}

static err_t not_ticketed(struct context *ctx, const struct outcome *outcome)
{
    TRY(give_up(ctx, is_conversation(ctx) && was_live(ctx)));
    if (is_creation(outcome) && outcome->result == OUTCOME_REFUSED) {
        new_ticket(ctx->state);
    }
    return err_ok();
}

static err_t ticketed(struct context *ctx, const struct outcome *outcome)
{
    struct conversation *state = ctx->state;
    if (state->handover != HANDOVER_TICKETING || outcome->episode != state->episode) {
        if (is_creation(outcome) && outcome->result == OUTCOME_APPLIED) {
            handoff_ticket_found(ctx, outcome);
        }
        return err_ok();
    }
    if (outcome->result == OUTCOME_SUPERSEDED && !is_conversation(ctx)) {
        return overtaken(ctx);
    }
    bool is_another = false;
    TRY(another_way(ctx, outcome, &is_another));
    if (is_another) {
        return err_ok();
    }
    if (outcome->result != OUTCOME_APPLIED) {
        return not_ticketed(ctx, outcome);
    }
    state->handover = HANDOVER_DONE;
    transcript_due(ctx);
    if (!is_conversation(ctx)) {
        note_time(state, outcome);
        state->assignee_id = SLICE("");
        return err_ok();
    }
    if (outcome->remote_id.len > 0) { /* an update that was found by looking may not name it */
        state->ticket_id = outcome->remote_id;
    }
    if (ctx->account != NULL && state->ticket_id.len > 0) {
        TRY(sent_files_onto_ticket(ctx));
    }
    /* The team answers on the ticket; in the widget nobody has the conversation. */
    return state->phase == PHASE_HANDING_OFF ? lifecycle_move(ctx, PHASE_RELEASED) : err_ok();
}

void handoff_ticket_found(struct context *ctx, const struct outcome *outcome)
{
    struct conversation *state = ctx->state;
    if (state->ticket_id.len == 0) {
        state->ticket_id = outcome->remote_id;
    }
}

err_t handoff_outcome(struct context *ctx, const struct outcome *outcome)
{
    switch (outcome->slot) {
    case SLOT_PASS: return passed(ctx, outcome);
    case SLOT_CREATE_TICKET:
    case SLOT_CREATE_PLAIN:
    case SLOT_TICKET_AGAIN:
    case SLOT_UPDATE_PLAIN:
    case SLOT_TICKET_UPDATE: return ticketed(ctx, outcome);
    default: return err_ok(); /* notices and summaries: whether they arrived changes nothing */
    }
}

err_t handoff_nobody_came(struct context *ctx)
{
    struct conversation *state = ctx->state;
    CHECK(ctx->store != NULL && ctx->account != NULL);
    state->handover = HANDOVER_NONE;
    state->way = WAY_TICKET; /* the live way is over */
    state->attempt++; /* its effects are its own, and a ticket of this episode is looked for */
    bool is_ticket = ctx->store->nobody_then == NOBODY_TICKET;
    if (!is_ticket || state->phase == PHASE_HUMAN) { /* as where control was not passed at all */
        TRY(lifecycle_move(ctx, is_ticket ? PHASE_HANDING_OFF : PHASE_RELEASED));
    }
    TRY(render_notice(ctx, SLOT_NOTICE_NOBODY, ctx->store->nobody_text));
    TRY(render_pass(ctx, SLOT_RELEASE, ctx->account->switchboard_integration));
    if (!is_ticket) { /* what was sent stands where the human would have been */
        sent_files_forget(state);
        return err_ok();
    }
    return make_ticket(ctx);
}

err_t handoff_give_back(struct context *ctx)
{
    struct conversation *state = ctx->state;
    bool is_bridged = state->surface != SURFACE_CHAT || state->bridge == BRIDGE_OPEN;
    /* Without a store nobody would answer what is given back. */
    bool is_somebodys = ctx->account != NULL && ctx->store != NULL;
    if (phase_owner(state->phase) != OWNER_HUMAN || !is_somebodys || !is_bridged) {
        effects_note(ctx->effects, NOTE_IGNORED);
        return err_ok();
    }
    if (is_conversation(ctx)) {
        return render_pass(ctx, SLOT_RELEASE, ctx->account->switchboard_integration);
    }
    return render_ticket_assign(ctx, ctx->account->bot_user_id);
}
