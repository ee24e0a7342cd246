#include "ingest/core/http_bytes.h"

/* Sums of enum http_class, in the order of the bytes. */
static const unsigned char classes[256] = {
    // clang-format off
    0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, /* 00 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 10 */
    2, 15, 2, 3, 15, 7, 15, 15, 14, 14, 15, 15, 14, 15, 15, 6, /* 20 */
    31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 6, 14, 2, 14, 2, 6, /* 30 */
    6, 31, 31, 31, 31, 31, 31, 15, 15, 15, 15, 15, 15, 15, 15, 15, /* 40 */
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 6, 2, 6, 3, 15, /* 50 */
    3, 31, 31, 31, 31, 31, 31, 15, 15, 15, 15, 15, 15, 15, 15, 15, /* 60 */
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 2, 3, 2, 15, 0, /* 70 */
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, /* 80 */
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, /* 90 */
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, /* A0 */
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, /* B0 */
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, /* C0 */
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, /* D0 */
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, /* E0 */
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, /* F0 */
    // clang-format on
};

bool http_byte_is(char c, enum http_class class)
{
    return (classes[(unsigned char)c] & class) != 0;
}

size_t http_bytes_run(struct slice bytes, size_t from, enum http_class class)
{
    size_t at = from;
    while (at < bytes.len && (classes[(unsigned char)bytes.ptr[at]] & class) != 0) {
        at++;
    }
    return at;
}

bool http_bytes_all(struct slice bytes, enum http_class class)
{
    return http_bytes_run(bytes, 0, class) == bytes.len;
}
