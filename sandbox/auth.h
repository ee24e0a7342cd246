/* auth — who calls: Basic (key id and secret) or a JWT signed with a key's secret (HS256). */
#ifndef SANDBOX_AUTH_H
#define SANDBOX_AUTH_H

#include "base/arena.h"
#include "base/slice.h"
#include "sandbox/store.h"

#include <stdbool.h>

/* The key behind an Authorization header of the Conversations API; NULL = unknown, wrong secret,
 * wrong signature, run out. A key with an integration has integration scope.
 * `arena` is scratch. */
const struct api_key *auth_key(const struct store *store, struct arena *arena,
                               struct slice authorization, wall_ms_t now);

/* Parts of it that the Support login uses too. */
/* Base64 (url_safe: of JWTs, without padding) into scratch; false = it is none. */
bool auth_decode(struct arena *arena, struct slice text, bool url_safe, struct slice *ret);
/* In constant time. */
bool auth_same(struct slice a, struct slice b);
/* HMAC-SHA256. */
enum { AUTH_MAC_BYTES = 32 };
void auth_mac(struct slice key, struct slice message, unsigned char mac[AUTH_MAC_BYTES]);
/* True when `mac_text` (URL-safe base64) is the MAC of `message`. */
bool auth_signed_with(struct arena *arena, struct slice key, struct slice message,
                      struct slice mac_text);

#endif
