#include "event/event.h"

const char *event_type_name(enum event_type type)
{
    switch (type) {
    case EVENT_NONE: break;
#define X(name, number, ce_type)                                                                   \
    case EVENT_##name: return ce_type;
        EVENT_TYPE_TABLE(X)
#undef X
    }
    return "unknown";
}

const char *outcome_result_name(enum outcome_result result)
{
    switch (result) {
    case OUTCOME_NONE: break;
#define X(name, number, text)                                                                      \
    case OUTCOME_##name: return text;
        OUTCOME_TABLE(X)
#undef X
    }
    return "unknown";
}

const char *ticket_state_name(enum ticket_state state)
{
    switch (state) {
    case TICKET_STATE_UNKNOWN: break;
    case TICKET_STATE_OPEN: return "open";
    case TICKET_STATE_SOLVED: return "solved";
    case TICKET_STATE_CLOSED: return "closed";
    }
    return "unknown";
}

bool event_has_conversation(enum event_type type)
{
    switch (type) {
    case EVENT_NONE:
    case EVENT_HORIZON:
    case EVENT_TAKEOVER:
    case EVENT_CONFIG:
    case EVENT_ALIVE:
    case EVENT_BACKFILL: return false;
    case EVENT_CONVERSATION_CREATED:
    case EVENT_MESSAGE:
    case EVENT_POSTBACK:
    case EVENT_SWITCHBOARD:
    case EVENT_USER_MERGED:
    case EVENT_CONVERSATION_REMOVED:
    case EVENT_CONVERSATIONS_OTHER:
    case EVENT_TICKET:
    case EVENT_BOT_REPLY:
    case EVENT_PLATFORM_MESSAGE:
    case EVENT_RATING:
    case EVENT_ACTION:
    case EVENT_HANDOFF:
    case EVENT_CUSTOMER_DATA:
    case EVENT_END:
    case EVENT_HANDBACK:
    case EVENT_ANSWERED:
    case EVENT_OUTCOME:
    case EVENT_TIMER:
    case EVENT_ABSORB:
    case EVENT_OPERATOR:
    case EVENT_TICKET_STATUS:
    case EVENT_MISSED: return true;
    }
    return false;
}
