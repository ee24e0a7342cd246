/* startup — from flags to checked brokers and topics: what the three programs have in common.
 *
 *     static const struct option_row rows[] = {STARTUP_ROWS, {"listen", …}};
 *
 * Waits two minutes for a broker, then says 69; a missing topic or a property that would break a
 * promise is named at once. */
#ifndef KAFKA_STARTUP_H
#define KAFKA_STARTUP_H

#include "base/err.h"
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
/* Waits for the brokers and checks the topics; a requested stop ends the wait (UNAVAILABLE).
 * Errors as cluster_check(). */
MUST_USE err_t startup_cluster(struct startup *s, struct log *log, struct why *why);

/* For main(): logs and prints the reason to stderr, returns the sysexits status. */
int startup_failed(struct log *log, err_t err, const struct why *why);

#endif
