#include "event/ident.h"

#include "base/check.h"
#include "base/limits.h"

#include <sodium/crypto_generichash.h>

#include <string.h>

enum { DIGEST_BYTES = 16 };

/* What a hash is for goes into BLAKE2b's personalisation (16 bytes), so that two uses of one key
 * can never give the same value. */
static const unsigned char FOR_EFFECT[] = "tieline.effect.1";
static const unsigned char FOR_KEY[] = "tieline.convkey1";
static const unsigned char FOR_DIGEST[] = "tieline.digest.1";
STATIC_CHECK(sizeof FOR_EFFECT - 1 == crypto_generichash_blake2b_PERSONALBYTES, "16 bytes");
STATIC_CHECK(sizeof FOR_KEY - 1 == crypto_generichash_blake2b_PERSONALBYTES, "16 bytes");
STATIC_CHECK(sizeof FOR_DIGEST - 1 == crypto_generichash_blake2b_PERSONALBYTES, "16 bytes");
STATIC_CHECK((int)IDENT_KEY_BYTES == (int)crypto_generichash_blake2b_KEYBYTES, "key length");

static void hash_begin(crypto_generichash_blake2b_state *hash, struct slice key,
                       const unsigned char *purpose)
{
    CHECK(crypto_generichash_blake2b_init_salt_personal(hash, (const unsigned char *)key.ptr,
                                                        key.len, DIGEST_BYTES, NULL, purpose) == 0);
}

static void hash_bytes(crypto_generichash_blake2b_state *hash, struct slice bytes)
{
    CHECK(crypto_generichash_blake2b_update(hash, (const unsigned char *)bytes.ptr, bytes.len) ==
          0);
}

static void hash_u64(crypto_generichash_blake2b_state *hash, uint64_t value)
{
    unsigned char little_endian[8];
    for (unsigned i = 0; i < sizeof little_endian; i++) {
        little_endian[i] = (unsigned char)(value >> (8 * i));
    }
    hash_bytes(hash, slice_from(little_endian, sizeof little_endian));
}

/* With its length before it, so that no two lists of fields give the same bytes. */
static void hash_field(crypto_generichash_blake2b_state *hash, struct slice field)
{
    hash_u64(hash, field.len);
    hash_bytes(hash, field);
}

static void hash_end(crypto_generichash_blake2b_state *hash, unsigned char digest[DIGEST_BYTES])
{
    CHECK(crypto_generichash_blake2b_final(hash, digest, DIGEST_BYTES) == 0);
}

struct effect_id ident_effect(struct slice id_key, const struct effect_cause *cause)
{
    CHECK(id_key.len == IDENT_KEY_BYTES);
    crypto_generichash_blake2b_state hash;
    hash_begin(&hash, id_key, FOR_EFFECT);
    hash_field(&hash, cause->account);
    hash_field(&hash, cause->conversation);
    hash_u64(&hash, cause->episode);
    hash_u64(&hash, cause->attempt);
    hash_field(&hash, cause->event);
    hash_u64(&hash, (uint64_t)cause->slot);
    hash_u64(&hash, cause->index);
    struct effect_id id;
    STATIC_CHECK((int)IDENT_EFFECT_BYTES == (int)DIGEST_BYTES, "an effect id is a digest");
    hash_end(&hash, id.bytes);
    return id;
}

bool effect_id_equal(struct effect_id a, struct effect_id b)
{
    return memcmp(a.bytes, b.bytes, IDENT_EFFECT_BYTES) == 0;
}

bool effect_id_zero(struct effect_id id)
{
    return effect_id_equal(id, (struct effect_id){0});
}

static void hex(const unsigned char bytes[DIGEST_BYTES], char text[IDENT_EFFECT_TEXT_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 0x0F];
    }
    text[2 * (size_t)DIGEST_BYTES] = '\0';
}

void effect_id_text(struct effect_id id, char text[IDENT_EFFECT_TEXT_BYTES])
{
    hex(id.bytes, text);
}

/* 0..15, or -1 when `c` is no lower-case hex digit. */
static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

err_t effect_id_parse(struct slice text, struct effect_id *ret_id)
{
    if (text.len != IDENT_EFFECT_TEXT_BYTES - 1) {
        return ERR(SYNTAX);
    }
    struct effect_id id = {0};
    for (size_t i = 0; i < IDENT_EFFECT_BYTES; i++) {
        int high = hex_value(text.ptr[2 * i]);
        int low = hex_value(text.ptr[2 * i + 1]);
        if (high < 0 || low < 0) {
            return ERR(SYNTAX);
        }
        id.bytes[i] = (unsigned char)(high * 16 + low);
    }
    *ret_id = id;
    return err_ok();
}

