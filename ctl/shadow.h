/* shadow — a prefix that `tieline replay --into` has written commands to. They must never meet
 * credentials or addresses: whoever has both would do them to Zendesk, or ask the bot again.
 *
 *     --into     refuses a prefix that has either, or commands of its own; leaves its mark there
 *                (a record "shadow" of `config`), and only then looks for either again
 *     publish    refuses to write either where the mark or commands of a replay stand, and looks
 *                for the mark again behind what it wrote
 *
 * Each of the two writes first and looks then, so of two at once one at least sees the other. */
#ifndef CTL_SHADOW_H
#define CTL_SHADOW_H

#include "base/err.h"
#include "kafka/cluster.h"
#include "rt/log.h"

struct slice shadow_source(void); /* `ce_source` of such a command */

/* Marks the prefix as one, or takes the mark back. As append_new(), append_wait(). */
MUST_USE err_t shadow_mark(const struct kafka_options *options, bool is_one, struct log *log,
                           struct why *why);
/* CONFIG, with `why`: the mark or such commands stand there. Errors of cluster_check() and the
 * reader. */
MUST_USE err_t shadow_refuse(const struct kafka_options *options, struct log *log, struct why *why);
/* The same of the mark alone, for who has gone live there: a replay began meanwhile. */
MUST_USE err_t shadow_none_began(const struct kafka_options *options, struct log *log,
                                 struct why *why);

#endif
