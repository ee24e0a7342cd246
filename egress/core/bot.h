/* bot — a turn's signature as Standard Webhooks want it, and the key it is made with.
 *
 *   webhook-id         the turn's effect id: the same for every try, so that the bot can tell
 *   webhook-timestamp  seconds since 1970, of this try
 *   webhook-signature  "v1," + base64(HMAC-SHA256(key, id "." timestamp "." body))
 *
 * The secret is "whsec_" + base64(key). Source: the Standard Webhooks specification. Pure. */
#ifndef EGRESS_CORE_BOT_H
#define EGRESS_CORE_BOT_H

#include "base/err.h"
#include "base/instant.h"
#include "base/slice.h"

#include <stddef.h>

enum {
    BOT_KEY_BYTES_MIN = 16,
    BOT_KEY_BYTES_MAX = 256,
    BOT_SIGNATURE_BYTES = 64, /* "v1," + 44 + NUL, rounded up */
};

/* Decodes a secret; the prefix may be missing.
 * SYNTAX: not base64. RANGE: the key is shorter or longer than the limits. */
MUST_USE err_t bot_key_decode(struct slice secret, unsigned char ret_key[BOT_KEY_BYTES_MAX],
                              size_t *ret_key_len);

/* key  BOT_KEY_BYTES_MIN .. BOT_KEY_BYTES_MAX bytes
 * Writes the signature and a NUL. */
void bot_sign(struct slice key, struct slice id, wall_ms_t at, struct slice body,
              char ret_signature[BOT_SIGNATURE_BYTES]);

#endif
