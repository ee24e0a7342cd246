/* redrive — what was set aside, as the record that lets it be done after all. Pure.
 *
 *     a call given up       the same command again, with `look_first`: Zendesk is asked first
 * whether it was done, so doing this twice does no harm an event set aside    the same event again,
 * bytes and id
 *
 * What only makes sense at its time is refused, with what to do instead: words of the bot, notices,
 * turns, reads, and the passing of control. */
#ifndef CTL_REDRIVE_H
#define CTL_REDRIVE_H

#include "base/arena.h"
#include "base/err.h"
#include "event/dead.h"
#include "port/bus.h"

/* dead     as decoded; its conversation and key are used as they stand
 * ret      topic, key, value, ce_id, ce_type and traceparent; partition -1: the key decides
 * Errors   USAGE: it cannot or must not be, `why` says what to do. ARENA_FULL, NO_MEMORY. */
MUST_USE err_t redrive_make(struct arena *arena, const struct dead *dead, struct why *why,
                            struct bus_message *ret);

#endif
