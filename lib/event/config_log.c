#include "event/config_log.h"

#include "base/arena.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/table.h"
#include "event/codec.h"

#include <stdlib.h>
#include <string.h>

/* How it is kept. A set copies nothing: it is a place in time, and a lookup goes from the name (or
 * widget, or brand) to the entry and there to the newest version that is not younger.
 *
 *   entries   "store/s1" ──▶ [ 1: record ][ 3: record ]
 *             "store/s2" ──▶ [ 2: record ][ 8: absent ]
 *   widgets   "acme/w1"  ──▶ { store/s1, store/s2 }      every store that ever had it
 *   sets      [ 3 ][ 8 ]                                 as asked for
 *
 * So what an update costs does not grow with the number of stores. */

enum {
    CONFIG_MEMORY_BYTES_MAX = 512 * 1024 * 1024,
    ENTRIES_MAX = LIMIT_ACCOUNTS_MAX + LIMIT_STORES_MAX + 1,
    INDEX_KEY_BYTES_MAX = LIMIT_NAME_BYTES_MAX + 1 + LIMIT_ID_BYTES_MAX,
    CONFIG_SEED = 0x7469656c, /* who chooses these keys is the operator himself */
};

struct version {
    int64_t offset;
    const struct config_record *record; /* NULL = absent from here on */
};

/* All that was ever said about one key. */
struct entry {
    struct version *versions; /* by rising offset */
    size_t count;
    size_t size;
};

/* Stores that at some time had one widget, or one brand. */
struct bucket {
    const struct entry **entries;
    size_t count;
    size_t size;
};

struct config_set {
    const struct config_log *log;
    int64_t offset;
    const struct account **accounts;
    size_t account_count;
    const struct store **stores;
    size_t store_count;
};

struct config_log {
    struct arena arena;        /* records and entries, which live as long as the log */
    int64_t end;               /* newest record that is configuration */
    int64_t seen;              /* newest record */
    struct table *deployments; /* at most one entry, under the empty name */
    struct table *accounts;    /* name ──▶ entry */
    struct table *stores;      /* name ──▶ entry */
    struct table *by_widget;   /* account/widget ──▶ bucket */
    struct table *by_brand;
    struct config_set **sets; /* by rising offset */
    size_t set_count;
    size_t set_size;
};

static void set_free(struct config_set *set)
{
    free(set->accounts);
    free(set->stores);
    free(set);
}

static void entries_free(struct table *entries)
{
    for (size_t i = 0; entries != NULL && i < table_count(entries); i++) {
        struct entry *entry = table_at(entries, i, NULL);
        free(entry->versions);
    }
    table_free(entries);
}

static void buckets_free(struct table *buckets)
{
    for (size_t i = 0; buckets != NULL && i < table_count(buckets); i++) {
        struct bucket *bucket = table_at(buckets, i, NULL);
        free(bucket->entries);
    }
    table_free(buckets);
}

void config_log_free(struct config_log *log)
{
    if (log == NULL) {
        return;
    }
    for (size_t i = 0; i < log->set_count; i++) {
        set_free(log->sets[i]);
    }
    free(log->sets);
    entries_free(log->deployments);
    entries_free(log->accounts);
    entries_free(log->stores);
    buckets_free(log->by_widget);
    buckets_free(log->by_brand);
    arena_deinit(&log->arena);
    free(log);
}

err_t config_log_new(struct config_log **ret_log)
{
    CLEANUP_PTR(config_log) struct config_log *log = calloc(1, sizeof *log);
    if (log == NULL) {
        return ERR(NO_MEMORY);
    }
    arena_init(&log->arena, CONFIG_MEMORY_BYTES_MAX);
    log->end = -1;
    log->seen = -1;
    TRY(table_new(1, CONFIG_SEED, &log->deployments));
    TRY(table_new(LIMIT_ACCOUNTS_MAX, CONFIG_SEED, &log->accounts));
    TRY(table_new(LIMIT_STORES_MAX, CONFIG_SEED, &log->stores));
    TRY(table_new(ENTRIES_MAX, CONFIG_SEED, &log->by_widget));
    TRY(table_new(ENTRIES_MAX, CONFIG_SEED, &log->by_brand));
    *ret_log = TAKE(log);
    return err_ok();
}

