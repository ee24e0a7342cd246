/* replay_sandbox — the calls of a replay, made to a sandbox on this machine, whose clock follows
 * the log.
 *
 *     log       10:00:00  a message      10:20:00  a ticket        10:20:01  …
 *     sandbox   POST …                   +20 min, POST …           POST …
 *
 * What a sandbox answers is counted and not looked at: in the log stands what Zendesk answered. A
 * conversation or ticket is there only if the sandbox has it, as one with the `--state-dir` of that
 * time has. */
#ifndef CTL_REPLAY_SANDBOX_H
#define CTL_REPLAY_SANDBOX_H

#include "base/err.h"
#include "ctl/replay/player.h"

struct replay_sandbox;

/* What came of it. */
struct replay_sandbox_sum {
    uint64_t done;     /* answered with 2xx */
    uint64_t refused;  /* answered otherwise */
    uint64_t left_out; /* no calls to Zendesk: turns of a bot, fences; and those with files */
};

/* path  a file with the line that the sandbox says when it is ready, or with that as its member
 *       `sandbox`, as .tieline/dev.json has it
 *
 * Errors  those of read_file(); SYNTAX; CONFIG: what it names is no sandbox, or not on this
 * machine; UNAVAILABLE: nobody is there; with `why`. NO_MEMORY. */
MUST_USE err_t replay_sandbox_new(const char *path, struct why *why,
                                  struct replay_sandbox **ret_sandbox);
void replay_sandbox_free(struct replay_sandbox *s); /* accepts NULL */

/* The calls of one event of this time. UNAVAILABLE, with `why`: the sandbox is gone. NO_MEMORY. */
MUST_USE err_t replay_sandbox_take(struct replay_sandbox *s, wall_ms_t time,
                                   const struct decide *decided, struct why *why);
struct replay_sandbox_sum replay_sandbox_sum(const struct replay_sandbox *s);

#endif
