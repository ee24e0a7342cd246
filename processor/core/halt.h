/* halt — a conversation whose event crashed the program waits for an operator.
 *
 *   event crashes the program three times ─▶ `dead`, its conversation is halted
 *   halted     a customer's words are kept back, bounded; nothing is decided, nothing is sent
 *   operator   `tieline escalate` or `tieline handback`: what was under way is forgotten, a human
 *              is called or Zendesk is asked who owns, and the conversation goes on
 *
 * What is forgotten may have an outcome still, which is then one of an effect that no longer
 * matters; a ticket that may have been made is looked for before one is made again. */
#ifndef PROCESSOR_CORE_HALT_H
#define PROCESSOR_CORE_HALT_H

#include "base/err.h"
#include "processor/core/context.h"

enum { HALT_TRIES = 3 }; /* crashes that an event may cause */

/* The shell's part: the conversation waits from now on. */
void halt_begin(struct conversation *state, wall_ms_t now);
/* An event of a halted conversation, other than an operator's order.
 *
 * is_word  a customer's: kept back */
MUST_USE err_t halt_event(struct context *ctx, bool is_word);
/* An operator has given an order: the conversation goes on from a known place. */
MUST_USE err_t halt_end(struct context *ctx);

#endif
