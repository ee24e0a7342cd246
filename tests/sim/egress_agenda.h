/* egress_agenda — what is under way in a simulated world, soonest first.
 *
 * An item is the head of whatever travels; who puts it in lets go of it. Things due at the same
 * moment happen in the order in which they were put in, so a seed is one history. */
#ifndef TESTS_SIM_EGRESS_AGENDA_H
#define TESTS_SIM_EGRESS_AGENDA_H

#include "base/instant.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct agenda_item {
    mono_ms_t at;
    uint64_t order;
    void (*act)(struct agenda_item *item);  /* owns the item: puts it in again, or frees it */
    void (*drop)(struct agenda_item *item); /* frees it: the history is over */
};

struct agenda {
    struct agenda_item **items;
    size_t count, room;
    uint64_t orders;
};

void agenda_deinit(struct agenda *a); /* drops what is in it */
void agenda_put(struct agenda *a, struct agenda_item *item, mono_ms_t at);
/* The soonest, left in place; NULL = nothing is under way. */
const struct agenda_item *agenda_first(const struct agenda *a);
/* Takes the soonest out. CHECK: there is one. */
struct agenda_item *agenda_take(struct agenda *a);

#endif
