/* unit — cmocka, with rows that say why they are there.
 *
 *     static const struct { const char *why, *text; enum err_code code; } rows[] = {…};
 *     for (size_t i = 0; i < COUNT_OF(rows); i++)
 *         EXPECT_CODE(rows[i].why, some_call(rows[i].text), rows[i].code);
 *
 * Every EXPECT takes the `why` first: it is what a failure prints. */
#ifndef TESTS_SUPPORT_UNIT_H
#define TESTS_SUPPORT_UNIT_H

/* cmocka.h needs these four before it. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/err.h"
#include "base/slice.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define EXPECT(why_, condition_)                                                                   \
    do {                                                                                           \
        if (!(condition_)) {                                                                       \
            fail_msg("%s: not so: %s", (why_), #condition_);                                       \
            abort(); /* never: but compilers do not know that what fails does not go on */         \
        }                                                                                          \
    } while (0)

#define EXPECT_CODE(why_, expr_, code_)                                                            \
    do {                                                                                           \
        err_t expect_err_ = (expr_);                                                               \
        enum err_code expect_code_ = (code_);                                                      \
        if (expect_err_.code != expect_code_) {                                                    \
            fail_msg("%s: got %s (%s), expected %s", (why_), err_name(expect_err_),                \
                     expect_err_.where == NULL ? "-" : expect_err_.where,                          \
                     err_name((err_t){expect_code_, NULL}));                                       \
        }                                                                                          \
    } while (0)
#define EXPECT_OK(why_, expr_) EXPECT_CODE((why_), (expr_), ERR_OK)

#define EXPECT_SLICE(why_, got_, want_)                                                            \
    do {                                                                                           \
        struct slice expect_got_ = (got_);                                                         \
        struct slice expect_want_ = (want_);                                                       \
        if (!slice_equal(expect_got_, expect_want_)) {                                             \
            fail_msg("%s: got \"%.*s\", expected \"%.*s\"", (why_), SLICE_ARG(expect_got_),        \
                     SLICE_ARG(expect_want_));                                                     \
        }                                                                                          \
    } while (0)
#define EXPECT_TEXT(why_, got_, want_) EXPECT_SLICE((why_), slice_of(got_), slice_of(want_))

/* True when `act` aborts, as a failed CHECK does. Runs it in a child whose stderr is closed. */
static inline bool unit_aborts(void (*act)(void))
{
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        (void)close(STDERR_FILENO);
        act();
        _exit(0);
    }
    int status = 0;
    return child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
           WTERMSIG(status) == SIGABRT;
}

#endif
