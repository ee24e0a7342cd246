#include "ctl/config_file.h"

#include "base/check.h"
#include "ctl/config_draft.h"
#include "ctl/config_shape.h"
#include "ctl/read_file.h"

#include <sodium.h>

#include <string.h>

enum { ARENA_BYTES_MAX = 128 * 1024 * 1024 };

/* "line 3, column 14: text" as json_parse says it, to the place and the text. */
static void take_syntax_error(struct config_file *file, const struct why *why)
{
    struct slice rest = slice_of(why->text);
    struct slice line;
    struct slice column;
    uint64_t line_number = 1;
    uint64_t column_number = 1;
    if (slice_starts_with(rest, SLICE("line ")) &&
        slice_split(slice_sub(rest, 5, rest.len), ',', &line, &rest) &&
        slice_starts_with(rest, SLICE(" column ")) &&
        slice_split(slice_sub(rest, 8, rest.len), ':', &column, &rest) &&
        !err_failed(slice_to_u64(line, &line_number)) &&
        !err_failed(slice_to_u64(column, &column_number))) {
        size_t offset = 0;
        while (line_number > 1 && offset < file->text.len) {
            line_number -= file->text.ptr[offset++] == '\n';
        }
        rest = slice_trim(rest);
        problems_error(&file->problems, offset + (size_t)column_number - 1, "", "%.*s",
                       SLICE_ARG(rest));
        return;
    }
    problems_error(&file->problems, 0, "", "%s", why->text);
}

static err_t make_drafts(struct config_file *file, const struct json *root)
{
    const struct json *accounts = json_find(root, "accounts");
    const struct json *stores = json_find(root, "stores");
    size_t account_count = accounts == NULL || accounts->type != JSON_OBJECT ? 0 : accounts->count;
    size_t store_count = stores == NULL || stores->type != JSON_OBJECT ? 0 : stores->count;
    if (account_count > LIMIT_ACCOUNTS_MAX || store_count > LIMIT_STORES_MAX) {
        problems_error(&file->problems, 0, "", "at most %d accounts and %d stores",
                       (int)LIMIT_ACCOUNTS_MAX, (int)LIMIT_STORES_MAX);
        return err_ok();
    }
    file->accounts = ARENA_ARRAY(&file->arena, struct draft_account, account_count);
    file->stores = ARENA_ARRAY(&file->arena, struct draft_store, store_count);
    if (file->accounts == NULL || file->stores == NULL) {
        return ERR(NO_MEMORY);
    }
    uint64_t seed = 0;
    randombytes_buf(&seed, sizeof seed);
    TRY(table_new(account_count + 1, seed, &file->account_names));
    TRY(table_new(store_count + 1, seed, &file->store_names));
    JSON_EACH(entry, account_count == 0 ? NULL : accounts)
    {
        if (entry->type == JSON_OBJECT && entry->key.len > 0) {
            struct draft_account *draft = &file->accounts[file->account_count++];
            config_draft_account(entry, draft);
            TRY(table_put(file->account_names, entry->key, draft, NULL));
        }
    }
    JSON_EACH(entry, store_count == 0 ? NULL : stores)
    {
        if (entry->type == JSON_OBJECT && entry->key.len > 0) {
            struct draft_store *draft = &file->stores[file->store_count++];
            TRY(config_draft_store(&file->arena, entry, draft));
            TRY(table_put(file->store_names, entry->key, draft, NULL));
        }
    }
    return err_ok();
}

err_t config_file_read(const char *path, enum secrets_wanted wanted, struct why *why,
                       struct config_file *ret_file)
{
    struct config_file *file = ret_file;
    *file = (struct config_file){0};
    arena_init(&file->arena, ARENA_BYTES_MAX);
    problems_init(&file->problems, strcmp(path, "-") == 0 ? "(standard input)" : path);
    TRY(read_file(&file->arena, path, LIMIT_CONFIG_FILE_BYTES_MAX, why, &file->text));
    file->problems.text = file->text;

    const struct json_options options = {.comments = true};
    const struct json *root = NULL;
    struct why syntax = {""};
    err_t e = json_parse(&file->arena, file->text, &options, &syntax, &root);
    if (err_failed(e) && err_class(e) != ERR_CLASS_POISON) {
        return e;
    }
    if (err_failed(e)) {
        take_syntax_error(file, &syntax);
        return err_ok();
    }
    config_shape_check(root, &file->problems);
    TRY(make_drafts(file, root));
    return config_draft_secrets(file, path, wanted);
}

static void wipe(struct draft_secret *secret)
{
    if (secret->text.len > 0) {
        sodium_memzero((char *)(uintptr_t)secret->text.ptr, secret->text.len);
    }
}

void config_file_deinit(struct config_file *file)
{
    for (size_t i = 0; i < file->account_count; i++) {
        struct draft_account *draft = &file->accounts[i];
        wipe(&draft->key_secret);
        wipe(&draft->api_token);
        wipe(&draft->oauth_client_secret);
        for (size_t j = 0; j < LIMIT_LIVE_SECRETS_MAX; j++) {
            wipe(&draft->webhook_secrets.secret[j]);
            wipe(&draft->signing_secrets.secret[j]);
        }
    }
    for (size_t i = 0; i < file->store_count; i++) {
        wipe(&file->stores[i].bot_secret);
        for (size_t j = 0; j < LIMIT_LIVE_SECRETS_MAX; j++) {
            wipe(&file->stores[i].tokens.secret[j]);
            wipe(&file->stores[i].signing_secrets.secret[j]);
        }
    }
    table_free(file->account_names);
    table_free(file->store_names);
    problems_deinit(&file->problems);
    arena_deinit(&file->arena);
}

const struct draft_account *config_file_account(const struct config_file *file, struct slice name)
{
    return file->account_names == NULL || name.len == 0 ? NULL
                                                        : table_get(file->account_names, name);
}

const struct draft_store *config_file_store(const struct config_file *file, struct slice name)
{
    return file->store_names == NULL || name.len == 0 ? NULL : table_get(file->store_names, name);
}
