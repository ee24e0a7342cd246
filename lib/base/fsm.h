/* fsm — state machines that are drawn first and then tabled.
 *
 * A machine is a constant table: each row names a state and the states it may go to. A move that
 * the table does not allow is a bug and aborts; so a drawing in a header and its table below it
 * cannot drift apart in silence. */
#ifndef BASE_FSM_H
#define BASE_FSM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FSM_BIT(state) (UINT32_C(1) << (unsigned)(state))

struct fsm_state {
    const char *name;
    uint32_t allowed; /* FSM_BITs of the states that may follow */
};
struct fsm {
    const char *name;
    const struct fsm_state *states;
    size_t state_count; /* <= 32 */
};

bool fsm_allows(const struct fsm *machine, unsigned from, unsigned to);
/* Moves *state to `to`. CHECK: the table allows it. */
void fsm_move(const struct fsm *machine, unsigned *state, unsigned to);
const char *fsm_name(const struct fsm *machine, unsigned state);

#endif
