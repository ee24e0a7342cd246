#include "ctl/replay_into.h"

#include "ctl/append.h"
#include "ctl/bare_config.h"
#include "ctl/published.h"
#include "ctl/replay/past.h"
#include "ctl/shadow.h"
#include "event/codec.h"
#include "kafka/reader_kafka.h"

#include <stdlib.h>
#include <string.h>

static const int64_t patience_s = 15;

struct replay_into {
    struct kafka_options options;
    struct reader_kafka kafka;
    struct reader_port there;
    struct log *log;
    struct store_of effects; /* ids of commands that stand there */
    struct append *commands;
    uint64_t written, passed;
};

/* ---- the configuration */

static struct config_record account_record(const struct account *account)
{
    return (struct config_record){.kind = CONFIG_ACCOUNT, .body.account = *account};
}

static struct config_record store_record(const struct store *store)
{
    return (struct config_record){.kind = CONFIG_STORE, .body.store = *store};
}

static err_t refuse_live(const struct replay_into *i, const struct config_record *record,
                         struct slice name, struct why *why)
{
    bool is_secret = bare_config_has_secrets(record);
    if (!is_secret && !bare_config_calls(record)) {
        return err_ok();
    }
    why_set(why,
            "`%s` has %s of %s %.*s: what is replayed goes only where nobody can be called. Take "
            "another prefix",
            i->options.prefix, is_secret ? "credentials" : "an address",
            record->kind == CONFIG_ACCOUNT ? "account" : "store", SLICE_ARG(name));
    return ERR(CONFIG);
}

static err_t check_there(const struct replay_into *i, const struct config_set *set, struct why *why)
{
    for (size_t n = 0; n < config_account_count(set); n++) {
        const struct config_record record = account_record(config_account_at(set, n));
        TRY(refuse_live(i, &record, record.body.account.name, why));
    }
    for (size_t n = 0; n < config_store_count(set); n++) {
        const struct config_record record = store_record(config_store_at(set, n));
        TRY(refuse_live(i, &record, record.body.store.name, why));
    }
    return err_ok();
}

/* Writes a record as it is here, without secrets and addresses; unless that is what stands there.
 */
static err_t send_config(struct append *append, struct config_record here,
                         const struct config_record *there, const char *kind, struct slice name)
{
    CLEANUP(buf) struct buf value = {0};
    CLEANUP(buf) struct buf old = {0};
    CLEANUP(buf) struct buf key = {0};
    buf_init(&value, LIMIT_RECORD_BYTES_MAX);
    buf_init(&old, LIMIT_RECORD_BYTES_MAX);
    buf_init(&key, LIMIT_LABEL_BYTES_MAX + 16);
    bare_config_of_nobody(&here);
    TRY(codec_config_encode(&here, &value));
    if (there != NULL) {
        TRY(codec_config_encode(there, &old));
    }
    if (there != NULL && slice_equal(buf_slice(&value), buf_slice(&old))) {
        return err_ok();
    }
    TRY(buf_printf(&key, "%s/%.*s", kind, SLICE_ARG(name)));
    const struct bus_message message = {
        .partition = 0,
        .key = buf_slice(&key),
        .value = buf_slice(&value),
        .ce_type = here.kind == CONFIG_ACCOUNT ? SLICE("tieline.config.account")
                                               : SLICE("tieline.config.store"),
        .ce_source = SLICE("tieline/ctl"),
    };
    return append_send(append, &message);
}

static err_t send_all(struct append *append, const struct config_set *here,
                      const struct config_set *there)
{
    for (size_t n = 0; n < config_account_count(here); n++) {
        const struct account *account = config_account_at(here, n);
        const struct account *old = config_account(there, account->name);
        const struct config_record was =
            old == NULL ? (struct config_record){0} : account_record(old);
        TRY(send_config(append, account_record(account), old == NULL ? NULL : &was, "account",
                        account->name));
    }
    for (size_t n = 0; n < config_store_count(here); n++) {
        const struct store *store = config_store_at(here, n);
        const struct store *old = config_store(there, store->name);
        const struct config_record was =
            old == NULL ? (struct config_record){0} : store_record(old);
        TRY(send_config(append, store_record(store), old == NULL ? NULL : &was, "store",
                        store->name));
    }
    return err_ok();
}

static err_t look_there(struct replay_into *i, struct why *why, struct published *ret_there)
{
    TRY(published_read(&i->there, why, ret_there));
    return check_there(i, ret_there->set, why);
}

/* Looks before the mark is left, which would keep credentials away from where they belong; and
 * behind it, where nobody brings any. */
