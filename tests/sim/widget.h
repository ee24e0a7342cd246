/* widget — a conversation of messaging at Zendesk: who is active, what customer and agents do. */
#ifndef TESTS_SIM_WIDGET_H
#define TESTS_SIM_WIDGET_H

#include "tests/sim/world.h"

struct integration widget_active(const struct world *w);
void widget_customer(struct world *w);
void widget_agent(struct world *w);
/* Somebody else is active from now on; the webhook follows. */
void widget_switch(struct world *w, enum active active, enum switchboard_action action);

#endif
