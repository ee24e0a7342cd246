/* config_handoff — how a human is called and what the human gets, from the file's JSON and judged.
 *
 * The part of a store under `handoff` that is more than a switch or a text: outcomes of single
 * rules, what a ticket carries. Feature rows 77, 78, 81, 93-102. */
#ifndef CTL_CONFIG_HANDOFF_H
#define CTL_CONFIG_HANDOFF_H

#include "base/arena.h"
#include "base/err.h"
#include "ctl/problems.h"
#include "event/config.h"
#include "json/json_read.h"

/* at   the object `handoff`; NULL = there is none. Members of a wrong type are as if absent.
 * NO_MEMORY. */
MUST_USE err_t config_handoff_draft(struct arena *arena, const struct json *at, struct store *ret);
/* store_at  the store's object, for the places of what is wrong */
void config_handoff_check(struct problems *p, const struct json *store_at,
                          const struct store *store);

#endif
