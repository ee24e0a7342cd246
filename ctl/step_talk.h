/* step_talk — how a command goes through its steps with a person: they are said, asked for, and
 * done, and when one fails it is told how to do it by hand. */
#ifndef CTL_STEP_TALK_H
#define CTL_STEP_TALK_H

#include "ctl/steps.h"
#include "rt/options.h"

struct step_talk {
    const char *program;
    bool json;
    bool planned; /* they are only going to be done */
};

/* Rows of a command's table. */
#define STEP_TALK_ROWS                                                                             \
    {"dry-run", OPTION_SWITCH, NULL, false, false, NULL, "say the steps, do none"},                \
        {"yes", OPTION_SWITCH, NULL, false, false, NULL, "do them without asking"},                \
        {"take-over",                                                                              \
         OPTION_SWITCH,                                                                            \
         NULL,                                                                                     \
         false,                                                                                    \
         false,                                                                                    \
         NULL,                                                                                     \
         "though another one of this account seems to be at work"},                                \
    {                                                                                              \
        "json", OPTION_SWITCH, NULL, false, false, NULL, "one JSON object a line instead of text"  \
    }

/* `s` says its steps on stdout from now on. */
void step_talk_init(struct step_talk *t, const char *program, const struct options *options,
                    struct steps *s);

/* Runs `go` dry, asks, and runs it again, with the lease of the steps.
 * *ret_status  0, or what the person's answer makes of it: ASK_NO, EXIT_USAGE
 * *ret_done    there was nothing to do, or it is done */
MUST_USE err_t step_talk_go(struct step_talk *t, struct steps *s, const struct options *options,
                            err_t (*go)(void *arg), void *arg, int *ret_status, bool *ret_done);

/* What failed, with the way by hand; right after it. With json also one object on stdout: the step,
 * the status of Zendesk, its words and request id. Returns the exit status. */
int step_talk_failed(const struct step_talk *t, const struct steps *s, err_t err);

#endif
