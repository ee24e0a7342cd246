/* ready — what the programs here print on stdout: the ready line, and their version. */
#ifndef SANDBOX_READY_H
#define SANDBOX_READY_H

#include "base/buf.h"
#include "base/err.h"
#include "sandbox/store.h"

/* Prints the sandbox's ready line (where it is, and every credential) and tells systemd. */
MUST_USE err_t ready_print(const struct store *store, const char *listen, const char *admin);
/* Writes one line to stdout and flushes it; tells systemd through NOTIFY_SOCKET. ERR_IO. */
MUST_USE err_t ready_say(const struct buf *line);
void ready_print_version(const char *program);

#endif
