#include "egress/core/retries.h"

bool retries_take(struct retries *r)
{
    if (r->spent + RETRIES_EARNED_BY > RETRIES_MAX * RETRIES_EARNED_BY) {
        return false;
    }
    r->spent += RETRIES_EARNED_BY;
    return true;
}

void retries_earn(struct retries *r)
{
    r->spent -= r->spent > 0 ? 1 : 0;
}
