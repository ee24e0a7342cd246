/* replay_into — the commands of a replay, written to the topics of another prefix: for a second
 * deployment that does what the first one did.
 *
 *     config     accounts and stores as they are published here, without a secret
 *     commands   what follows from each event that is replayed, each effect once
 *
 * Nothing of it can reach Zendesk: egress logs in with what stands in `config` of its own prefix,
 * and a prefix that has a credential there is refused. */
#ifndef CTL_REPLAY_INTO_H
#define CTL_REPLAY_INTO_H

#include "base/err.h"
#include "ctl/replay/player.h"
#include "kafka/cluster.h"
#include "rt/log.h"

struct replay_into;

/* Looks at the other prefix, reads which commands stand there, and writes the configuration.
 *
 * from    where the log is; borrowed, as `prefix`, `here` and `log` are
 * prefix  of the others, which exist
 *
 * Errors  USAGE: it is the log's own; CONFIG: it has credentials; NO_TOPIC, UNAVAILABLE, TIMEOUT,
 *         and what published_read() says; with `why`. NO_MEMORY. */
MUST_USE err_t replay_into_new(const struct kafka_options *from, const char *prefix,
                               struct reader_port *here, struct log *log, struct why *why,
                               struct replay_into **ret_into);
void replay_into_free(struct replay_into *i); /* accepts NULL */

/* The commands of one event. What stands there already is passed over, so that a run which was
 * stopped goes on when it is started again. Errors as append_send(). */
MUST_USE err_t replay_into_take(struct replay_into *i, const struct decide *decided);
/* Waits until all of it is stored. As append_wait(). */
MUST_USE err_t replay_into_end(struct replay_into *i, struct why *why, uint64_t *ret_written,
                               uint64_t *ret_there);

#endif
