#include "egress/login.h"

#include "base/check.h"
#include "base/limits.h"
#include "base/table.h"
#include "egress/core/bot.h"
#include "egress/core/jwt.h"
#include "egress/core/token.h"
#include "rt/seal.h"

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An opened secret in the form in which it is used; `bytes` is locked memory. */
struct opened {
    size_t len;
    char *bytes;
    wall_ms_t made; /* signed token: when */
};

struct login_keys {
    const struct seal_key *key;
    struct clock clock;
    struct table *opened; /* "account/acme", "token/acme", "store/shoes" … → struct opened */
};

enum { KEYS_MAX = 4 * LIMIT_ACCOUNTS_MAX + LIMIT_STORES_MAX };

static void opened_free(struct opened *o)
{
    if (o != NULL) {
        sodium_free(o->bytes);
        free(o);
    }
}
DEFINE_CLEANUP_PTR(opened, struct opened, opened_free)
DEFINE_CLEANUP_PTR(secret, char, seal_secret_free)

err_t login_keys_new(const struct seal_key *key, struct clock clock, struct login_keys **ret_keys)
{
    struct login_keys *k = calloc(1, sizeof *k);
    if (k == NULL) {
        return ERR(NO_MEMORY);
    }
    k->key = key;
    k->clock = clock;
    err_t e = table_new(KEYS_MAX, (uint64_t)randombytes_random(), &k->opened);
    if (err_failed(e)) {
        free(k);
        return e;
    }
    *ret_keys = k;
    return err_ok();
}

static void forget(void *self)
{
    struct login_keys *k = self;
    for (size_t i = 0; i < table_count(k->opened); i++) {
        opened_free(table_at(k->opened, i, NULL));
    }
    table_clear(k->opened);
}

void login_keys_free(struct login_keys *k)
{
    if (k != NULL) {
        forget(k);
        table_free(k->opened);
        free(k);
    }
}

static err_t opened_new(size_t size, struct opened **ret_opened)
{
    struct opened *o = calloc(1, sizeof *o);
    char *bytes = sodium_malloc(size);
    if (o == NULL || bytes == NULL) {
        free(o);
        sodium_free(bytes);
        return ERR(NO_MEMORY);
    }
    o->bytes = bytes;
    *ret_opened = o;
    return err_ok();
}

static err_t unseal(const struct login_keys *k, const struct sealed *sealed, char **ret_secret,
                    size_t *ret_len)
{
    if (slice_empty(sealed->box)) {
        return ERR(MISSING);
    }
    return k->key == NULL ? ERR(CRYPTO) : seal_open(k->key, sealed->box, ret_secret, ret_len);
}

static err_t remember(struct login_keys *k, struct slice name, struct opened **opened)
{
    TRY(table_put(k->opened, name, *opened, NULL));
    *opened = NULL;
    return err_ok();
}

/* "Authorization: Basic " + base64(key id ":" secret) */
static err_t basic_make(struct slice user, struct slice password, struct opened **ret_opened)
{
    static const char prefix[] = "Authorization: Basic ";
    size_t plain_len = user.len + 1 + password.len;
    size_t encoded = sodium_base64_encoded_len(plain_len, sodium_base64_VARIANT_ORIGINAL);
    CLEANUP_PTR(opened) struct opened *plain = NULL;
    CLEANUP_PTR(opened) struct opened *o = NULL;
    TRY(opened_new(plain_len, &plain));
    TRY(opened_new(sizeof prefix - 1 + encoded, &o));
    memcpy(plain->bytes, user.ptr, user.len);
    plain->bytes[user.len] = ':';
    memcpy(plain->bytes + user.len + 1, password.ptr, password.len);
    memcpy(o->bytes, prefix, sizeof prefix - 1);
    CHECK(sodium_bin2base64(o->bytes + sizeof prefix - 1, encoded,
                            (const unsigned char *)plain->bytes, plain_len,
                            sodium_base64_VARIANT_ORIGINAL) != NULL);
    o->len = sizeof prefix - 1 + encoded - 1;
    *ret_opened = TAKE(o);
    return err_ok();
}

static err_t name_of(struct buf *text, const char *kind, struct slice name)
{
    buf_init(text, LIMIT_NAME_BYTES_MAX + 16);
    return buf_printf(text, "%s/%.*s", kind, SLICE_ARG(name));
}

