/* http_target — the forms that a request's target may have (RFC 9112 §3.2), and hosts in them.
 *
 * Nothing is decoded or made shorter: a target is compared as it was sent. Pure; any thread. */
#ifndef INGEST_CORE_HTTP_TARGET_H
#define INGEST_CORE_HTTP_TARGET_H

#include "base/slice.h"

#include <stdbool.h>

/* "/path?query" and "http://host/path?query" for any method but CONNECT, "host:port" for that
 * alone, "*" for OPTIONS alone.
 * target  of bytes of the class HTTP_TARGET only */
bool http_target_valid(struct slice method, struct slice target);

/* host [":" port]: a name or address that is not empty, no user, path or list. */
bool http_host_valid(struct slice text);

#endif
