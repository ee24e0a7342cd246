#include "event/conversation.h"

const char *phase_name(enum phase phase)
{
    switch (phase) {
    case PHASE_NEW: return "new";
    case PHASE_BOT: return "bot";
    case PHASE_HANDING_OFF: return "handing_off";
    case PHASE_HUMAN: return "human";
    case PHASE_RELEASED: return "released";
    case PHASE_ENDED: return "ended";
    }
    return "unknown";
}

const char *routing_name(enum routing routing)
{
    switch (routing) {
    case ROUTING_WAITING: return "waiting";
    case ROUTING_STORE: return "store";
    case ROUTING_SILENT: return "silent";
    }
    return "unknown";
}

const char *bridge_name(enum bridge bridge)
{
    switch (bridge) {
    case BRIDGE_NONE: return "none";
    case BRIDGE_USER: return "user";
    case BRIDGE_CONVERSATION: return "conversation";
    case BRIDGE_OPEN: return "open";
    }
    return "unknown";
}

const char *turn_state_name(enum turn_state state)
{
    switch (state) {
    case TURN_NONE: return "none";
    case TURN_ASKED: return "asked";
    case TURN_DEFERRED: return "deferred";
    case TURN_SPEAKING: return "speaking";
    }
    return "unknown";
}
