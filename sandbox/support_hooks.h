/* support_hooks — webhooks of Support: what a trigger sends, and the headers it goes with.
 *
 *     x-zendesk-webhook-signature = base64(HMAC-SHA256(secret, timestamp + body))
 *
 * The timestamp is the host's time and not the sandbox's: the receiver's clock cannot be moved. */
#ifndef SANDBOX_SUPPORT_HOOKS_H
#define SANDBOX_SUPPORT_HOOKS_H

#include "base/err.h"
#include "sandbox/outbox.h"
#include "sandbox/tickets.h"

/* Fills the placeholders of `body` and queues the call. Nothing happens when the webhook is not
 * active or was removed. */
void support_hooks_call(struct save *s, struct support_hook *hook, struct slice body);

typedef err_t (*support_hooks_header_fn)(void *context, const char *line);
/* The headers of one try, each as a line. ERR_BUF_FULL, ERR_NO_MEMORY, and those of `add`. */
MUST_USE err_t support_hooks_headers(const struct delivery *d, struct slice body,
                                     support_hooks_header_fn add, void *context);
/* `timestamp` and a NUL; signature in base64 and a NUL. */
enum { SUPPORT_HOOKS_SIGNATURE_BYTES = 45 };
void support_hooks_sign(struct slice secret, struct slice timestamp, struct slice body,
                        char signature[SUPPORT_HOOKS_SIGNATURE_BYTES]);

#endif
