#include "ingest/config_live.h"

#include "base/table.h"
#include "ingest/core/auth.h"

#include <sodium.h>

#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* The opened secrets of one account, and the hash of the boxes that they came from. */
struct opened {
    unsigned char boxes[crypto_generichash_BYTES];
    char *secret[LIMIT_LIVE_SECRETS_MAX];
    size_t len[LIMIT_LIVE_SECRETS_MAX];
    size_t count;
};

struct config_live {
    int wake_fd;
    struct log *log;
    const struct seal_key *key;
    struct kafka_table *table;
    struct config_log *records;
    const struct config_set *set;
    struct table *opened; /* account name → struct opened */
};

err_t config_live_new(const struct kafka_options *options, const struct seal_key *key,
                      struct log *log, struct why *why, struct config_live **ret_live)
{
    CLEANUP_PTR(config_live) struct config_live *c = calloc(1, sizeof *c);
    if (c == NULL) {
        return ERR(NO_MEMORY);
    }
    c->log = log;
    c->key = key;
    c->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (c->wake_fd < 0) {
        why_set(why, "no file descriptor is left");
        return ERR(IO);
    }
    uint64_t seed = 0;
    randombytes_buf(&seed, sizeof seed);
    TRY(table_new(LIMIT_ACCOUNTS_MAX, seed, &c->opened));
    TRY(config_log_new(&c->records));
    TRY(kafka_table_new(options, TOPIC_CONFIG, c->wake_fd, log, why, &c->table));
    *ret_live = TAKE(c);
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

void config_live_free(struct config_live *c)
{
    if (c == NULL) {
        return;
    }
    kafka_table_free(c->table);
    config_log_free(c->records);
    struct slice name = {0};
    for (size_t i = 0; c->opened != NULL && i < table_count(c->opened); i++) {
        opened_free(table_at(c->opened, i, &name));
    }
    table_free(c->opened);
    if (c->wake_fd >= 0) {
        (void)close(c->wake_fd);
    }
    free(c);
}

int config_live_fd(const struct config_live *c)
{
    return c->wake_fd;
}

static void take_in(struct config_live *c, const struct bus_record *record)
{
    struct why why = {{0}};
    err_t error = config_log_add(c->records, record->offset, record->key, record->value, &why);
    if (err_failed(error)) {
        log_warn(c->log, "a configuration record cannot be read: its entry counts as absent",
                 LOG_SLICE("key", record->key), LOG_INT("offset", record->offset),
                 LOG_STR("reason", why.text));
    }
}

err_t config_live_poll(struct config_live *c)
{
    uint64_t count = 0;
    (void)!read(c->wake_fd, &count, sizeof count);
    bool changed = false;
    bool got = true;
    while (got) {
        struct bus_record record = {0};
        TRY(kafka_table_next(c->table, &record, &got));
        if (got) {
            take_in(c, &record);
            changed = true;
        }
    }
    bool complete = c->set != NULL || kafka_table_age_ms(c->table) != INT64_MAX;
    if (complete && (changed || c->set == NULL)) {
        TRY(config_log_at(c->records, INT64_MAX, &c->set));
        log_info(c->log, "configuration taken up", LOG_INT("offset", config_log_end(c->records)),
                 LOG_INT("accounts", config_account_count(c->set)),
                 LOG_INT("stores", config_store_count(c->set)));
    }
    return err_ok();
}

const struct config_set *config_live_set(const struct config_live *c)
{
    return c->set;
}

bool config_live_fresh(struct config_live *c)
{
    return c->set != NULL && kafka_table_age_ms(c->table) <= CONFIG_LIVE_FRESH_MS;
}

bool config_live_ready(const struct config_live *c)
{
    return c->set != NULL && config_account_count(c->set) > 0;
}

static void hash_boxes(const struct account *account, unsigned char hash[crypto_generichash_BYTES])
{
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, NULL, 0, crypto_generichash_BYTES);
    for (size_t i = 0; i < account->signing_secret_count; i++) {
        struct slice box = account->signing_secrets[i].box;
        uint64_t len = box.len;
        (void)crypto_generichash_update(&state, (const unsigned char *)&len, sizeof len);
        (void)crypto_generichash_update(&state, (const unsigned char *)box.ptr, box.len);
    }
    (void)crypto_generichash_final(&state, hash, crypto_generichash_BYTES);
}

static struct opened *open_all(struct config_live *c, const struct account *account)
{
    struct opened *o = calloc(1, sizeof *o);
    if (o == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < account->signing_secret_count; i++) {
        char *secret = NULL;
        size_t len = 0;
        err_t error = c->key == NULL
                          ? ERR(CRYPTO)
                          : seal_open(c->key, account->signing_secrets[i].box, &secret, &len);
        if (err_failed(error)) {
            log_error(c->log, "a signing secret cannot be opened: is --key-file the right one?",
                      LOG_SLICE("account", account->name), LOG_BOOL("key_file", c->key != NULL));
        } else if (!auth_signing_secret_usable(slice_from(secret, len))) {
            log_error(c->log, "a signing secret is the one that Zendesk publishes: not used",
                      LOG_SLICE("account", account->name));
            seal_secret_free(secret);
        } else {
            o->secret[o->count] = secret;
            o->len[o->count] = len;
            o->count++;
        }
    }
    return o;
}

struct signing_secrets config_live_signing(struct config_live *c, const struct account *account)
{
    unsigned char boxes[crypto_generichash_BYTES];
    hash_boxes(account, boxes);
    struct opened *o = table_get(c->opened, account->name);
    if (o == NULL || memcmp(o->boxes, boxes, sizeof boxes) != 0) {
        o = open_all(c, account);
        void *old = NULL;
        if (o == NULL || err_failed(table_put(c->opened, account->name, o, &old))) {
            opened_free(o);
            return (struct signing_secrets){0};
        }
        opened_free(old);
        memcpy(o->boxes, boxes, sizeof boxes);
    }
    struct signing_secrets secrets = {.count = o->count};
    for (size_t i = 0; i < o->count; i++) {
        secrets.secret[i] = slice_from(o->secret[i], o->len[i]);
    }
    return secrets;
}
