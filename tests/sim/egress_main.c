/* egress_main — runs histories of egress' once-only protocol and says what they have reached.
 *
 *     sim_egress [--seeds N] [--from S] [--seconds T]     all must hold
 *     sim_egress --seed S [--story]                       one of them
 *     sim_egress --mutant NAME …                          with a guard left out
 *     sim_egress --effects …                              only what others see is checked
 *     sim_egress --scene NAME …                           empties, believes or mumbles: all are
 *                                                         bent towards one rare thing
 *     sim_egress --mutants [--seconds T]                  each guard is left out once, and must be
 *                                                         missed within T seconds each
 *
 * A failing seed is played again with its story, and the command that repeats it. What no history
 * has reached fails the run: a simulation proves nothing about where it does not come. Mutants and
 * crash points are there in a build with -DTIELINE_PLANTED=ON only. */
#include "base/check.h"
#include "rt/clock_sys.h"
#include "tests/sim/egress_sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS_DEFAULT = 100 * 1000 * 1000, SECONDS_DEFAULT = 60, ENOUGH = 5000 };

struct arguments {
    uint64_t seeds, first, seconds;
    bool is_one, tells, tries_mutants, only_effects;
    enum sim_scene scene;
    const char *mutant;
    const char *program;
};

static struct sim world;
static const char *const scenes[] = {"any", "empties", "believes", "mumbles"};
enum { SCENES = sizeof scenes / sizeof scenes[0] };

static bool number_read(const char *text, uint64_t *ret)
{
    return text != NULL && !err_failed(slice_to_u64(slice_of(text), ret));
}

static bool with_value(struct arguments *a, const char *name, const char *value)
{
    if (strcmp(name, "--mutant") == 0) {
        a->mutant = value;
        return value != NULL && planted_choose(value);
    }
    for (size_t i = 0; strcmp(name, "--scene") == 0 && value != NULL && i < SCENES; i++) {
        if (strcmp(value, scenes[i]) == 0) {
            a->scene = (enum sim_scene)i;
            return true;
        }
    }
    if (strcmp(name, "--seeds") == 0) {
        return number_read(value, &a->seeds);
    }
    if (strcmp(name, "--seconds") == 0) {
        return number_read(value, &a->seconds);
    }
    a->is_one = strcmp(name, "--seed") == 0;
    return (a->is_one || strcmp(name, "--from") == 0) && number_read(value, &a->first);
}

static bool arguments_read(int argc, char **argv, struct arguments *a)
{
    a->program = argv[0];
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--story") == 0) {
            a->tells = true;
        } else if (strcmp(argv[i], "--effects") == 0) {
            a->only_effects = true;
        } else if (strcmp(argv[i], "--mutants") == 0) {
            a->tries_mutants = true;
        } else if (with_value(a, argv[i], i + 1 < argc ? argv[i + 1] : NULL)) {
            i++;
        } else {
            return false;
        }
    }
    return true;
}

static bool play(const struct arguments *a, uint64_t seed, bool tells, struct sim_counts *counts)
{
    const struct sim_order order = {seed, tells, a->only_effects, a->scene};
    planted_play(&world);
    bool is_good = sim_play(&world, &order, counts);
    sim_clear(&world);
    planted_play(NULL);
    return is_good;
}

/* ---- what was reached */

static int line(const char *what, uint64_t count, bool has_to)
{
    bool is_missing = has_to && count == 0;
    printf("  %9" PRIu64 "  %s%s\n", count, what, is_missing ? "   NEVER REACHED" : "");
    return is_missing ? 1 : 0;
}

