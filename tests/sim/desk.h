/* desk — a ticket at Zendesk: its comments, assignee, status and brand; triggers that tell of each
 * change, and what a fetch and an update of it come to. */
#ifndef TESTS_SIM_DESK_H
#define TESTS_SIM_DESK_H

#include "tests/sim/world.h"

void desk_open(struct world *w);
void desk_customer(struct world *w);
void desk_agent(struct world *w);
/* The ticket has changed: the webhook of a trigger. */
void desk_changed(struct world *w);
/* The ticket with its comments, as egress hands it on. */
struct slice desk_fetched(struct world *w);
/* One PUT. */
void desk_update(struct world *w, struct slice body);

#endif
