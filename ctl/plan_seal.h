/* plan_seal — what a draft's secrets become in a record: hashes where one only has to recognise
 * them, sealed boxes where one has to use them. For plan.c alone. */
#ifndef CTL_PLAN_SEAL_H
#define CTL_PLAN_SEAL_H

#include "base/arena.h"
#include "ctl/config_file.h"
#include "ctl/keys.h"

struct sealer {
    struct arena *arena;
    struct public_keys keys;
};

/* Fill the secret members of `ret` from the draft. ARENA_FULL, NO_MEMORY. */
MUST_USE err_t sealer_account(struct sealer *s, const struct draft_account *draft,
                              struct account *ret);
MUST_USE err_t sealer_store(struct sealer *s, const struct draft_store *draft, struct store *ret);

#endif
