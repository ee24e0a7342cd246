/* options_types — how the files of options keep what they read; for these alone. */
#ifndef RT_OPTIONS_TYPES_H
#define RT_OPTIONS_TYPES_H

#include "base/buf.h"
#include "rt/options.h"

enum { OPTIONS_MAX = 64, OPTIONS_ITEMS_MAX = 64, OPTION_TEXT_BYTES_MAX = 64 * 1024 };

struct option_value {
    bool given;
    char *text; /* as given, or the default; NULL = none */
    span_ms_t span;
    uint64_t number;
    bool on;
    char *host;
    uint16_t port;
    char *items[OPTIONS_ITEMS_MAX]; /* OPTION_LIST */
    size_t item_count;
};

struct options {
    const char *program;
    const char *purpose;
    const char *words_name;
    struct option_row rows[OPTIONS_MAX]; /* the program's, then those that all have */
    struct option_value values[OPTIONS_MAX];
    size_t count;
    struct property properties[OPTIONS_ITEMS_MAX]; /* owned texts */
    size_t property_count;
    char *words[OPTIONS_ITEMS_MAX];
    size_t word_count;
    struct buf errors; /* one a line */
    bool help;
    bool version;
};

/* Adds a line to the errors. */
void options_complain(struct options *o, const char *format, ...) PRINTF_LIKE(2, 3);

/* Takes `text` as the value of row `index`; `where` names its origin in errors ("--listen").
 * Complains when the text does not fit the type. */
void options_take(struct options *o, size_t index, const char *text, const char *where, bool given);
/* key=value, for OPTION_PROPERTY. A key that stands there already is kept. */
void options_take_property(struct options *o, const char *key, const char *value);
/* The content of a file without its last line end, on the heap; NULL after a complaint. */
char *options_read_file(struct options *o, const char *path, const char *where);
/* A copy that is never NULL: options are read at start-up, where no memory is the end. */
char *options_copy(struct slice text);

void options_print_help(const struct options *o);
void options_print_version(const struct options *o);
/* "TIELINE_LOG_FORMAT" for "log-format". */
enum { OPTION_ENVIRONMENT_BYTES = 96 };
void options_environment_name(const char *name, const char *suffix,
                              char text[OPTION_ENVIRONMENT_BYTES]);

#endif
