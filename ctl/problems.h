/* problems — what is wrong in a configuration file: all of it, each thing with its place.
 *
 *     shop.json:12:9: stores.hats.widget: already taken by the store "shoes" …
 *
 * The first hundred are kept, in the order of the file when printed; the rest is counted. */
#ifndef CTL_PROBLEMS_H
#define CTL_PROBLEMS_H

#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { PROBLEMS_MAX = 100, PROBLEM_TEXT_BYTES = 512, PROBLEM_PATH_BYTES = 192 };

struct problem {
    bool warning;
    size_t offset;
    char path[PROBLEM_PATH_BYTES]; /* "stores.hats.widget"; "" = the file */
    char text[PROBLEM_TEXT_BYTES];
};

struct problems {
    const char *file;  /* borrowed, for messages */
    struct slice text; /* of the file, borrowed: places are counted in it */
    struct problem *list;
    size_t kept;
    size_t errors;
    size_t warnings;
};

void problems_init(struct problems *p, const char *file);
void problems_deinit(struct problems *p);

/* offset  of the value at fault, in the text */
void problems_error(struct problems *p, size_t offset, const char *path, const char *format, ...)
    PRINTF_LIKE(4, 5);
void problems_warn(struct problems *p, size_t offset, const char *path, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* A line each, to `out`; `json` = one object a line. */
void problems_print(struct problems *p, bool json, FILE *out);

#endif
