/* egress_main — runs histories of egress' once-only protocol and says what they have reached.
 *
 *     sim_egress [--seeds N] [--seed S] [--story] [--seconds T]
 *
 * A failing seed is played again with its story, and the command that repeats it. */
#include "base/check.h"
#include "tests/sim/egress_sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SEEDS_DEFAULT = 1000000, SECONDS_DEFAULT = 60 };

struct arguments {
    uint64_t seeds, first, seconds;
    bool is_one, tells;
    const char *program;
};

static struct sim world;

static bool number_read(const char *text, uint64_t *ret)
{
    return text != NULL && !err_failed(slice_to_u64(slice_of(text), ret));
}

static bool arguments_read(int argc, char **argv, struct arguments *a)
{
    a->program = argv[0];
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        bool is_good = true;
        if (strcmp(argv[i], "--story") == 0) {
            a->tells = true;
            continue;
        }
        if (strcmp(argv[i], "--seeds") == 0) {
            is_good = number_read(value, &a->seeds);
        } else if (strcmp(argv[i], "--seed") == 0) {
            is_good = number_read(value, &a->first);
            a->is_one = true;
        } else if (strcmp(argv[i], "--from") == 0) {
            is_good = number_read(value, &a->first);
        } else if (strcmp(argv[i], "--seconds") == 0) {
            is_good = number_read(value, &a->seconds);
        } else {
            return false;
        }
        if (!is_good) {
            return false;
        }
        i++;
    }
    return true;
}

static bool play(uint64_t seed, bool tells, struct sim_counts *counts)
{
    bool is_good = sim_play(&world, seed, tells, counts);
    sim_clear(&world);
    return is_good;
}

static void report(const struct sim_counts *c, uint64_t histories)
{
    static const char *const states[] = {
#define X(name, what) what,
        SIM_STATES(X)
#undef X
    };
    printf("%" PRIu64 " histories, %" PRIu64 " turns\n", histories, c->turns);
    for (size_t i = 0; i < MOMENT_COUNT; i++) {
        printf("  %9" PRIu64 "  %s\n", c->moments[i], sim_moment_text((enum sim_moment)i));
    }
    printf("killed and stopped while\n");
    for (size_t i = 0; i < STATE_COUNT; i++) {
        printf("  %9" PRIu64 " %9" PRIu64 "  %s\n", c->kills[i], c->sleeps[i], states[i]);
    }
    printf("faults\n");
    for (size_t i = 1; i < FAULT_COUNT; i++) {
        printf("  %9" PRIu64 "  %s\n", c->faults[i], sim_fault_text((enum sim_fault)i));
    }
    printf("outcomes\n");
    for (int i = OUTCOME_APPLIED; i <= OUTCOME_UNDECIDED; i++) {
        printf("  %9" PRIu64 "  %s\n", c->outcomes[i], outcome_result_name((enum outcome_result)i));
    }
    printf("  %9" PRIu64 "  outcomes too late to count\n", c->late_outcomes);
    printf("  %9" PRIu64 "  requests that arrived after their sender gave up\n", c->late_arrivals);
    printf("  %9" PRIu64 "  commits without a member, stored\n", c->hollow_commits);
    printf("  %9" PRIu64 "  commits that went backwards\n", c->backward_commits);
    printf("  %9" PRIu64 "  sends out of a sleep between two instructions\n", c->holes);
}

int main(int argc, char **argv)
{
    struct arguments a = {.seeds = SEEDS_DEFAULT, .seconds = SECONDS_DEFAULT};
    if (!arguments_read(argc, argv, &a)) {
        (void)fprintf(
            stderr,
            "usage: sim_egress [--seeds N] [--from S] [--seconds T] | --seed S [--story]\n");
        return 64;
    }
    static struct sim_counts counts;
    static struct sim_counts again;
    time_t end = time(NULL) + (time_t)a.seconds;
    uint64_t last = a.is_one ? a.first + 1 : a.first + a.seeds;
    uint64_t seed = a.first;
    for (; seed < last && time(NULL) < end; seed++) {
        if (!play(seed, a.tells, &counts)) {
            if (!a.tells) {
                (void)play(seed, true, &again);
            }
            printf("seed %" PRIu64 ": does not hold: %s\nrepeat: %s --seed %" PRIu64 " --story\n",
                   seed, world.broken, a.program, seed);
            return 1;
        }
    }
    if (!a.is_one) {
        report(&counts, seed - a.first);
    }
    printf("1 passed, 0 failed\n");
    return 0;
}
