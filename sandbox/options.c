#include "sandbox/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { OPTION_NAME_BYTES = 128, OPTION_FILE_BYTES_MAX = 64 * 1024 };

err_t options_read_file(struct arena *arena, const char *path, size_t bytes_max, struct why *why,
                        struct slice *ret_text)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        why_set(why, "cannot read %s: %s", path, strerror(errno));
        return ERR(IO);
    }
    char *bytes = arena_alloc(arena, bytes_max + 1);
    size_t len = bytes == NULL ? 0 : fread(bytes, 1, bytes_max + 1, file);
    bool failed = bytes == NULL || ferror(file) != 0;
    (void)fclose(file);
    if (failed || len > bytes_max) {
        why_set(why, "cannot read %s: %s", path, failed ? "read error" : "too large");
        return failed ? ERR(IO) : ERR(TOO_LARGE);
    }
    *ret_text = slice_from(bytes, len);
    return err_ok();
}

static void set(const struct option *option, struct slice value)
{
    if (option->each != NULL) {
        option->each(option->context, value);
    } else {
        *option->value = value;
    }
}

static err_t read_environment(struct arena *arena, const struct option *option, struct why *why)
{
    char name[OPTION_NAME_BYTES];
    int len = snprintf(name, sizeof name, "TIELINE_%s", option->name);
    for (int i = 0; i < len && name[i] != '\0'; i++) {
        char c = name[i];
        name[i] = c == '-' ? '_' : c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    const char *value = getenv(name);
    if (value != NULL) {
        set(option, slice_of(value));
        return err_ok();
    }
    (void)snprintf(name + len, sizeof name - (size_t)len, "_FILE");
    const char *path = getenv(name);
    if (path != NULL) {
        struct slice text = {0};
        TRY(options_read_file(arena, path, OPTION_FILE_BYTES_MAX, why, &text));
        set(option, slice_trim(text));
    }
    return err_ok();
}

static const struct option *find(const struct option *options, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(slice_of(options[i].name), name)) {
            return &options[i];
        }
    }
    return NULL;
}

err_t options_read(struct arena *arena, const struct option *options, size_t count, int argc,
                   char **argv, struct why *why, enum options_result *ret_result)
{
    for (size_t i = 0; i < count; i++) {
        TRY(read_environment(arena, &options[i], why));
    }
    for (int i = 1; i < argc; i++) {
        struct slice word = slice_of(argv[i]);
        struct slice name = {0};
        struct slice value = {0};
        if (slice_equal(word, SLICE("--help")) || slice_equal(word, SLICE("--version"))) {
            *ret_result = slice_equal(word, SLICE("--help")) ? OPTIONS_HELP : OPTIONS_VERSION;
            return err_ok();
        }
        bool has_value = slice_split(word, '=', &name, &value);
        const struct option *option = slice_starts_with(name, SLICE("--"))
                                          ? find(options, count, slice_sub(name, 2, name.len))
                                          : NULL;
        if (option == NULL) {
            why_set(why, "unknown flag `%s`", argv[i]);
            return ERR(USAGE);
        }
        if (!has_value && i + 1 == argc) {
            why_set(why, "`%s` needs a value", argv[i]);
            return ERR(USAGE);
        }
        set(option, has_value ? value : slice_of(argv[++i]));
    }
    *ret_result = OPTIONS_RUN;
    return err_ok();
}