int64_t config_log_end(const struct config_log *log)
{
    return log->end;
}

int64_t config_log_seen(const struct config_log *log)
{
    return log->seen;
}

/* Room for one more element in a growing array of the heap. */
static err_t grow(void **items, size_t count, size_t *size, size_t item_bytes)
{
    if (count < *size) {
        return err_ok();
    }
    size_t wanted = *size == 0 ? 2 : *size * 2;
    void *grown = realloc(*items, wanted * item_bytes);
    if (grown == NULL) {
        return ERR(NO_MEMORY);
    }
    *items = grown;
    *size = wanted;
    return err_ok();
}

/* The newest version not younger than `offset`; NULL when there is none or it says absent. */
static const struct version *version_at(const struct entry *entry, int64_t offset)
{
    for (size_t i = entry->count; i > 0; i--) {
        const struct version *version = &entry->versions[i - 1];
        if (version->offset <= offset) {
            return version->record == NULL ? NULL : version;
        }
    }
    return NULL;
}

/* "account/acme" ──▶ ACCOUNT, "acme". */
static enum config_kind kind_of(struct slice key, struct slice *ret_name)
{
    struct slice kind;
    struct slice name;
    if (slice_equal(key, SLICE("deployment"))) {
        *ret_name = (struct slice){0};
        return CONFIG_DEPLOYMENT;
    }
    if (!slice_split(key, '/', &kind, &name) || !ident_is_name(name)) {
        return CONFIG_NONE;
    }
    *ret_name = name;
    return slice_equal(kind, SLICE("account")) ? CONFIG_ACCOUNT
           : slice_equal(kind, SLICE("store")) ? CONFIG_STORE
                                               : CONFIG_NONE;
}

static struct table *entries_of(const struct config_log *log, enum config_kind kind)
{
    return kind == CONFIG_DEPLOYMENT ? log->deployments
           : kind == CONFIG_ACCOUNT  ? log->accounts
                                     : log->stores;
}

static err_t entry_for(struct config_log *log, enum config_kind kind, struct slice name,
                       struct why *why, struct entry **ret_entry)
{
    struct table *entries = entries_of(log, kind);
    struct entry *entry = table_get(entries, name);
    if (entry == NULL) {
        entry = ARENA_NEW(&log->arena, struct entry);
        if (entry == NULL) {
            return ERR(ARENA_FULL);
        }
        err_t e = table_put(entries, name, entry, NULL);
        if (err_is(e, ERR_TABLE_FULL)) {
            why_set(why, "there are %zu already, and no room for more", table_count(entries));
            return ERR(TOO_LARGE);
        }
        TRY(e);
    }
    *ret_entry = entry;
    return err_ok();
}

static err_t version_add(struct entry *entry, int64_t offset, const struct config_record *record)
{
    void *versions = entry->versions;
    TRY(grow(&versions, entry->count, &entry->size, sizeof *entry->versions));
    entry->versions = versions;
    entry->versions[entry->count++] = (struct version){offset, record};
    return err_ok();
}

/* "acme" NUL "w1": a name has no NUL, so no two pairs give one key. */
static struct slice index_key(struct slice account, struct slice id, char text[INDEX_KEY_BYTES_MAX])
{
    if (account.len > LIMIT_NAME_BYTES_MAX || id.len > LIMIT_ID_BYTES_MAX) {
        return (struct slice){0}; /* longer than any that is stored; found nowhere */
    }
    if (account.len > 0) {
        memcpy(text, account.ptr, account.len);
    }
    text[account.len] = '\0';
    if (id.len > 0) {
        memcpy(text + account.len + 1, id.ptr, id.len);
    }
    return slice_from(text, account.len + 1 + id.len);
}

