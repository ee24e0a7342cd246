/* histories — random histories of customers, agents, a bot, an operator, time and trouble through
 * the pure core.
 *
 *     sim_histories [--seconds T] [--seeds N] [--from S]   until T seconds of CPU or N seeds, but
 *                                                          at least ENOUGH
 *     sim_histories --seed S [--story] [--acts 3,7,12]     one, or only some of its acts
 *
 * One seed is one history; what must hold is looked at after every step. In the end all that was
 * decided is replayed to the same bytes (tests/support/tape.h): of the first thousand seeds, and of
 * every tenth behind them. A failing seed is made smaller: acts are left out as long as the same
 * thing fails, and what is left is told, with the command that repeats it. What no history has
 * reached fails the run: a simulation proves nothing about where it does not come. */
#include "tests/sim/world.h"
#include "tests/support/tape.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    SEEDS_DEFAULT = 1000 * 1000,
    ENOUGH = 3000,
    TWINS = 3,       /* one in so many has one */
    REPLAYED = 1000, /* seeds below it are replayed, and … */
    SAMPLED = 10,    /* … one in so many of the others; */
    REDACTED = 5     /* of these, one in so many also without its words */
};

/* Which acts of a history take place. */
struct acts {
    bool is_kept[WORLD_ACTS_LONG];
    size_t count;
};

struct arguments {
    uint64_t seeds, first, seconds;
    bool is_one, tells;
    const char *acts; /* NULL = all */
    const char *program;
};

static struct config_log *config;
static struct reach reach;

/* --- what the log would hold of it --- */

static void tape_config_record(void *arg, int64_t offset, struct slice key, struct slice bytes)
{
    (void)offset;
    tape_config(arg, key, bytes);
}

static void hear(void *arg, const struct world *w, const struct decided *d)
{
    const struct taped taped = {.event = d->halts ? NULL : &d->event,
                                .now = d->now,
                                .incarnation = w->incarnation,
                                .config = world_config_offset(w->version),
                                .state = w->state,
                                .effects = &w->effects,
                                .numbers = w->numbers};
    tape_take(arg, &taped);
}

static bool is_replayed(uint64_t seed)
{
    return seed < REPLAYED || seed % SAMPLED == 0;
}

static void record(struct world *w, struct tape *tape)
{
    tape_begin(tape, w->place->key, w->now);
    world_config_records(tape_config_record, tape);
    w->listener = (struct listener){tape, hear};
}

/* The whole history, decided once more by `tieline replay`. */
static void replay(struct world *w, struct tape *tape)
{
    if (w->listener.decided == NULL) {
        return;
    }
    tape_end(tape);
    if (w->broken == NULL) {
        w->broken = tape_replay(tape);
        w->reach->moments[REACH_REPLAYED]++;
    }
    if (w->broken == NULL && w->seed % REDACTED == 0) {
        CLEANUP(buf) struct buf redacted = {0};
        buf_init(&redacted, CAPTURE_BYTES_MAX);
        w->broken = tape_replay_redacted(tape, &redacted);
        w->reach->moments[REACH_REDACTED]++;
    }
    tape_free(tape);
}

/* --- a history --- */

static void play_acts(struct world *w, const struct acts *acts)
{
    for (uint64_t i = 0; i < acts->count && w->broken == NULL; i++) {
        if (acts->is_kept[i]) {
            if (w->tells) {
                printf("act %" PRIu64 "\n", i);
            }
            world_act(w, i);
        }
    }
    if (w->broken == NULL) {
        world_settle(w);
    }
}

static const char *play(uint64_t seed, const struct acts *acts, bool tells, struct reach *reached)
{
    static struct world world;
    static struct world twin;
    static struct tape tape;
    static struct tape twins_tape;
    world.crashes = twin.crashes = true;
    world_init(&world, config, seed, tells, reached);
    bool is_pair = seed % TWINS == 0 && world_pair(&world, &twin);
    if (is_replayed(seed)) {
        record(&world, &tape);
    }
    if (is_pair && is_replayed(seed)) {
        record(&twin, &twins_tape);
    }
    play_acts(&world, acts);
    replay(&world, &tape);
    if (is_pair) {
        twin.broken = world.broken;
        replay(&twin, &twins_tape);
        world.broken = twin.broken;
        world_deinit(&twin);
    }
    world_deinit(&world);
    return world.broken;
}

static struct acts all_of(uint64_t seed)
{
    struct acts acts = {.count = world_acts(seed)};
    memset(acts.is_kept, true, sizeof acts.is_kept);
    return acts;
}

/* --- a failing history, made smaller --- */

static bool still_fails(uint64_t seed, const struct acts *acts, const char *broken)
{
    static struct reach unused;
    const char *now = play(seed, acts, false, &unused);
    return now != NULL && strcmp(now, broken) == 0;
}

