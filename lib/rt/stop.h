/* stop — signals to one flag, and the sysexits codes.
 *
 * SIGTERM or SIGINT: drain. A second one exits at once, as safe as kill -9. SIGPIPE is ignored.
 * The only mutable globals of the tree. */
#ifndef RT_STOP_H
#define RT_STOP_H

#include "base/instant.h"

#include <stdbool.h>

/* Installs the handlers; once, before any thread is started. */
void stop_install(void);
bool stop_requested(void);
/* An fd that becomes readable when stop is requested (eventfd, never read): for poll loops. */
int stop_fd(void);
/* Once stop is requested, the process ends with status 0 after `limit` (at least 1 ms), wherever it
 * is: also in a call that does not come back, and was under way before. As safe as kill -9. Once,
 * after stop_install(). */
void stop_within(span_ms_t limit);

enum {
    EXIT_USAGE = 64,
    EXIT_DATA = 65,
    EXIT_UNAVAILABLE = 69,
    EXIT_BUG = 70,
    EXIT_IO = 74,
    EXIT_AGAIN = 75,
    EXIT_PERMISSION = 77,
    EXIT_CONFIG = 78
};

#endif
