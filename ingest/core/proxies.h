/* proxies — whose word about where a request comes from is taken, and what that word is.
 *
 *     X-Forwarded-For: 203.0.113.9, 198.51.100.4, 10.0.0.2       the connection is from 10.0.0.1
 *                                   └ the client  └ trusted ◀───────────────────────── trusted
 *
 * Read from the right, because each proxy writes behind what it was told, and only what a trusted
 * one wrote is known to be so: the first address that is nobody's we trust is the client's. From
 * anyone else these fields are a stranger's claim, and are not looked at. `Forwarded` (RFC 7239) is
 * not read: a proxy that writes one of the two passes the other on as the client wrote it. Pure;
 * any thread. */
#ifndef INGEST_CORE_PROXIES_H
#define INGEST_CORE_PROXIES_H

#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"
#include "ingest/core/address.h"
#include "ingest/core/framing.h"

#include <stdbool.h>
#include <stddef.h>

/* Zeroed: nobody is trusted. */
struct proxies {
    struct {
        struct address address;
        unsigned bits; /* of 128 */
    } range[LIMIT_TRUSTED_PROXIES_MAX];
    size_t count;
};

/* text  "10.0.0.1", "10.0.0.0/8", "2001:db8::/32", or several with commas between them
 * USAGE with `why`: no such range, one that is everybody, or too many. */
MUST_USE err_t proxies_add(struct proxies *p, struct slice text, struct why *why);
bool proxies_trust(const struct proxies *p, const struct address *peer);

/* What a trusted proxy says of a request. */
struct forwarded {
    struct address client; /* the peer itself when the fields do not name another */
    const char *scheme;    /* "http", "https"; NULL = not said */
    bool malformed;        /* something in the fields cannot be read, and was not used */
};
/* peer  who is trusted and sent this */
struct forwarded proxies_read(const struct proxies *p, const struct address *peer,
                              const struct head *head);

#endif
