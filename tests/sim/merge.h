/* merge — Zendesk makes one of a customer's two conversations (user:merge). */
#ifndef TESTS_SIM_MERGE_H
#define TESTS_SIM_MERGE_H

#include "tests/sim/invariants.h"
#include "tests/sim/world.h"

/* Now and then, once a history, one of `w` and its twin is made a part of the other. */
void merge_act(struct world *w);
/* What a step of `w` tells other conversations is on its way to them. */
void merge_carry(struct world *w);
/* What must hold of a step of one that ends, or takes another in. */
void merge_after(struct world *w, const struct event *event);
/* What must hold of one that ended, in the end. */
void merge_end(struct world *w);

#endif
