/* loop — ingest's one thread: sockets, delivery reports and configuration as they come.
 *
 *     wait ──▶ reports (wake requests) ──▶ configuration ──▶ HTTP ──▶ deadlines, alive ──▶ wait
 *
 * Ends when a stop is requested: takes no new connection, lets parked requests finish, tells the
 * rest 503, flushes. */
#ifndef INGEST_LOOP_H
#define INGEST_LOOP_H

#include "base/err.h"
#include "base/instant.h"
#include "ingest/access.h"
#include "ingest/config_live.h"
#include "ingest/http.h"
#include "ingest/serve.h"
#include "kafka/bus_kafka.h"
#include "port/clock.h"
#include "rt/health.h"
#include "rt/log.h"

#include <stdint.h>

struct loop_parts {
    struct bus_kafka *bus; /* all are borrowed */
    struct config_live *config;
    struct serve *serve;
    struct access *access; /* NULL = none */
    struct http *http;
    struct health *health;
    struct log *log;
    struct clock clock;
    int32_t partitions;
    span_ms_t drain;
    span_ms_t alive_every; /* between two signs of life */
};

/* Runs until a stop was requested and everything is drained, or a FATAL error. Announces readiness
 * when the configuration was read to its end for the first time. */
MUST_USE err_t loop_run(const struct loop_parts *parts);

#endif