static bool id_valid(struct slice id)
{
    return id.len > 0 && id.len <= LIMIT_ID_BYTES_MAX && !slice_has_nul(id);
}

err_t ident_key(struct arena *arena, struct slice account, enum surface surface, struct slice id,
                struct slice *ret_key)
{
    STATIC_CHECK(LIMIT_NAME_BYTES_MAX + LIMIT_ID_BYTES_MAX + sizeof "/messaging/" <=
                     LIMIT_KEY_BYTES_MAX,
                 "every key that is made can be written");
    if (!ident_is_name(account) || surface == SURFACE_NONE || !id_valid(id)) {
        return ERR(RANGE);
    }
    struct slice parts[] = {account, SLICE("/"), slice_of(surface_name(surface)), SLICE("/"), id};
    size_t len = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        len += parts[i].len;
    }
    char *key = arena_alloc(arena, len + 1);
    if (key == NULL) {
        return ERR(ARENA_FULL);
    }
    char *at = key;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        memcpy(at, parts[i].ptr, parts[i].len);
        at += parts[i].len;
    }
    *ret_key = slice_from(key, len);
    return err_ok();
}

err_t ident_key_parse(struct slice key, struct slice *ret_account, enum surface *ret_surface,
                      struct slice *ret_id)
{
    struct slice account;
    struct slice rest;
    struct slice name;
    struct slice id;
    enum surface surface = SURFACE_NONE;
    if (!slice_split(key, '/', &account, &rest) || !ident_is_name(account) ||
        !slice_split(rest, '/', &name, &id) || !surface_from_name(name, &surface) ||
        !id_valid(id)) {
        return ERR(SYNTAX);
    }
    *ret_account = account;
    *ret_surface = surface;
    *ret_id = id;
    return err_ok();
}

void ident_key_mac(struct slice id_key, struct slice key, char text[IDENT_EFFECT_TEXT_BYTES])
{
    CHECK(id_key.len == IDENT_KEY_BYTES);
    crypto_generichash_blake2b_state hash;
    hash_begin(&hash, id_key, FOR_KEY);
    hash_field(&hash, key);
    unsigned char digest[DIGEST_BYTES];
    hash_end(&hash, digest);
    hex(digest, text);
}

uint64_t ident_digest(struct slice id)
{
    crypto_generichash_blake2b_state hash;
    hash_begin(&hash, (struct slice){0}, FOR_DIGEST);
    hash_bytes(&hash, id);
    unsigned char digest[DIGEST_BYTES];
    hash_end(&hash, digest);
    uint64_t value = 0;
    for (unsigned i = 0; i < 8; i++) {
        value |= (uint64_t)digest[i] << (8 * i);
    }
    return value;
}

void ident_secret_hash(struct slice secret, unsigned char hash[IDENT_KEY_BYTES])
{
    CHECK(crypto_generichash_blake2b(hash, IDENT_KEY_BYTES, (const unsigned char *)secret.ptr,
                                     secret.len, NULL, 0) == 0);
}

bool ident_is_name(struct slice text)
{
    if (text.len == 0 || text.len > LIMIT_NAME_BYTES_MAX || text.ptr[0] == '-') {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') {
            return false;
        }
    }
    return true;
}

static const struct {
    enum surface surface;
    const char *name;
} surfaces[] = {
    {SURFACE_TICKET, "ticket"}, {SURFACE_MESSAGING, "messaging"}, {SURFACE_CHAT, "chat"},
    {SURFACE_USER, "user"},     {SURFACE_ACCOUNT, "account"},
};

const char *surface_name(enum surface surface)
{
    for (size_t i = 0; i < sizeof surfaces / sizeof surfaces[0]; i++) {
        if (surfaces[i].surface == surface) {
            return surfaces[i].name;
        }
    }
    return "none";
}

bool surface_from_name(struct slice name, enum surface *ret_surface)
{
    for (size_t i = 0; i < sizeof surfaces / sizeof surfaces[0]; i++) {
        if (slice_equal(name, slice_of(surfaces[i].name))) {
            *ret_surface = surfaces[i].surface;
            return true;
        }
    }
    return false;
}
