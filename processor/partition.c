#include "processor/partition.h"

#include "base/check.h"

#include <stdlib.h>

enum {
    CONVERSATIONS_PER_PARTITION_MAX = 20 * 1000 * 1000,
    CHUNKS_PER_PARTITION_MAX = 20 * 1000 * 1000,
};

static struct slice key_of(const void *value)
{
    return blob_key(value);
}

err_t partition_new(int32_t number, uint64_t seed, struct partition **ret_partition)
{
    struct partition *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return ERR(NO_MEMORY);
    }
    *p = (struct partition){
        .number = number,
        .found = {.next = -1, .config = -1},
        .here = {.partition = number, .point = {.config = -1}},
        .config_asked = -1,
    };
    err_t err = table_new_of(CONVERSATIONS_PER_PARTITION_MAX, seed, key_of, &p->states);
    err = err_failed(err) ? err : table_new_of(CHUNKS_PER_PARTITION_MAX, seed, key_of, &p->chunks);
    if (err_failed(err)) {
        partition_free(p);
        return err;
    }
    *ret_partition = p;
    return err_ok();
}

/* The first `count` of them. */
static void drop_undo(struct partition *p, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(p->undo[i].old);
    }
    p->undo_count -= count;
    for (size_t i = 0; i < p->undo_count; i++) {
        p->undo[i] = p->undo[count + i];
    }
}

static void free_blobs(struct table *table)
{
    for (size_t i = 0; table != NULL && i < table_count(table); i++) {
        struct slice key = {0};
        free(table_at(table, i, &key));
    }
    table_free(table);
}

void partition_free(struct partition *p)
{
    if (p == NULL) {
        return;
    }
    drop_undo(p, p->undo_count);
    free(p->undo);
    free_blobs(p->states);
    free_blobs(p->chunks);
    schedule_deinit(&p->schedule);
    walk_reset(&p->walk);
    free(p);
}

const struct blob *partition_get(const struct partition *p, struct slice key)
{
    return table_get(p->states, key);
}

const struct blob *partition_get_chunk(const struct partition *p, struct slice key)
{
    return table_get(p->chunks, key);
}

/* Room for one more entry, so that nothing can fail once a change has begun. */
static err_t reserve_undo(struct partition *p)
{
    if (p->undo_count < p->undo_size) {
        return err_ok();
    }
    size_t size = p->undo_size == 0 ? 64 : p->undo_size * 2;
    struct undo *grown = realloc(p->undo, size * sizeof *grown);
    if (grown == NULL) {
        return ERR(NO_MEMORY);
    }
    p->undo = grown;
    p->undo_size = size;
    return err_ok();
}

static struct blob *blob_new(uint64_t txn, struct slice key, struct slice bytes, wall_ms_t due,
                             int owner)
{
    struct blob *blob = malloc(sizeof *blob + bytes.len + key.len);
    if (blob != NULL) {
        blob->due = due;
        blob->changed = txn;
        blob->len = (uint32_t)bytes.len;
        blob->key_len = (uint16_t)key.len;
        blob->owner = (uint8_t)owner;
        if (bytes.len > 0) {
            memcpy(blob->bytes, bytes.ptr, bytes.len);
        }
        memcpy(blob->bytes + bytes.len, key.ptr, key.len);
    }
    return blob;
}

/* Keeps `old` for an abort; the first change of a key in a transaction only. */
static err_t remember(struct partition *p, struct table *table, struct slice key, struct blob *old)
{
    struct blob *kept =
        old != NULL ? old : blob_new(0, key, SLICE(""), (wall_ms_t){0}, OWNERS_KNOWN);
    if (kept == NULL) {
        return ERR(NO_MEMORY);
    }
    p->undo[p->undo_count++] = (struct undo){table, kept, old != NULL};
    return err_ok();
}

/* `now` stands where `old` stood; either may be NULL. Chunks have no owner. */
static void count_owner(struct partition *p, const struct table *table, const struct blob *old,
                        const struct blob *now)
{
    if (table != p->states) {
        return;
    }
    if (old != NULL) {
        p->owned[old->owner]--;
    }
    if (now != NULL) {
        p->owned[now->owner]++;
    }
}

