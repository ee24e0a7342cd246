/* invariants — what must hold of every step, and of every history in its end. */
#ifndef TESTS_SIM_INVARIANTS_H
#define TESTS_SIM_INVARIANTS_H

#include "tests/sim/world.h"

/* The state before a step, as far as it has to be compared. */
struct before {
    uint32_t epoch, reasons;
    enum phase phase;
    enum turn_state turn;
    enum bridge bridge;
    bool halted;
    bool is_again; /* the event may make a state, in a life that is not the first */
    struct slice pending[LIMIT_PENDING_MESSAGES_MAX];
    size_t pending_count;
    struct spoken *carried[LIMIT_TURN_MESSAGES_MAX]; /* by the turn that is outstanding */
    size_t carried_count;
};

struct before invariants_before(struct world *w);
void invariants_after(struct world *w, const struct event *event, const struct before *before);
/* Packed, unpacked and packed again a state is the same bytes, within its bound. */
void invariants_packed(struct world *w);
/* Something was done at Zendesk. */
void invariants_applied(struct world *w, const struct command *command);
/* All has come to its end. */
void invariants_end(struct world *w);

#endif