static int report(const struct sim_counts *c, uint64_t histories)
{
    bool has_to = histories >= ENOUGH;
    int failed = 0;
    printf("%" PRIu64 " histories, %" PRIu64 " turns\n", histories, c->turns);
    for (unsigned i = 0; i < MOMENT_COUNT; i++) {
        failed += line(sim_moment_text((enum sim_moment)i), c->moments[i], has_to);
    }
    printf("killed while\n");
    for (unsigned i = 0; i < STATE_COUNT; i++) {
        failed += line(sim_state_text((enum sim_state)i), c->kills[i], has_to);
    }
    printf("stopped while\n");
    for (unsigned i = 0; i < STATE_COUNT; i++) {
        failed += line(sim_state_text((enum sim_state)i), c->sleeps[i], has_to);
    }
    printf("what went wrong\n");
    for (unsigned i = 1; i < FAULT_COUNT; i++) {
        failed += line(sim_fault_text((enum sim_fault)i), c->faults[i], has_to);
    }
    failed += line("request arrived after its sender gave up", c->late_arrivals, has_to);
    failed += line("outcome too late to count", c->late_outcomes, has_to);
    failed += line("send of one who is expelled and does not know it", c->strangers, has_to);
    failed += line("commit of nobody's, asked for", c->hollow_tries, has_to);
    failed += line("commit of nobody's, stored", c->hollow_commits, has_to);
    failed += line("commit that went backwards", c->backward_commits, has_to);
    failed += line("send out of a sleep between two instructions: no promise", c->holes, false);
    failed += line("drain that did not come to its end in time", c->undrained, false);
    printf("outcomes\n");
    for (int i = OUTCOME_APPLIED; i <= OUTCOME_UNDECIDED; i++) {
        failed += line(outcome_result_name((enum outcome_result)i), c->outcomes[i],
                       has_to && (i == OUTCOME_APPLIED || i == OUTCOME_SUPERSEDED));
    }
    printf("%s", planted_count() > 0 ? "crash points\n" : "");
    for (unsigned i = 0; i < planted_count(); i++) {
        failed += line(planted_text(i), c->points[i], false);
    }
    printf("%d passed, %d failed\n", failed == 0 ? 1 : 0, failed);
    return failed == 0 ? 0 : 1;
}

/* ---- histories */

static int tell(const struct arguments *a, uint64_t seed)
{
    static struct sim_counts counts;
    if (!a->tells) {
        (void)play(a, seed, true, &counts);
    }
    printf("seed %" PRIu64 ": does not hold: %s\nrepeat: %s --scene %s%s%s%s --seed %" PRIu64
           " --story\n",
           seed, world.broken, a->program, scenes[a->scene], a->only_effects ? " --effects" : "",
           a->mutant == NULL ? "" : " --mutant ", a->mutant == NULL ? "" : a->mutant, seed);
    return 1;
}

/* True when all of them hold; else *ret_seed does not. */
static bool play_all(const struct arguments *a, struct sim_counts *counts, uint64_t *ret_seed)
{
    struct clock clock = clock_sys();
    mono_ms_t end = mono_add(clock_mono(&clock), span_s((int64_t)a->seconds));
    uint64_t last = a->is_one ? a->first + 1 : a->first + a->seeds;
    for (*ret_seed = a->first; *ret_seed < last && mono_before(clock_mono(&clock), end);
         (*ret_seed)++) {
        if (!play(a, *ret_seed, a->tells, counts)) {
            return false;
        }
    }
    return true;
}

static int mutants(const struct arguments *a)
{
    static const char *const names[] = {
        "horizon",    "horizon_record", "horizon_ahead", "look_up", "settle",      "safe_update",
        "aged_stamp", "generation",     "mark_early",    "fence",   "incarnation",
    };
    static struct sim_counts counts;
    int missed = 0;
    int found = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        uint64_t seed = 0;
        if (a->only_effects && strcmp(names[i], "horizon_ahead") == 0) {
            /* Whatever lies below an inherited horizon is in doubt, also what is read much later:
             * too high a horizon costs look-ups, and nobody but the log sees it. */
            continue;
        }
        if (!planted_choose(names[i])) {
            printf("%-15s is not planted in this build\n", names[i]);
            missed++;
        } else if (play_all(a, &counts, &seed)) {
            printf("%-15s NOT FOUND in %" PRIu64 " histories\n", names[i], seed - a->first);
            missed++;
        } else {
            printf("%-15s seed %-8" PRIu64 " %s\n", names[i], seed, world.broken);
            found++;
        }
        (void)fflush(stdout);
    }
    printf("%d passed, %d failed\n", found, missed);
    return missed == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct arguments a = {.seeds = SEEDS_DEFAULT, .seconds = SECONDS_DEFAULT};
    if (!arguments_read(argc, argv, &a)) {
        (void)fprintf(stderr, "usage: sim_egress [--seeds N] [--from S] [--seconds T] [--story]\n"
                              "                  [--seed S] [--mutant NAME] [--mutants] "
                              "[--effects] [--scene NAME]\n");
        return 64;
    }
    if (a.tries_mutants) {
        return mutants(&a);
    }
    static struct sim_counts counts;
    uint64_t seed = 0;
    if (!play_all(&a, &counts, &seed)) {
        return tell(&a, seed);
    }
    if (a.is_one) {
        printf("seed %" PRIu64 " holds\n", a.first);
        return 0;
    }
    return report(&counts, seed - a.first);
}
