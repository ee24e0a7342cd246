#include "json/json_escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Three bytes, where the escape has six. */
static const struct slice replacement = {"\xEF\xBF\xBD", 3};

/* The code unit of "\uXXXX" at `at`, or -1 when something else stands there. Digits are hex here:
 * yajl has seen them. */
static int32_t unit_at(struct slice raw, size_t at)
{
    if (at + 6 > raw.len || raw.ptr[at] != '\\' || raw.ptr[at + 1] != 'u') {
        return -1;
    }
    int32_t unit = 0;
    for (size_t i = at + 2; i < at + 6; i++) {
        char c = raw.ptr[i];
        int32_t digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
        unit = unit * 16 + digit;
    }
    return unit;
}

size_t json_escape_lone(struct slice raw)
{
    size_t at = slice_find(raw, '\\');
    while (at < raw.len) {
        int32_t unit = unit_at(raw, at);
        if (unit >= 0xD800 && unit <= 0xDBFF) {
            int32_t low = unit_at(raw, at + 6);
            if (low < 0xDC00 || low > 0xDFFF) {
                return at;
            }
            at += 12;
        } else if (unit >= 0xDC00 && unit <= 0xDFFF) {
            return at;
        } else {
            at += unit >= 0 ? 6 : 2;
        }
        at += slice_find(slice_sub(raw, at, raw.len), '\\');
    }
    return raw.len;
}

static size_t put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

/* The character that one letter behind a backslash stands for. */
static char short_escape(char letter)
{
    switch (letter) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return letter;
    }
}

/* The escape at *at, which moves behind it; what it says is never longer than it. */
static size_t put_escape(struct slice raw, size_t *at, char *out)
{
    int32_t unit = unit_at(raw, *at);
    if (unit < 0) {
        *out = short_escape(raw.ptr[*at + 1]);
        *at += 2;
        return 1;
    }
    int32_t low = unit_at(raw, *at + 6);
    *at += 6;
    if (unit >= 0xD800 && unit <= 0xDBFF && low >= 0xDC00 && low <= 0xDFFF) {
        *at += 6;
        return put_utf8(out,
                        0x10000U + ((uint32_t)(unit - 0xD800) << 10) + (uint32_t)(low - 0xDC00));
    }
    if (unit >= 0xD800 && unit <= 0xDFFF) {
        memcpy(out, replacement.ptr, replacement.len);
        return replacement.len;
    }
    return put_utf8(out, (uint32_t)unit);
}

err_t json_escape_mend(struct arena *arena, struct slice raw, struct slice *ret_text)
{
    char *out = arena_alloc(arena, raw.len + 1);
    if (out == NULL) {
        return ARENA_ERR(arena);
    }
    size_t len = 0;
    size_t at = 0;
    while (at < raw.len) {
        if (raw.ptr[at] == '\\' && at + 1 < raw.len) {
            len += put_escape(raw, &at, out + len);
        } else {
            out[len++] = raw.ptr[at++];
        }
    }
    out[len] = '\0';
    *ret_text = slice_from(out, len);
    return err_ok();
}
