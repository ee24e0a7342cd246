/* address — where a call may connect to, judged on the resolved address and not on its name.
 *
 * A bot's URL is written by whoever configures a store; what it resolves to may change at any
 * moment. So each connection is judged when it is made, and tricks with names, redirects, decimal
 * or mapped addresses end here. Pure. Source: the IANA special-purpose address registries. */
#ifndef EGRESS_ADDRESS_H
#define EGRESS_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* False for anything but IPv4 and IPv6. `size` of what `address` points at. */
bool address_is_loopback(const struct sockaddr *address, socklen_t size);
/* An address of the public Internet: not private, loopback, link-local, unique-local, shared
 * (CGNAT), multicast, reserved or for documentation; IPv4 inside IPv6 (mapped, 6to4, NAT64) is
 * judged as the IPv4 address that it is. */
bool address_is_public(const struct sockaddr *address, socklen_t size);
/* One host, whichever: no multicast, broadcast or unspecified address. */
bool address_is_host(const struct sockaddr *address, socklen_t size);

#endif
