#include "base/check.h"
#include "rt/options_types.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void options_complain(struct options *o, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    /* Beyond the buffer's limit there are errors enough to begin with. */
    if (err_failed(buf_printf(&o->errors, "%s: %s\n", o->program, line))) {
        return;
    }
}

char *options_copy(struct slice text)
{
    char *copy = malloc(text.len + 1);
    CHECK(copy != NULL);
    if (text.len > 0) {
        memcpy(copy, text.ptr, text.len);
    }
    copy[text.len] = '\0';
    return copy;
}

char *options_read_file(struct options *o, const char *path, const char *where)
{
    char *text = malloc(OPTION_TEXT_BYTES_MAX + 1);
    CHECK(text != NULL);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    size_t len = 0;
    ssize_t count = fd < 0 ? -1 : 1;
    while (count > 0 && len <= OPTION_TEXT_BYTES_MAX) {
        count = read(fd, text + len, OPTION_TEXT_BYTES_MAX + 1 - len);
        len += count > 0 ? (size_t)count : 0;
    }
    if (count < 0) {
        char reason[64] = "";
        if (strerror_r(errno, reason, sizeof reason) != 0) {
            reason[0] = '\0';
        }
        options_complain(o, "%s: cannot read %s: %s", where, path, reason);
    }
    if (fd >= 0) {
        close(fd);
    }
    struct slice content = {text, len};
    while (content.len > 0 &&
           (content.ptr[content.len - 1] == '\n' || content.ptr[content.len - 1] == '\r')) {
        content.len--;
    }
    bool fits = len <= OPTION_TEXT_BYTES_MAX && !slice_has_nul(content);
    if (count >= 0 && !fits) {
        options_complain(o, "%s: %s holds more than %d bytes, or a NUL", where, path,
                         (int)OPTION_TEXT_BYTES_MAX);
    }
    char *result = count >= 0 && fits ? options_copy(content) : NULL;
    memset(text, 0, OPTION_TEXT_BYTES_MAX + 1);
    free(text);
    return result;
}

bool options_span_parse(struct slice text, span_ms_t *ret_span)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    size_t digits = 0;
    while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9') {
        digits++;
    }
    int64_t value = 0;
    if (err_failed(slice_to_i64(slice_sub(text, 0, digits), &value))) {
        return false;
    }
    struct slice unit = slice_sub(text, digits, text.len);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (slice_equal(unit, slice_of(units[i].name))) {
            return !__builtin_mul_overflow(value, units[i].ms, &ret_span->ms);
        }
    }
    return false;
}

static bool parse_address(struct slice text, struct option_value *value)
{
    size_t colon = text.len;
    while (colon > 0 && text.ptr[colon - 1] != ':') {
        colon--;
    }
    uint64_t port = 0;
    if (colon == 0 || err_failed(slice_to_u64(slice_sub(text, colon, text.len), &port)) ||
        port > UINT16_MAX) {
        return false;
    }
    struct slice host = slice_sub(text, 0, colon - 1);
    if (host.len >= 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']') {
        host = slice_sub(host, 1, host.len - 1);
    } else if (slice_find(host, ':') != host.len) {
        return false; /* ::1:8080 could be anything */
    }
    free(value->host);
    value->host = options_copy(host);
    value->port = (uint16_t)port;
    return true;
}

static bool parse_switch(struct slice text, bool *ret_on)
{
    static const char *const words[] = {"0", "1", "false", "true", "no", "yes"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (slice_equal_nocase(text, slice_of(words[i]))) {
            *ret_on = i % 2 == 1;
            return true;
        }
    }
    return false;
}

static void take_items(struct options *o, struct option_value *value, const char *text)
{
    struct slice rest = slice_of(text);
    while (rest.len > 0) {
        struct slice item;
        (void)slice_split(rest, ',', &item, &rest);
        item = slice_trim(item);
        if (item.len > 0 && value->item_count == OPTIONS_ITEMS_MAX) {
            options_complain(o, "more than %d values", (int)OPTIONS_ITEMS_MAX);
            return;
        }
        if (item.len > 0) {
            value->items[value->item_count++] = options_copy(item);
        }
    }
}

void options_take_property(struct options *o, const char *key, const char *value)
{
    for (size_t i = 0; i < o->property_count; i++) {
        if (strcmp(o->properties[i].key, key) == 0) {
            return;
        }
    }
    if (o->property_count == OPTIONS_ITEMS_MAX) {
        options_complain(o, "more than %d properties", (int)OPTIONS_ITEMS_MAX);
        return;
    }
    o->properties[o->property_count++] =
        (struct property){options_copy(slice_of(key)), options_copy(slice_of(value))};
}

static void take_pair(struct options *o, const char *text, const char *where)
{
    struct slice key;
    struct slice value;
    if (!slice_split(slice_of(text), '=', &key, &value) || key.len == 0) {
        options_complain(o, "%s: expected key=value, found \"%s\"", where, text);
        return;
    }
    char *key_text = options_copy(slice_trim(key));
    options_take_property(o, key_text, value.ptr);
    free(key_text);
}

/* What the type wants, or NULL when `text` fits it. */
static const char *parse(struct options *o, const struct option_row *row, const char *text,
                         const char *where, struct option_value *value)
{
    switch (row->type) {
    case OPTION_SPAN:
        return options_span_parse(slice_of(text), &value->span)
                   ? NULL
                   : "a time like 500ms, 45s, 10m, 24h or 7d";
    case OPTION_U64:
        return err_failed(slice_to_u64(slice_of(text), &value->number))
                   ? "a whole number, 0 or more"
                   : NULL;
    case OPTION_SWITCH:
        return parse_switch(slice_of(text), &value->on) ? NULL : "1, true, yes, 0, false or no";
    case OPTION_ADDRESS:
        return parse_address(slice_of(text), value)
                   ? NULL
                   : "HOST:PORT, like 127.0.0.1:8080 or [::1]:8080";
    case OPTION_LIST: take_items(o, value, text); return NULL;
    case OPTION_PROPERTY: take_pair(o, text, where); return NULL;
    case OPTION_TEXT: return NULL;
    default: BUG("no such type of option");
    }
}

void options_take(struct options *o, size_t index, const char *text, const char *where, bool given)
{
    const struct option_row *row = &o->rows[index];
    struct option_value *value = &o->values[index];
    const char *expected = parse(o, row, text, where, value);
    if (expected != NULL) {
        options_complain(o, "%s: expected %s, found \"%s\"", where, expected,
                         row->secret ? "(not shown)" : text);
        return;
    }
    char *copy = options_copy(slice_of(text));
    free(value->text);
    value->text = copy;
    value->given = value->given || given;
}
