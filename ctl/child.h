/* child — a program that `tieline dev` runs: started, watched, started again, stopped.
 *
 *     [down] ──start──▶ [starting] ──ready line on stdout──▶ [up] ──ends──▶ [down] ──▶ started
 * again
 *
 * A child is a session of its own (Ctrl-C is for us alone), writes its log to a file and dies with
 * us, also when we are killed. One thread. */
#ifndef CTL_CHILD_H
#define CTL_CHILD_H

#include "base/arena.h"
#include "base/err.h"
#include "base/instant.h"
#include "base/slice.h"
#include "json/json_read.h"

#include <stdbool.h>
#include <sys/types.h>

enum { CHILD_ARGUMENTS_MAX = 32, CHILD_LINE_BYTES = 8192, CHILD_PATH_BYTES = 4096 };

struct child {
    const char *name;
    const char
        *arguments[CHILD_ARGUMENTS_MAX]; /* [0] = the program's path; borrowed; NULL at the end */
    size_t argument_count;
    char log_path[CHILD_PATH_BYTES];

    pid_t pid;  /* 0 = down */
    int status; /* as waitpid() gave it, once it has ended */
    int out;    /* its stdout; -1 = closed */
    char line[CHILD_LINE_BYTES];
    size_t line_len;
    bool ready;
    mono_ms_t started;
    mono_ms_t again_at;  /* when a child that ended is started again */
    unsigned quick_ends; /* in a row */
};

void child_init(struct child *c, const char *name, const char *program, const char *log_dir);
void child_argument(struct child *c, const char *argument); /* borrowed */
void child_flag(struct child *c, const char *flag, const char *value);

/* IO, with `why`. Not while it runs. */
MUST_USE err_t child_start(struct child *c, mono_ms_t now, struct why *why);
/* Waits for its first line and parses it into `arena`; *ret_ready may be NULL. A requested stop
 * ends the wait. UNAVAILABLE (it ended, with the end of its log in `why`), TIMEOUT, SYNTAX. */
MUST_USE err_t child_wait_ready(struct child *c, span_ms_t patience, struct arena *arena,
                                struct why *why, const struct json **ret_ready);
/* Takes what its stdout holds; sets `ready` at the first line. Never waits. */
void child_read(struct child *c);
/* True when it has ended since the last call; reaps it. */
bool child_ended(struct child *c, mono_ms_t now);
/* SIGTERM, and SIGKILL after `patience`. Returns when it is gone; does nothing when it is down. */
void child_stop(struct child *c, span_ms_t patience);

/* Waits until it has ended by itself, or ends it after `patience`. */
void child_wait_end(struct child *c, span_ms_t patience);

/* "exit status 69", "signal 9" */
void child_describe_end(const struct child *c, char *text, size_t size);

#endif
