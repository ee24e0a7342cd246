#include "ingest/core/fingerprint.h"

#include <sodium.h>

#include <stdint.h>

enum { HASH_BYTES = 16, TEXT_BYTES = 2 * HASH_BYTES + 1 };

err_t fingerprint(struct arena *arena, const struct slice *parts, size_t count,
                  struct slice *ret_id)
{
    char *text = arena_alloc(arena, TEXT_BYTES);
    if (text == NULL) {
        return ARENA_ERR(arena);
    }
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, NULL, 0, HASH_BYTES);
    for (size_t i = 0; i < count; i++) {
        unsigned char length[8];
        for (size_t at = 0; at < sizeof length; at++) {
            length[at] = (unsigned char)((uint64_t)parts[i].len >> (8 * at));
        }
        (void)crypto_generichash_update(&state, length, sizeof length);
        (void)crypto_generichash_update(&state, (const unsigned char *)parts[i].ptr, parts[i].len);
    }
    unsigned char hash[HASH_BYTES];
    (void)crypto_generichash_final(&state, hash, sizeof hash);
    (void)sodium_bin2hex(text, TEXT_BYTES, hash, sizeof hash);
    *ret_id = slice_from(text, TEXT_BYTES - 1);
    return err_ok();
}
