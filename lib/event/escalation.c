#include "event/escalation.h"

static const char *const ways[] = {
    [WAY_UNSET] = "",
    [WAY_MESSAGE] = "message",
    [WAY_TICKET] = "ticket",
    [WAY_LIVE] = "live",
};
static const char *const priorities[] = {
    [PRIORITY_UNSET] = "",    [PRIORITY_LOW] = "low",       [PRIORITY_NORMAL] = "normal",
    [PRIORITY_HIGH] = "high", [PRIORITY_URGENT] = "urgent",
};

const char *way_name(enum way way)
{
    return (unsigned)way < sizeof ways / sizeof ways[0] ? ways[way] : "";
}

const char *priority_name(enum priority priority)
{
    return (unsigned)priority < sizeof priorities / sizeof priorities[0] ? priorities[priority]
                                                                         : "";
}

enum way way_named(struct slice name)
{
    for (unsigned i = 1; i < sizeof ways / sizeof ways[0]; i++) {
        if (slice_equal_nocase(name, slice_of(ways[i]))) {
            return (enum way)i;
        }
    }
    return WAY_UNSET;
}

enum priority priority_named(struct slice name)
{
    for (unsigned i = 1; i < sizeof priorities / sizeof priorities[0]; i++) {
        if (slice_equal_nocase(name, slice_of(priorities[i]))) {
            return (enum priority)i;
        }
    }
    return PRIORITY_UNSET;
}
