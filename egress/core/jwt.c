#include "egress/core/jwt.h"

#include "base/check.h"
#include "base/limits.h"

#include <sodium.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    PART_BYTES_MAX = LIMIT_ID_BYTES_MAX + 64,
    ENCODED_BYTES_MAX = (PART_BYTES_MAX + 2) / 3 * 4 + 1,
    MAC_TEXT_BYTES = (crypto_auth_hmacsha256_BYTES + 2) / 3 * 4 + 1,
};
STATIC_CHECK(2 * ENCODED_BYTES_MAX + MAC_TEXT_BYTES + 2 <= JWT_BYTES_MAX, "any token fits");

/* Nothing that JSON would have to escape. */
static bool is_plain(struct slice id)
{
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        if (c <= ' ' || c > '~' || c == '"' || c == '\\') {
            return false;
        }
    }
    return id.len > 0 && id.len <= LIMIT_ID_BYTES_MAX;
}

/* The scope of an integration's key is implied, and not spelled out. */
static const char *scope_of(struct slice key_id)
{
    if (slice_starts_with(key_id, SLICE("int_"))) {
        return "";
    }
    return slice_starts_with(key_id, SLICE("act_")) ? "\"scope\":\"account\","
                                                    : "\"scope\":\"app\",";
}

static size_t encode(char *out, size_t room, const void *bytes, size_t len)
{
    CHECK(sodium_bin2base64(out, room, bytes, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING) !=
          NULL);
    return strlen(out);
}

err_t jwt_make(struct slice key_id, struct slice secret, wall_ms_t now,
               char ret_token[JWT_BYTES_MAX], size_t *ret_len)
{
    CHECK(!slice_empty(secret));
    if (!is_plain(key_id)) {
        return ERR(SYNTAX);
    }
    char part[PART_BYTES_MAX];
    int64_t from = now.ms / 1000 - JWT_EARLY_S;
    int written =
        snprintf(part, sizeof part, "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"%.*s\"}",
                 SLICE_ARG(key_id));
    CHECK(written > 0 && (size_t)written < sizeof part);
    size_t len = encode(ret_token, JWT_BYTES_MAX, part, (size_t)written);
    ret_token[len++] = '.';
    written = snprintf(part, sizeof part, "{%s\"iat\":%" PRId64 ",\"exp\":%" PRId64 "}",
                       scope_of(key_id), from, from + JWT_EARLY_S + JWT_LIFE_S);
    CHECK(written > 0 && (size_t)written < sizeof part);
    len += encode(ret_token + len, JWT_BYTES_MAX - len, part, (size_t)written);

    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    (void)crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret.ptr, secret.len);
    (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)ret_token, len);
    (void)crypto_auth_hmacsha256_final(&state, mac);
    sodium_memzero(&state, sizeof state);
    ret_token[len++] = '.';
    *ret_len = len + encode(ret_token + len, JWT_BYTES_MAX - len, mac, sizeof mac);
    return err_ok();
}
