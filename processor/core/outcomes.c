#include "processor/core/outcomes.h"

#include "base/planted.h"
#include "processor/core/agents.h"
#include "processor/core/bridge.h"
#include "processor/core/handoff.h"
#include "processor/core/lifecycle.h"
#include "processor/core/missed.h"
#include "processor/core/search.h"
#include "processor/core/tickets.h"
#include "processor/core/turns.h"

static void ignore(struct context *ctx, enum note note)
{
    effects_note(ctx->effects, note);
    ctx->effects->changed = false;
}

/* Takes the effect off the list of what is outstanding; false when it is not on it. */
static bool settle_outstanding(struct conversation *state, struct effect_id id)
{
    for (size_t i = 0; i < state->outstanding_count; i++) {
        if (effect_id_equal(state->outstanding[i].effect_id, id)) {
            state->outstanding_count--;
            memmove(&state->outstanding[i], &state->outstanding[i + 1],
                    (state->outstanding_count - i) * sizeof state->outstanding[0]);
            return true;
        }
    }
    return false;
}

/* --- what was given up --- */

/* Whether news that it was applied after all would change anything. */
static bool may_be_bettered(const struct outcome *outcome)
{
    switch ((enum effect_kind)outcome->effect) {
    case EFFECT_PASS_CONTROL:
    case EFFECT_FETCH_TICKET:
    case EFFECT_FETCH_MESSAGES:
    case EFFECT_TICKET_CREATE:
    case EFFECT_TICKET_UPDATE:
        return outcome->result != OUTCOME_APPLIED && outcome->result != OUTCOME_DEFERRED;
    case EFFECT_NONE:
    case EFFECT_FENCE:
    case EFFECT_BOT_TURN: /* its turn is over, its answer stale */
    case EFFECT_MESSAGE:  /* stands in the history already */
    case EFFECT_FETCH_ACTIVE:
    case EFFECT_RELEASE_CONTROL:
    case EFFECT_SEARCH_TICKETS: /* it was begun again */
    case EFFECT_FETCH_AGENTS:   /* a human was called without it */
    case EFFECT_USER_CREATE:    /* a ticket was made instead */
    case EFFECT_CONVERSATION_CREATE:
    case EFFECT_TICKET_TAGS: /* each adds what may be wanting, and nothing hangs on it */
    case EFFECT_USER_UPSERT:
    case EFFECT_BOT_NOTICE: return false;
    }
    return false;
}

static void remember_given_up(struct conversation *state, const struct outcome *outcome)
{
    if (!may_be_bettered(outcome)) {
        return;
    }
    if (state->given_up_count == LIMIT_GIVEN_UP_MAX) {
        memmove(&state->given_up[0], &state->given_up[1],
                (LIMIT_GIVEN_UP_MAX - 1) * sizeof state->given_up[0]);
        state->given_up_count--;
    }
    state->given_up[state->given_up_count++] =
        (struct given_up){outcome->effect_id, (enum effect_kind)outcome->effect,
                          (enum slot)outcome->slot, outcome->command_offset};
}

/* The end of this very writing of the command is known: it is told twice. */
static bool was_told(const struct conversation *state, const struct outcome *outcome)
{
    for (size_t i = 0; i < state->given_up_count; i++) {
        if (effect_id_equal(state->given_up[i].effect_id, outcome->effect_id) &&
            state->given_up[i].command_offset == outcome->command_offset) {
            return true;
        }
    }
    return false;
}

/* Forgets that the effect was given up; false when it was not. */
static bool take_back(struct conversation *state, struct effect_id id)
{
    size_t kept = 0;
    for (size_t i = 0; i < state->given_up_count; i++) {
        if (!effect_id_equal(state->given_up[i].effect_id, id)) {
            state->given_up[kept++] = state->given_up[i];
        }
    }
    bool was_there = kept < state->given_up_count;
    state->given_up_count = kept;
    return was_there;
}

/* It was done after all, and what followed from its failure is done, too: Zendesk is asked how
 * things are now. */