/* "Authorization: Bearer " + a token that the key has signed */
static err_t signed_make(struct slice key_id, struct slice secret, wall_ms_t now,
                         struct opened **ret_opened)
{
    static const char prefix[] = "Authorization: Bearer ";
    CLEANUP_PTR(opened) struct opened *o = NULL;
    if (slice_empty(secret)) {
        return ERR(MISSING);
    }
    TRY(opened_new(sizeof prefix - 1 + JWT_BYTES_MAX, &o));
    memcpy(o->bytes, prefix, sizeof prefix - 1);
    size_t len = 0;
    TRY(jwt_make(key_id, secret, now, o->bytes + sizeof prefix - 1, &len));
    o->len = sizeof prefix - 1 + len;
    o->made = now;
    *ret_opened = TAKE(o);
    return err_ok();
}

/* A clock that was set back makes it old, too. */
static bool is_old(struct login_keys *k, const struct account *account, const struct opened *o)
{
    span_ms_t age = wall_since(clock_wall(&k->clock), o->made);
    return account->key_login == KEY_LOGIN_JWT &&
           (age.ms < -JWT_EARLY_S * 1000 || age.ms >= JWT_RENEW_S * 1000);
}

static err_t key_open(struct login_keys *k, const struct account *account,
                      struct opened **ret_opened)
{
    if (slice_empty(account->key_id)) {
        return ERR(MISSING);
    }
    CLEANUP_PTR(secret) char *secret = NULL;
    size_t len = 0;
    TRY(unseal(k, &account->key_secret, &secret, &len));
    struct slice opened = slice_from(secret, len);
    return account->key_login == KEY_LOGIN_JWT
               ? signed_make(account->key_id, opened, clock_wall(&k->clock), ret_opened)
               : basic_make(account->key_id, opened, ret_opened);
}

static err_t conversations(void *self, const struct account *account, struct slice *ret_header)
{
    struct login_keys *k = self;
    CLEANUP(buf) struct buf name = {0};
    TRY(name_of(&name, "account", account->name));
    const struct opened *known = table_get(k->opened, buf_slice(&name));
    if (known == NULL || is_old(k, account, known)) {
        CLEANUP_PTR(opened) struct opened *fresh = NULL;
        TRY(key_open(k, account, &fresh));
        opened_free(table_remove(k->opened, buf_slice(&name)));
        known = fresh;
        TRY(remember(k, buf_slice(&name), &fresh));
    }
    *ret_header = slice_from(known->bytes, known->len);
    return err_ok();
}

/* "Authorization: Basic " + base64(email "/token:" API token) */
static err_t api_token_open(struct login_keys *k, const struct account *account, struct slice name,
                            const struct opened **ret_opened)
{
    if (slice_empty(account->email)) {
        return ERR(MISSING);
    }
    CLEANUP_PTR(secret) char *secret = NULL;
    size_t len = 0;
    TRY(unseal(k, &account->api_token, &secret, &len));
    CLEANUP(buf) struct buf user = {0};
    buf_init(&user, LIMIT_LABEL_BYTES_MAX + 16);
    TRY(buf_printf(&user, "%.*s/token", SLICE_ARG(account->email)));
    CLEANUP_PTR(opened) struct opened *fresh = NULL;
    TRY(basic_make(buf_slice(&user), slice_from(secret, len), &fresh));
    *ret_opened = fresh;
    return remember(k, name, &fresh);
}

static err_t support(void *self, const struct account *account, struct slice *ret_header)
{
    struct login_keys *k = self;
    bool is_oauth = !slice_empty(account->oauth_client_id);
    CLEANUP(buf) struct buf name = {0};
    TRY(name_of(&name, is_oauth ? "token" : "basic", account->name));
    const struct opened *known = table_get(k->opened, buf_slice(&name));
    if (known == NULL && is_oauth) {
        return ERR(UNAVAILABLE);
    }
    if (known == NULL) {
        TRY(api_token_open(k, account, buf_slice(&name), &known));
    }
    *ret_header = slice_from(known->bytes, known->len);
    return err_ok();
}

/* The body is made in ordinary memory, in one piece, and wiped there. */
static err_t token_body(const struct account *account, struct slice secret,
                        struct opened **ret_opened)
{
    CLEANUP(buf) struct buf body = {0};
    char *room = NULL;
    buf_init(&body, TOKEN_REQUEST_BYTES_MAX);
    TRY(buf_reserve(&body, TOKEN_REQUEST_BYTES_MAX, &room));
    err_t e = token_request(account->oauth_client_id, secret, &body);
    CLEANUP_PTR(opened) struct opened *o = NULL;
    e = err_failed(e) ? e : opened_new(body.len, &o);
    if (!err_failed(e)) {
        memcpy(o->bytes, body.ptr, body.len);
        o->len = body.len;
    }
    sodium_memzero(body.ptr, body.size);
    TRY(e);
    *ret_opened = TAKE(o);
    return err_ok();
}

