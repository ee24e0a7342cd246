#include "ingest/core/auth.h"

#include "base/limits.h"

#include <sodium.h>

/* What an account that does not exist is compared with. Nothing hashes to zero. */
static const struct secret_hashes nobody = {.count = LIMIT_LIVE_SECRETS_MAX};

/* Always hashes once and compares every slot, whatever stands in them. */
static bool secret_matches(const struct secret_hashes *hashes, struct slice secret)
{
    unsigned char hash[IDENT_KEY_BYTES];
    ident_secret_hash(secret, hash);
    unsigned matches = 0;
    for (size_t i = 0; i < LIMIT_LIVE_SECRETS_MAX; i++) {
        unsigned live = i < hashes->count ? 1U : 0U;
        unsigned equal = sodium_memcmp(hash, hashes->hash[i].bytes, sizeof hash) == 0 ? 1U : 0U;
        matches |= live & equal;
    }
    return matches != 0 && !slice_empty(secret);
}

/* The token of "Bearer TOKEN" (RFC 6750; the scheme in any case); empty when it is none. */
static struct slice bearer_token(struct slice authorization)
{
    static const struct slice scheme = {"Bearer ", 7};
    if (!slice_equal_nocase(slice_sub(authorization, 0, scheme.len), scheme)) {
        return (struct slice){0};
    }
    return slice_trim(slice_sub(authorization, scheme.len, authorization.len));
}

enum auth_verdict auth_head(const struct config_set *set, const struct auth_head *head,
                            struct auth_caller *ret_caller)
{
    if (set == NULL || config_account_count(set) == 0) {
        return AUTH_UNSURE; /* nobody can be told from anybody yet */
    }
    const struct secret_hashes *hashes = NULL;
    const struct account *account = NULL;
    const struct store *store = NULL;
    struct slice secret = {0};
    if (head->endpoint == ENDPOINT_CONVERSATIONS) {
        account = config_account(set, head->name);
        hashes = account == NULL ? NULL : &account->webhook_secrets;
        secret = head->api_key;
    } else {
        store = config_store(set, head->name);
        account = config_account(set, store == NULL ? head->name : store->account);
        hashes = store == NULL ? NULL : &store->tokens;
        secret = bearer_token(head->authorization);
    }
    bool known = secret_matches(hashes == NULL ? &nobody : hashes, secret);
    if (!known) {
        return head->fresh ? AUTH_REFUSED : AUTH_UNSURE;
    }
    if (account == NULL) {
        return AUTH_UNSURE; /* a store whose account is not there (yet) */
    }
    *ret_caller = (struct auth_caller){account, store};
    return AUTH_GRANTED;
}

struct auth_boxes auth_boxes(enum endpoint endpoint, const struct auth_caller *caller)
{
    if (endpoint != ENDPOINT_TICKETS) {
        return (struct auth_boxes){0};
    }
    const struct store *store = caller->store;
    if (store->signing_secret_count > 0) {
        return (struct auth_boxes){store->signing_secrets, store->signing_secret_count};
    }
    const struct account *account = caller->account;
    return (struct auth_boxes){account->signing_secrets, account->signing_secret_count};
}

void auth_sign(struct slice secret, struct slice timestamp, struct slice body,
               char signature[AUTH_SIGNATURE_BYTES])
{
    crypto_auth_hmacsha256_state state;
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    (void)crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret.ptr, secret.len);
    (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)timestamp.ptr,
                                        timestamp.len);
    (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)body.ptr, body.len);
    (void)crypto_auth_hmacsha256_final(&state, mac);
    (void)sodium_bin2base64(signature, AUTH_SIGNATURE_BYTES, mac, sizeof mac,
                            sodium_base64_VARIANT_ORIGINAL);
}

static bool timestamp_holds(struct slice timestamp, wall_ms_t now)
{
    wall_ms_t signed_at = {0};
    if (err_failed(instant_parse_iso8601(timestamp, &signed_at))) {
        return false;
    }
    int64_t apart = wall_since(now, signed_at).ms;
    return apart <= AUTH_TOLERANCE_MS && apart >= -AUTH_TOLERANCE_MS;
}

enum auth_verdict auth_body(const struct auth_body *body)
{
    if (!body->signature_set) {
        return AUTH_GRANTED;
    }
    if (body->secret_count == 0) {
        return AUTH_UNSURE; /* sealed to a key that this process does not hold */
    }
    unsigned matches = 0;
    for (size_t i = 0; i < body->secret_count; i++) {
        char signature[AUTH_SIGNATURE_BYTES];
        auth_sign(body->secrets[i], body->timestamp, body->body, signature);
        if (body->signature.len == AUTH_SIGNATURE_BYTES - 1 &&
            auth_signing_secret_usable(body->secrets[i]) &&
            sodium_memcmp(signature, body->signature.ptr, AUTH_SIGNATURE_BYTES - 1) == 0) {
            matches |= 1U;
        }
    }
    bool holds = timestamp_holds(body->timestamp, body->now);
    if (matches != 0) {
        return holds ? AUTH_GRANTED : AUTH_UNTIMELY;
    }
    return body->fresh && !body->incomplete ? AUTH_REFUSED : AUTH_UNSURE;
}

bool auth_signing_secret_usable(struct slice secret)
{
    return !slice_empty(secret) &&
           !slice_equal(secret, SLICE("dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="));
}
