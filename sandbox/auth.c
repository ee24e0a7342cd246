#include "sandbox/auth.h"

#include "json/json_read.h"

#include <sodium.h>

enum { AUTH_TOKEN_BYTES_MAX = 8192 };

bool auth_same(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || sodium_memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool auth_decode(struct arena *arena, struct slice text, bool url_safe, struct slice *ret)
{
    int variant =
        url_safe ? sodium_base64_VARIANT_URLSAFE_NO_PADDING : sodium_base64_VARIANT_ORIGINAL;
    size_t len = 0;
    char *bytes = arena_alloc(arena, text.len + 1);
    if (bytes == NULL || text.len > AUTH_TOKEN_BYTES_MAX ||
        sodium_base642bin((unsigned char *)bytes, text.len + 1, text.ptr, text.len, NULL, &len,
                          NULL, variant) != 0) {
        return false;
    }
    *ret = slice_from(bytes, len);
    return true;
}

static const struct api_key *basic_key(const struct store *store, struct arena *arena,
                                       struct slice credentials)
{
    struct slice plain = {0};
    struct slice id = {0};
    struct slice secret = {0};
    if (!auth_decode(arena, credentials, false, &plain) || !slice_split(plain, ':', &id, &secret)) {
        return NULL;
    }
    const struct api_key *key = store_key(store, id);
    bool revoked = key == store->app_key && store->account.key_revoked;
    return key != NULL && !revoked && auth_same(key->secret, secret) ? key : NULL;
}

static const struct json *decode_json(struct arena *arena, struct slice part)
{
    struct slice text = {0};
    const struct json *root = NULL;
    if (!auth_decode(arena, part, true, &text) ||
        err_failed(json_parse(arena, text, NULL, NULL, &root))) {
        return NULL;
    }
    return root;
}

void auth_mac(struct slice key, struct slice message, unsigned char mac[AUTH_MAC_BYTES])
{
    crypto_auth_hmacsha256_state state;
    (void)crypto_auth_hmacsha256_init(&state, (const unsigned char *)key.ptr, key.len);
    (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)message.ptr, message.len);
    (void)crypto_auth_hmacsha256_final(&state, mac);
}

bool auth_signed_with(struct arena *arena, struct slice key, struct slice message,
                      struct slice mac_text)
{
    unsigned char expected[AUTH_MAC_BYTES];
    struct slice mac = {0};
    if (!auth_decode(arena, mac_text, true, &mac)) {
        return false;
    }
    auth_mac(key, message, expected);
    return auth_same(slice_from(expected, sizeof expected), mac);
}

/* header.payload.signature */
static const struct api_key *bearer_key(const struct store *store, struct arena *arena,
                                        struct slice token, wall_ms_t now)
{
    struct slice head = {0};
    struct slice rest = {0};
    struct slice payload = {0};
    struct slice signature_text = {0};
    if (!slice_split(token, '.', &head, &rest) ||
        !slice_split(rest, '.', &payload, &signature_text)) {
        return NULL;
    }
    const struct json *header = decode_json(arena, head);
    const struct json *claims = decode_json(arena, payload);
    const struct api_key *key = store_key(store, json_string(json_find(header, "kid")));
    if (key == NULL || claims == NULL ||
        !slice_equal(json_string(json_find(header, "alg")), SLICE("HS256"))) {
        return NULL;
    }
    struct slice signed_part = slice_from(head.ptr, head.len + 1 + payload.len);
    struct slice scope = json_string(json_find(claims, "scope"));
    const char *wanted = key->integration == NULL ? "app" : "integration";
    bool scope_fits =
        slice_equal(scope, slice_of(wanted)) || (key->integration != NULL && slice_empty(scope));
    double expires = json_double(json_find(claims, "exp"), 0);
    bool fresh = expires <= 0 || (double)now.ms < expires * 1000;
    return scope_fits && fresh && auth_signed_with(arena, key->secret, signed_part, signature_text)
               ? key
               : NULL;
}

const struct api_key *auth_key(const struct store *store, struct arena *arena,
                               struct slice authorization, wall_ms_t now)
{
    struct slice scheme = {0};
    struct slice credentials = {0};
    (void)slice_split(slice_trim(authorization), ' ', &scheme, &credentials);
    credentials = slice_trim(credentials);
    if (slice_equal_nocase(scheme, SLICE("basic"))) {
        return basic_key(store, arena, credentials);
    }
    if (slice_equal_nocase(scheme, SLICE("bearer"))) {
        return bearer_key(store, arena, credentials, now);
    }
    return NULL;
}