static err_t claim(struct replay_into *i, struct why *why, struct published *ret_there)
{
    CLEANUP(published) struct published before = {NULL, NULL};
    TRY(look_there(i, why, &before));
    TRY(shadow_mark(&i->options, true, i->log, why));
    err_t e = look_there(i, why, ret_there);
    if (err_is(e, ERR_CONFIG)) {
        struct why ignored = {""};
        (void)err_failed(shadow_mark(&i->options, false, i->log, &ignored));
    }
    return e;
}

static err_t write_config(struct replay_into *i, struct reader_port *reader, struct why *why)
{
    CLEANUP(published) struct published here = {NULL, NULL};
    CLEANUP(published) struct published there = {NULL, NULL};
    CLEANUP_PTR(append) struct append *append = NULL;
    TRY(claim(i, why, &there));
    TRY(published_read(reader, why, &here));
    TRY(append_new(&i->options, TOPIC_CONFIG, i->log, why, &append));
    TRY(send_all(append, here.set, there.set));
    return append_wait(append, why);
}

/* ---- commands */

static err_t read_effects(struct replay_into *i, struct reader *reader, struct why *why)
{
    for (;;) {
        struct bus_record record = {0};
        bool is_more = false;
        TRY(past_next(&i->there, reader, "commands", why, &record, &is_more));
        if (!is_more) {
            return err_ok();
        }
        if (!slice_equal(record.ce_source, shadow_source())) {
            why_set(why, "`%s` has commands that no replay wrote: take another prefix",
                    i->options.prefix);
            return ERR(CONFIG);
        }
        TRY(store_put(&i->effects, record.ce_id, SLICE("")));
    }
}

static err_t read_commands(struct replay_into *i, int32_t partitions, struct why *why)
{
    for (int32_t p = 0; p < partitions; p++) {
        struct reader *reader = NULL;
        TRY(reader_open(&i->there, TOPIC_COMMANDS, p, READER_FROM_START, &reader));
        err_t e = read_effects(i, reader, why);
        i->there.ops->close(reader);
        TRY(e);
    }
    return err_ok();
}

err_t replay_into_take(struct replay_into *i, const struct decide *decided)
{
    for (size_t n = 0; n < decided->count; n++) {
        const struct written *w = &decided->written[n];
        struct slice there = {0};
        if (w->kind != WRITTEN_COMMAND) {
            continue;
        }
        if (store_get(&i->effects, w->ce_id, &there)) {
            i->passed++;
            continue;
        }
        const struct bus_message message = {
            .partition = -1,
            .key = w->key,
            .value = w->value,
            .ce_id = w->ce_id,
            .ce_type = w->ce_type,
            .ce_source = shadow_source(),
            .traceparent = w->traceparent,
        };
        TRY(append_send(i->commands, &message));
        i->written++;
    }
    return err_ok();
}

/* ---- begin and end */

static err_t begin(struct replay_into *i, struct reader_port *here, struct why *why)
{
    struct cluster_info info = {0};
    TRY(cluster_check(&i->options, span_s(patience_s), NULL, NULL, why, &info));
    i->options.embedded = info.embedded;
    TRY(read_commands(i, info.partitions, why));
    TRY(write_config(i, here, why));
    return append_new(&i->options, TOPIC_COMMANDS, i->log, why, &i->commands);
}

err_t replay_into_new(const struct kafka_options *from, const char *prefix,
                      struct reader_port *here, struct log *log, struct why *why,
                      struct replay_into **ret_into)
{
    if (*prefix == '\0' || strcmp(prefix, from->prefix) == 0) {
        why_set(why, "--into takes the prefix of another deployment, not `%s` itself", prefix);
        return ERR(USAGE);
    }
    struct replay_into *i = calloc(1, sizeof *i);
    if (i == NULL) {
        return ERR(NO_MEMORY);
    }
    i->options = *from;
    i->options.prefix = prefix;
    i->log = log;
    i->kafka = (struct reader_kafka){.options = &i->options, .log = log};
    i->there = reader_kafka_port(&i->kafka);
    err_t e = begin(i, here, why);
    if (err_failed(e)) {
        replay_into_free(i);
        return e;
    }
    *ret_into = i;
    return err_ok();
}

void replay_into_free(struct replay_into *i)
{
    if (i == NULL) {
        return;
    }
    append_free(i->commands);
    store_free(&i->effects);
    reader_kafka_deinit(&i->kafka);
    free(i);
}

err_t replay_into_end(struct replay_into *i, struct why *why, uint64_t *ret_written,
                      uint64_t *ret_there)
{
    *ret_written = i->written;
    *ret_there = i->passed;
    return append_wait(i->commands, why);
}
