/* shadow — a prefix that `tieline replay --into` has written commands to. They must never meet
 * credentials or addresses: whoever has both would do them to Zendesk, or ask the bot again.
 *
 *     --into     refuses a prefix that has either, or commands of its own
 *     publish    refuses to write either where commands of a replay stand */
#ifndef CTL_SHADOW_H
#define CTL_SHADOW_H

#include "base/err.h"
#include "kafka/cluster.h"
#include "rt/log.h"

struct slice shadow_source(void); /* `ce_source` of such a command */

/* CONFIG, with `why`: such commands stand there. Errors of cluster_check() and the reader. */
MUST_USE err_t shadow_refuse(const struct kafka_options *options, struct log *log, struct why *why);

#endif
