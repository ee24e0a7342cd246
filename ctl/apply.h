/* apply — a configuration file into the log: check, compare, ask, publish. */
#ifndef CTL_APPLY_H
#define CTL_APPLY_H

#include "base/err.h"
#include "kafka/cluster.h"
#include "rt/log.h"

#include <stdbool.h>

struct apply_request {
    const struct kafka_options *kafka;
    uint32_t partitions;     /* of the keyed topics, as found */
    const char *file;        /* "-" = standard input */
    const char *public_keys; /* a public.json; NULL = the published keys */
    bool yes;                /* do not ask */
    bool json;
    bool quiet; /* problems only, and on stderr */
    struct log *log;
};

/* *ret_status  0 published or nothing to do; EXIT_DATA the file is wrong (it was said why);
 *              EXIT_USAGE nobody can be asked; 1 the answer was no
 * Errors       what the brokers and files say, with `why`. */
MUST_USE err_t apply_file(const struct apply_request *request, struct why *why, int *ret_status);

#endif
