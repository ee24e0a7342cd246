/* egress_planted — what base/planted.c does in the programs, for many histories in one: the mutant
 * is chosen by a call, and a crash point asks the history. This file's functions take the place of
 * those, which the library would only add if they were missing. */
#include "base/planted.h"
#include "tests/sim/egress_sim.h"

#include <string.h>

#ifdef TIELINE_PLANTED
static struct sim *playing;
static int chosen = -1;

unsigned planted_count(void)
{
    return PLANTED_POINT_COUNT;
}

const char *planted_text(unsigned point)
{
    static const char *const texts[] = {
#define X(name, what) #name " " what,
        PLANTED_POINTS(X)
#undef X
    };
    return texts[point];
}

void planted_play(struct sim *s)
{
    playing = s;
}

bool planted_choose(const char *mutant)
{
    static const char *const names[] = {
#define X(name, what) #name,
        PLANTED_MUTANTS(X)
#undef X
    };
    chosen = -1;
    for (int i = 0; i < PLANTED_MUTANT_COUNT && mutant != NULL; i++) {
        chosen = strcmp(names[i], mutant) == 0 ? i : chosen;
    }
    return mutant == NULL || chosen >= 0;
}

void planted_at(enum planted_point point)
{
    if (playing != NULL && playing->current != NULL && !playing->current->is_dead) {
        faults_at_point(playing->current, (unsigned)point);
    }
}

bool planted_is(enum planted_mutant mutant)
{
    return chosen == (int)mutant;
}
#else
unsigned planted_count(void)
{
    return 0;
}

const char *planted_text(unsigned point)
{
    (void)point;
    return "";
}

void planted_play(struct sim *s)
{
    (void)s;
}

bool planted_choose(const char *mutant)
{
    return mutant == NULL;
}
#endif