static err_t bucket_add(struct config_log *log, struct table *index, struct slice account,
                        struct slice id, const struct entry *entry)
{
    char text[INDEX_KEY_BYTES_MAX];
    struct slice key = index_key(account, id, text);
    struct bucket *bucket = table_get(index, key);
    if (bucket == NULL) {
        bucket = ARENA_NEW(&log->arena, struct bucket);
        if (bucket == NULL) {
            return ERR(ARENA_FULL);
        }
        TRY(table_put(index, key, bucket, NULL));
    }
    for (size_t i = 0; i < bucket->count; i++) {
        if (bucket->entries[i] == entry) {
            return err_ok();
        }
    }
    void *entries = bucket->entries;
    TRY(grow(&entries, bucket->count, &bucket->size, sizeof *bucket->entries));
    bucket->entries = entries;
    bucket->entries[bucket->count++] = entry;
    return err_ok();
}

/* Decodes and holds a record against the key under which it stands. */
static err_t record_read(struct config_log *log, enum config_kind kind, struct slice name,
                         struct slice value, struct why *why,
                         const struct config_record **ret_record)
{
    struct config_record *record = ARENA_NEW(&log->arena, struct config_record);
    if (record == NULL) {
        return ERR(ARENA_FULL);
    }
    TRY(codec_config_decode(&log->arena, value, why, record));
    struct slice inside = record->kind == CONFIG_ACCOUNT ? record->body.account.name
                          : record->kind == CONFIG_STORE ? record->body.store.name
                                                         : (struct slice){0};
    if (record->kind != kind || !slice_equal(inside, name)) {
        why_set(why, "the record is not the one that its key names");
        return ERR(RANGE);
    }
    *ret_record = record;
    return err_ok();
}

/* Stores are found by what they are mapped to; the index must know before the version counts. */
static err_t index_store(struct config_log *log, const struct config_record *record,
                         const struct entry *entry)
{
    if (record->kind != CONFIG_STORE) {
        return err_ok();
    }
    const struct store *store = &record->body.store;
    TRY(bucket_add(log, log->by_widget, store->account, store->widget_id, entry));
    if (slice_empty(store->brand_id)) {
        return err_ok();
    }
    return bucket_add(log, log->by_brand, store->account, store->brand_id, entry);
}

err_t config_log_add(struct config_log *log, int64_t offset, struct slice key, struct slice value,
                     struct why *why)
{
    if (offset <= log->seen) {
        why_set(why, "offset %lld comes after %lld", (long long)offset, (long long)log->seen);
        return ERR(RANGE);
    }
    log->seen = offset;
    if (config_key_is_of_tool(key)) {
        return err_ok();
    }
    log->end = offset;
    struct slice name;
    enum config_kind kind = kind_of(key, &name);
    if (kind == CONFIG_NONE) {
        why_set(why, "the key is none of deployment, account/NAME, store/NAME");
        return ERR(SYNTAX);
    }
    struct entry *entry = NULL;
    TRY(entry_for(log, kind, name, why, &entry));
    /* Absent first: whatever goes wrong below, the version before no longer counts. */
    TRY(version_add(entry, offset, NULL));
    if (slice_empty(value)) {
        return err_ok();
    }
    const struct config_record *record = NULL;
    TRY(record_read(log, kind, name, value, why, &record));
    TRY(index_store(log, record, entry));
    entry->versions[entry->count - 1].record = record;
    return err_ok();
}

static err_t set_fill(struct config_set *set)
{
    const struct config_log *log = set->log;
    set->accounts = calloc(table_count(log->accounts) + 1, sizeof *set->accounts);
    set->stores = calloc(table_count(log->stores) + 1, sizeof *set->stores);
    if (set->accounts == NULL || set->stores == NULL) {
        return ERR(NO_MEMORY);
    }
    for (size_t i = 0; i < table_count(log->accounts); i++) {
        const struct version *version = version_at(table_at(log->accounts, i, NULL), set->offset);
        if (version != NULL) {
            set->accounts[set->account_count++] = &version->record->body.account;
        }
    }
    for (size_t i = 0; i < table_count(log->stores); i++) {
        const struct version *version = version_at(table_at(log->stores, i, NULL), set->offset);
        if (version != NULL) {
            set->stores[set->store_count++] = &version->record->body.store;
        }
    }
    return err_ok();
}

