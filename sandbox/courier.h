/* courier — the thread that carries webhooks out, by libcurl, many at a time.
 *
 * It sleeps until something is in the outbox, a retry is due, or an answer comes. It also wakes
 * the late calls when their time has come. */
#ifndef SANDBOX_COURIER_H
#define SANDBOX_COURIER_H

#include "base/err.h"
#include "sandbox/world.h"

struct courier;

/* Starts the thread and makes the world wake it. ERR_NO_MEMORY, ERR_UNAVAILABLE. */
MUST_USE err_t courier_start(struct world *w, struct courier **ret_courier);
/* Ends it at once; what was under way is tried again after a restart. Accepts NULL. */
void courier_stop(struct courier *courier);

#endif
