/* quotas — what Zendesk grants of ticket updates: so many a minute for an account, so many in ten
 * minutes for a ticket.
 *
 * Likewise, how long one endpoint of an account is closed, as Zendesk's headers tell.
 *
 * A ticket that has used its share waits alone; no other does. What is not in here (a copy that ran
 * before, another program) shows as a 429. One thread. */
#ifndef EGRESS_QUOTAS_H
#define EGRESS_QUOTAS_H

#include "base/err.h"
#include "base/instant.h"
#include "base/slice.h"
#include "base/table.h"
#include "egress/core/budget.h"
#include "event/command.h"

#include <stddef.h>
#include <stdint.h>

enum { QUOTAS_MAX = 64 * 1024 };

struct quotas {
    struct table *by_name;
    size_t swept; /* how many were left by the last sweep */
};

MUST_USE err_t quotas_init(struct quotas *q, uint64_t seed); /* NO_MEMORY */
void quotas_deinit(struct quotas *q);                        /* accepts a zeroed one */

/* When the ticket at `path` of this account may be updated: `now` or earlier = at once.
 *
 * part  of the account's updates, which other copies make too; a ticket's are all ours */
mono_ms_t quotas_open(const struct quotas *q, struct slice account, struct slice path,
                      struct budget_part part, mono_ms_t now);
/* Zendesk has said that an endpoint, by which this effect comes about, is used up until then. */
void quotas_close(struct quotas *q, struct slice account, enum effect_kind effect, mono_ms_t now,
                  mono_ms_t until);
/* When it opens again: `now` or earlier = it is open. */
mono_ms_t quotas_reopen(const struct quotas *q, struct slice account, enum effect_kind effect,
                        mono_ms_t now);
/* It is updated now. Where there is no room to remember, nothing is. */
void quotas_use(struct quotas *q, struct slice account, struct slice path, mono_ms_t now);

#endif
