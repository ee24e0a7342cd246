#include "ingest/core/address.h"

#include <arpa/inet.h>
#include <string.h>

enum { V4_AT = 12, SOURCE_BYTES = 8, PORT_MAX = 65535 };

static const unsigned char v4_prefix[V4_AT] = {[10] = 0xFF, [11] = 0xFF};

bool address_is_v4(const struct address *a)
{
    return memcmp(a->bytes, v4_prefix, sizeof v4_prefix) == 0;
}

bool address_parse(struct slice text, struct address *ret_address)
{
    char terminated[ADDRESS_TEXT_BYTES];
    struct address a = {{0}};
    if (text.len == 0 || text.len >= sizeof terminated || slice_has_nul(text)) {
        return false;
    }
    memcpy(terminated, text.ptr, text.len);
    terminated[text.len] = '\0';
    if (inet_pton(AF_INET, terminated, a.bytes + V4_AT) == 1) {
        memcpy(a.bytes, v4_prefix, sizeof v4_prefix);
    } else if (inet_pton(AF_INET6, terminated, a.bytes) != 1) {
        return false;
    }
    *ret_address = a;
    return true;
}

/* ":443", or nothing. */
static bool is_port(struct slice text)
{
    uint64_t port = 0;
    return slice_empty(text) ||
           (text.ptr[0] == ':' && !err_failed(slice_to_u64(slice_sub(text, 1, text.len), &port)) &&
            port <= PORT_MAX);
}

bool address_parse_with_port(struct slice text, struct address *ret_address)
{
    struct slice host = text;
    struct slice rest = {0};
    if (slice_starts_with(text, SLICE("["))) {
        size_t end = slice_find(text, ']');
        host = slice_sub(text, 1, end);
        rest = slice_sub(text, end + 1, text.len);
        bool v6 = end < text.len && slice_find(host, ':') < host.len;
        return v6 && is_port(rest) && address_parse(host, ret_address);
    }
    size_t colon = slice_find(text, ':');
    bool one_colon = colon < text.len &&
                     slice_find(slice_sub(text, colon + 1, text.len), ':') == text.len - colon - 1;
    if (one_colon) {
        host = slice_sub(text, 0, colon);
        rest = slice_sub(text, colon, text.len);
    }
    return is_port(rest) && address_parse(host, ret_address);
}

void address_format(const struct address *a, char text[ADDRESS_TEXT_BYTES])
{
    bool v4 = address_is_v4(a);
    if (inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? a->bytes + V4_AT : a->bytes, text,
                  ADDRESS_TEXT_BYTES) == NULL) {
        text[0] = '\0'; /* there is room for any */
    }
}

uint64_t address_source(const struct address *a)
{
    const unsigned char *from =
        address_is_v4(a) ? a->bytes + ADDRESS_BYTES - SOURCE_BYTES : a->bytes;
    uint64_t source = 0;
    for (size_t i = 0; i < SOURCE_BYTES; i++) {
        source = source << 8 | from[i];
    }
    return source << 1 | 1; /* the first bit tells no two addresses apart that are in use */
}

bool address_matches(const struct address *a, const struct address *b, unsigned bits)
{
    unsigned whole = bits / 8;
    unsigned mask = 0xFFU & ~(0xFFU >> bits % 8);
    return memcmp(a->bytes, b->bytes, whole) == 0 &&
           (mask == 0 || ((a->bytes[whole] ^ b->bytes[whole]) & mask) == 0);
}
