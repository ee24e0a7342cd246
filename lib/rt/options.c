#include "rt/options.h"

#include "base/check.h"
#include "rt/nearest.h"
#include "rt/options_types.h"
#include "rt/stop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

enum { ERRORS_BYTES_MAX = 32 * 1024, FLAG_BYTES = 96 };
static const size_t NONE = SIZE_MAX;

static const struct option_row common_rows[] = {
    {"log-format", OPTION_TEXT, NULL, false, false, "text|json",
     "log lines on stderr; text on a terminal, else json"},
    {"log-level", OPTION_TEXT, "info", false, false, "LEVEL", "debug, info, warn or error"},
    {"help", OPTION_SWITCH, NULL, false, false, NULL, "this text"},
    {"version", OPTION_SWITCH, NULL, false, false, NULL, "version, commit, libraries"},
};
enum { COMMON_COUNT = sizeof common_rows / sizeof common_rows[0] };

static size_t row_of(const struct options *o, struct slice name)
{
    for (size_t i = 0; i < o->count; i++) {
        if (slice_equal(name, slice_of(o->rows[i].name))) {
            return i;
        }
    }
    return NONE;
}

static size_t row_of_properties(const struct options *o)
{
    for (size_t i = 0; i < o->count; i++) {
        if (o->rows[i].type == OPTION_PROPERTY) {
            return i;
        }
    }
    return NONE;
}

static void unknown_flag(struct options *o, struct slice name)
{
    const char *names[OPTIONS_MAX];
    for (size_t i = 0; i < o->count; i++) {
        names[i] = o->rows[i].name;
    }
    const char *nearest = nearest_name(name, names, o->count);
    options_complain(o, "unknown flag --%.*s%s%s%s", SLICE_ARG(name),
                     nearest == NULL ? "" : "; did you mean --", nearest == NULL ? "" : nearest,
                     nearest == NULL ? "" : "?");
}

/* argv from `at` on; returns the index after what was read. */
static int read_long(struct options *o, int argc, char *const *argv, int at)
{
    struct slice flag;
    struct slice inline_value = {NULL, 0};
    bool has_value = slice_split(slice_of(argv[at] + 2), '=', &flag, &inline_value);
    size_t index = row_of(o, flag);
    bool from_file = false;
    if (index == NONE && slice_ends_with(flag, SLICE("-file"))) {
        index = row_of(o, slice_sub(flag, 0, flag.len - 5));
        from_file = index != NONE;
    }
    if (index == NONE || o->rows[index].type == OPTION_PROPERTY) {
        unknown_flag(o, flag);
        return at + 1;
    }
    char where[FLAG_BYTES];
    (void)snprintf(where, sizeof where, "--%.*s", SLICE_ARG(flag));
    const char *text = inline_value.ptr;
    if (!has_value && o->rows[index].type == OPTION_SWITCH && !from_file) {
        options_take(o, index, "1", where, true);
        return at + 1;
    }
    if (!has_value) {
        at++;
        if (at >= argc) {
            options_complain(o, "%s needs a value", where);
            return at;
        }
        text = argv[at];
    }
    char *content = from_file ? options_read_file(o, text, where) : NULL;
    if (!from_file) {
        options_take(o, index, text, where, true);
    } else if (content != NULL) {
        options_take(o, index, content, where, true);
    }
    free(content);
    return at + 1;
}

static int read_property(struct options *o, int argc, char *const *argv, int at)
{
    size_t index = row_of_properties(o);
    if (index == NONE) {
        options_complain(o, "unknown flag -X");
        return at + 1;
    }
    const char *text = argv[at] + 2;
    if (*text == '\0') {
        at++;
        if (at >= argc) {
            options_complain(o, "-X needs key=value");
            return at;
        }
        text = argv[at];
    }
    options_take(o, index, text, "-X", true);
    return at + 1;
}

static void take_word(struct options *o, const char *word)
{
    if (o->words_name == NULL) {
        options_complain(o, "does not take \"%s\"", word);
    } else if (o->word_count == OPTIONS_ITEMS_MAX) {
        options_complain(o, "more than %d words", (int)OPTIONS_ITEMS_MAX);
    } else {
        o->words[o->word_count++] = options_copy(slice_of(word));
    }
}

