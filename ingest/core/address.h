/* address — an Internet address, of either family, without sockets.
 *
 * IPv4 is kept as ::ffff:a.b.c.d, so that one host has one form. Pure; any thread. */
#ifndef INGEST_CORE_ADDRESS_H
#define INGEST_CORE_ADDRESS_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum { ADDRESS_BYTES = 16, ADDRESS_TEXT_BYTES = 46, ADDRESS_V4_PREFIX_BITS = 96 };

/* Zeroed: "::", which is nobody's. */
struct address {
    unsigned char bytes[ADDRESS_BYTES];
};

/* "192.0.2.7", "2001:db8::1", "::ffff:192.0.2.7"; no port, no zone. False for anything else. */
bool address_parse(struct slice text, struct address *ret_address);
/* The same behind which a port may stand: "192.0.2.7:4711", "[2001:db8::1]", "[2001:db8::1]:443".
 */
bool address_parse_with_port(struct slice text, struct address *ret_address);
void address_format(const struct address *a, char text[ADDRESS_TEXT_BYTES]);

bool address_is_v4(const struct address *a);
/* Whom limits see: the address, of IPv6 its /64, which one host may have to itself. Always odd. */
uint64_t address_source(const struct address *a);
/* True when the first `bits` are the same. */
bool address_matches(const struct address *a, const struct address *b, unsigned bits);

#endif