/* Leaves out runs of acts, long ones first, as long as the same thing fails. */
static void shrink(uint64_t seed, struct acts *acts, const char *broken)
{
    for (size_t run = acts->count / 2; run > 0;) {
        bool has_shrunk = false;
        for (size_t from = 0; from < acts->count; from += run) {
            struct acts fewer = *acts;
            size_t end = from + run < acts->count ? from + run : acts->count;
            memset(&fewer.is_kept[from], false, end - from);
            if (memcmp(&fewer, acts, sizeof fewer) != 0 && still_fails(seed, &fewer, broken)) {
                *acts = fewer;
                has_shrunk = true;
            }
        }
        run = run > 1 || !has_shrunk ? run / 2 : run;
    }
}

static int tell(const struct arguments *a, uint64_t seed, const char *broken)
{
    static struct reach unused;
    struct acts acts = all_of(seed);
    shrink(seed, &acts, broken);
    (void)play(seed, &acts, true, &unused);
    printf("seed %" PRIu64 ": does not hold: %s\nrepeat: %s --seed %" PRIu64 " --story --acts ",
           seed, broken, a->program, seed);
    const char *between = "";
    for (size_t i = 0; i < acts.count; i++) {
        if (acts.is_kept[i]) {
            printf("%s%zu", between, i);
            between = ",";
        }
    }
    printf("%s\n", between[0] == '\0' ? "none" : "");
    return 1;
}

/* --- the command line --- */

static bool acts_read(const char *text, struct acts *acts)
{
    memset(acts->is_kept, false, sizeof acts->is_kept);
    struct slice rest = slice_of(strcmp(text, "none") == 0 ? "" : text);
    while (rest.len > 0) {
        struct slice number = {0};
        uint64_t act = 0;
        (void)slice_split(rest, ',', &number, &rest);
        if (err_failed(slice_to_u64(number, &act)) || act >= acts->count) {
            return false;
        }
        acts->is_kept[act] = true;
    }
    return true;
}

static bool with_value(struct arguments *a, const char *name, const char *value)
{
    if (value == NULL) {
        return false;
    }
    if (strcmp(name, "--acts") == 0) {
        a->acts = value;
        return true;
    }
    struct slice number = slice_of(value);
    if (strcmp(name, "--seconds") == 0) {
        return !err_failed(slice_to_u64(number, &a->seconds));
    }
    if (strcmp(name, "--seeds") == 0) {
        return !err_failed(slice_to_u64(number, &a->seeds));
    }
    a->is_one = a->is_one || strcmp(name, "--seed") == 0;
    return (strcmp(name, "--seed") == 0 || strcmp(name, "--from") == 0) &&
           !err_failed(slice_to_u64(number, &a->first));
}

static bool arguments_read(int argc, char **argv, struct arguments *a)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--story") == 0) {
            a->tells = true;
        } else if (with_value(a, argv[i], i + 1 < argc ? argv[i + 1] : NULL)) {
            i++;
        } else {
            return false;
        }
    }
    return true;
}

static int play_one(const struct arguments *a)
{
    struct acts acts = all_of(a->first);
    if (a->acts != NULL && !acts_read(a->acts, &acts)) {
        return 64;
    }
    const char *broken = play(a->first, &acts, a->tells, &reach);
    printf("seed %" PRIu64 "%s %s\n", a->first,
           broken == NULL ? "" : ": does not hold:", broken == NULL ? "holds" : broken);
    return broken == NULL ? 0 : 1;
}

static bool is_time_up(const struct arguments *a, uint64_t seed)
{
    return seed - a->first >= ENOUGH && (uint64_t)clock() / CLOCKS_PER_SEC >= a->seconds;
}

static int play_all(const struct arguments *a)
{
    uint64_t seed = a->first;
    for (; seed < a->first + a->seeds && !is_time_up(a, seed); seed++) {
        struct acts acts = all_of(seed);
        const char *broken = play(seed, &acts, false, &reach);
        if (broken != NULL) {
            return tell(a, seed, broken);
        }
    }
    bool is_enough = seed - a->first >= ENOUGH;
    printf("%" PRIu64 " histories\n", seed - a->first);
    int missing = reach_report(&reach);
    printf("%d passed, %d failed\n", 1, is_enough ? missing : 0);
    return is_enough && missing > 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
    struct arguments a = {.seeds = SEEDS_DEFAULT, .seconds = 60, .program = argv[0]};
    if (!arguments_read(argc, argv, &a)) {
        (void)fprintf(stderr, "usage: sim_histories [--seconds T] [--seeds N] [--from S]\n"
                              "       sim_histories --seed S [--story] [--acts A,B,…]\n");
        return 64;
    }
    config = world_configure();
    int status = a.is_one ? play_one(&a) : play_all(&a);
    config_log_free(config);
    return status;
}
