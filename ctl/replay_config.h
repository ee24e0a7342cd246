/* replay_config — a configuration file as if it had been published: what another one would have
 * done. Nothing is sealed and nothing leaves: who decides needs no secret. */
#ifndef CTL_REPLAY_CONFIG_H
#define CTL_REPLAY_CONFIG_H

#include "base/err.h"
#include "ctl/config_file.h"
#include "event/config_log.h"

/* Over what is published, so that what the file does not name stays as it is, and an account keeps
 * the key that its effect ids are made with.
 *
 * log     takes the records; owned by the caller, and holds *ret_set
 * Errors  as config_file_read(); CONFIG: the file is not valid, all that is wrong said on stderr */
MUST_USE err_t replay_config(const char *path, const struct config_set *published,
                             struct config_log *log, struct why *why,
                             const struct config_set **ret_set);

#endif
