/* where — which brokers a subcommand speaks to: its flags, else a `tieline dev` that runs here. */
#ifndef CTL_WHERE_H
#define CTL_WHERE_H

#include "base/arena.h"
#include "base/err.h"
#include "json/json_read.h"
#include "kafka/reader_kafka.h"
#include "kafka/startup.h"
#include "rt/options.h"

/* Where neither flag nor environment names brokers and .tieline/dev.json exists, brokers and prefix
 * come from there. `arena` holds their text. USAGE, SYNTAX, with `why`. */
MUST_USE err_t where_options(const struct options *options, struct arena *arena, struct why *why,
                             struct startup *ret);

/* Looks for the brokers (15 s: somebody waits) and checks the topics. As cluster_check(). */
MUST_USE err_t where_cluster(struct startup *s, struct why *why);

/* reader_kafka_port(), with a sign of life (out.h) while it reads. */
struct reader_port where_reader(struct reader_kafka *kafka);

/* The programs of the `tieline dev` that runs here, [{"program","pid","admin"}]; NULL = there is
 * none, or brokers were named. As where_options(). */
MUST_USE err_t where_programs(const struct options *options, struct arena *arena, struct why *why,
                              const struct json **ret_programs);

/* --key-file, else egress's of the `tieline dev` that was run here; NULL = none. */
const char *where_key_file(const struct options *options);

#endif
