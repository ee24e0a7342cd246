/* replay_step — one event at a time, by hand or by a script on standard input.
 *
 *     next [N]   back [N]   goto N   print   hash   rule [LABEL]   until NAME=VALUE   quit
 */
#ifndef CTL_REPLAY_STEP_H
#define CTL_REPLAY_STEP_H

#include "base/err.h"
#include "ctl/replay/cursor.h"
#include "ctl/replay_tell.h"

#include <stdio.h>

/* Obeys the lines of `in` until it ends or says quit.
 *
 * cursor     opened; it stands before its first event
 * is_asking  a prompt is shown
 * Errors as cursor_next(); a line that is not understood is answered, and is none. */
MUST_USE err_t replay_step(struct cursor *cursor, struct replay_tell *tell, FILE *in,
                           bool is_asking, struct why *why);

#endif
