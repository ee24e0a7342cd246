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

err_t bus_commit(struct bus *b, const struct bus_offset *offsets, size_t count)
{
    bool ended = false;
    TRY(bus_commit_begin(b, offsets, count));
    while (!ended) {
        TRY(bus_commit_end(b, span_s(1), &ended));
    }
    return err_ok();
}
