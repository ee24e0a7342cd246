#include "sandbox/desk_auth.h"

#include "json/json_read.h"
#include "json/json_write.h"
#include "sandbox/auth.h"

#include <sodium.h>

static bool basic(const struct store *store, struct arena *arena, struct slice credentials,
                  struct desk_login *login)
{
    struct slice plain = {0};
    struct slice user = {0};
    struct slice secret = {0};
    if (!store->account.token_access || !auth_decode(arena, credentials, false, &plain) ||
        !slice_split(plain, ':', &user, &secret) || !slice_ends_with(user, SLICE("/token")) ||
        !auth_same(secret, store->api_token)) {
        return false;
    }
    struct person *person =
        desk_person_by_email(&store->desk, slice_sub(user, 0, user.len - sizeof "/token" + 1));
    login->person = person;
    return person != NULL && person->role != ROLE_END_USER;
}

static bool bearer(const struct store *store, struct arena *arena, struct slice token,
                   wall_ms_t now, struct desk_login *login)
{
    struct slice head = {0};
    struct slice rest = {0};
    struct slice payload = {0};
    struct slice mac = {0};
    struct slice text = {0};
    const struct json *claims = NULL;
    if (!slice_split(token, '.', &head, &rest) || !slice_split(rest, '.', &payload, &mac)) {
        return false;
    }
    struct slice message = slice_from(head.ptr, head.len + 1 + payload.len);
    if (!auth_signed_with(arena, store->oauth_client_secret, message, mac) ||
        !auth_decode(arena, payload, true, &text) ||
        err_failed(json_parse(arena, text, NULL, NULL, &claims)) ||
        now.ms >= json_i64(json_find(claims, "exp"), 0) * 1000) {
        return false;
    }
    login->person = store->desk.bot;
    login->scope = json_string(json_find(claims, "scope"));
    return true;
}

bool desk_auth(const struct store *store, struct arena *arena, struct slice authorization,
               wall_ms_t now, struct desk_login *ret_login)
{
    struct slice scheme = {0};
    struct slice credentials = {0};
    struct desk_login login = {0};
    bool fine = true;
    (void)slice_split(slice_trim(authorization), ' ', &scheme, &credentials);
    credentials = slice_trim(credentials);
    if (slice_equal_nocase(scheme, SLICE("basic"))) {
        fine = basic(store, arena, credentials, &login);
    } else if (slice_equal_nocase(scheme, SLICE("bearer"))) {
        fine = bearer(store, arena, credentials, now, &login);
    } else {
        fine = slice_empty(scheme);
    }
    *ret_login = fine ? login : (struct desk_login){0};
    return fine;
}

static err_t encode(struct buf *out, const void *bytes, size_t len)
{
    char *room = NULL;
    size_t need = sodium_base64_ENCODED_LEN(len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    TRY(buf_reserve(out, need, &room));
    (void)sodium_bin2base64(room, need, bytes, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    buf_grew(out, need - 1);
    return err_ok();
}

err_t desk_auth_token(const struct store *store, struct arena *arena, struct slice scope,
                      wall_ms_t now, span_ms_t life, struct slice *ret_token)
{
    CLEANUP(buf) struct buf token = {0};
    CLEANUP(buf) struct buf claims = {0};
    static const char header[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    struct json_write w;
    buf_init(&token, 8192);
    buf_init(&claims, 4096);
    json_write_init(&w, &claims);
    json_object(&w);
    json_put_slice(&w, "sub", store->desk.bot->id_text);
    json_put_slice(&w, "scope", scope);
    json_put_int(&w, "jti", now.ms);
    json_put_int(&w, "iat", now.ms / 1000);
    json_put_int(&w, "exp", wall_add(now, life).ms / 1000);
    json_end(&w);
    TRY(json_write_done(&w));
    TRY(encode(&token, header, sizeof header - 1));
    TRY(buf_append_char(&token, '.'));
    TRY(encode(&token, claims.ptr, claims.len));
    auth_mac(store->oauth_client_secret, buf_slice(&token), mac);
    TRY(buf_append_char(&token, '.'));
    TRY(encode(&token, mac, sizeof mac));
    return arena_copy(arena, buf_slice(&token), ret_token);
}
