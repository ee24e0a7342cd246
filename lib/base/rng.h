/* rng — a seeded generator (xoshiro256**) that is always passed in, so that a run can be repeated.
 *
 * For jitter and for tests; never for secrets (libsodium makes those). */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

struct rng {
    uint64_t state[4];
};

void rng_seed(struct rng *rng, uint64_t seed);
uint64_t rng_next(struct rng *rng);
/* A number in [0, bound), without bias; bound > 0. */
uint64_t rng_below(struct rng *rng, uint64_t bound);

#endif
