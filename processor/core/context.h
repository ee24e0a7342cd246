/* context — what the parts of the core share while one step is under way. */
#ifndef PROCESSOR_CORE_CONTEXT_H
#define PROCESSOR_CORE_CONTEXT_H

#include "base/arena.h"
#include "event/config_log.h"
#include "event/conversation.h"
#include "event/event.h"
#include "event/transcript.h"
#include "processor/core/effects.h"

/* A turn for which the history has no room (transcript.h). */
struct fallen {
    struct transcript_entry entry;
    struct fallen *next;
};

struct transcript_work {
    const struct slice *chunks; /* as step_input has them */
    struct fallen *first;       /* in order */
    struct fallen *last;
    size_t count;
    struct slice ticket_id; /* of Agent Workspace, known by this event; empty = not */
    bool is_short;          /* there was no memory for one */
};

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
    struct transcript_work transcript;
};

#endif
