/* Whose word about a client is taken, and what is read out of it. */
#include "ingest/core/address.h"
#include "ingest/core/proxies.h"
#include "tests/support/unit.h"

#include <stdio.h>

static const struct {
    const char *why;
    const char *text;
    const char *read; /* NULL: no address */
} addresses[] = {
    {"IPv4", "192.0.2.7", "192.0.2.7"},
    {"IPv6", "2001:DB8:0::1", "2001:db8::1"},
    {"IPv4 within IPv6 is IPv4", "::ffff:192.0.2.7", "192.0.2.7"},
    {"with a port", "192.0.2.7:4711", "192.0.2.7"},
    {"in brackets", "[2001:db8::1]", "2001:db8::1"},
    {"in brackets, with a port", "[2001:db8::1]:443", "2001:db8::1"},
    {"nothing", "", NULL},
    {"a name", "client.example", NULL},
    {"what some write for who is not known", "unknown", NULL},
    {"an obfuscated one", "_hidden", NULL},
    {"octal", "192.0.02.7", NULL},
    {"three parts", "192.0.2", NULL},
    {"beyond a byte", "192.0.2.256", NULL},
    {"a blank within", "192.0 .2.7", NULL},
    {"a zone", "fe80::1%eth0", NULL},
    {"a port that is none", "192.0.2.7:http", NULL},
    {"a port beyond all", "192.0.2.7:65536", NULL},
    {"a colon and no port", "192.0.2.7:", NULL},
    {"IPv4 in brackets", "[192.0.2.7]", NULL},
    {"a bracket that is not closed", "[2001:db8::1", NULL},
    {"more behind the bracket", "[2001:db8::1]x", NULL},
    {"quotes", "\"192.0.2.7\"", NULL},
    {"longer than any", "2001:0db8:0000:0000:0000:0000:0000:0001:0001:0001:0001", NULL},
};

static void addresses_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(addresses); i++) {
        struct address a = {{0}};
        char text[ADDRESS_TEXT_BYTES] = "";
        bool read = address_parse_with_port(slice_of(addresses[i].text), &a);
        EXPECT(addresses[i].why, read == (addresses[i].read != NULL));
        if (read) {
            address_format(&a, text);
            EXPECT_TEXT(addresses[i].why, text, addresses[i].read);
        }
    }
}

static const struct {
    const char *why;
    const char *one;
    const char *other;
    bool same;
} sources[] = {
    {"each IPv4 address is one", "192.0.2.7", "192.0.2.6", false},
    {"in either form", "192.0.2.7", "::ffff:192.0.2.7", true},
    {"a /64 is one", "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true},
    {"and the next another", "2001:db8:1:2::1", "2001:db8:1:3::1", false},
};

static void limits_see_sources(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(sources); i++) {
        struct address one = {{0}};
        struct address other = {{0}};
        EXPECT(sources[i].why, address_parse(slice_of(sources[i].one), &one));
        EXPECT(sources[i].why, address_parse(slice_of(sources[i].other), &other));
        EXPECT(sources[i].why, (address_source(&one) == address_source(&other)) == sources[i].same);
        EXPECT(sources[i].why, address_source(&one) % 2 == 1);
    }
}

static const struct {
    const char *why;
    const char *flag;
    const char *says; /* NULL: taken */
    const char *in;   /* trusted */
    const char *out;  /* not */
} flags[] = {
    {"one address", "10.0.0.1", NULL, "10.0.0.1", "10.0.0.2"},
    {"the same within IPv6", "10.0.0.1", NULL, "::ffff:10.0.0.1", "::10.0.0.1"},
    {"a range", "10.0.0.0/8", NULL, "10.255.0.1", "11.0.0.1"},
    {"a range that ends within a byte", "10.0.0.0/12", NULL, "10.15.0.1", "10.16.0.1"},
    {"a range of one", "10.0.0.4/32", NULL, "10.0.0.4", "10.0.0.5"},
    {"of IPv6", "2001:db8::/32", NULL, "2001:db8:ffff::1", "2001:db9::1"},
    {"half of all", "128.0.0.0/1", NULL, "203.0.113.1", "10.0.0.1"},
    {"several", "10.0.0.1, fd00::/8,10.0.0.3", NULL, "10.0.0.3", "10.0.0.2"},
    {"one more of several", "10.0.0.1,fd00::/8", NULL, "fd12::1", "fe80::1"},
    {"nobody", "", "is no address", NULL, NULL},
    {"a name", "proxy.example", "is no address", NULL, NULL},
    {"a port", "10.0.0.1:80", "is no address", NULL, NULL},
    {"everybody", "0.0.0.0/0", "from 1 to 32", NULL, NULL},
    {"everybody of IPv6", "::/0", "from 1 to 128", NULL, NULL},
    {"too long a prefix", "10.0.0.0/33", "from 1 to 32", NULL, NULL},
    {"no prefix", "10.0.0.0/", "from 1 to 32", NULL, NULL},
    {"a mask", "10.0.0.0/255.0.0.0", "from 1 to 32", NULL, NULL},
    {"an address and a range at once", "10.0.0.1/8", "first 8 bits", NULL, NULL},
    {"a comma at the end", "10.0.0.1,", "is no address", NULL, NULL},
};

static bool trusts(const struct proxies *p, const char *text)
{
    struct address a = {{0}};
    assert_true(address_parse(slice_of(text), &a));
    return proxies_trust(p, &a);
}

