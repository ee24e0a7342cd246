#include "port/bus.h"

#include "base/check.h"

const char *topic_name(enum topic topic)
{
    switch (topic) {
    case TOPIC_EVENTS: return "events";
    case TOPIC_COMMANDS: return "commands";
    case TOPIC_CONVERSATIONS: return "conversations";
    case TOPIC_SNAPSHOTS: return "snapshots";
    case TOPIC_CONFIG: return "config";
    case TOPIC_DEAD: return "dead";
    case TOPIC_COUNT: break;
    }
    BUG("topic out of range");
}
