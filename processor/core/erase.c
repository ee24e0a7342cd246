#include "processor/core/erase.h"

bool erase_is_order(const struct event *event)
{
    return event->type == EVENT_OPERATOR &&
           (event->body.operator_call.action == OPERATOR_ERASE ||
            event->body.operator_call.action == OPERATOR_ERASE_FORCED);
}

bool erase_is_held(const struct conversation *state)
{
    return phase_owner(state->phase) == OWNER_HUMAN || state->outstanding_count > 0 ||
           state->turn.state != TURN_NONE;
}

void erase_take(const struct event *event, const struct conversation *state,
                struct effects *effects)
{
    bool is_forced = event->body.operator_call.action == OPERATOR_ERASE_FORCED;
    bool is_there = wall_known(state->created) && state->surface != SURFACE_ACCOUNT;
    effects->evicted = is_there && (is_forced || !erase_is_held(state));
    effects->changed = effects->evicted;
    effects_note(effects, effects->evicted ? NOTE_ERASED : NOTE_IGNORED);
}

void erase_trace(const struct conversation *state, struct conversation *ret_trace)
{
    *ret_trace = (struct conversation){
        .key = state->key,
        .account = state->account,
        .surface = state->surface,
        .remote_id = state->remote_id,
        .routing = ROUTING_WAITING,
        .phase = state->phase,
        .epoch = state->epoch,
        .episode = state->episode,
        .life = state->life,
        .status_version = state->status_version,
        .transcript = {.first = state->transcript.first, .count = state->transcript.count},
        .created = state->created,
        .updated = state->updated,
    };
}
