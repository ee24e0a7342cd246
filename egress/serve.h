/* serve — the loop on a real host: waits for the bus, for sockets and for time, then turns it.
 *
 *   bus, config, stop ──▶ reactor ──▶ turn ──▶ http_tick ──▶ wait again, as long as both can
 *
 * One thread. */
#ifndef EGRESS_SERVE_H
#define EGRESS_SERVE_H

#include "base/err.h"
#include "egress/config_feed.h"
#include "egress/flags.h"
#include "egress/http.h"
#include "egress/loop.h"
#include "egress/meter.h"
#include "kafka/bus_kafka.h"
#include "port/clock.h"
#include "rt/health.h"
#include "rt/reactor.h"

struct serve_parts {
    struct reactor *reactor;
    struct config_feed *feed;
    struct http *http;
    struct egress_loop *loop;
    struct bus_kafka *bus;
    struct bus *port; /* of `bus` */
    struct meter *meter;
    struct health *health;
    struct clock clock;
    int32_t partitions;
    span_ms_t drain_timeout;
};

/* Takes configuration in until it was read to its end; false when a stop was requested meanwhile.
 * UNAVAILABLE: not within two minutes. */
MUST_USE err_t serve_configure(const struct serve_parts *parts, struct why *why, bool *ret_go_on);
/* Runs until a stop is requested, then drains. */
MUST_USE err_t serve_run(const struct serve_parts *parts, struct why *why);

#endif