static err_t bettered(struct context *ctx, const struct outcome *outcome)
{
    effects_note(ctx->effects, NOTE_BETTER_NEWS);
    switch ((enum effect_kind)outcome->effect) {
    case EFFECT_PASS_CONTROL: return lifecycle_ask(ctx);
    case EFFECT_TICKET_CREATE: handoff_ticket_found(ctx, outcome); return err_ok();
    case EFFECT_FETCH_TICKET: return tickets_changed(ctx);
    case EFFECT_FETCH_MESSAGES: return missed_fetched(ctx, outcome);
    case EFFECT_TICKET_UPDATE:
        return ctx->state->surface != SURFACE_TICKET || outcome->slot == SLOT_WORD
                   ? err_ok()
                   : tickets_changed(ctx);
    case EFFECT_NONE:
    case EFFECT_FENCE:
    case EFFECT_BOT_TURN:
    case EFFECT_MESSAGE:
    case EFFECT_FETCH_ACTIVE:
    case EFFECT_RELEASE_CONTROL:
    case EFFECT_SEARCH_TICKETS:
    case EFFECT_FETCH_AGENTS:
    case EFFECT_USER_CREATE:
    case EFFECT_CONVERSATION_CREATE:
    case EFFECT_TICKET_TAGS:
    case EFFECT_USER_UPSERT:
    case EFFECT_BOT_NOTICE: break;
    }
    return err_ok();
}

/* --- the first outcome --- */

/* What follows from the end of an effect of this conversation. */
static err_t settled(struct context *ctx, const struct outcome *outcome)
{
    bool is_word = outcome->slot == SLOT_WORD || outcome->slot == SLOT_WELCOME;
    switch ((enum effect_kind)outcome->effect) {
    case EFFECT_FETCH_ACTIVE:
        TRY(lifecycle_fetched(ctx, outcome));
        TRY(handoff_fetched(ctx));
        return ctx->state->phase == PHASE_NEW ? turns_welcome(ctx) : err_ok();
    case EFFECT_FETCH_TICKET: return tickets_fetched(ctx, outcome);
    case EFFECT_FETCH_MESSAGES: return missed_fetched(ctx, outcome);
    case EFFECT_SEARCH_TICKETS: return search_fetched(ctx, outcome);
    case EFFECT_FETCH_AGENTS: return agents_told(ctx, outcome);
    case EFFECT_BOT_TURN: return turns_outcome(ctx, outcome);
    case EFFECT_MESSAGE:
    case EFFECT_TICKET_UPDATE:
        return is_word ? turns_outcome(ctx, outcome) : handoff_outcome(ctx, outcome);
    case EFFECT_PASS_CONTROL:
    case EFFECT_TICKET_CREATE: return handoff_outcome(ctx, outcome);
    case EFFECT_USER_CREATE:
    case EFFECT_CONVERSATION_CREATE: return bridge_outcome(ctx, outcome);
    case EFFECT_NONE:
    case EFFECT_FENCE:
    case EFFECT_RELEASE_CONTROL:
    case EFFECT_TICKET_TAGS:
    case EFFECT_USER_UPSERT:
    case EFFECT_BOT_NOTICE: break;
    }
    effects_note(ctx->effects, NOTE_IGNORED); /* no longer outstanding, that is all */
    return err_ok();
}

/* Told by an owner of the partition of `commands` who had been succeeded. That something was done
 * is true whoever tells it. Whatever else may be overtaken: the successor found no outcome, so it
 * will write its own, and that one counts. */
static bool is_overtaken(const struct context *ctx, const struct outcome *outcome)
{
    return outcome->incarnation < ctx->incarnation && outcome->result != OUTCOME_APPLIED &&
           !MUTANT(incarnation);
}

err_t outcomes_take(struct context *ctx)
{
    const struct outcome *outcome = &ctx->event->body.outcome;
    struct conversation *state = ctx->state;
    if (outcome->effect == EFFECT_FENCE) {
        ignore(ctx, NOTE_IGNORED);
        return err_ok();
    }
    if (is_overtaken(ctx, outcome)) {
        ignore(ctx, NOTE_OVERTAKEN);
        return err_ok();
    }
    bool is_applied = outcome->result == OUTCOME_APPLIED;
    if (!is_applied && was_told(state, outcome)) {
        ignore(ctx, NOTE_DUPLICATE);
        return err_ok();
    }
    bool was_given_up = is_applied && take_back(state, outcome->effect_id);
    if (settle_outstanding(state, outcome->effect_id)) {
        remember_given_up(state, outcome);
        return settled(ctx, outcome);
    }
    if (was_given_up) {
        return bettered(ctx, outcome);
    }
    ignore(ctx, NOTE_DUPLICATE);
    return err_ok();
}

void outcomes_note(struct context *ctx)
{
    const struct outcome *outcome = &ctx->event->body.outcome;
    bool is_ours =
        !is_overtaken(ctx, outcome) && settle_outstanding(ctx->state, outcome->effect_id);
    if (is_ours && outcome->effect == EFFECT_TICKET_CREATE && outcome->result == OUTCOME_APPLIED) {
        handoff_ticket_found(ctx, outcome);
    }
    effects_note(ctx->effects, NOTE_IGNORED);
    ctx->effects->changed = is_ours;
}