static void read_arguments(struct options *o, int argc, char *const *argv)
{
    bool words_only = false;
    for (int at = 1; at < argc;) {
        const char *word = argv[at];
        if (words_only || word[0] != '-' || word[1] == '\0') {
            take_word(o, word);
            at++;
        } else if (strcmp(word, "--") == 0) {
            words_only = true;
            at++;
        } else if (word[1] == '-') {
            at = read_long(o, argc, argv, at);
        } else if (word[1] == 'X') {
            at = read_property(o, argc, argv, at);
        } else if (strcmp(word, "-h") == 0) {
            options_take(o, row_of(o, SLICE("help")), "1", word, true);
            at++;
        } else {
            options_complain(o, "unknown flag %s", word);
            at++;
        }
    }
}

static void read_environment(struct options *o)
{
    char name[OPTION_ENVIRONMENT_BYTES];
    for (size_t i = 0; i < o->count; i++) {
        /* --help and --version are asked of the command line alone: an image may well set
         * TIELINE_VERSION to something of its own. */
        if (o->values[i].given || o->rows[i].type == OPTION_PROPERTY ||
            strcmp(o->rows[i].name, "help") == 0 || strcmp(o->rows[i].name, "version") == 0) {
            continue;
        }
        options_environment_name(o->rows[i].name, "", name);
        const char *text = getenv(name);
        char *content = NULL;
        if (text == NULL) {
            options_environment_name(o->rows[i].name, "_FILE", name);
            const char *path = getenv(name);
            content = path == NULL ? NULL : options_read_file(o, path, name);
            text = content;
        }
        if (text != NULL) {
            options_take(o, i, text, name, true);
        }
        free(content);
    }
}

/* TIELINE_KAFKA_SASL_PASSWORD (or …_FILE) is sasl.password. */
static void read_environment_property(struct options *o, const char *entry)
{
    struct slice name;
    struct slice value;
    if (!slice_split(slice_of(entry), '=', &name, &value)) {
        return;
    }
    char where[OPTION_ENVIRONMENT_BYTES];
    (void)snprintf(where, sizeof where, "%.*s", SLICE_ARG(name));
    struct slice key = slice_sub(name, sizeof "TIELINE_KAFKA_" - 1, name.len);
    bool from_file = slice_ends_with(key, SLICE("_FILE"));
    char *property = options_copy(from_file ? slice_sub(key, 0, key.len - 5) : key);
    for (char *c = property; *c != '\0'; c++) {
        *c = *c == '_' ? '.' : *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
    }
    char *content = from_file ? options_read_file(o, value.ptr, where) : NULL;
    if (!from_file) {
        options_take_property(o, property, value.ptr);
    } else if (content != NULL) {
        options_take_property(o, property, content);
    }
    free(content);
    free(property);
}

static void read_environment_properties(struct options *o)
{
    if (row_of_properties(o) == NONE) {
        return;
    }
    for (char **entry = environ; *entry != NULL; entry++) {
        if (slice_starts_with(slice_of(*entry), SLICE("TIELINE_KAFKA_"))) {
            read_environment_property(o, *entry);
        }
    }
}

static void fill_defaults(struct options *o)
{
    for (size_t i = 0; i < o->count; i++) {
        const struct option_row *row = &o->rows[i];
        if (o->values[i].text == NULL && row->fallback != NULL) {
            options_take(o, i, row->fallback, row->name, false);
        }
        if (row->needed && !o->values[i].given) {
            char name[OPTION_ENVIRONMENT_BYTES];
            options_environment_name(row->name, "", name);
            options_complain(o, "--%s (or %s) is needed", row->name, name);
        }
    }
}

static bool find_format(const char *text, enum log_format *ret_format)
{
    if (text == NULL) {
        *ret_format = LOG_FORMAT_AUTO;
        return true;
    }
    *ret_format = strcmp(text, "json") == 0 ? LOG_FORMAT_JSON : LOG_FORMAT_TEXT;
    return *ret_format == LOG_FORMAT_JSON || strcmp(text, "text") == 0;
}

static bool find_level(const char *text, enum log_level *ret_level)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    static const enum log_level levels[] = {LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) == 0) {
            *ret_level = levels[i];
            return true;
        }
    }
    return false;
}

static void check_common(struct options *o)
{
    enum log_format format;
    enum log_level level;
    if (!find_format(options_text(o, "log-format"), &format)) {
        options_complain(o, "--log-format: expected text or json, found \"%s\"",
                         options_text(o, "log-format"));
    }
    if (!find_level(options_text(o, "log-level"), &level)) {
        options_complain(o, "--log-level: expected debug, info, warn or error, found \"%s\"",
                         options_text(o, "log-level"));
    }
}

