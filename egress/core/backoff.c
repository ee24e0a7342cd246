#include "egress/core/backoff.h"

#include "base/check.h"

span_ms_t backoff_delay(const struct backoff *policy, uint32_t tries, span_ms_t retry_after,
                        struct rng *rng)
{
    CHECK(policy->base.ms > 0 && policy->ceiling_max.ms >= policy->base.ms && tries >= 1);
    int64_t ceiling = policy->base.ms;
    for (uint32_t i = 1; i < tries && ceiling < policy->ceiling_max.ms; i++) {
        ceiling = ceiling > policy->ceiling_max.ms / 2 ? policy->ceiling_max.ms : ceiling * 2;
    }
    int64_t jitter = (int64_t)rng_below(rng, (uint64_t)ceiling + 1);
    int64_t asked = retry_after.ms > 0 ? retry_after.ms : 0;
    return span_ms(instant_add_(asked, jitter));
}
