#include "sandbox/demo_sign.h"

#include <sodium.h>

err_t demo_key_read(struct slice secret, struct demo_key *ret_key)
{
    struct demo_key key = {.len = 0};
    struct slice prefix = SLICE("whsec_");
    if (slice_starts_with(secret, prefix)) {
        secret = slice_sub(secret, prefix.len, secret.len);
    }
    if (slice_empty(secret) ||
        sodium_base642bin(key.bytes, sizeof key.bytes, secret.ptr, secret.len, NULL, &key.len, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        key.len == 0) {
        return ERR(SYNTAX);
    }
    *ret_key = key;
    return err_ok();
}

bool demo_key_is(const struct demo_key *key, struct slice secret)
{
    struct demo_key given = {.len = 0};
    return !err_failed(demo_key_read(secret, &given)) && given.len == key->len &&
           sodium_memcmp(given.bytes, key->bytes, key->len) == 0;
}

static bool is_fresh(struct slice timestamp, wall_ms_t now)
{
    uint64_t seconds = 0;
    if (err_failed(slice_to_u64(timestamp, &seconds)) || seconds > INT64_MAX / 1000) {
        return false;
    }
    int64_t age = wall_since(now, (wall_ms_t){(int64_t)seconds * 1000}).ms;
    return age <= DEMO_AGE_MS_MAX && age >= -DEMO_AGE_MS_MAX;
}

static void update(crypto_auth_hmacsha256_state *state, struct slice part)
{
    (void)crypto_auth_hmacsha256_update(state, (const unsigned char *)part.ptr, part.len);
}

bool demo_signed(const struct demo_key *key, struct slice id, struct slice timestamp,
                 struct slice signatures, struct slice body, wall_ms_t now)
{
    unsigned char hash[crypto_auth_hmacsha256_BYTES];
    char text[64];
    crypto_auth_hmacsha256_state state;
    (void)crypto_auth_hmacsha256_init(&state, key->bytes, key->len);
    update(&state, id);
    update(&state, SLICE("."));
    update(&state, timestamp);
    update(&state, SLICE("."));
    update(&state, body);
    (void)crypto_auth_hmacsha256_final(&state, hash);
    (void)sodium_bin2base64(text, sizeof text, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
    struct slice expected = slice_of(text);
    while (!slice_empty(signatures)) {
        struct slice one = {0};
        struct slice version = {0};
        struct slice value = {0};
        (void)slice_split(signatures, ' ', &one, &signatures);
        (void)slice_split(one, ',', &version, &value);
        if (slice_equal(version, SLICE("v1")) && value.len == expected.len &&
            sodium_memcmp(value.ptr, expected.ptr, expected.len) == 0) {
            return is_fresh(timestamp, now);
        }
    }
    return false;
}
