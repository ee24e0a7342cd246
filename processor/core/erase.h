/* erase — a person's conversation is taken away because an operator ordered it (`tieline erase`).
 *
 *     order, nothing under way ─▶ effects->evicted: tombstones of the state and of its chunks
 *     order, a human has it, or a call or a turn has no outcome ─▶ nothing changes, unless forced
 *
 * What it had counted to stays with the partition (evict_count), as with one that was evicted, so
 * no effect id is used twice. What it knew of ids goes: what Zendesk sends once more afterwards is
 * news. `snapshots` keeps no words of it: what a replay of the others needs is its trace. FEATURES
 * row 35; decision 0030. */
#ifndef PROCESSOR_CORE_ERASE_H
#define PROCESSOR_CORE_ERASE_H

#include "event/conversation.h"
#include "processor/core/effects.h"
#include "processor/core/step.h"

#include <stdbool.h>

/* An operator's order to erase, forced or not. */
bool erase_is_order(const struct event *event);
/* Something is under way that an order must be forced to end: a human has it, a command has no
 * outcome, or the bot still owes an answer. */
bool erase_is_held(const struct conversation *state);
/* Decides such an order: effects->evicted, or nothing follows: held and not forced, there is no
 * such conversation, or it is an account's search. effects  reset before */
void erase_take(const struct event *event, const struct conversation *state,
                struct effects *effects);
/* What of a state may stay after it was erased: its key and its numbers. Borrows of `state`. */
void erase_trace(const struct conversation *state, struct conversation *ret_trace);

#endif
