#include "base/fsm.h"

#include "base/check.h"

bool fsm_allows(const struct fsm *machine, unsigned from, unsigned to)
{
    CHECK(machine->state_count <= 32);
    CHECK(from < machine->state_count && to < machine->state_count);
    return (machine->states[from].allowed & FSM_BIT(to)) != 0;
}

void fsm_move(const struct fsm *machine, unsigned *state, unsigned to)
{
    CHECK(fsm_allows(machine, *state, to));
    *state = to;
}

const char *fsm_name(const struct fsm *machine, unsigned state)
{
    CHECK(state < machine->state_count);
    return machine->states[state].name;
}
