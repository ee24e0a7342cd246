/* published — the configuration as it stands in the log now. */
#ifndef CTL_PUBLISHED_H
#define CTL_PUBLISHED_H

#include "base/cleanup.h"
#include "base/err.h"
#include "event/config_log.h"
#include "port/reader.h"

struct published {
    struct config_log *log;       /* owns the set */
    const struct config_set *set; /* NULL only before published_read() */
};

/* Reads the topic `config` to its end, passing over keys that are none of ours. A record of ours
 * that cannot be read is an error, named by its key: who does not know what stands there must not
 * write over it (an account's id_key would be lost). Errors  NO_TOPIC, UNAVAILABLE, TIMEOUT, and
 * the POISON classes, with `why`. */
MUST_USE err_t published_read(struct reader_port *reader, struct why *why, struct published *ret);
/* CONFIG, with `why`: `tieline move` has taken the deployment away, so nobody would read an order.
 */
MUST_USE err_t published_check_here(const struct published *p, struct why *why);
/* For who only looks: what cannot be read leaves ret->set NULL. */
MUST_USE err_t published_read_if(struct reader_port *reader, struct why *why,
                                 struct published *ret);
void published_deinit(struct published *p); /* accepts a zeroed one */
DEFINE_CLEANUP(published, struct published, published_deinit)

#endif
