#include "egress/core/zendesk.h"

#include "base/buf.h"
#include "base/limits.h"

#include <stdbool.h>

enum { CODE_BYTES_MAX = 64 };

/* True for "." and "..", in whatever encoding of the dots. */
static bool segment_climbs(struct slice segment)
{
    size_t dots = 0;
    while (!slice_empty(segment)) {
        if (segment.ptr[0] == '.') {
            segment = slice_sub(segment, 1, segment.len);
        } else if (slice_equal_nocase(slice_sub(segment, 0, 3), SLICE("%2e"))) {
            segment = slice_sub(segment, 3, segment.len);
        } else {
            return false;
        }
        dots++;
    }
    return dots == 1 || dots == 2;
}

static bool path_is_safe(struct slice path)
{
    if (slice_empty(path) || path.ptr[0] != '/') {
        return false;
    }
    for (size_t i = 0; i < path.len; i++) {
        unsigned char c = (unsigned char)path.ptr[i];
        if (c <= ' ' || c >= 0x7F || c == '\\' || c == '#') {
            return false;
        }
    }
    struct slice rest = slice_sub(path, 0, slice_find(path, '?'));
    while (!slice_empty(rest)) {
        struct slice segment = {0};
        struct slice tail = {0};
        (void)slice_split(rest, '/', &segment, &tail);
        if (segment_climbs(segment)) {
            return false;
        }
        rest = tail;
    }
    return true;
}

err_t zendesk_url(struct arena *arena, struct slice base, struct slice path, struct slice *ret_url)
{
    if (!path_is_safe(path)) {
        return ERR(SYNTAX);
    }
    if (slice_ends_with(base, SLICE("/"))) {
        base.len--;
    }
    return arena_join(arena, (const struct slice[]){base, path}, 2, ret_url);
}

static bool is_plain(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

err_t zendesk_encode(struct arena *arena, struct slice text, struct slice *ret_encoded)
{
    CLEANUP(buf) struct buf encoded = {0};
    buf_init(&encoded, LIMIT_URI_BYTES_MAX);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        TRY(is_plain(c) ? buf_append_char(&encoded, (char)c) : buf_printf(&encoded, "%%%02X", c));
    }
    return arena_copy(arena, buf_slice(&encoded), ret_encoded);
}

static bool is_code(struct slice text)
{
    if (slice_empty(text) || text.len > CODE_BYTES_MAX) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain && c != '_' && c != '-') {
            return false;
        }
    }
    return true;
}

err_t zendesk_error_text(struct arena *arena, uint32_t status, const struct json *root,
                         struct slice *ret_text)
{
    const struct json *errors = json_member(root, SLICE("errors"));
    struct slice code = {0};
    if (errors != NULL && errors->type == JSON_ARRAY) {
        code = json_string(json_member(errors->first, SLICE("code"))); /* Conversations */
    } else {
        code = json_string(json_member(root, SLICE("error"))); /* Support */
    }
    const struct json *details = json_member(root, SLICE("details"));
    if (is_code(code) && details != NULL && details->type == JSON_OBJECT &&
        details->first != NULL && is_code(details->first->key)) {
        return arena_printf(arena, ret_text, "HTTP %u, %.*s (%.*s)", (unsigned)status,
                            SLICE_ARG(code), SLICE_ARG(details->first->key));
    }
    if (is_code(code)) {
        return arena_printf(arena, ret_text, "HTTP %u, %.*s", (unsigned)status, SLICE_ARG(code));
    }
    return arena_printf(arena, ret_text, "HTTP %u", (unsigned)status);
}

int64_t zendesk_rate_member(struct slice header, const char *wanted)
{
    struct slice rest = header;
    while (!slice_empty(rest)) {
        struct slice part = {0};
        struct slice tail = {0};
        (void)slice_split(rest, ';', &part, &tail);
        struct slice name = {0};
        struct slice value = {0};
        bool named = slice_split(slice_trim(part), '=', &name, &value);
        struct slice number = named ? value : slice_trim(part);
        uint64_t count = 0;
        if ((!named || slice_equal_nocase(slice_trim(name), slice_of(wanted))) &&
            !err_failed(slice_to_u64(slice_trim(number), &count)) && count <= INT32_MAX) {
            return (int64_t)count;
        }
        rest = tail;
    }
    return -1;
}

int64_t zendesk_rate_remaining(struct slice header)
{
    return zendesk_rate_member(header, "remaining");
}
