#include "json/json_write.h"

#include "base/check.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void json_write_init(struct json_write *w, struct buf *out)
{
    *w = (struct json_write){.out = out, .error = err_ok()};
}

static void put(struct json_write *w, struct slice bytes)
{
    if (!err_failed(w->error)) {
        w->error = buf_append(w->out, bytes);
    }
}

static void put_char(struct json_write *w, char c)
{
    put(w, slice_from(&c, 1));
}

/* False beyond the depth limit: the error is noted, and only the nesting is still counted. */
static bool level_known(const struct json_write *w)
{
    return w->depth <= LIMIT_JSON_DEPTH_MAX;
}

static void put_comma(struct json_write *w)
{
    if (w->level[w->depth].has_items) {
        put_char(w, ',');
    }
    w->level[w->depth].has_items = true;
}

/* Before each value: its comma, and that it may stand here. */
static void begin_value(struct json_write *w)
{
    if (!level_known(w)) {
        return;
    }
    if (w->level[w->depth].is_object) {
        CHECK(w->level[w->depth].key_written);
        w->level[w->depth].key_written = false;
        return;
    }
    CHECK(w->depth > 0 || !w->level[0].has_items); /* one value is all that a text holds */
    put_comma(w);
}

static void begin_container(struct json_write *w, bool is_object)
{
    begin_value(w);
    put_char(w, is_object ? '{' : '[');
    w->depth++;
    if (level_known(w)) {
        w->level[w->depth].is_object = is_object;
        w->level[w->depth].has_items = false;
        w->level[w->depth].key_written = false;
    } else if (!err_failed(w->error)) {
        w->error = ERR(TOO_DEEP);
    }
}

void json_object(struct json_write *w)
{
    begin_container(w, true);
}
void json_array(struct json_write *w)
{
    begin_container(w, false);
}

void json_end(struct json_write *w)
{
    CHECK(w->depth > 0);
    if (level_known(w)) {
        CHECK(!w->level[w->depth].key_written);
        put_char(w, w->level[w->depth].is_object ? '}' : ']');
    }
    w->depth--;
}

static void put_escape(struct json_write *w, unsigned char c)
{
    switch (c) {
    case '"': put(w, SLICE("\\\"")); break;
    case '\\': put(w, SLICE("\\\\")); break;
    case '\b': put(w, SLICE("\\b")); break;
    case '\f': put(w, SLICE("\\f")); break;
    case '\n': put(w, SLICE("\\n")); break;
    case '\r': put(w, SLICE("\\r")); break;
    case '\t': put(w, SLICE("\\t")); break;
    default: {
        static const char hex[] = "0123456789abcdef";
        char escape[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
        put(w, slice_from(escape, sizeof escape));
    }
    }
}

/* How much of the text can stand as it is: no quote, no backslash, no control character. Most texts
 * are that from end to end, so eight bytes are looked at at a time; what is found in them is exact
 * about whether there is one, and bytes beyond ASCII are none. */
static size_t plain_prefix(struct slice text)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t tops = UINT64_C(0x8080808080808080);
    size_t at = 0;
    for (; text.len - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
        uint64_t eight = 0;
        memcpy(&eight, text.ptr + at, sizeof eight);
        uint64_t quote = eight ^ (ones * '"');
        uint64_t backslash = eight ^ (ones * '\\');
        uint64_t found = ((eight - ones * 0x20) & ~eight) | ((quote - ones) & ~quote) |
                         ((backslash - ones) & ~backslash);
        if ((found & tops) != 0) {
            break;
        }
    }
    while (at < text.len && (unsigned char)text.ptr[at] >= 0x20 && text.ptr[at] != '"' &&
           text.ptr[at] != '\\') {
        at++;
    }
    return at;
}

/* Text that is UTF-8, in runs between the characters that must be escaped. */
static void put_escaped(struct json_write *w, struct slice text)
{
    for (;;) {
        size_t plain = plain_prefix(text);
        put(w, slice_sub(text, 0, plain));
        if (plain == text.len) {
            return;
        }
        put_escape(w, (unsigned char)text.ptr[plain]);
        text = slice_sub(text, plain + 1, text.len);
    }
}

/* All of it and the quotes at once. */
static void put_plain(struct json_write *w, struct slice text)
{
    char *room = NULL;
    if (err_failed(w->error)) {
        return;
    }
    w->error = buf_reserve(w->out, text.len + 2, &room);
    if (!err_failed(w->error)) {
        room[0] = '"';
        if (text.len > 0) {
            memcpy(room + 1, text.ptr, text.len);
        }
        room[text.len + 1] = '"';
        buf_grew(w->out, text.len + 2);
    }
}

static void put_string(struct json_write *w, struct slice text)
{
    if (plain_prefix(text) == text.len && slice_is_utf8(text)) {
        put_plain(w, text);
        return;
    }
    put_char(w, '"');
    for (;;) {
        size_t good = slice_utf8_prefix(text);
        put_escaped(w, slice_sub(text, 0, good));
        if (good == text.len) {
            break;
        }
        put(w, SLICE("\xEF\xBF\xBD"));
        text = slice_sub(text, good + 1, text.len);
    }
    put_char(w, '"');
}

void json_key_slice(struct json_write *w, struct slice key)
{
    if (!level_known(w)) {
        return;
    }
    CHECK(w->level[w->depth].is_object && !w->level[w->depth].key_written);
    put_comma(w);
    put_string(w, key);
    put_char(w, ':');
    w->level[w->depth].key_written = true;
}
void json_key(struct json_write *w, const char *key)
{
    json_key_slice(w, slice_of(key));
}

void json_slice(struct json_write *w, struct slice text)
{
    begin_value(w);
    put_string(w, text);
}
void json_text(struct json_write *w, const char *text)
{
    json_slice(w, slice_of(text));
}

void json_raw(struct json_write *w, struct slice json)
{
    begin_value(w);
    put(w, json);
}

void json_int(struct json_write *w, int64_t value)
{
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%" PRId64, value);
    json_raw(w, slice_of(digits));
}
void json_uint(struct json_write *w, uint64_t value)
{
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%" PRIu64, value);
    json_raw(w, slice_of(digits));
}

void json_number(struct json_write *w, double value)
{
    if (!isfinite(value)) {
        json_null(w);
        return;
    }
    char digits[40];
    (void)snprintf(digits, sizeof digits, "%.15g", value);
    double again = strtod(digits, NULL);
    if (again < value || again > value) {
        (void)snprintf(digits, sizeof digits, "%.17g", value);
    }
    json_raw(w, slice_of(digits));
}

void json_boolean(struct json_write *w, bool value)
{
    json_raw(w, value ? SLICE("true") : SLICE("false"));
}
void json_null(struct json_write *w)
{
    json_raw(w, SLICE("null"));
}

void json_put_slice(struct json_write *w, const char *key, struct slice text)
{
    json_key(w, key);
    json_slice(w, text);
}
void json_put_text(struct json_write *w, const char *key, const char *text)
{
    json_put_slice(w, key, slice_of(text));
}
void json_put_int(struct json_write *w, const char *key, int64_t value)
{
    json_key(w, key);
    json_int(w, value);
}
void json_put_bool(struct json_write *w, const char *key, bool value)
{
    json_key(w, key);
    json_boolean(w, value);
}
void json_put_slice_if(struct json_write *w, const char *key, struct slice text)
{
    if (!slice_empty(text)) {
        json_put_slice(w, key, text);
    }
}

err_t json_write_done(struct json_write *w)
{
    CHECK(w->depth == 0);
    return w->error;
}
