#include "base/planted.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USAGE = 64 };

static const char *const points[] = {
#define X(name, what) #name,
    PLANTED_POINTS(X)
#undef X
};
static const char *const mutants[] = {
#define X(name, what) #name,
    PLANTED_MUTANTS(X)
#undef X
};

struct plan {
    int point;  /* -1 = none */
    int mutant; /* -1 = none */
    int passes; /* through the point, until it happens */
    int signal;
};

static _Noreturn void unknown(const char *variable, const char *value)
{
    (void)fprintf(stderr, "%s=%s: no such thing is planted\n", variable, value);
    _exit(EXIT_USAGE);
}

static int place_of(const char *const *names, int count, const char *name, size_t len)
{
    for (int i = 0; i < count; i++) {
        if (strlen(names[i]) == len && strncmp(names[i], name, len) == 0) {
            return i;
        }
    }
    return -1;
}

static struct plan plan_read(void)
{
    struct plan plan = {.point = -1, .mutant = -1, .passes = 1, .signal = SIGKILL};
    const char *mutant = getenv("TIELINE_MUTANT");
    if (mutant != NULL && mutant[0] != '\0') {
        plan.mutant = place_of(mutants, PLANTED_MUTANT_COUNT, mutant, strlen(mutant));
        if (plan.mutant < 0) {
            unknown("TIELINE_MUTANT", mutant);
        }
    }
    const char *crash = getenv("TIELINE_CRASH");
    if (crash != NULL && crash[0] != '\0') {
        char tail[8] = "";
        size_t len = strcspn(crash, ":");
        plan.point = place_of(points, PLANTED_POINT_COUNT, crash, len);
        int found = crash[len] == '\0' ? 1 : sscanf(crash + len, ":%d:%7s", &plan.passes, tail);
        if (plan.point < 0 || found < 1 || plan.passes < 1 ||
            (tail[0] != '\0' && strcmp(tail, "stop") != 0)) {
            unknown("TIELINE_CRASH", crash);
        }
        plan.signal = tail[0] == '\0' ? SIGKILL : SIGSTOP;
    }
    return plan;
}

/* Read before main(), so that threads find it made and a misspelling ends the program at once. */
static struct plan plan;
static atomic_int passes;

__attribute__((constructor)) static void plan_make(void)
{
    plan = plan_read();
}

void planted_at(enum planted_point point)
{
    if (plan.point != (int)point || atomic_fetch_add(&passes, 1) + 1 != plan.passes) {
        return;
    }
    const char *path = getenv("TIELINE_CRASH_LOG");
    int fd = path == NULL ? -1 : open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (fd >= 0) {
        char line[16];
        int len = snprintf(line, sizeof line, "%s\n", points[point]);
        if (write(fd, line, (size_t)len) != len) {
            unknown("TIELINE_CRASH_LOG", path);
        }
        (void)close(fd);
    }
    (void)kill(getpid(), plan.signal);
}

bool planted_is_planned(enum planted_point point)
{
    return plan.point == (int)point;
}

bool planted_is(enum planted_mutant mutant)
{
    return plan.mutant == (int)mutant;
}
