/* base/planted.h: in the planted build each point and each mutant happens when the environment says
 * so, and only then; in every other build there is nothing to happen. */
#include "base/planted.h"
#include "tests/support/unit.h"

#include <fcntl.h>
#include <string.h>

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

static void names_are_said_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(points); i++) {
        for (size_t j = 0; j < i; j++) {
            EXPECT(points[i], strcmp(points[i], points[j]) != 0);
        }
    }
    for (size_t i = 0; i < COUNT_OF(mutants); i++) {
        for (size_t j = 0; j < i; j++) {
            EXPECT(mutants[i], strcmp(mutants[i], mutants[j]) != 0);
        }
    }
}

#ifndef TIELINE_PLANTED

/* The compiler removes what hangs on them: they are constants, and no function stands behind. */
#define X(name, what) _Static_assert(MUTANT(name) == 0, what);
PLANTED_MUTANTS(X)
#undef X
#define X(name, what) _Static_assert(CRASH_PLANNED(name) == 0, what);
PLANTED_POINTS(X)
#undef X

extern void planted_at(void) __attribute__((weak));
extern void planted_is_planned(void) __attribute__((weak));
extern void planted_is(void) __attribute__((weak));

static void nothing_is_planted(void **state)
{
    (void)state;
#define X(name, what) CRASH_POINT(name);
    PLANTED_POINTS(X)
#undef X
    EXPECT("no function", planted_at == NULL && planted_is_planned == NULL && planted_is == NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_said_once),
        cmocka_unit_test(nothing_is_planted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

/* ---- the child: the environment is read before its main(), so it is a program of its own ------
 */

enum { CHILD_DONE = 7 };

/* Goes through all points `count` times; E4 comes first. */
static int child_points(uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        CRASH_POINT(E4);
#define X(name, what) CRASH_POINT(name);
        PLANTED_POINTS(X)
#undef X
    }
    return CHILD_DONE;
}

static int child_planned(void)
{
    int count = 0;
#define X(name, what) count += CRASH_PLANNED(name) ? 1 : 0;
    PLANTED_POINTS(X)
#undef X
    return count == 1 && CRASH_PLANNED(E3) ? CHILD_DONE : count;
}

static int child_mutants(const char *wanted)
{
    int wrong = 0;
#define X(name, what) wrong += MUTANT(name) != (strcmp(#name, wanted) == 0) ? 1 : 0;
    PLANTED_MUTANTS(X)
#undef X
    return wrong == 0 ? CHILD_DONE : wrong;
}

static int child_main(const char *what, const char *argument)
{
    uint64_t count = 0;
    if (strcmp(what, "points") == 0 && !err_failed(slice_to_u64(slice_of(argument), &count))) {
        return child_points(count);
    }
    return strcmp(what, "planned") == 0 ? child_planned() : child_mutants(argument);
}

/* ---- the parent ----------------------------------------------------------------------------- */

static char log_path[64];

/* Runs this program with one variable set; the status is waitpid()'s, a stop included. */
static pid_t start(const char *variable, const char *value, const char *what, const char *argument)
{
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        (void)dup2(null, STDERR_FILENO);
        char *const argv[] = {(char *)(uintptr_t) "child", (char *)(uintptr_t)what,
                              (char *)(uintptr_t)argument, NULL};
        if (setenv(variable, value, 1) == 0 && setenv("TIELINE_CRASH_LOG", log_path, 1) == 0) {
            (void)execv("/proc/self/exe", argv);
        }
        _exit(99);
    }
    EXPECT("fork", child > 0);
    return child;
}

static int status_of(pid_t child)
{
    int status = 0;
    EXPECT("it ends or stops", waitpid(child, &status, WUNTRACED) == child);
    return status;
}

