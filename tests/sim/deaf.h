/* deaf — times in which no webhook comes in, and how what was missed is read again afterwards. */
#ifndef TESTS_SIM_DEAF_H
#define TESTS_SIM_DEAF_H

#include "tests/sim/world.h"

/* Now and then ingest goes away, or comes back; then the conversation is told of the gap. */
void deaf_act(struct world *w);
/* It comes back, if it was away. */
void deaf_end(struct world *w);
/* When a webhook of now arrives, if at all; false = it is lost. */
bool deaf_lets(struct world *w, wall_ms_t *at);
/* What GET /conversations/{id}/messages gives, as egress hands it on. */
struct slice deaf_fetched(struct world *w);
/* In the end every word of the customer's is known, by whichever way. */
bool deaf_all_known(const struct world *w);

#endif
