#include "ingest/signing.h"

#include "base/table.h"

#include <sodium.h>

#include <stdint.h>
#include <stdlib.h>

/* Locked memory takes whole pages, two of them resident for each secret. */
enum { KEPT_MAX = 512 };

struct opened {
    char *secret[LIMIT_LIVE_SECRETS_MAX];
    size_t len[LIMIT_LIVE_SECRETS_MAX];
    size_t count;
    bool incomplete;
};

struct signing {
    struct log *log;
    const struct seal_key *key;
    struct table *opened; /* hash of the boxes → struct opened */
};

err_t signing_new(const struct seal_key *key, struct log *log, struct signing **ret_signing)
{
    CLEANUP_PTR(signing) struct signing *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return ERR(NO_MEMORY);
    }
    s->log = log;
    s->key = key;
    uint64_t seed = 0;
    randombytes_buf(&seed, sizeof seed);
    TRY(table_new(KEPT_MAX, seed, &s->opened));
    *ret_signing = TAKE(s);
    return err_ok();
}

static void opened_free(struct opened *o)
{
    if (o != NULL) {
        for (size_t i = 0; i < o->count; i++) {
            seal_secret_free(o->secret[i]);
        }
        free(o);
    }
}

void signing_forget(struct signing *s)
{
    struct slice key = {0};
    for (size_t i = 0; i < table_count(s->opened); i++) {
        opened_free(table_at(s->opened, i, &key));
    }
    table_clear(s->opened);
}

void signing_free(struct signing *s)
{
    if (s != NULL) {
        if (s->opened != NULL) {
            signing_forget(s);
        }
        table_free(s->opened);
        free(s);
    }
}

static void hash_boxes(struct auth_boxes boxes, unsigned char hash[crypto_generichash_BYTES])
{
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, NULL, 0, crypto_generichash_BYTES);
    for (size_t i = 0; i < boxes.count; i++) {
        struct slice box = boxes.box[i].box;
        uint64_t len = box.len;
        (void)crypto_generichash_update(&state, (const unsigned char *)&len, sizeof len);
        (void)crypto_generichash_update(&state, (const unsigned char *)box.ptr, box.len);
    }
    (void)crypto_generichash_final(&state, hash, crypto_generichash_BYTES);
}

/* What the heap has no room for is not counted as closed: NO_MEMORY. */
static err_t open_one(const struct signing *s, struct slice box, struct slice owner,
                      struct opened *o)
{
    char *secret = NULL;
    size_t len = 0;
    err_t error = s->key == NULL ? ERR(CRYPTO) : seal_open(s->key, box, &secret, &len);
    if (err_is(error, ERR_NO_MEMORY)) {
        return error;
    }
    if (err_failed(error)) {
        o->incomplete = true;
        log_error(s->log, "a signing secret cannot be opened: is --key-file the right one?",
                  LOG_SLICE("of", owner), LOG_BOOL("key_file", s->key != NULL));
    } else if (!auth_signing_secret_usable(slice_from(secret, len))) {
        log_error(s->log, "a signing secret is the one that Zendesk publishes: not used",
                  LOG_SLICE("of", owner));
        seal_secret_free(secret);
    } else {
        o->secret[o->count] = secret;
        o->len[o->count] = len;
        o->count++;
    }
    return err_ok();
}

static struct opened *open_all(struct signing *s, struct auth_boxes boxes, struct slice owner,
                               struct slice key)
{
    struct opened *o = calloc(1, sizeof *o);
    if (o == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < boxes.count; i++) {
        if (err_failed(open_one(s, boxes.box[i].box, owner, o))) {
            opened_free(o);
            return NULL;
        }
    }
    if (table_count(s->opened) >= KEPT_MAX) {
        signing_forget(s);
    }
    if (err_failed(table_put(s->opened, key, o, NULL))) {
        opened_free(o);
        return NULL;
    }
    return o;
}

struct signing_secrets signing_open(struct signing *s, struct auth_boxes boxes, struct slice owner)
{
    unsigned char hash[crypto_generichash_BYTES];
    hash_boxes(boxes, hash);
    struct slice key = slice_from(hash, sizeof hash);
    const struct opened *o = table_get(s->opened, key);
    if (o == NULL) {
        o = open_all(s, boxes, owner, key);
    }
    if (o == NULL) {
        return (struct signing_secrets){.incomplete = true};
    }
    struct signing_secrets secrets = {.count = o->count, .incomplete = o->incomplete};
    for (size_t i = 0; i < secrets.count; i++) {
        secrets.secret[i] = slice_from(o->secret[i], o->len[i]);
    }
    return secrets;
}
