#include "egress/address.h"
#include "tests/support/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

struct any {
    struct sockaddr_storage bytes;
    socklen_t size;
};

static struct any any_of(const char *text)
{
    struct any a = {0};
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        memcpy(&a.bytes, &v4, sizeof v4);
        a.size = sizeof v4;
    } else {
        EXPECT(text, inet_pton(AF_INET6, text, &v6.sin6_addr) == 1);
        memcpy(&a.bytes, &v6, sizeof v6);
        a.size = sizeof v6;
    }
    return a;
}

static void test_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text;
        bool is_public, is_loopback, is_host;
    } rows[] = {
        {"a public host", "104.16.51.111", true, false, true},
        {"a public host, IPv6", "2606:4700::6810:336f", true, false, true},
        {"loopback", "127.0.0.1", false, true, true},
        {"all of 127", "127.255.0.9", false, true, true},
        {"loopback, IPv6", "::1", false, true, true},
        {"loopback, mapped: what a v4-only check lets through", "::ffff:127.0.0.1", false, true,
         true},
        {"private, mapped", "::ffff:10.0.0.1", false, false, true},
        {"public, mapped", "::ffff:104.16.51.111", true, false, true},
        {"private 10", "10.255.255.255", false, false, true},
        {"private 172.16", "172.16.0.1", false, false, true},
        {"private 172.31", "172.31.255.254", false, false, true},
        {"just outside of it", "172.32.0.1", true, false, true},
        {"private 192.168", "192.168.1.1", false, false, true},
        {"link-local: cloud metadata", "169.254.169.254", false, false, true},
        {"link-local, IPv6", "fe80::1", false, false, true},
        {"unique local", "fd12:3456::1", false, false, true},
        {"carrier-grade NAT", "100.64.0.1", false, false, true},
        {"just outside of it", "100.128.0.1", true, false, true},
        {"this network", "0.0.0.0", false, false, false},
        {"unspecified, IPv6", "::", false, false, false},
        {"unspecified, mapped", "::ffff:0.0.0.0", false, false, false},
        {"multicast", "224.0.0.1", false, false, false},
        {"multicast, IPv6", "ff02::1", false, false, false},
        {"broadcast", "255.255.255.255", false, false, false},
        {"reserved", "240.0.0.1", false, false, false},
        {"documentation", "203.0.113.7", false, false, true},
        {"documentation, IPv6", "2001:db8::1", false, false, true},
        {"benchmarks", "198.19.0.1", false, false, true},
        {"6to4 of a private address", "2002:0a00:0001::1", false, false, true},
        {"6to4 of a public one", "2002:6810:336f::1", true, false, true},
        {"NAT64 of loopback", "64:ff9b::7f00:1", false, false, true},
        {"Teredo", "2001:0:1::1", false, false, true},
        {"old site-local", "fec0::1", false, false, true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct any a = any_of(rows[i].text);
        const struct sockaddr *address = (const struct sockaddr *)&a.bytes;
        EXPECT(rows[i].why, address_is_public(address, a.size) == rows[i].is_public);
        EXPECT(rows[i].why, address_is_loopback(address, a.size) == rows[i].is_loopback);
        EXPECT(rows[i].why, address_is_host(address, a.size) == rows[i].is_host);
    }
}

static void test_what_is_no_address_is_refused(void **state)
{
    (void)state;
    struct sockaddr_storage unix_like = {.ss_family = AF_UNIX};
    const struct sockaddr *address = (const struct sockaddr *)&unix_like;
    EXPECT("another family", !address_is_public(address, sizeof unix_like) &&
                                 !address_is_loopback(address, sizeof unix_like) &&
                                 !address_is_host(address, sizeof unix_like));
    struct any a = any_of("104.16.51.111");
    EXPECT("cut short", !address_is_public((const struct sockaddr *)&a.bytes, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_what_is_no_address_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
