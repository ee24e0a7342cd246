/* config_live — the newest configuration, and how sure we are that it is the newest.
 *
 *     config topic ──▶ kafka_table (its thread) ──▶ config_log ──▶ set
 *                             └── age of "read to its end" ──▶ fresh, while at most 10 s
 *
 * Refusing a caller is only right while fresh; otherwise his secret may be in what we have not read
 * yet. Signing secrets are opened when they are first needed and kept in locked memory until their
 * account is given others. One thread: the loop's. */
#ifndef INGEST_CONFIG_LIVE_H
#define INGEST_CONFIG_LIVE_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/limits.h"
#include "event/config_log.h"
#include "kafka/table.h"
#include "rt/log.h"
#include "rt/seal.h"

#include <stdbool.h>
#include <stddef.h>

struct config_live;

enum { CONFIG_LIVE_FRESH_MS = 10 * 1000 };

/* key  opens signing secrets; NULL = none was given; borrowed, as options and log are
 * Errors  UNAVAILABLE, NO_MEMORY, IO … with `why`. */
MUST_USE err_t config_live_new(const struct kafka_options *options, const struct seal_key *key,
                               struct log *log, struct why *why, struct config_live **ret_live);
void config_live_free(struct config_live *c); /* accepts NULL */
DEFINE_CLEANUP_PTR(config_live, struct config_live, config_live_free)

/* Becomes readable when config_live_poll() has something to take in. */
int config_live_fd(const struct config_live *c);
/* Takes in what waits. A record that cannot be read is logged and counts as absent. FATAL classes
 * of the reader below. */
MUST_USE err_t config_live_poll(struct config_live *c);

/* NULL until the topic was read to its end for the first time. Owned by `c`, valid as long. */
const struct config_set *config_live_set(const struct config_live *c);
bool config_live_fresh(struct config_live *c);
/* Something is configured, and was read to its end. */
bool config_live_ready(const struct config_live *c);

struct signing_secrets {
    struct slice secret[LIMIT_LIVE_SECRETS_MAX];
    size_t count; /* of those that could be opened and may be used */
};
/* Those of an account of the set, until the next poll. Logs once what cannot be opened. */
struct signing_secrets config_live_signing(struct config_live *c, const struct account *account);

#endif
