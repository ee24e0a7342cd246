/* bare_context — what a function of the core is given, without a step around it: one conversation,
 * account and store, all static. A test fills in what it needs and calls bare_context(). */
#ifndef TESTS_UNIT_PROCESSOR_BARE_CONTEXT_H
#define TESTS_UNIT_PROCESSOR_BARE_CONTEXT_H

#include "processor/core/context.h"
#include "processor/core/effects.h"
#include "tests/support/unit.h"

#include <string.h>

static struct arena arena;
static struct conversation state;
static struct effects effects;
static struct event event;
static struct account account;
static struct store store;
static const char id_key[IDENT_KEY_BYTES] = "an id key of thirty-two bytes !!";

/* All anew: an event of this type, and the account "acme". */
static inline void bare_begin(enum event_type type)
{
    memset(&state, 0, sizeof state);
    memset(&event, 0, sizeof event);
    event.type = type;
    event.id = SLICE("e1");
    account = (struct account){.name = SLICE("acme"), .id_key = slice_from(id_key, sizeof id_key)};
}

static inline struct context bare_context(wall_ms_t now)
{
    effects_reset(&effects);
    return (struct context){.arena = &arena,
                            .event = &event,
                            .now = now,
                            .account = &account,
                            .store = &store,
                            .state = &state,
                            .effects = &effects};
}

#endif