static err_t put(struct partition *p, struct table *table, uint64_t txn, struct slice key,
                 struct slice bytes, wall_ms_t due, int owner)
{
    CHECK(owner >= 0 && owner <= OWNERS_KNOWN);
    CHECK(bytes.len <= UINT32_MAX && key.len > 0 && key.len <= UINT16_MAX);
    TRY(reserve_undo(p));
    bool is_simple =
        txn == 0 && !wall_known(due); /* most of what is restored: one look is enough */
    struct blob *old = is_simple ? NULL : table_get(table, key);
    if (wall_known(due) && (old == NULL || old->due.ms != due.ms)) {
        TRY(schedule_add(&p->schedule, due, key)); /* else it stands there, or was fired */
    }
    struct blob *blob = bytes.len == 0 ? NULL : blob_new(txn, key, bytes, due, owner);
    if (bytes.len > 0 && blob == NULL) {
        return ERR(NO_MEMORY);
    }
    bool is_first = txn != 0 && (old == NULL || old->changed != txn);
    void *gone = NULL;
    if (blob == NULL) {
        gone = table_remove(table, key);
    } else {
        err_t err = table_put(table, key, blob, &gone);
        if (err_failed(err)) {
            free(blob);
            return err;
        }
    }
    count_owner(p, table, gone, blob);
    if (is_first) {
        return remember(p, table, key, old);
    }
    free(gone);
    return err_ok();
}

err_t partition_put(struct partition *p, uint64_t txn, struct slice key, struct slice bytes,
                    wall_ms_t due, int owner)
{
    return put(p, p->states, txn, key, bytes, due, owner);
}

err_t partition_put_chunk(struct partition *p, uint64_t txn, struct slice key, struct slice bytes)
{
    return put(p, p->chunks, txn, key, bytes, (wall_ms_t){0}, OWNERS_KNOWN);
}

void partition_touch(struct partition *p)
{
    if (!p->touched) {
        p->touched = true;
        p->begin = (struct standing){p->here, p->tries};
    }
}

void partition_end(struct partition *p)
{
    CHECK(!p->is_ending);
    p->is_ending = p->touched;
    p->ending = p->begin;
    p->undo_ending = p->undo_count;
    p->touched = false;
}

void partition_commit(struct partition *p)
{
    drop_undo(p, p->undo_ending);
    p->undo_ending = 0;
    p->is_ending = false;
    p->is_noted = true;
}

void partition_count_try(struct partition *p)
{
    if (p->is_unclean) {
        p->is_unclean = false;
        p->is_noted = false;
        p->tries++;
        p->begin.tries = p->tries; /* an abort is no reason to forget it */
        p->ending.tries = p->tries;
    }
}

/* The timers of all states anew: those taken in the lost transaction count again. */
static err_t reschedule(struct partition *p)
{
    schedule_clear(&p->schedule);
    for (size_t i = 0; i < table_count(p->states); i++) {
        struct slice key = {0};
        const struct blob *blob = table_at(p->states, i, &key);
        if (wall_known(blob->due)) {
            TRY(schedule_add(&p->schedule, blob->due, key));
        }
    }
    return err_ok();
}

err_t partition_rollback(struct partition *p)
{
    while (p->undo_count > 0) {
        struct undo *undo = &p->undo[--p->undo_count];
        struct blob *undone = table_remove(undo->table, blob_key(undo->old));
        count_owner(p, undo->table, undone, undo->was_there ? undo->old : NULL);
        free(undone);
        if (undo->was_there) {
            TRY(table_put(undo->table, blob_key(undo->old), undo->old, NULL));
        } else {
            free(undo->old);
        }
    }
    const struct standing *before = p->is_ending ? &p->ending : &p->begin;
    p->here = before->here;
    p->tries = before->tries;
    p->undo_ending = 0;
    p->is_ending = false;
    walk_reset(&p->walk);
    p->config_asked = p->here.point.config;
    p->is_leaving = false;
    p->touched = false;
    return reschedule(p);
}
