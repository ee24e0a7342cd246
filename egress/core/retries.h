/* retries — how much of what a destination is sent may be second tries: what fails alone is tried
 * again soon, what fails with everything else is not.
 *
 *   a call went well    earns a fifth of a retry, up to 20
 *   a call is repeated  costs one; who has none left waits as if it had failed many times
 *
 * The zero value has all 20. Pure; one thread. */
#ifndef EGRESS_CORE_RETRIES_H
#define EGRESS_CORE_RETRIES_H

#include <stdbool.h>
#include <stdint.h>

enum { RETRIES_MAX = 20, RETRIES_EARNED_BY = 5 };

struct retries {
    uint32_t spent; /* in parts of RETRIES_EARNED_BY */
};

/* One more is to be tried again. False: not soon. */
bool retries_take(struct retries *r);
/* A call went well. */
void retries_earn(struct retries *r);

#endif
