#include "rt/seal.h"

#include "base/check.h"
#include "rt/seal_key.h"

#include <sodium.h>

#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

STATIC_CHECK(SEAL_PUBLIC_KEY_BYTES == crypto_box_PUBLICKEYBYTES, "libsodium's public keys");

/* The leak checker has to trace its own process, which an undumpable one forbids. */
#if defined(__SANITIZE_ADDRESS__)
#define SEAL_DUMPABLE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SEAL_DUMPABLE 1
#endif
#endif
#ifndef SEAL_DUMPABLE
#define SEAL_DUMPABLE 0
#endif

err_t seal_init(bool no_core)
{
    if (sodium_init() < 0) {
        return ERR(UNAVAILABLE);
    }
    if (no_core) {
        const struct rlimit none = {0, 0};
        if (setrlimit(RLIMIT_CORE, &none) != 0) {
            return ERR(PERMISSION);
        }
        /* The limit does not bind where cores go into a pipe; this does. */
        if (!SEAL_DUMPABLE && prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) != 0) {
            return ERR(PERMISSION);
        }
    }
    return err_ok();
}

err_t seal_close(const unsigned char public_key[SEAL_PUBLIC_KEY_BYTES], struct slice secret,
                 struct buf *out)
{
    char *room = NULL;
    TRY(buf_reserve(out, secret.len + crypto_box_SEALBYTES, &room));
    if (crypto_box_seal((unsigned char *)room, (const unsigned char *)secret.ptr, secret.len,
                        public_key) != 0) {
        return ERR(CRYPTO);
    }
    buf_grew(out, secret.len + crypto_box_SEALBYTES);
    return err_ok();
}

/* A sealed box is: ephemeral public key, then a box under the nonce BLAKE2b(both public keys). */
static int box_with(const unsigned char seed[crypto_box_SEEDBYTES],
                    const unsigned char public_key[SEAL_PUBLIC_KEY_BYTES], struct slice secret,
                    unsigned char *box)
{
    unsigned char ephemeral_secret[crypto_box_SECRETKEYBYTES];
    unsigned char nonce[crypto_box_NONCEBYTES];
    crypto_generichash_state state;
    int failed = crypto_box_seed_keypair(box, ephemeral_secret, seed);
    failed |= crypto_generichash_init(&state, NULL, 0, sizeof nonce);
    failed |= crypto_generichash_update(&state, box, crypto_box_PUBLICKEYBYTES);
    failed |= crypto_generichash_update(&state, public_key, SEAL_PUBLIC_KEY_BYTES);
    failed |= crypto_generichash_final(&state, nonce, sizeof nonce);
    failed |= crypto_box_easy(box + crypto_box_PUBLICKEYBYTES, (const unsigned char *)secret.ptr,
                              secret.len, nonce, public_key, ephemeral_secret);
    sodium_memzero(ephemeral_secret, sizeof ephemeral_secret);
    return failed;
}

err_t seal_close_repeatable(const unsigned char public_key[SEAL_PUBLIC_KEY_BYTES],
                            struct slice place, struct slice secret, struct buf *out)
{
    enum { PASSES = 3, MEMORY = 16 * 1024 * 1024 };
    unsigned char salt[crypto_pwhash_SALTBYTES];
    unsigned char seed[crypto_box_SEEDBYTES];
    char *room = NULL;
    TRY(buf_reserve(out, secret.len + crypto_box_SEALBYTES, &room));
    crypto_generichash_state state;
    CHECK(crypto_generichash_init(&state, NULL, 0, sizeof salt) == 0);
    CHECK(crypto_generichash_update(&state, public_key, SEAL_PUBLIC_KEY_BYTES) == 0);
    CHECK(crypto_generichash_update(&state, (const unsigned char *)place.ptr, place.len) == 0);
    CHECK(crypto_generichash_final(&state, salt, sizeof salt) == 0);
    if (crypto_pwhash(seed, sizeof seed, secret.ptr, secret.len, salt, PASSES, MEMORY,
                      crypto_pwhash_ALG_ARGON2ID13) != 0) {
        return ERR(NO_MEMORY);
    }
    int failed = box_with(seed, public_key, secret, (unsigned char *)room);
    sodium_memzero(seed, sizeof seed);
    if (failed != 0) {
        return ERR(CRYPTO);
    }
    buf_grew(out, secret.len + crypto_box_SEALBYTES);
    return err_ok();
}

err_t seal_open(const struct seal_key *key, struct slice box, char **ret_secret, size_t *ret_len)
{
    if (box.len < crypto_box_SEALBYTES) {
        return ERR(CRYPTO);
    }
    size_t len = box.len - crypto_box_SEALBYTES;
    char *secret = sodium_malloc(len + 1);
    if (secret == NULL) {
        return ERR(NO_MEMORY);
    }
    if (crypto_box_seal_open((unsigned char *)secret, (const unsigned char *)box.ptr, box.len,
                             key->public_key, key->private_key) != 0) {
        sodium_free(secret);
        return ERR(CRYPTO);
    }
    secret[len] = '\0';
    *ret_secret = secret;
    *ret_len = len;
    return err_ok();
}

void seal_secret_free(char *secret)
{
    sodium_free(secret); /* wipes; accepts NULL */
}
