/* sleep — for weeks nothing happens, and a conversation gives up its state; then it lives again. */
#ifndef TESTS_SIM_SLEEP_H
#define TESTS_SIM_SLEEP_H

#include "tests/sim/world.h"

/* Now and then. */
void sleep_act(struct world *w);
/* Its state has gone: what was before belongs to a former life. */
void sleep_over(struct world *w);

#endif
