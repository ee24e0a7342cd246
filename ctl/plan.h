/* plan — what `apply` would write: the file's accounts and stores as records, beside what stands in
 * the log.
 *
 *     draft + published ─▶ id_key kept or made, secrets hashed or sealed ─▶ ADDED CHANGED SAME
 *
 * What `tieline connect` was given by Zendesk (ids, shared secret, signing secrets) stays as it is
 * published where the file does not name it: nobody has to write it there.
 *
 * Secrets are sealed so that the same secret gives the same bytes: applying a file twice changes
 * nothing the second time. */
#ifndef CTL_PLAN_H
#define CTL_PLAN_H

#include "base/arena.h"
#include "base/err.h"
#include "ctl/config_file.h"
#include "ctl/keys.h"
#include "event/config_log.h"

#include <stdbool.h>
#include <stddef.h>

enum plan_change { PLAN_ADDED, PLAN_CHANGED, PLAN_SAME };

struct plan_entry {
    enum plan_change change;
    struct slice key;   /* "account/acme" */
    struct slice value; /* encoded */
    struct config_record after;
    struct config_record before; /* kind CONFIG_NONE when ADDED */
};

struct plan {
    struct plan_entry *entries; /* deployment, accounts, stores: in the order of writing */
    size_t count;
    size_t changes; /* that are not SAME */
};

/* file        without errors, secrets resolved
 * published   what stands in the log
 * keys        NULL = those of the deployment record; CONFIG when there is none either
 * partitions  of the keyed topics, for the first deployment record
 * public_url  where Zendesk reaches ingest; empty = as published
 * arena       holds the plan. ARENA_FULL, NO_MEMORY, CONFIG with `why`. */
MUST_USE err_t plan_make(struct arena *arena, const struct config_file *file,
                         const struct config_set *published, const struct public_keys *keys,
                         uint32_t partitions, struct slice public_url, struct why *why,
                         struct plan *ret_plan);

/* The deployment record alone: partitions as found, keys as published. */
MUST_USE err_t plan_partitions(struct arena *arena, const struct config_set *published,
                               uint32_t partitions, struct why *why, struct plan *ret_plan);
/* The same, with where all was moved; empty = nowhere. CONFIG: there is no deployment. */
MUST_USE err_t plan_moved(struct arena *arena, const struct config_set *published,
                          struct slice into, struct why *why, struct plan *ret_plan);

/* Of accounts and stores as they are published: switched off, so that nothing is sent for them any
 * more; or gone, with an empty value (a tombstone). account NULL = none; what is not published is
 * passed over. */
MUST_USE err_t plan_off(struct arena *arena, const struct config_set *published,
                        const struct account *account, const struct store *const *stores,
                        size_t store_count, bool gone, struct why *why, struct plan *ret_plan);

#endif
