#include "ingest/core/http_target.h"

#include "ingest/core/http_bytes.h"

enum { PORT_MAX = 65535, PORT_DIGITS_MAX = 5 };

/* Each percent sign begins an escape. */
static bool escapes_valid(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '%' &&
            (text.len - i < 3 || !http_bytes_all(slice_sub(text, i + 1, i + 3), HTTP_HEX))) {
            return false;
        }
    }
    return true;
}

static bool is_port(struct slice text)
{
    uint64_t port = 0;
    return text.len == 0 || (text.len <= PORT_DIGITS_MAX &&
                             !err_failed(slice_to_u64(text, &port)) && port <= PORT_MAX);
}

/* Only what may stand between the brackets, not whether it is an address: nobody connects to it. */
static bool is_literal(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c != ':' && c != '.' && !http_byte_is(c, HTTP_HEX)) {
            return false;
        }
    }
    return slice_find(text, ':') < text.len;
}

static bool is_name(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '%' && !http_byte_is(text.ptr[i], HTTP_HOST)) {
            return false;
        }
    }
    return text.len > 0 && escapes_valid(text);
}

bool http_host_valid(struct slice text)
{
    struct slice port = {0};
    if (slice_starts_with(text, SLICE("["))) {
        size_t end = slice_find(text, ']');
        struct slice rest = slice_sub(text, end + 1, text.len);
        bool has_port = slice_starts_with(rest, SLICE(":"));
        port = slice_sub(rest, 1, rest.len);
        return end < text.len && is_literal(slice_sub(text, 1, end)) &&
               (rest.len == 0 || (has_port && is_port(port)));
    }
    struct slice name = {0};
    (void)slice_split(text, ':', &name, &port);
    return is_name(name) && is_port(port);
}

/* [path] ["?" query] */
static bool is_path(struct slice text)
{
    return slice_find(text, '[') == text.len && slice_find(text, ']') == text.len &&
           escapes_valid(text);
}

static bool is_absolute(struct slice target)
{
    static const struct slice schemes[] = {{"http://", 7}, {"https://", 8}};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (slice_equal_nocase(slice_sub(target, 0, schemes[i].len), schemes[i])) {
            struct slice rest = slice_sub(target, schemes[i].len, target.len);
            size_t path = slice_find(rest, '/');
            size_t query = slice_find(rest, '?');
            size_t end = path < query ? path : query;
            return http_host_valid(slice_sub(rest, 0, end)) &&
                   is_path(slice_sub(rest, end, rest.len));
        }
    }
    return false;
}

bool http_target_valid(struct slice method, struct slice target)
{
    if (slice_equal(method, SLICE("CONNECT"))) {
        size_t colon = target.len;
        while (colon > 0 && target.ptr[colon - 1] != ':') {
            colon--;
        }
        return colon > 0 && colon < target.len && http_host_valid(target);
    }
    if (slice_starts_with(target, SLICE("/"))) {
        return is_path(target);
    }
    if (slice_equal(target, SLICE("*"))) {
        return slice_equal(method, SLICE("OPTIONS"));
    }
    return is_absolute(target);
}
