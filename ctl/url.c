#include "ctl/url.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

static bool is_host(struct slice host, bool is_v6)
{
    for (size_t i = 0; i < host.len; i++) {
        char c = host.ptr[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
        if (!is_plain && !(is_v6 && c == ':')) {
            return false;
        }
    }
    return host.len > 0;
}

/* HOST, HOST:PORT, [V6], [V6]:PORT */
static const char *parse_authority(struct slice text, struct url *url)
{
    bool is_v6 = text.len > 0 && text.ptr[0] == '[';
    size_t end = is_v6 ? slice_find(text, ']') : slice_find(text, ':');
    if (is_v6 && end == text.len) {
        return "must close the [ of its address";
    }
    url->host = slice_sub(text, is_v6 ? 1 : 0, end);
    struct slice rest = slice_sub(text, is_v6 ? end + 1 : end, text.len);
    if (rest.len > 0) {
        uint64_t port = 0;
        url->port = slice_sub(rest, 1, rest.len);
        if (rest.ptr[0] != ':' || err_failed(slice_to_u64(url->port, &port)) || port == 0 ||
            port > UINT16_MAX) {
            return "must have a port from 1 to 65535 after the colon";
        }
    }
    return is_host(url->host, is_v6) ? NULL : "must have a host after the ://";
}

const char *url_parse(struct slice text, struct url *ret_url)
{
    struct url url = {0};
    url.is_https = slice_starts_with(text, SLICE("https://"));
    if (!url.is_https && !slice_starts_with(text, SLICE("http://"))) {
        return "must begin with https://";
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c <= ' ' || c >= 0x7f || c == '\\' || c == '"') {
            return "must hold no blanks and no special characters";
        }
    }
    if (slice_find(text, '#') != text.len) {
        return "must have no #";
    }
    struct slice rest = slice_sub(text, url.is_https ? 8 : 7, text.len);
    size_t slash = slice_find(rest, '/');
    struct slice authority = slice_sub(rest, 0, slash);
    if (slice_find(authority, '@') != authority.len) {
        return "must hold no user name and no password";
    }
    const char *wrong = parse_authority(authority, &url);
    if (wrong != NULL) {
        return wrong;
    }
    url.path = slice_sub(rest, slash, rest.len);
    *ret_url = url;
    return NULL;
}

static bool parse_v4(struct slice host, uint32_t *ret_address)
{
    char text[INET_ADDRSTRLEN] = "";
    struct in_addr address;
    if (host.len == 0 || host.len >= sizeof text) {
        return false;
    }
    memcpy(text, host.ptr, host.len);
    if (inet_pton(AF_INET, text, &address) != 1) {
        return false;
    }
    *ret_address = ntohl(address.s_addr);
    return true;
}

static bool parse_v6(struct slice host, struct in6_addr *ret_address)
{
    char text[INET6_ADDRSTRLEN] = "";
    if (host.len == 0 || host.len >= sizeof text) {
        return false;
    }
    memcpy(text, host.ptr, host.len);
    return inet_pton(AF_INET6, text, ret_address) == 1;
}

bool url_is_loopback(const struct url *url)
{
    uint32_t v4 = 0;
    struct in6_addr v6;
    if (parse_v4(url->host, &v4)) {
        return v4 >> 24 == 127;
    }
    if (parse_v6(url->host, &v6)) {
        return IN6_IS_ADDR_LOOPBACK(&v6);
    }
    return slice_equal_nocase(url->host, SLICE("localhost"));
}

bool url_is_private(const struct url *url)
{
    uint32_t v4 = 0;
    struct in6_addr v6;
    if (url_is_loopback(url)) {
        return true;
    }
    if (parse_v4(url->host, &v4)) {
        return v4 >> 24 == 10 || v4 >> 20 == 0xac1 || v4 >> 16 == 0xc0a8 || v4 >> 16 == 0xa9fe;
    }
    return parse_v6(url->host, &v6) &&
           ((v6.s6_addr[0] & 0xfe) == 0xfc || IN6_IS_ADDR_LINKLOCAL(&v6));
}