void options_parse(const char *program, const char *purpose, const struct option_row *rows,
                   size_t count, const char *words, int argc, char *const *argv,
                   struct options **ret_options, bool *ret_done, int *ret_exit)
{
    struct options *o = calloc(1, sizeof *o);
    CHECK(o != NULL && count + COMMON_COUNT <= OPTIONS_MAX);
    *o = (struct options){.program = program, .purpose = purpose, .words_name = words};
    buf_init(&o->errors, ERRORS_BYTES_MAX);
    if (count > 0) {
        memcpy(o->rows, rows, count * sizeof *rows);
    }
    memcpy(o->rows + count, common_rows, sizeof common_rows);
    o->count = count + COMMON_COUNT;
    read_arguments(o, argc, argv);
    *ret_options = o;
    *ret_done = true;
    *ret_exit = 0;
    if (options_switch(o, "help")) {
        options_print_help(o);
        return;
    }
    if (options_switch(o, "version")) {
        options_print_version(o);
        return;
    }
    read_environment(o);
    read_environment_properties(o);
    fill_defaults(o);
    check_common(o);
    if (o->errors.len > 0) {
        (void)fprintf(stderr, "%sTry \"%s --help\".\n", buf_text(&o->errors), program);
        *ret_exit = EXIT_USAGE;
        return;
    }
    *ret_done = false;
}

void options_free(struct options *o)
{
    if (o == NULL) {
        return;
    }
    for (size_t i = 0; i < o->count; i++) {
        struct option_value *value = &o->values[i];
        free(value->text);
        free(value->host);
        for (size_t j = 0; j < value->item_count; j++) {
            free(value->items[j]);
        }
    }
    for (size_t i = 0; i < o->property_count; i++) {
        free((char *)(uintptr_t)o->properties[i].key);
        free((char *)(uintptr_t)o->properties[i].value);
    }
    for (size_t i = 0; i < o->word_count; i++) {
        free(o->words[i]);
    }
    buf_deinit(&o->errors);
    free(o);
}

static const struct option_value *value_of(const struct options *o, const char *name)
{
    size_t index = row_of(o, slice_of(name));
    CHECK(index != NONE);
    return &o->values[index];
}

static const struct option_value *typed(const struct options *o, const char *name,
                                        enum option_type type)
{
    size_t index = row_of(o, slice_of(name));
    CHECK(index != NONE && o->rows[index].type == type);
    return &o->values[index];
}

const char *options_text(const struct options *o, const char *name)
{
    return value_of(o, name)->text;
}

bool options_given(const struct options *o, const char *name)
{
    return value_of(o, name)->given;
}

span_ms_t options_span(const struct options *o, const char *name)
{
    return typed(o, name, OPTION_SPAN)->span;
}

uint64_t options_u64(const struct options *o, const char *name)
{
    return typed(o, name, OPTION_U64)->number;
}

bool options_switch(const struct options *o, const char *name)
{
    return typed(o, name, OPTION_SWITCH)->on;
}

void options_address(const struct options *o, const char *name, const char **ret_host,
                     uint16_t *ret_port)
{
    const struct option_value *value = typed(o, name, OPTION_ADDRESS);
    *ret_host = value->host == NULL ? "" : value->host;
    *ret_port = value->port;
}

const struct property *options_properties(const struct options *o, size_t *ret_count)
{
    *ret_count = o->property_count;
    return o->properties;
}

const char *const *options_list(const struct options *o, const char *name, size_t *ret_count)
{
    const struct option_value *value = typed(o, name, OPTION_LIST);
    *ret_count = value->item_count;
    return (const char *const *)value->items;
}

const char *options_word(const struct options *o, size_t index)
{
    return index < o->word_count ? o->words[index] : NULL;
}

size_t options_word_count(const struct options *o)
{
    return o->word_count;
}

enum log_format options_log_format(const struct options *o)
{
    enum log_format format = LOG_FORMAT_AUTO;
    CHECK(find_format(options_text(o, "log-format"), &format));
    return format;
}

enum log_level options_log_level(const struct options *o)
{
    enum log_level level = LOG_INFO;
    CHECK(find_level(options_text(o, "log-level"), &level));
    return level;
}
