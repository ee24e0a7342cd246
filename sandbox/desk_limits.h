/* desk_limits — how much the Support API takes, and how it says so.
 *
 *     requests of the account    400 a minute (scenario), also what is refused later
 *     updates of the account     100 a minute (scenario)
 *     updates of one ticket      30 in 10 minutes for each user
 *
 * Windows begin with their first request and move by the sandbox's clock. */
#ifndef SANDBOX_DESK_LIMITS_H
#define SANDBOX_DESK_LIMITS_H

#include "sandbox/call.h"

#include <stdbool.h>

struct desk_window {
    wall_ms_t start;
    int64_t count;
};

/* Counts a request and writes the headers; false = refused with 429. Not part of the journal: it is
 * asked before a request is applied, and a restart begins a new window. */
bool desk_limits_admit(struct call *c, struct desk_window *window);
/* Counts an update of `ticket` by the caller; false = refused with 429. */
bool desk_limits_update(struct call *c, struct ticket *ticket);

#endif
