#include "processor/core/halt.h"

#include "processor/core/lifecycle.h"
#include "processor/core/turns.h"

void halt_begin(struct conversation *state, wall_ms_t now)
{
    if (!wall_known(state->created)) {
        state->created = now;
    }
    state->updated = wall_later(state->updated, now);
    state->halted = true;
    state->timer_count = 0; /* else each would fire as an event that nobody takes */
}

err_t halt_event(struct context *ctx, bool is_word)
{
    effects_note(ctx->effects, NOTE_HALTED);
    if (is_word) {
        return turns_take_message(ctx);
    }
    ctx->effects->changed = false;
    return err_ok();
}

err_t halt_end(struct context *ctx)
{
    struct conversation *state = ctx->state;
    effects_note(ctx->effects, NOTE_GOES_ON);
    state->halted = false;
    state->outstanding_count = 0;
    state->evidence_asked = false;
    state->fetch_asked = false;
    state->fetch_again = false;
    state->nobody_seen = 0;
    state->pass_unsure = false;
    state->handover = HANDOVER_NONE;
    if (state->bridge != BRIDGE_NONE && state->bridge != BRIDGE_OPEN) {
        state->bridge = BRIDGE_NONE; /* its outcome may never be taken */
        state->bridge_failed = true;
    }
    state->attempt++; /* so that what it did is done again, after a look */
    turns_drop(state);
    switch (state->phase) {
    case PHASE_HANDING_OFF: return lifecycle_move(ctx, PHASE_BOT);
    case PHASE_HUMAN: return lifecycle_move(ctx, PHASE_RELEASED);
    case PHASE_NEW:
    case PHASE_BOT:
    case PHASE_RELEASED:
    case PHASE_ENDED: return err_ok();
    }
    BUG("phase out of range");
}
