/* signals — what the bot's platform tells on its own, beside the messages of the customer.
 *
 *   reply     the answer to a turn that was deferred
 *   handoff   a human is wanted, now and not with an answer (rows 81, 82)
 *   action    the bot did something, by its name (row 74)
 *   rating    the customer was asked what the bot is worth (rows 73, 96)
 *   data      what it knows of the customer; for the bot, and what a ticket is to have (row 101)
 *
 * Only the store whose conversation it is may tell. While the bot has the conversation a human may
 * be called; while a human has it the reason is kept with the others; in between, and after the
 * end, nothing follows. */
#ifndef PROCESSOR_CORE_SIGNALS_H
#define PROCESSOR_CORE_SIGNALS_H

#include "base/err.h"
#include "processor/core/context.h"

/* Applies an event of the platform. */
MUST_USE err_t signals_take(struct context *ctx);

#endif
