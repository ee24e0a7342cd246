#include "ingest/core/trace.h"

#include <stdbool.h>
#include <stddef.h>

enum { TRACE_ID_AT = 3, PARENT_ID_AT = 36, FLAGS_AT = 53, TEXT_LEN = TRACE_TEXT_BYTES - 1 };

/* Lower-case hex, as the recommendation demands. */
static bool is_hex(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return false;
        }
    }
    return true;
}

/* An id of nothing but zeros is invalid. */
static bool is_id(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '0') {
            return is_hex(text);
        }
    }
    return false;
}

static bool is_traceparent(struct slice text)
{
    if (text.len < TEXT_LEN || text.ptr[2] != '-' || text.ptr[35] != '-' || text.ptr[52] != '-') {
        return false;
    }
    struct slice version = slice_sub(text, 0, 2);
    bool longer_ok =
        !slice_equal(version, SLICE("00")) && text.len > TEXT_LEN && text.ptr[TEXT_LEN] == '-';
    return is_hex(version) && !slice_equal(version, SLICE("ff")) &&
           (text.len == TEXT_LEN || longer_ok) && is_id(slice_sub(text, TRACE_ID_AT, 35)) &&
           is_id(slice_sub(text, PARENT_ID_AT, 52)) && is_hex(slice_sub(text, FLAGS_AT, 55));
}

static char *put_hex(char *at, const unsigned char *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        *at++ = digits[bytes[i] >> 4];
        *at++ = digits[bytes[i] & 15];
    }
    return at;
}

void trace_take(struct slice header, const unsigned char random[TRACE_RANDOM_BYTES],
                char text[TRACE_TEXT_BYTES])
{
    if (is_traceparent(header)) {
        /* A later version is spoken as ours: what we know of it is its first part. */
        memcpy(text, header.ptr, TEXT_LEN);
        memcpy(text, "00", 2);
        text[TEXT_LEN] = '\0';
        return;
    }
    memcpy(text, "00-", 3);
    char *at = put_hex(text + TRACE_ID_AT, random, 16);
    *at++ = '-';
    at = put_hex(at, random + 16, 8);
    memcpy(at, "-01", 4);
}