static err_t token_request_open(void *self, const struct account *account, struct slice *ret_body)
{
    struct login_keys *k = self;
    CLEANUP(buf) struct buf name = {0};
    TRY(name_of(&name, "client", account->name));
    const struct opened *known = table_get(k->opened, buf_slice(&name));
    if (known == NULL) {
        CLEANUP_PTR(secret) char *secret = NULL;
        size_t len = 0;
        TRY(unseal(k, &account->oauth_client_secret, &secret, &len));
        CLEANUP_PTR(opened) struct opened *fresh = NULL;
        TRY(token_body(account, slice_from(secret, len), &fresh));
        known = fresh;
        TRY(remember(k, buf_slice(&name), &fresh));
    }
    *ret_body = slice_from(known->bytes, known->len);
    return err_ok();
}

static void token_drop(void *self, struct slice account_name)
{
    struct login_keys *k = self;
    CLEANUP(buf) struct buf name = {0};
    if (!err_failed(name_of(&name, "token", account_name))) {
        opened_free(table_remove(k->opened, buf_slice(&name)));
    }
}

/* The whole header, under a name that nothing is kept under yet. */
static err_t keep_bearer(struct login_keys *k, struct slice name, struct slice secret)
{
    static const char prefix[] = "Authorization: Bearer ";
    CLEANUP_PTR(opened) struct opened *fresh = NULL;
    TRY(opened_new(sizeof prefix - 1 + secret.len, &fresh));
    memcpy(fresh->bytes, prefix, sizeof prefix - 1);
    memcpy(fresh->bytes + sizeof prefix - 1, secret.ptr, secret.len);
    fresh->len = sizeof prefix - 1 + secret.len;
    return remember(k, name, &fresh);
}

static err_t token_keep(void *self, const struct account *account, struct slice access)
{
    struct login_keys *k = self;
    CLEANUP(buf) struct buf name = {0};
    TRY(name_of(&name, "token", account->name));
    token_drop(k, account->name);
    return keep_bearer(k, buf_slice(&name), access);
}

static err_t bot_key(void *self, const struct store *store, struct slice *ret_key)
{
    struct login_keys *k = self;
    if (slice_empty(store->bot_secret.box)) {
        *ret_key = (struct slice){0};
        return err_ok();
    }
    CLEANUP(buf) struct buf name = {0};
    TRY(name_of(&name, "store", store->name));
    const struct opened *known = table_get(k->opened, buf_slice(&name));
    if (known == NULL) {
        CLEANUP_PTR(secret) char *secret = NULL;
        size_t len = 0;
        TRY(unseal(k, &store->bot_secret, &secret, &len));
        CLEANUP_PTR(opened) struct opened *fresh = NULL;
        TRY(opened_new(BOT_KEY_BYTES_MAX, &fresh));
        TRY(bot_key_decode(slice_from(secret, len), (unsigned char *)fresh->bytes, &fresh->len));
        known = fresh;
        TRY(remember(k, buf_slice(&name), &fresh));
    }
    *ret_key = slice_from(known->bytes, known->len);
    return err_ok();
}

static err_t openai(void *self, const struct store *store, struct slice *ret_header)
{
    struct login_keys *k = self;
    if (slice_empty(store->bot_secret.box)) {
        *ret_header = (struct slice){0};
        return err_ok();
    }
    CLEANUP(buf) struct buf name = {0};
    TRY(name_of(&name, "openai", store->name));
    const struct opened *known = table_get(k->opened, buf_slice(&name));
    if (known == NULL) {
        CLEANUP_PTR(secret) char *secret = NULL;
        size_t len = 0;
        TRY(unseal(k, &store->bot_secret, &secret, &len));
        TRY(keep_bearer(k, buf_slice(&name), slice_from(secret, len)));
        known = table_get(k->opened, buf_slice(&name));
    }
    *ret_header = slice_from(known->bytes, known->len);
    return err_ok();
}

struct login login_keys_port(struct login_keys *k)
{
    static const struct login_ops ops = {
        .conversations = conversations,
        .support = support,
        .token_request = token_request_open,
        .token_keep = token_keep,
        .token_drop = token_drop,
        .bot_key = bot_key,
        .openai = openai,
        .forget = forget,
    };
    return (struct login){&ops, k};
}
