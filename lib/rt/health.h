/* health — the admin port: /livez, /readyz (and why not), /metrics.
 *
 * A small HTTP server on its own thread. `livez` fails when the loop has not beaten for 30 s,
 * `readyz` when it has not for 1.5 s. Ready is the AND of named conditions, each with a reason
 * while it does not hold. Also prints the ready line and tells systemd. Thread: setters on any. */
#ifndef RT_HEALTH_H
#define RT_HEALTH_H

#include "base/err.h"
#include "rt/metrics.h"

#include <stdbool.h>
#include <stdint.h>

struct health;

/* port 0 = any; *ret_health owns a listening thread. UNAVAILABLE: the address cannot be bound
 * (`why` names it). `metrics` is borrowed. */
MUST_USE err_t health_new(const char *host, uint16_t port, struct metrics *metrics, struct why *why,
                          struct health **ret_health);
void health_free(struct health *h);
const char *health_address(const struct health *h); /* "127.0.0.1:9101" as bound */

void health_beat(struct health *h);
/* `condition` is a literal ("broker", "config", "draining"); `reason` is copied, NULL when it
 * holds. */
void health_set(struct health *h, const char *condition, bool holds, const char *reason);
bool health_ready(const struct health *h);

/* {"ready":true,"program":…,"listen":…,"admin":…} to stdout (listen NULL = left out), and READY=1
 * to NOTIFY_SOCKET when it is set. */
void health_announce(struct health *h, const char *program, const char *listen);

#endif
