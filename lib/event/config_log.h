/* config_log — the `config` topic in memory, and the configuration as of any of its offsets.
 *
 *   offset    0          1          2          3
 *           account/a  store/s1  store/s2   store/s1 (new)
 *                                   ▲           ▲
 *                  partition 4 is here          partition 7 has taken up this version
 *
 * A partition decides with the version that its own log says is in force (event CONFIG); so two
 * partitions may see different versions for a moment, and a replay sees the same as then. A set is
 * immutable once made. One thread. */
#ifndef EVENT_CONFIG_LOG_H
#define EVENT_CONFIG_LOG_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/slice.h"
#include "event/config.h"

#include <stddef.h>
#include <stdint.h>

struct config_log;
struct config_set;

MUST_USE err_t config_log_new(struct config_log **ret_log);
void config_log_free(struct config_log *log); /* accepts NULL */
DEFINE_CLEANUP_PTR(config_log, struct config_log, config_log_free)

/* What the operator's tool keeps in the topic for itself: who is at work, what is a shadow. */
static inline bool config_key_is_of_tool(struct slice key)
{
    return slice_starts_with(key, SLICE("lease/")) || slice_equal(key, SLICE("shadow"));
}

/* Takes in one record; `value` empty = tombstone. Offsets must rise. What stands under "lease/…" or
 * "shadow" is the operator's tool's own and is passed over: no version begins there.
 *
 * A record that cannot be read (garbage, newer schema, not what its key names) is an error, and
 * from its offset on the entry is absent: what somebody has changed must not go on as before, and
 * nothing is guessed. An account or store that is absent is silent. config_log_end() counts it.
 *
 * Errors  POISON classes: as above, or the key is unknown; TOO_LARGE: more than LIMIT_ACCOUNTS_MAX
 *         or LIMIT_STORES_MAX names; RANGE: offset not above the last (the log stays as it was);
 *         NO_MEMORY. */
MUST_USE err_t config_log_add(struct config_log *log, int64_t offset, struct slice key,
                              struct slice value, struct why *why);
/* The newest version: offset of the newest record that is configuration; -1 = none. */
int64_t config_log_end(const struct config_log *log);
/* Offset of the newest record taken in, whatever it was; -1 = none. Who waits for a version waits
 * for this: a program that did not know leases counted them as versions, and its log still says so.
 */
int64_t config_log_seen(const struct config_log *log);

/* The configuration with all records up to and with `offset` (INT64_MAX = newest). The set is
 * cached per offset, owned by the log and valid as long as it. */
MUST_USE err_t config_log_at(struct config_log *log, int64_t offset,
                             const struct config_set **ret_set);

const struct deployment *config_deployment(const struct config_set *set); /* NULL = none yet */
const struct account *config_account(const struct config_set *set, struct slice name);
const struct store *config_store(const struct config_set *set, struct slice name);
size_t config_account_count(const struct config_set *set);
const struct account *config_account_at(const struct config_set *set, size_t index);
size_t config_store_count(const struct config_set *set);
const struct store *config_store_at(const struct config_set *set, size_t index);
/* The store of an account with this widget; an empty `widget_id` finds the fallback. NULL = none.
 * Where several have it, which no checked configuration does: an enabled one before others, then
 * the one whose record is the oldest. It may be disabled; that is for the caller to ask. */
const struct store *config_store_by_widget(const struct config_set *set, struct slice account,
                                           struct slice widget_id);
/* The only store of the account that names this brand, enabled or not; NULL when none or several
 * do. */
const struct store *config_store_by_brand(const struct config_set *set, struct slice account,
                                          struct slice brand_id);

#endif
