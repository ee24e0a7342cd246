/* context — what the parts of the core share while one step is under way. */
#ifndef PROCESSOR_CORE_CONTEXT_H
#define PROCESSOR_CORE_CONTEXT_H

#include "base/arena.h"
#include "event/config_log.h"
#include "event/conversation.h"
#include "event/event.h"
#include "processor/core/effects.h"

struct context {
    struct arena *arena;
    const struct event *event;
    wall_ms_t now;        /* the record's time, never going back within the conversation */
    uint64_t incarnation; /* of the newest owner of the partition's commands */
    const struct config_set *config;
    const struct account *account; /* NULL: not in the configuration in force */
    const struct store *store;     /* NULL: not routed, or not in the configuration in force */
    struct conversation *state;
    struct effects *effects;
};

#endif
