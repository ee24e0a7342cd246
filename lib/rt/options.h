/* options — flags and environment to a checked set of values, all errors said at once.
 *
 * A table of rows describes what a program takes; --help is made from it. For each row, in this
 * order: the flag, the flag with the suffix -file (the content of the file it names),
 * TIELINE_<NAME>, TIELINE_<NAME>_FILE, the default. Every program has --help, --version,
 * --log-format and
 * --log-level without asking for them.
 *
 *     --log-format json      TIELINE_LOG_FORMAT=json      TIELINE_KEY_FILE_FILE … */
#ifndef RT_OPTIONS_H
#define RT_OPTIONS_H

#include "base/err.h"
#include "base/instant.h"
#include "rt/log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_type {
    OPTION_TEXT,
    OPTION_SPAN, /* "45s", "500ms", "24h", "7d"; a bare number is seconds → span_ms */
    OPTION_U64,
    OPTION_SWITCH,   /* present or not; environment: 1, true, yes / 0, false, no */
    OPTION_PROPERTY, /* -X key=value, repeatable, with TIELINE_KAFKA_<KEY>: goes into `properties`
                      */
    OPTION_ADDRESS,  /* HOST:PORT, checked */
    OPTION_LIST,     /* repeatable text, in the environment with commas: see options_list */
};

struct option_row {
    const char *name; /* "listen" */
    enum option_type type;
    const char *fallback; /* as text; NULL = none */
    bool needed;
    bool secret;          /* never printed */
    const char *argument; /* for --help: "HOST:PORT" */
    const char *help;
};

struct property {
    const char *key;
    const char *value;
};

struct options;

/* Parses argv[1..].
 * program  the command as it is typed ("tieline apply"), for messages
 * purpose  one sentence or more, for --help
 * words    what stands for the words that are no flags in the usage line ("FILE"); NULL = there are
 *          none, and one is an error. They are read by options_word().
 * On --help or --version prints to stdout and *ret_exit = 0 with *ret_done = true; on bad usage
 * prints every error and the usage to stderr, *ret_exit = 64 and *ret_done = true. */
void options_parse(const char *program, const char *purpose, const struct option_row *rows,
                   size_t count, const char *words, int argc, char *const *argv,
                   struct options **ret_options, bool *ret_done, int *ret_exit);
void options_free(struct options *o);

/* "45s", "500ms", "10m", "24h", "7d", "45" (seconds); false for anything else. */
bool options_span_parse(struct slice text, span_ms_t *ret_span);

/* By name; asking for a name or type that the table does not hold is a bug. */
const char *options_text(const struct options *o,
                         const char *name);                    /* NULL = not given, no fallback */
bool options_given(const struct options *o, const char *name); /* by flag or environment */
span_ms_t options_span(const struct options *o, const char *name);
uint64_t options_u64(const struct options *o, const char *name);
bool options_switch(const struct options *o, const char *name);
void options_address(const struct options *o, const char *name, const char **ret_host,
                     uint16_t *ret_port);
const struct property *options_properties(const struct options *o, size_t *ret_count);
const char *const *options_list(const struct options *o, const char *name, size_t *ret_count);
const char *options_word(const struct options *o, size_t index); /* NULL beyond the last */
size_t options_word_count(const struct options *o);
enum log_format options_log_format(const struct options *o);
enum log_level options_log_level(const struct options *o);

#endif
