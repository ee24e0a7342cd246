#include "ctl/one_account.h"

#include "ctl/command.h"
#include "ctl/config_rules.h"
#include "ctl/where.h"
#include "kafka/reader_kafka.h"
#include "rt/seal.h"
#include "rt/stop.h"

#include <stdio.h>

static err_t read_published(struct one_account *o, const struct options *options, struct log *log,
                            struct arena *arena, struct why *why)
{
    TRY(where_options(options, arena, why, &o->startup));
    TRY(where_cluster(&o->startup, why));
    CLEANUP(reader_kafka)
    struct reader_kafka kafka = {.options = &o->startup.kafka, .log = log};
    struct reader_port reader = where_reader(&kafka);
    TRY(published_read(&reader, why, &o->published));
    return published_check_here(&o->published, why);
}

static err_t no_account(struct slice name, const char *where, struct why *why)
{
    why_set(why, "no account \"%.*s\" %s", SLICE_ARG(name), where);
    return ERR(CONFIG);
}

static err_t from_file(struct one_account *o, struct slice name, struct arena *arena,
                       struct why *why)
{
    TRY(config_rules_check(&o->file, o->published.set));
    if (o->file.problems.errors > 0) {
        problems_print(&o->file.problems, false, stderr);
        why_set(why, "the file has errors");
        return ERR(SYNTAX);
    }
    const struct draft_account *draft = config_file_account(&o->file, name);
    o->stores = ARENA_ARRAY(arena, const struct store *, o->file.store_count + 1);
    if (draft == NULL) {
        return no_account(name, "is in the file", why);
    }
    if (o->stores == NULL) {
        return ERR(ARENA_FULL);
    }
    o->account = draft->account;
    for (size_t i = 0; i < o->file.store_count; i++) {
        if (slice_equal(o->file.stores[i].store.account, name)) {
            o->stores[o->store_count++] = &o->file.stores[i].store;
        }
    }
    return login_from_draft(draft, arena, why, &o->login);
}

static err_t from_published(struct one_account *o, struct slice name, const char *key_file,
                            struct arena *arena, struct why *why)
{
    const struct account *account = config_account(o->published.set, name);
    size_t all = config_store_count(o->published.set);
    struct seal_key *key = NULL;
    o->stores = ARENA_ARRAY(arena, const struct store *, all + 1);
    if (account == NULL) {
        return no_account(name, "is published", why);
    }
    if (o->stores == NULL) {
        return ERR(ARENA_FULL);
    }
    o->account = *account;
    for (size_t i = 0; i < all; i++) {
        const struct store *store = config_store_at(o->published.set, i);
        if (slice_equal(store->account, name)) {
            o->stores[o->store_count++] = store;
        }
    }
    if (key_file != NULL) {
        TRY(seal_key_load(key_file, SEAL_EGRESS, why, &key));
    }
    err_t e = login_from_published(account, key, arena, why, &o->login);
    seal_key_free(key);
    return e;
}

err_t one_account_open(const struct options *options, bool needs_brokers, struct log *log,
                       struct arena *arena, struct why *why, struct one_account *ret)
{
    struct slice name = slice_of(options_word(options, 0));
    const char *file = options_word(options, 1);
    *ret = (struct one_account){.zendesk = {.why = why}};
    TRY(seal_init(true));
    if (needs_brokers || file == NULL) {
        TRY(read_published(ret, options, log, arena, why));
    }
    if (file != NULL) {
        ret->has_file = true;
        TRY(config_file_read(file, SECRETS_IF_THERE, why, &ret->file));
        TRY(from_file(ret, name, arena, why));
    } else {
        TRY(from_published(ret, name, where_key_file(options), arena, why));
    }
    bool as_admin = false;
    TRY(login_as_admin(options, why, &ret->login, &as_admin));
    return zendesk_open(&ret->login.zendesk, arena, why, &ret->zendesk);
}

void one_account_deinit(struct one_account *o)
{
    zendesk_close(&o->zendesk);
    login_deinit(&o->login);
    if (o->has_file) {
        config_file_deinit(&o->file);
    }
    published_deinit(&o->published);
}

int one_account_main(const char *program, const char *purpose, const struct option_row *rows,
                     size_t row_count, int argc, char *const *argv,
                     int (*run)(const struct options *options))
{
    struct options *options = NULL;
    bool done = false;
    int status = 0;
    options_parse(program, purpose, rows, row_count, "ACCOUNT [FILE]", argc, argv, &options, &done,
                  &status);
    if (!done && options_word_count(options) != 2 && !command_words(program, options, 1)) {
        done = true;
        status = EXIT_USAGE;
    }
    if (!done) {
        status = run(options);
    }
    options_free(options);
    return status;
}
