/* listen — a listening TCP socket from HOST and PORT, and the address it really got. */
#ifndef RT_LISTEN_H
#define RT_LISTEN_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { LISTEN_TEXT_BYTES = 80, LISTEN_BACKLOG = 1024 };

/* host      a name or address; "" or "*" = all addresses
 * port      0 = any that is free
 * ret_fd    non-blocking, close-on-exec; the caller's
 * ret_text  "127.0.0.1:8080" or "[::1]:8080", as bound
 * Errors    UNAVAILABLE (in use, no such address; `why` names it), PERMISSION (a port below 1024),
 *           IO. May ask the resolver: start-up only. */
MUST_USE err_t listen_open(const char *host, uint16_t port, struct why *why, int *ret_fd,
                           char ret_text[LISTEN_TEXT_BYTES]);

#endif
