/* config_live — the newest configuration, and how sure we are that it is the newest.
 *
 *     config topic ──▶ kafka_table (its thread) ──▶ config_log ──▶ set
 *                             └── age of "read to its end" ──▶ fresh, while at most 10 s
 *
 * Refusing a caller is only right while that is so and each account's and store's newest record
 * could be read; otherwise his secret may be in what we have not read. One thread: the loop's. */
#ifndef INGEST_CONFIG_LIVE_H
#define INGEST_CONFIG_LIVE_H

#include "base/cleanup.h"
#include "base/err.h"
#include "event/config_log.h"
#include "ingest/signing.h"
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
/* Read to its end within the last CONFIG_LIVE_FRESH_MS. */
bool config_live_fresh(struct config_live *c);
/* Fresh, and nothing in it that could not be read: who is unknown now is a stranger. */
bool config_live_sure(struct config_live *c);
/* `tieline move` has taken the deployment away: nothing may be taken in here any more. */
bool config_live_moved(const struct config_live *c);
/* Something is configured, was read to its end, and was not moved. */
bool config_live_ready(const struct config_live *c);

/* The opened secrets, until the next poll; `owner` is what a log line calls whose they are. */
struct signing_secrets config_live_signing(struct config_live *c, struct auth_boxes boxes,
                                           struct slice owner);

#endif
