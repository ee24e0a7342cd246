#include "processor/core/agents.h"

#include "json/json_read.h"
#include "processor/core/handoff.h"
#include "processor/core/lifecycle.h"
#include "processor/core/render.h"
#include "processor/core/render_common.h"

/* One page is enough: more than none is all that matters. */
#define ONLINE_PATH                                                                                \
    "/api/v2/"                                                                                     \
    "agent_availabilities?filter%5Bchannel_status%5D=messaging%3Aonline&page%5Bsize%5D=100"

static bool is_by_hand(const struct conversation *state)
{
    return (state->reasons & REASON_BIT(REASON_MANUAL)) != 0;
}

bool agents_wanted(const struct context *ctx)
{
    const struct conversation *state = ctx->state;
    return ctx->store->agents_asked && state->way == WAY_LIVE && state->surface != SURFACE_TICKET &&
           !is_by_hand(state);
}

err_t agents_ask(struct context *ctx)
{
    struct command *command = NULL;
    struct effect_cause cause = render_by_attempt(ctx, SLOT_FETCH_AGENTS, 0);
    ctx->state->handover = HANDOVER_ASKING;
    TRY(render_begin(ctx, &cause, EFFECT_FETCH_AGENTS, &command));
    command->api = API_SUPPORT;
    command->method = METHOD_GET;
    command->path = SLICE(ONLINE_PATH);
    return err_ok();
}

/* True when Zendesk has said that nobody is online. */
static bool is_nobody_there(struct context *ctx, const struct outcome *outcome)
{
    enum { NOT_SAID = -1 };
    const struct json *root = NULL;
    int64_t online = NOT_SAID;
    if (outcome->result == OUTCOME_APPLIED &&
        !err_failed(json_parse(ctx->arena, outcome->fetched, NULL, NULL, &root))) {
        online = json_i64(json_find(root, "online"), NOT_SAID);
    }
    if (online < 0) {
        effects_note(ctx->effects, NOTE_AGENTS_UNKNOWN);
    }
    return online == 0;
}

static err_t nobody_there(struct context *ctx)
{
    struct conversation *state = ctx->state;
    effects_note(ctx->effects, NOTE_AGENTS_AWAY);
    TRY(render_notice(ctx, SLOT_NOTICE_AWAY, ctx->store->away_text));
    if (ctx->store->away_then == CLOSED_TICKET) {
        return handoff_by_ticket(ctx);
    }
    state->handover = HANDOVER_NONE;
    state->attempt++; /* another call of the episode asks again */
    return lifecycle_move(ctx, PHASE_BOT);
}

err_t agents_told(struct context *ctx, const struct outcome *outcome)
{
    struct conversation *state = ctx->state;
    if (state->handover != HANDOVER_ASKING || outcome->episode != state->episode ||
        outcome->attempt != state->attempt) {
        effects_note(ctx->effects, NOTE_IGNORED);
        return err_ok();
    }
    if (state->phase == PHASE_HUMAN) { /* somebody was quicker */
        state->handover = HANDOVER_DONE;
        return err_ok();
    }
    if (ctx->store == NULL || ctx->account == NULL) {
        return handoff_live_failed(ctx);
    }
    bool is_nobody = is_nobody_there(ctx, outcome) && !is_by_hand(state);
    return is_nobody ? nobody_there(ctx) : handoff_go_on(ctx);
}
