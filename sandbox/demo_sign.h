/* demo_sign — checks a Standard Webhooks signature, as any bot should. */
#ifndef SANDBOX_DEMO_SIGN_H
#define SANDBOX_DEMO_SIGN_H

#include "base/err.h"
#include "base/instant.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

enum { DEMO_KEY_BYTES_MAX = 256, DEMO_AGE_MS_MAX = 5 * 60 * 1000 };

struct demo_key {
    unsigned char bytes[DEMO_KEY_BYTES_MAX];
    size_t len;
};

/* "whsec_" and base64. ERR_SYNTAX. */
MUST_USE err_t demo_key_read(struct slice secret, struct demo_key *ret_key);
/* True when this is the secret of the key, however it is written. */
bool demo_key_is(const struct demo_key *key, struct slice secret);
/* True when one of the signatures in `signatures` ("v1,… v1,…") is that of the key over
 * "id.timestamp.body", and the timestamp (seconds) is not further away than DEMO_AGE_MS_MAX. */
bool demo_signed(const struct demo_key *key, struct slice id, struct slice timestamp,
                 struct slice signatures, struct slice body, wall_ms_t now);

#endif