static void proxies_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        struct proxies p = {0};
        struct why why = {{0}};
        err_t error = proxies_add(&p, slice_of(flags[i].flag), &why);
        if (flags[i].says != NULL) {
            EXPECT_CODE(flags[i].why, error, ERR_USAGE);
            EXPECT(flags[i].why, strstr(why.text, flags[i].says) != NULL);
        } else {
            EXPECT_OK(flags[i].why, error);
            EXPECT(flags[i].why, trusts(&p, flags[i].in) && !trusts(&p, flags[i].out));
        }
    }
    struct proxies full = {0};
    for (unsigned i = 0; i <= LIMIT_TRUSTED_PROXIES_MAX; i++) {
        err_t error = proxies_add(&full, SLICE("10.0.0.1"), NULL);
        EXPECT("as many as there is room for",
               err_failed(error) == (i == LIMIT_TRUSTED_PROXIES_MAX));
    }
}

#define FOR "X-Forwarded-For"
#define PROTO "x-forwarded-proto"
#define MANY "10.0.0.9,10.0.0.9,10.0.0.9,10.0.0.9,"

/* Trusted are 10.0.0.0/8 and fd00::/8; the connection is from 10.0.0.1. */
static const struct {
    const char *why;
    struct {
        const char *name;
        const char *value;
    } fields[2];
    const char *says; /* client, scheme, "?" when something was malformed */
} words[] = {
    {"nothing", {{NULL, NULL}}, "10.0.0.1 -"},
    {"a client", {{FOR, "192.0.2.7"}}, "192.0.2.7 -"},
    {"any case", {{"x-FORWARDED-for", "192.0.2.7"}}, "192.0.2.7 -"},
    {"what a client claims is left of what the proxy saw",
     {{FOR, "198.51.100.1, 192.0.2.7"}},
     "192.0.2.7 -"},
    {"trusted ones are passed over",
     {{FOR, "198.51.100.1, 192.0.2.7, fd00::2,10.0.0.2"}},
     "192.0.2.7 -"},
    {"nobody but trusted ones", {{FOR, "10.0.0.3, 10.0.0.2"}}, "10.0.0.3 -"},
    {"two fields are one list",
     {{FOR, "198.51.100.1, 192.0.2.7"}, {FOR, "10.0.0.2"}},
     "192.0.2.7 -"},
    {"the last field is the nearest", {{FOR, "192.0.2.7"}, {FOR, "192.0.2.8"}}, "192.0.2.8 -"},
    {"empty elements", {{FOR, ",, 192.0.2.7 , ,\t"}}, "192.0.2.7 -"},
    {"an empty field", {{FOR, ""}}, "10.0.0.1 -"},
    {"a port", {{FOR, "[2001:db8::7]:443"}}, "2001:db8::7 -"},
    {"malformed: the proxy is all we know", {{FOR, "unknown"}}, "10.0.0.1 - ?"},
    {"malformed behind a trusted one", {{FOR, "x, 10.0.0.2"}}, "10.0.0.2 - ?"},
    {"what stands left of the client is not looked at",
     {{FOR, "<script>, 192.0.2.7"}},
     "192.0.2.7 -"},
    {"sixteen hops",
     {{FOR, "192.0.2.7," MANY MANY MANY "10.0.0.2,10.0.0.3,10.0.0.4"}},
     "192.0.2.7 -"},
    {"more hops than anyone has",
     {{FOR, "192.0.2.7," MANY MANY MANY MANY "10.0.0.2"}},
     "10.0.0.9 - ?"},
    {"https", {{PROTO, "https"}}, "10.0.0.1 https"},
    {"http, in capitals", {{PROTO, "HTTP"}}, "10.0.0.1 http"},
    {"another scheme", {{PROTO, "gopher"}}, "10.0.0.1 - ?"},
    {"a list of schemes", {{PROTO, "https, http"}}, "10.0.0.1 - ?"},
    {"the other field is not read", {{"Forwarded", "for=192.0.2.7;proto=https"}}, "10.0.0.1 -"},
};

static void words_are_read_from_the_right(void **state)
{
    (void)state;
    struct proxies p = {0};
    struct address peer = {{0}};
    EXPECT_OK("proxies", proxies_add(&p, SLICE("10.0.0.0/8,fd00::/8"), NULL));
    EXPECT("peer", address_parse(SLICE("10.0.0.1"), &peer));
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        size_t count = 0;
        struct head_field fields[COUNT_OF(words[i].fields)];
        while (count < COUNT_OF(fields) && words[i].fields[count].name != NULL) {
            fields[count].name = slice_of(words[i].fields[count].name);
            fields[count].value = slice_of(words[i].fields[count].value);
            count++;
        }
        struct head head = {.fields = fields, .field_count = count};
        struct forwarded told = proxies_read(&p, &peer, &head);
        char client[ADDRESS_TEXT_BYTES];
        char says[96];
        address_format(&told.client, client);
        (void)snprintf(says, sizeof says, "%s %s%s", client,
                       told.scheme == NULL ? "-" : told.scheme, told.malformed ? " ?" : "");
        EXPECT_TEXT(words[i].why, says, words[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read),
        cmocka_unit_test(limits_see_sources),
        cmocka_unit_test(proxies_are_named),
        cmocka_unit_test(words_are_read_from_the_right),
    };
    return cmocka_run_group_tests_name("ingest/proxies", tests, NULL, NULL);
}
