/* replay_why — which line of the configuration made a decision: the rule that called a human, the
 * text that was told. Pure.
 *
 *     low_confidence: the bot was not sure of its answer stores.shoes.handoff.rules.low_confidence
 * = 0.5 stores.shoes.handoff.notice, default
 *
 * Names are those of the file of `tieline apply`; values are those that were in force. */
#ifndef CTL_REPLAY_WHY_H
#define CTL_REPLAY_WHY_H

#include "base/buf.h"
#include "base/err.h"
#include "event/command.h"
#include "event/config.h"

/* The line of the rule with this reason; store NULL = it is not in the configuration any more.
 * BUF_FULL, NO_MEMORY. */
MUST_USE err_t replay_why_rule(struct buf *out, const struct store *store, enum reason reason);
/* The line that a command comes from, where there is one of its own; else nothing is appended. */
MUST_USE err_t replay_why_command(struct buf *out, const struct store *store,
                                  const struct command *command);

#endif
