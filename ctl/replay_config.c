#include "ctl/replay_config.h"

#include "ctl/config_rules.h"
#include "event/codec.h"

#include <stdio.h>

/* Of an account that is new: effect ids of nobody. */
static const char no_key[IDENT_KEY_BYTES];

static err_t add(struct config_log *log, const char *kind, struct slice name,
                 const struct config_record *record, struct why *why)
{
    CLEANUP(buf) struct buf value = {0};
    CLEANUP(buf) struct buf key = {0};
    buf_init(&value, LIMIT_RECORD_BYTES_MAX);
    buf_init(&key, LIMIT_KEY_BYTES_MAX);
    TRY(buf_printf(&key, "%s/%.*s", kind, SLICE_ARG(name)));
    TRY(codec_config_encode(record, &value));
    return config_log_add(log, config_log_seen(log) + 1, buf_slice(&key), buf_slice(&value), why);
}

static err_t add_published(struct config_log *log, const struct config_set *set, struct why *why)
{
    for (size_t i = 0; i < config_account_count(set); i++) {
        struct config_record r = {.kind = CONFIG_ACCOUNT,
                                  .body.account = *config_account_at(set, i)};
        TRY(add(log, "account", r.body.account.name, &r, why));
    }
    for (size_t i = 0; i < config_store_count(set); i++) {
        struct config_record r = {.kind = CONFIG_STORE, .body.store = *config_store_at(set, i)};
        TRY(add(log, "store", r.body.store.name, &r, why));
    }
    return err_ok();
}

static err_t add_file(struct config_log *log, const struct config_file *file,
                      const struct config_set *set, struct why *why)
{
    for (size_t i = 0; i < file->account_count; i++) {
        struct config_record r = {.kind = CONFIG_ACCOUNT,
                                  .body.account = file->accounts[i].account};
        const struct account *was = config_account(set, r.body.account.name);
        r.body.account.id_key = was != NULL ? was->id_key : slice_from(no_key, sizeof no_key);
        TRY(add(log, "account", r.body.account.name, &r, why));
    }
    for (size_t i = 0; i < file->store_count; i++) {
        struct config_record r = {.kind = CONFIG_STORE, .body.store = file->stores[i].store};
        TRY(add(log, "store", r.body.store.name, &r, why));
    }
    return err_ok();
}

static err_t take(struct config_file *file, const struct config_set *published,
                  struct config_log *log, struct why *why, const struct config_set **ret_set)
{
    TRY(config_rules_check(file, NULL));
    if (file->problems.errors > 0) {
        problems_print(&file->problems, false, stderr);
        why_set(why, "the configuration file is not valid");
        return ERR(CONFIG);
    }
    TRY(add_published(log, published, why));
    TRY(add_file(log, file, published, why));
    return config_log_at(log, INT64_MAX, ret_set);
}

err_t replay_config(const char *path, const struct config_set *published, struct config_log *log,
                    struct why *why, const struct config_set **ret_set)
{
    struct config_file file;
    err_t e = config_file_read(path, SECRETS_IF_THERE, why, &file);
    e = err_failed(e) ? e : take(&file, published, log, why, ret_set);
    config_file_deinit(&file);
    return e;
}
