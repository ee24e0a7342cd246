#include "egress/core/bot.h"

#include "base/check.h"

#include <sodium.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

err_t bot_key_decode(struct slice secret, unsigned char ret_key[BOT_KEY_BYTES_MAX],
                     size_t *ret_key_len)
{
    struct slice prefix = SLICE("whsec_");
    if (slice_starts_with(secret, prefix)) {
        secret = slice_sub(secret, prefix.len, secret.len);
    }
    if (secret.len > BOT_KEY_BYTES_MAX * 2) {
        return ERR(RANGE);
    }
    unsigned char key[BOT_KEY_BYTES_MAX];
    size_t len = 0;
    int bad = sodium_base642bin(key, sizeof key, secret.ptr, secret.len, NULL, &len, NULL,
                                sodium_base64_VARIANT_ORIGINAL);
    if (bad != 0) {
        bad = sodium_base642bin(key, sizeof key, secret.ptr, secret.len, NULL, &len, NULL,
                                sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    }
    err_t result = bad != 0 ? ERR(SYNTAX) : len < BOT_KEY_BYTES_MIN ? ERR(RANGE) : err_ok();
    if (!err_failed(result)) {
        memcpy(ret_key, key, len);
        *ret_key_len = len;
    }
    sodium_memzero(key, sizeof key);
    return result;
}

static void update(crypto_auth_hmacsha256_state *state, struct slice bytes)
{
    if (!slice_empty(bytes)) {
        (void)crypto_auth_hmacsha256_update(state, (const unsigned char *)bytes.ptr, bytes.len);
    }
}

void bot_sign(struct slice key, struct slice id, wall_ms_t at, struct slice body,
              char ret_signature[BOT_SIGNATURE_BYTES])
{
    CHECK(key.len >= BOT_KEY_BYTES_MIN && key.len <= BOT_KEY_BYTES_MAX);
    char seconds[24];
    int written = snprintf(seconds, sizeof seconds, "%" PRId64, at.ms / 1000);
    CHECK(written > 0 && (size_t)written < sizeof seconds);

    crypto_auth_hmacsha256_state state;
    (void)crypto_auth_hmacsha256_init(&state, (const unsigned char *)key.ptr, key.len);
    update(&state, id);
    update(&state, SLICE("."));
    update(&state, slice_of(seconds));
    update(&state, SLICE("."));
    update(&state, body);
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    (void)crypto_auth_hmacsha256_final(&state, mac);
    sodium_memzero(&state, sizeof state);

    memcpy(ret_signature, "v1,", 3);
    CHECK(sodium_bin2base64(ret_signature + 3, BOT_SIGNATURE_BYTES - 3, mac, sizeof mac,
                            sodium_base64_VARIANT_ORIGINAL) != NULL);
}