/* Where the set of `offset` stands, or would stand. */
static size_t set_place(const struct config_log *log, int64_t offset)
{
    size_t from = 0;
    size_t to = log->set_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (log->sets[middle]->offset < offset) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

err_t config_log_at(struct config_log *log, int64_t offset, const struct config_set **ret_set)
{
    int64_t in_log = offset > log->end ? log->end : offset;
    in_log = in_log < -1 ? -1 : in_log;
    size_t place = set_place(log, in_log);
    if (place < log->set_count && log->sets[place]->offset == in_log) {
        *ret_set = log->sets[place];
        return err_ok();
    }
    void *sets = log->sets;
    TRY(grow(&sets, log->set_count, &log->set_size, sizeof(struct config_set *)));
    log->sets = sets;
    struct config_set *set = calloc(1, sizeof *set);
    if (set == NULL) {
        return ERR(NO_MEMORY);
    }
    set->log = log;
    set->offset = in_log;
    err_t e = set_fill(set);
    if (err_failed(e)) {
        set_free(set);
        return e;
    }
    memmove(&log->sets[place + 1], &log->sets[place],
            (log->set_count - place) * sizeof(struct config_set *));
    log->sets[place] = set;
    log->set_count++;
    *ret_set = set;
    return err_ok();
}

static const struct config_record *record_at(const struct config_set *set, struct table *entries,
                                             struct slice name)
{
    const struct entry *entry = table_get(entries, name);
    const struct version *version = entry == NULL ? NULL : version_at(entry, set->offset);
    return version == NULL ? NULL : version->record;
}

const struct deployment *config_deployment(const struct config_set *set)
{
    const struct config_record *record = record_at(set, set->log->deployments, (struct slice){0});
    return record == NULL ? NULL : &record->body.deployment;
}

const struct account *config_account(const struct config_set *set, struct slice name)
{
    const struct config_record *record = record_at(set, set->log->accounts, name);
    return record == NULL ? NULL : &record->body.account;
}

const struct store *config_store(const struct config_set *set, struct slice name)
{
    const struct config_record *record = record_at(set, set->log->stores, name);
    return record == NULL ? NULL : &record->body.store;
}

size_t config_account_count(const struct config_set *set)
{
    return set->account_count;
}

const struct account *config_account_at(const struct config_set *set, size_t index)
{
    CHECK(index < set->account_count);
    return set->accounts[index];
}

size_t config_store_count(const struct config_set *set)
{
    return set->store_count;
}

const struct store *config_store_at(const struct config_set *set, size_t index)
{
    CHECK(index < set->store_count);
    return set->stores[index];
}

static const struct bucket *bucket_of(const struct table *index, struct slice account,
                                      struct slice id)
{
    char text[INDEX_KEY_BYTES_MAX];
    return table_get(index, index_key(account, id, text));
}

const struct store *config_store_by_widget(const struct config_set *set, struct slice account,
                                           struct slice widget_id)
{
    const struct bucket *bucket = bucket_of(set->log->by_widget, account, widget_id);
    const struct version *found = NULL;
    for (size_t i = 0; bucket != NULL && i < bucket->count; i++) {
        const struct version *version = version_at(bucket->entries[i], set->offset);
        if (version == NULL || !slice_equal(version->record->body.store.account, account) ||
            !slice_equal(version->record->body.store.widget_id, widget_id)) {
            continue; /* it had the widget once */
        }
        bool enabled = version->record->body.store.enabled;
        bool found_enabled = found != NULL && found->record->body.store.enabled;
        if (found == NULL || (enabled && !found_enabled) ||
            (enabled == found_enabled && version->offset < found->offset)) {
            found = version;
        }
    }
    return found == NULL ? NULL : &found->record->body.store;
}

const struct store *config_store_by_brand(const struct config_set *set, struct slice account,
                                          struct slice brand_id)
{
    if (slice_empty(brand_id)) {
        return NULL;
    }
    const struct bucket *bucket = bucket_of(set->log->by_brand, account, brand_id);
    const struct store *found = NULL;
    for (size_t i = 0; bucket != NULL && i < bucket->count; i++) {
        const struct version *version = version_at(bucket->entries[i], set->offset);
        if (version == NULL || !slice_equal(version->record->body.store.account, account) ||
            !slice_equal(version->record->body.store.brand_id, brand_id)) {
            continue;
        }
        if (found != NULL) {
            return NULL; /* several name it: the brand decides nothing */
        }
        found = &version->record->body.store;
    }
    return found;
}
