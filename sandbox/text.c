#include "sandbox/text.h"

#include "base/check.h"

#include <cmark.h>
#include <sodium.h>

enum { TEXT_JSON_BYTES_MAX = 1024 * 1024 };

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

err_t text_percent_decode(struct arena *arena, struct slice text, struct slice *ret)
{
    char *out = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    if (out == NULL) {
        return ERR(ARENA_FULL);
    }
    for (size_t i = 0; i < text.len; i++) {
        int high = i + 2 < text.len && text.ptr[i] == '%' ? hex_digit(text.ptr[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(text.ptr[i + 2]) : -1;
        if (low >= 0) {
            out[len++] = (char)(high * 16 + low);
            i += 2;
        } else {
            out[len++] = text.ptr[i];
        }
    }
    *ret = slice_from(out, len);
    return err_ok();
}

static err_t decode_query_part(struct arena *arena, struct slice part, struct slice *ret)
{
    struct slice copy = {0};
    TRY(arena_copy(arena, part, &copy));
    char *bytes = arena_alloc(arena, copy.len + 1);
    if (bytes == NULL) {
        return ERR(ARENA_FULL);
    }
    for (size_t i = 0; i < copy.len; i++) {
        bytes[i] = copy.ptr[i] == '+' ? ' ' : copy.ptr[i];
    }
    return text_percent_decode(arena, slice_from(bytes, copy.len), ret);
}

err_t text_percent_encode(struct arena *arena, struct slice text, struct slice *ret)
{
    static const char digits[] = "0123456789ABCDEF";
    char *out = arena_alloc(arena, 3 * text.len + 1);
    size_t len = 0;
    if (out == NULL) {
        return ERR(ARENA_FULL);
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '.' || c == '_';
        if (plain) {
            out[len++] = (char)c;
        } else {
            out[len++] = '%';
            out[len++] = digits[c >> 4];
            out[len++] = digits[c & 15];
        }
    }
    *ret = slice_from(out, len);
    return err_ok();
}

bool text_query(struct arena *arena, struct slice query, const char *name, struct slice *ret_value)
{
    struct slice rest = query;
    while (!slice_empty(rest)) {
        struct slice pair = {0};
        struct slice key = {0};
        struct slice value = {0};
        struct slice decoded = {0};
        (void)slice_split(rest, '&', &pair, &rest);
        (void)slice_split(pair, '=', &key, &value);
        if (!err_failed(decode_query_part(arena, key, &decoded)) &&
            slice_equal(decoded, slice_of(name))) {
            return !err_failed(decode_query_part(arena, value, ret_value));
        }
    }
    return false;
}

size_t text_units(struct slice text)
{
    size_t units = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        if ((byte & 0xC0) != 0x80) {
            units += byte >= 0xF0 ? 2 : 1;
        }
    }
    return units;
}

bool text_contains(struct slice text, struct slice part)
{
    for (size_t i = 0; i + part.len <= text.len; i++) {
        if (slice_equal(slice_sub(text, i, i + part.len), part)) {
            return true;
        }
    }
    return false;
}

bool text_matches(struct slice pattern, struct slice text)
{
    if (slice_find(pattern, '*') == pattern.len) {
        return text_contains(text, pattern);
    }
    size_t p = 0;
    size_t t = 0;
    size_t star = pattern.len;
    size_t star_text = 0;
    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            star_text = t;
        } else if (p < pattern.len && pattern.ptr[p] == text.ptr[t]) {
            p++;
            t++;
        } else if (star < pattern.len) {
            p = star + 1;
            t = ++star_text;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*') {
        p++;
    }
    return p == pattern.len;
}

void text_write_json(struct json_write *w, const struct json *value)
{
    switch (value->type) {
    case JSON_NULL: json_null(w); break;
    case JSON_BOOL: json_boolean(w, value->boolean); break;
    case JSON_NUMBER: json_raw(w, value->text); break;
    case JSON_STRING: json_slice(w, value->text); break;
    case JSON_ARRAY:
        json_array(w);
        JSON_EACH(item, value)
        {
            text_write_json(w, item);
        }
        json_end(w);
        break;
    case JSON_OBJECT:
        json_object(w);
        JSON_EACH(member, value)
        {
            json_key_slice(w, member->key);
            text_write_json(w, member);
        }
        json_end(w);
        break;
    default: BUG("a JSON type that does not exist");
    }
}

err_t text_render_json(struct arena *arena, const struct json *value, struct slice *ret)
{
    CLEANUP(buf) struct buf text = {0};
    struct json_write w;
    buf_init(&text, TEXT_JSON_BYTES_MAX);
    json_write_init(&w, &text);
    text_write_json(&w, value);
    TRY(json_write_done(&w));
    return arena_copy(arena, buf_slice(&text), ret);
}

void text_sha256(struct slice bytes, char hex[TEXT_SHA256_BYTES + 1])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    CHECK(crypto_hash_sha256(hash, (const unsigned char *)bytes.ptr, bytes.len) == 0);
    (void)sodium_bin2hex(hex, TEXT_SHA256_BYTES + 1, hash, sizeof hash);
}

/* The character of an entity such as "&amp;" at the start of `text`; *ret_used is its length. */
static struct slice entity(struct slice text, size_t *ret_used)
{
    static const struct {
        const char *name;
        const char *value;
    } known[] = {
        {"&amp;", "&"},   {"&lt;", "<"},  {"&gt;", ">"},
        {"&quot;", "\""}, {"&#39;", "'"}, {"&nbsp;", " "},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (slice_starts_with(text, slice_of(known[i].name))) {
            *ret_used = strlen(known[i].name);
            return slice_of(known[i].value);
        }
    }
    *ret_used = 1;
    return slice_sub(text, 0, 1);
}

static bool ends_line(struct slice tag)
{
    static const char *const blocks[] = {"/p",  "br",  "br/", "br /", "/li", "/h1", "/h2", "/h3",
                                         "/h4", "/h5", "/h6", "/ul",  "/ol", "/q",  "/pre"};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        if (slice_equal_nocase(tag, slice_of(blocks[i]))) {
            return true;
        }
    }
    return false;
}

err_t text_from_html(struct arena *arena, struct slice html, struct slice *ret_text)
{
    char *out = arena_alloc(arena, html.len + 1);
    size_t len = 0;
    size_t i = 0;
    if (out == NULL) {
        return ERR(ARENA_FULL);
    }
    while (i < html.len) {
        struct slice rest = slice_sub(html, i, html.len);
        size_t close = slice_find(rest, '>');
        if (rest.ptr[0] == '<' && close < rest.len) {
            if (ends_line(slice_sub(rest, 1, close)) && len > 0 && out[len - 1] != '\n') {
                out[len++] = '\n';
            }
            i += close + 1;
            continue;
        }
        size_t used = 1;
        struct slice c = entity(rest, &used);
        bool blank_line = c.ptr[0] == '\n' && (len == 0 || out[len - 1] == '\n');
        if (!blank_line) {
            memcpy(out + len, c.ptr, c.len);
            len += c.len;
        }
        i += used;
    }
    *ret_text = slice_trim(slice_from(out, len));
    return err_ok();
}

err_t text_from_markdown(struct arena *arena, struct slice markdown, struct slice *ret_html)
{
    CLEANUP_PTR(heap)
    char *html = cmark_markdown_to_html(markdown.ptr == NULL ? "" : markdown.ptr, markdown.len,
                                        CMARK_OPT_DEFAULT);
    if (html == NULL) {
        return ERR(NO_MEMORY);
    }
    return arena_copy(arena, slice_trim(slice_of(html)), ret_html);
}
