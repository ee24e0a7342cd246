#include "sandbox/ids.h"

#include "base/check.h"

#include <sodium.h>

#include <inttypes.h>
#include <stdio.h>

void ids_init(struct ids *ids, uint64_t seed)
{
    unsigned char hash[16] = {0};
    char hex[2 * sizeof hash + 1];
    *ids = (struct ids){.seed = seed};
    CHECK(crypto_generichash(hash, sizeof hash, (const unsigned char *)&seed, sizeof seed, NULL,
                             0) == 0);
    (void)sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    hex[0] = '6'; /* as ids of our days begin */
    memcpy(ids->prefix, hex, IDS_PREFIX_BYTES);
}

err_t ids_next(struct ids *ids, struct arena *arena, struct slice *ret_id)
{
    TRY(arena_printf(arena, ret_id, "%s%010" PRIx64, ids->prefix, ids->count + 1));
    ids->count++;
    return err_ok();
}

err_t ids_secret(const struct ids *ids, struct arena *arena, struct slice purpose,
                 struct slice *ret_secret)
{
    unsigned char key[crypto_generichash_KEYBYTES] = "tieline-sandbox secrets";
    unsigned char hash[32];
    char text[64];
    struct slice input = {0};
    TRY(arena_printf(arena, &input, "%" PRIu64 "/%.*s", ids->seed, SLICE_ARG(purpose)));
    CHECK(crypto_generichash(hash, sizeof hash, (const unsigned char *)input.ptr, input.len, key,
                             sizeof key) == 0);
    (void)sodium_bin2base64(text, sizeof text, hash, sizeof hash,
                            sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return arena_copy(arena, slice_of(text), ret_secret);
}
