/* options — flags of the programs here, from the command line or the environment. */
#ifndef SANDBOX_OPTIONS_H
#define SANDBOX_OPTIONS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

/* One flag: its name without dashes, and where its value goes. */
struct option {
    const char *name;
    struct slice *value;
    void (*each)(void *context, struct slice value); /* repeated flags; NULL = the last one wins */
    void *context;
};

enum options_result { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION };

/* Reads TIELINE_<NAME> and TIELINE_<NAME>_FILE first, then the command line, which wins.
 * `--name value` and `--name=value`. Values live in `arena` or in argv.
 * ERR_USAGE with `why`: unknown flag, missing value; ERR_IO: a _FILE that cannot be read. */
MUST_USE err_t options_read(struct arena *arena, const struct option *options, size_t count,
                            int argc, char **argv, struct why *why,
                            enum options_result *ret_result);
/* A whole file, at most `bytes_max`. ERR_IO, ERR_TOO_LARGE. */
MUST_USE err_t options_read_file(struct arena *arena, const char *path, size_t bytes_max,
                                 struct why *why, struct slice *ret_text);

#endif
