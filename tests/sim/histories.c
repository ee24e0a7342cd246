/* histories — random histories of customers, agents and a bot through the pure core.
 *
 *     histories [--seeds N] [--seed S] [--story]
 *
 * One seed is one history; the invariants are checked after every step. A failing seed is played
 * again with its story printed, and the command that repeats it. Edges of the lifecycle that no
 * seed took fail the run: a simulation that does not reach something proves nothing about it. */
#include "tests/sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS_DEFAULT = 100000, ACTS = 50 };
static const char *run_seed(const struct config_set *config, uint64_t seed, bool tells,
                            uint64_t reached[16])
{
    static struct world world;
    world_init(&world, config, seed, tells);
    for (int i = 0; i < ACTS && world.broken == NULL; i++) {
        world_act(&world);
    }
    if (world.broken == NULL) {
        world_settle(&world);
    }
    for (size_t i = 0; i < 16; i++) {
        reached[i] += world.reached[i];
    }
    world_deinit(&world);
    return world.broken;
}

static int tell(const struct config_set *config, uint64_t seed, const char *broken)
{
    uint64_t reached[16] = {0};
    printf("seed %llu: does not hold: %s\n", (unsigned long long)seed, broken);
    (void)run_seed(config, seed, true, reached);
    printf("repeat: build/asan/tests/sim_histories --seed %llu --story\n",
           (unsigned long long)seed);
    return 1;
}

struct arguments {
    uint64_t seeds;
    uint64_t only; /* UINT64_MAX = all */
    bool tells;
};

static bool read_arguments(int argc, char **argv, struct arguments *args)
{
    for (int i = 1; i < argc; i++) {
        struct slice value = slice_of(i + 1 < argc ? argv[i + 1] : "");
        if (strcmp(argv[i], "--story") == 0) {
            args->tells = true;
        } else if (strcmp(argv[i], "--seeds") == 0 || strcmp(argv[i], "--seed") == 0) {
            uint64_t *place = strcmp(argv[i], "--seed") == 0 ? &args->only : &args->seeds;
            if (err_failed(slice_to_u64(value, place))) {
                return false;
            }
            i++;
        } else {
            return false;
        }
    }
    return true;
}

static int report(uint64_t seeds, const uint64_t reached[16])
{
    int failed = 0;
    printf("%llu histories; phases entered:", (unsigned long long)seeds);
    for (enum phase phase = PHASE_BOT; phase <= PHASE_RELEASED; phase++) {
        printf(" %s %llu", phase_name(phase), (unsigned long long)reached[phase]);
        failed += reached[phase] == 0 ? 1 : 0;
    }
    printf(", halted %llu", (unsigned long long)reached[WORLD_REACHED_HALT]);
    failed += reached[WORLD_REACHED_HALT] == 0 ? 1 : 0;
    printf(", gaps %llu", (unsigned long long)reached[WORLD_REACHED_GAP]);
    failed += reached[WORLD_REACHED_GAP] == 0 ? 1 : 0;
    printf("\n%d passed, %d failed\n", failed == 0 ? 1 : 0, failed);
    return failed == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct arguments args = {.seeds = SEEDS_DEFAULT, .only = UINT64_MAX};
    if (!read_arguments(argc, argv, &args)) {
        (void)fprintf(stderr, "usage: sim_histories [--seeds N] [--seed S] [--story]\n");
        return 64;
    }
    const struct config_set *config = NULL;
    struct config_log *log = world_configure(&config);
    uint64_t reached[16] = {0};
    bool is_one = args.only != UINT64_MAX;
    uint64_t first = is_one ? args.only : 0;
    uint64_t last = is_one ? args.only + 1 : args.seeds;
    int status = 0;
    for (uint64_t seed = first; seed < last && status == 0; seed++) {
        const char *broken = run_seed(config, seed, args.tells, reached);
        status = broken != NULL ? tell(config, seed, broken) : 0;
    }
    if (status == 0 && !is_one) {
        status = report(args.seeds, reached);
    }
    config_log_free(log);
    return status;
}
