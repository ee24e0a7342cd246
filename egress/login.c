#include "egress/login.h"

#include "base/check.h"
#include "base/limits.h"
#include "base/table.h"
#include "egress/core/bot.h"
#include "rt/seal.h"

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An opened secret in the form in which it is used; `bytes` is locked memory. */
struct opened {
    size_t len;
    char *bytes;
};

struct login_keys {
    const struct seal_key *key;
    struct table *opened; /* "account/acme" or "store/shoes" → struct opened */
};

enum { KEYS_MAX = LIMIT_ACCOUNTS_MAX + LIMIT_STORES_MAX };

static void opened_free(struct opened *o)
{
    if (o != NULL) {
        sodium_free(o->bytes);
        free(o);
    }
}
DEFINE_CLEANUP_PTR(opened, struct opened, opened_free)
DEFINE_CLEANUP_PTR(secret, char, seal_secret_free)

err_t login_keys_new(const struct seal_key *key, struct login_keys **ret_keys)
{
    struct login_keys *k = calloc(1, sizeof *k);
    if (k == NULL) {
        return ERR(NO_MEMORY);
    }
    k->key = key;
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

static err_t conversations(void *self, const struct account *account, struct slice *ret_header)
{
    struct login_keys *k = self;
    CLEANUP(buf) struct buf name = {0};
    TRY(name_of(&name, "account", account->name));
    const struct opened *known = table_get(k->opened, buf_slice(&name));
    if (known == NULL) {
        if (slice_empty(account->key_id)) {
            return ERR(MISSING);
        }
        CLEANUP_PTR(secret) char *secret = NULL;
        size_t len = 0;
        TRY(unseal(k, &account->key_secret, &secret, &len));
        CLEANUP_PTR(opened) struct opened *fresh = NULL;
        TRY(basic_make(account->key_id, slice_from(secret, len), &fresh));
        known = fresh;
        TRY(remember(k, buf_slice(&name), &fresh));
    }
    *ret_header = slice_from(known->bytes, known->len);
    return err_ok();
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

struct login login_keys_port(struct login_keys *k)
{
    static const struct login_ops ops = {conversations, bot_key, forget};
    return (struct login){&ops, k};
}
