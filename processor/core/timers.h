/* timers — what a conversation waits for, kept in its state.
 *
 * The shell fires a timer by writing an event to the log, so that a replay sees it too; a timer
 * that was cancelled or set anew meanwhile is recognised by what it refers to and ignored. At most
 * one of a kind runs. Order of timers with the same due time: by kind's number; of several
 * conversations' timers: by key (processor/schedule.h). */
#ifndef PROCESSOR_CORE_TIMERS_H
#define PROCESSOR_CORE_TIMERS_H

#include "base/err.h"
#include "event/conversation.h"

#include <stdbool.h>

/* Sets or replaces. `ref` must live as long as the state. TOO_LARGE when all places are taken. */
MUST_USE err_t timers_set(struct conversation *state, enum timer_kind kind, wall_ms_t due,
                          struct slice ref);
void timers_cancel(struct conversation *state, enum timer_kind kind);
/* The one due first; NULL = none runs. */
const struct timer *timers_next(const struct conversation *state);
/* The one that comes after `timer` in that order; NULL = it is the last. */
const struct timer *timers_following(const struct conversation *state, const struct timer *timer);
/* Takes a timer that fired off the list; false when it does not run, or was set anew since. */
bool timers_take(struct conversation *state, const struct timer_fired *fired);

#endif
