#include "ingest/config_live.h"

#include "base/table.h"
#include "ingest/signing.h"

#include <sodium.h>

#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct config_live {
    int wake_fd;
    struct log *log;
    struct kafka_table *table;
    struct config_log *records;
    const struct config_set *set;
    struct signing *signing;
    struct table *unreadable; /* keys of the newest records that could not be read → the key */
};

err_t config_live_new(const struct kafka_options *options, const struct seal_key *key,
                      struct log *log, struct why *why, struct config_live **ret_live)
{
    CLEANUP_PTR(config_live) struct config_live *c = calloc(1, sizeof *c);
    if (c == NULL) {
        return ERR(NO_MEMORY);
    }
    c->log = log;
    c->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (c->wake_fd < 0) {
        why_set(why, "no file descriptor is left");
        return ERR(IO);
    }
    uint64_t seed = 0;
    randombytes_buf(&seed, sizeof seed);
    TRY(table_new(LIMIT_ACCOUNTS_MAX + LIMIT_STORES_MAX, seed, &c->unreadable));
    TRY(signing_new(key, log, &c->signing));
    TRY(config_log_new(&c->records));
    TRY(kafka_table_new(options, TOPIC_CONFIG, c->wake_fd, log, why, &c->table));
    *ret_live = TAKE(c);
    return err_ok();
}

void config_live_free(struct config_live *c)
{
    if (c == NULL) {
        return;
    }
    kafka_table_free(c->table);
    config_log_free(c->records);
    signing_free(c->signing);
    table_free(c->unreadable);
    if (c->wake_fd >= 0) {
        (void)close(c->wake_fd);
    }
    free(c);
}

int config_live_fd(const struct config_live *c)
{
    return c->wake_fd;
}

/* What may be somebody's secret, written by a newer version perhaps. */
static void note_unreadable(struct config_live *c, struct slice key, bool is_unreadable)
{
    static const struct slice kinds[] = {{"account/", 8}, {"store/", 6}};
    if (!slice_starts_with(key, kinds[0]) && !slice_starts_with(key, kinds[1])) {
        return;
    }
    if (!is_unreadable) {
        (void)table_remove(c->unreadable, key);
    } else if (err_failed(table_put(c->unreadable, key, c, NULL))) {
        log_error(c->log, "too many configuration records cannot be read", LOG_SLICE("key", key));
    }
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
    note_unreadable(c, record->key, err_failed(error));
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
        signing_forget(c->signing);
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

bool config_live_sure(struct config_live *c)
{
    return config_live_fresh(c) && table_count(c->unreadable) == 0;
}

/* What came in where nobody decides any more would be lost. */
bool config_live_moved(const struct config_live *c)
{
    const struct deployment *deployment = c->set == NULL ? NULL : config_deployment(c->set);
    return deployment != NULL && deployment->moved_into.len > 0;
}

bool config_live_ready(const struct config_live *c)
{
    return c->set != NULL && config_account_count(c->set) > 0 && !config_live_moved(c);
}

struct signing_secrets config_live_signing(struct config_live *c, struct auth_boxes boxes,
                                           struct slice owner)
{
    return signing_open(c->signing, boxes, owner);
}
