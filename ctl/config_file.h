/* config_file — the operator's configuration file, read and checked as far as one file can be.
 *
 *     text ─▶ json ─▶ config_shape ─▶ drafts ─▶ config_rules      all problems, with places
 *                                       └─▶ secrets resolved        (config_secret)
 *
 * A draft is the account or store of event/config.h without what only publishing knows: id_key,
 * hashes and sealed boxes. */
#ifndef CTL_CONFIG_FILE_H
#define CTL_CONFIG_FILE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/table.h"
#include "ctl/problems.h"
#include "event/config.h"
#include "json/json_read.h"

#include <stdbool.h>
#include <stddef.h>

/* A reference, and what it refers to. */
struct draft_secret {
    const struct json *at; /* NULL = not in the file */
    struct slice text;     /* empty until resolved; wiped by config_file_deinit */
};
struct draft_secrets {
    struct draft_secret secret[LIMIT_LIVE_SECRETS_MAX];
    size_t count;
};

struct draft_account {
    const struct json *at;
    bool has_conversations;
    bool has_support;
    bool agent_target_is_usual; /* the file does not name it */
    struct account account;
    struct draft_secret key_secret;
    struct draft_secret api_token;
    struct draft_secret oauth_client_secret;
    struct draft_secrets webhook_secrets;
    struct draft_secrets signing_secrets;
};

struct draft_store {
    const struct json *at;
    struct store store;
    struct draft_secret bot_secret;
    struct draft_secrets tokens;
    struct draft_secrets signing_secrets;
};

struct config_file {
    struct arena arena;
    struct slice text;
    struct problems problems;
    struct draft_account *accounts;
    size_t account_count;
    struct draft_store *stores;
    size_t store_count;
    struct table *account_names; /* → struct draft_account; NULL = no drafts were made */
    struct table *store_names;
};

/* How much an absent secret matters. */
enum secrets_wanted { SECRETS_NEEDED, SECRETS_IF_THERE };

/* Reads `path` ("-" = standard input). What is wrong in the text becomes problems, not an error.
 * Errors  IO, PERMISSION, TOO_LARGE (the file itself), with `why`. *ret_file is set always and is
 * released with config_file_deinit(). */
MUST_USE err_t config_file_read(const char *path, enum secrets_wanted wanted, struct why *why,
                                struct config_file *ret_file);
void config_file_deinit(struct config_file *file);

/* NULL when the file has none of that name. */
const struct draft_account *config_file_account(const struct config_file *file, struct slice name);
const struct draft_store *config_file_store(const struct config_file *file, struct slice name);

#endif