static void log_take(char *text, size_t size)
{
    int fd = open(log_path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? 0 : read(fd, text, size - 1);
    text[len < 0 ? 0 : len] = '\0';
    if (fd >= 0) {
        (void)close(fd);
        (void)unlink(log_path);
    }
}

static void a_point_kills_at_its_time(void **state)
{
    (void)state;
    static const struct {
        const char *why, *plan, *passes;
        bool dies;
        const char *log;
    } rows[] = {
        {"at the first", "E4", "1", true, "E4\n"},     {"in words", "E4:1", "1", true, "E4\n"},
        {"at a later one", "P2:3", "5", true, "P2\n"}, {"not before", "P2:3", "2", false, ""},
        {"nothing is planned", "", "5", false, ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char said[64];
        int status = status_of(start("TIELINE_CRASH", rows[i].plan, "points", rows[i].passes));
        EXPECT(rows[i].why, rows[i].dies ? WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL
                                         : WIFEXITED(status) && WEXITSTATUS(status) == CHILD_DONE);
        log_take(said, sizeof said);
        EXPECT_TEXT(rows[i].why, said, rows[i].log);
    }
}

static void each_point_can_be_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(points); i++) {
        char said[64];
        char wanted[64];
        int status = status_of(start("TIELINE_CRASH", points[i], "points", "1"));
        EXPECT(points[i], WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        log_take(said, sizeof said);
        (void)snprintf(wanted, sizeof wanted, "%s\n", points[i]);
        EXPECT_TEXT(points[i], said, wanted);
    }
}

static void a_point_stops_once_and_goes_on(void **state)
{
    (void)state;
    char said[64];
    pid_t child = start("TIELINE_CRASH", "E8:2:stop", "points", "9");
    int status = status_of(child);
    EXPECT("it stands still", WIFSTOPPED(status));
    log_take(said, sizeof said);
    EXPECT_TEXT("said", said, "E8\n");
    EXPECT("woken", kill(child, SIGCONT) == 0);
    status = status_of(child);
    EXPECT("it goes on to its end", WIFEXITED(status) && WEXITSTATUS(status) == CHILD_DONE);
    log_take(said, sizeof said);
    EXPECT_TEXT("once", said, "");
}

static void a_plan_can_be_asked_for(void **state)
{
    (void)state;
    int status = status_of(start("TIELINE_CRASH", "E3:5", "planned", ""));
    EXPECT("E3 and no other", WIFEXITED(status) && WEXITSTATUS(status) == CHILD_DONE);
    status = status_of(start("TIELINE_CRASH", "", "planned", ""));
    EXPECT("none", WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void one_mutant_at_a_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(mutants); i++) {
        int status = status_of(start("TIELINE_MUTANT", mutants[i], "mutants", mutants[i]));
        EXPECT(mutants[i], WIFEXITED(status) && WEXITSTATUS(status) == CHILD_DONE);
    }
    int status = status_of(start("TIELINE_MUTANT", "", "mutants", ""));
    EXPECT("none", WIFEXITED(status) && WEXITSTATUS(status) == CHILD_DONE);
}

static void what_does_not_exist_ends_the_program(void **state)
{
    (void)state;
    static const struct {
        const char *why, *variable, *value;
    } rows[] = {
        {"no such point", "TIELINE_CRASH", "E99"},
        {"half a name", "TIELINE_CRASH", "E"},
        {"never", "TIELINE_CRASH", "E4:0"},
        {"no number", "TIELINE_CRASH", "E4:x"},
        {"nothing behind the colon", "TIELINE_CRASH", "E4:"},
        {"another signal", "TIELINE_CRASH", "E4:1:term"},
        {"no such mutant", "TIELINE_MUTANT", "setle"},
        {"half a name", "TIELINE_MUTANT", "hor"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int status = status_of(start(rows[i].variable, rows[i].value, "points", "1"));
        EXPECT(rows[i].why, WIFEXITED(status) && WEXITSTATUS(status) == 64);
    }
}

int main(int argc, char **argv)
{
    if (argc == 3) {
        return child_main(argv[1], argv[2]);
    }
    (void)snprintf(log_path, sizeof log_path, "/tmp/test_planted.%ld", (long)getpid());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_said_once),
        cmocka_unit_test(a_point_kills_at_its_time),
        cmocka_unit_test(each_point_can_be_named),
        cmocka_unit_test(a_point_stops_once_and_goes_on),
        cmocka_unit_test(a_plan_can_be_asked_for),
        cmocka_unit_test(one_mutant_at_a_time),
        cmocka_unit_test(what_does_not_exist_ends_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
