/* tickets — numbers that stand for calls while somebody else has them: a request that is out, a
 * record that is being written.
 *
 * A number is used once. What comes back for a call that has gone meanwhile finds nothing. */
#ifndef EGRESS_TICKETS_H
#define EGRESS_TICKETS_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { TICKETS_MAX = 1024 * 1024 };

struct tickets {
    struct buf slots;
    uint32_t free_first; /* index + 1; 0 = none */
    size_t out;
};

void tickets_init(struct tickets *t);
void tickets_deinit(struct tickets *t);

/* A number for `who`, never 0, below 2^62. BUF_FULL: TICKETS_MAX are out. NO_MEMORY. */
MUST_USE err_t tickets_issue(struct tickets *t, void *who, uint64_t *ret_number);
/* Who it stood for; it is used up. NULL: none of ours, or used already. */
void *tickets_redeem(struct tickets *t, uint64_t number);
size_t tickets_out(const struct tickets *t);
/* Calls `visit` for everything that a number is out for; it must not come back here. */
void tickets_each(const struct tickets *t, void (*visit)(void *who));

#endif
