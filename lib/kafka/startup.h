/* startup — from flags to checked brokers and topics: what the three programs have in common.
 *
 *     static const struct option_row rows[] = {STARTUP_ROWS, {"listen", …}};
 *
 * Waits two minutes for a broker, then says 69; a missing topic or a property that would break a
 * promise is named at once. */
#ifndef KAFKA_STARTUP_H
#define KAFKA_STARTUP_H

#include "base/err.h"
#include "kafka/bus_kafka.h"
#include "kafka/cluster.h"
#include "rt/log.h"
#include "rt/options.h"

#define STARTUP_ROWS                                                                               \
    {.name = "brokers",                                                                            \
     .type = OPTION_TEXT,                                                                          \
     .fallback = "127.0.0.1:9092",                                                                 \
     .argument = "LIST",                                                                           \
     .help = "Kafka brokers, HOST:PORT with commas between them"},                                 \
        {.name = "prefix",                                                                         \
         .type = OPTION_TEXT,                                                                      \
         .fallback = "tieline.",                                                                   \
         .argument = "P",                                                                          \
         .help = "of topics, group ids and transactional ids"},                                    \
    {                                                                                              \
        .name = "X", .type = OPTION_PROPERTY, .argument = "key=value",                             \
        .help = "a librdkafka property; one that would break a promise is refused"                 \
    }

/* Of every server. */
#define STARTUP_SERVER_ROWS(admin_address)                                                         \
    {.name = "admin",                                                                              \
     .type = OPTION_ADDRESS,                                                                       \
     .fallback = (admin_address),                                                                  \
     .argument = "HOST:PORT",                                                                      \
     .help = "/livez /readyz /metrics; port 0 = any"},                                             \
    {                                                                                              \
        .name = "drain-timeout", .type = OPTION_SPAN, .fallback = "20s", .argument = "SPAN",       \
        .help = "longest time from SIGTERM to exit"                                                \
    }

/* Of those that share partitions among copies. Processor and egress take the same settings, so that
 * one environment serves both. */
#define STARTUP_COPY_ROWS                                                                          \
    {.name = "instance",                                                                           \
     .type = OPTION_TEXT,                                                                          \
     .fallback = "0",                                                                              \
     .argument = "NAME",                                                                           \
     .help = "stable name of this copy; a second copy needs another"},                             \
        {.name = "session-timeout",                                                                \
         .type = OPTION_SPAN,                                                                      \
         .fallback = "45s",                                                                        \
         .argument = "SPAN",                                                                       \
         .help = "after this long without a sign of life the partitions go to another copy"},      \
        {.name = "settle",                                                                         \
         .type = OPTION_SPAN,                                                                      \
         .fallback = "60s",                                                                        \
         .argument = "SPAN",                                                                       \
         .help = "only after this long does absence mean that a lost call had no effect; at "      \
                 "least session-timeout + call-timeout (egress)"},                                 \
    {                                                                                              \
        .name = "give-up", .type = OPTION_SPAN, .fallback = "24h", .argument = "SPAN",             \
        .help = "longest time that a command is tried, below the log's retention (egress)"         \
    }

enum { STARTUP_PROPERTIES_MAX = 64 };

struct health;

struct startup {
    struct health *health; /* beats while a broker is awaited; NULL = none; set by the caller */
    struct kafka_options kafka;
    struct kafka_property properties[STARTUP_PROPERTIES_MAX];
    struct cluster_info cluster;
};

/* Fills *ret from the flags; borrows their text. USAGE with `why`. */
MUST_USE err_t startup_options(const struct options *options, const char *program,
                               const char *instance, struct why *why, struct startup *ret);
/* Waits for the brokers and checks the topics, and their count against the one in `config`; a
 * requested stop ends the wait (UNAVAILABLE). Errors as cluster_check(), count_guard_check(). */
MUST_USE err_t startup_cluster(struct startup *s, struct log *log, struct why *why);
/* bus_kafka_new() for a program that starts: where the brokers go away again meanwhile it is tried
 * anew, as long as startup_cluster() waits for them. Errors as bus_kafka_new(). */
MUST_USE err_t startup_bus(struct startup *s, enum bus_role role, enum topic input,
                           const struct bus_handler *handler, struct log *log, struct why *why,
                           struct bus_kafka **ret_bus);

/* For main(): logs and prints the reason to stderr, returns the sysexits status. */
int startup_failed(struct log *log, err_t err, const struct why *why);

#endif
