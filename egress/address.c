#include "egress/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct block4 {
    uint32_t first;
    unsigned bits;
};
#define V4(a, b, c, d)                                                                             \
    ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

static const struct block4 not_public4[] = {
    {V4(0, 0, 0, 0), 8},      {V4(10, 0, 0, 0), 8},     {V4(100, 64, 0, 0), 10},
    {V4(127, 0, 0, 0), 8},    {V4(169, 254, 0, 0), 16}, {V4(172, 16, 0, 0), 12},
    {V4(192, 0, 0, 0), 24},   {V4(192, 0, 2, 0), 24},   {V4(192, 88, 99, 0), 24},
    {V4(192, 168, 0, 0), 16}, {V4(198, 18, 0, 0), 15},  {V4(198, 51, 100, 0), 24},
    {V4(203, 0, 113, 0), 24}, {V4(224, 0, 0, 0), 4},    {V4(240, 0, 0, 0), 4},
};

static bool within4(uint32_t address, struct block4 block)
{
    return (address >> (32 - block.bits)) == (block.first >> (32 - block.bits));
}

static bool is_public4(uint32_t address)
{
    for (size_t i = 0; i < sizeof not_public4 / sizeof not_public4[0]; i++) {
        if (within4(address, not_public4[i])) {
            return false;
        }
    }
    return true;
}

static uint32_t v4_at(const unsigned char *bytes)
{
    return V4(bytes[0], bytes[1], bytes[2], bytes[3]);
}

static bool starts(const unsigned char address[16], const unsigned char *prefix, size_t len)
{
    return memcmp(address, prefix, len) == 0;
}

static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

static bool is_public6(const unsigned char a[16])
{
    static const unsigned char nat64[12] = {0x00, 0x64, 0xFF, 0x9B};
    static const unsigned char six_to_four[2] = {0x20, 0x02};
    static const unsigned char documentation[4] = {0x20, 0x01, 0x0D, 0xB8};
    if (starts(a, mapped, sizeof mapped) || starts(a, nat64, sizeof nat64)) {
        return is_public4(v4_at(a + 12));
    }
    if (starts(a, six_to_four, sizeof six_to_four)) {
        return is_public4(v4_at(a + 2));
    }
    bool is_global = (a[0] & 0xE0) == 0x20;                               /* 2000::/3 */
    bool is_special = a[0] == 0x20 && a[1] == 0x01 && (a[2] & 0xFE) == 0; /* 2001::/23 */
    return is_global && !is_special && !starts(a, documentation, sizeof documentation);
}

/* The bytes of an address of either family; *ret_is4 tells which. */
static bool bytes_of(const struct sockaddr *address, socklen_t size, unsigned char bytes[16],
                     bool *ret_is4)
{
    if (address->sa_family == AF_INET && (size_t)size >= sizeof(struct sockaddr_in)) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        memcpy(bytes, &v4.sin_addr, 4);
        *ret_is4 = true;
        return true;
    }
    if (address->sa_family == AF_INET6 && (size_t)size >= sizeof(struct sockaddr_in6)) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        memcpy(bytes, &v6.sin6_addr, 16);
        *ret_is4 = false;
        return true;
    }
    return false;
}

bool address_is_public(const struct sockaddr *address, socklen_t size)
{
    unsigned char bytes[16] = {0};
    bool is4 = false;
    return bytes_of(address, size, bytes, &is4) &&
           (is4 ? is_public4(v4_at(bytes)) : is_public6(bytes));
}

bool address_is_loopback(const struct sockaddr *address, socklen_t size)
{
    static const unsigned char one[16] = {[15] = 1};
    unsigned char bytes[16] = {0};
    bool is4 = false;
    if (!bytes_of(address, size, bytes, &is4)) {
        return false;
    }
    if (is4) {
        return bytes[0] == 127;
    }
    return starts(bytes, one, sizeof one) ||
           (starts(bytes, mapped, sizeof mapped) && bytes[12] == 127);
}

bool address_is_host(const struct sockaddr *address, socklen_t size)
{
    static const unsigned char none[16] = {0};
    unsigned char bytes[16] = {0};
    bool is4 = false;
    if (!bytes_of(address, size, bytes, &is4)) {
        return false;
    }
    if (!is4 && starts(bytes, mapped, sizeof mapped)) {
        memmove(bytes, bytes + 12, 4);
        is4 = true;
    }
    if (is4) {
        return bytes[0] != 0 && bytes[0] < 224;
    }
    return !starts(bytes, none, sizeof none) && bytes[0] != 0xFF;
}
