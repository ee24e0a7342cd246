#include "base/table.h"

#include "base/check.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_MIN = 16 };

struct entry {
    uint64_t hash;
    void *held; /* the value, or a struct copied */
};

/* A value whose key is kept here. */
struct copied {
    void *value;
    size_t key_len;
    char key[];
};

struct table {
    uint32_t *slots;   /* index of an entry + 1; 0 = free */
    size_t slot_count; /* 0 or a power of two, at least twice the entries */
    struct entry *entries;
    size_t entries_size; /* allocated */
    size_t count;
    size_t count_max;
    uint64_t key[2];                           /* of the hash */
    struct slice (*key_of)(const void *value); /* NULL: keys are copied */
};

static struct slice key_at(const struct table *t, const struct entry *e)
{
    if (t->key_of != NULL) {
        return t->key_of(e->held);
    }
    const struct copied *copied = e->held;
    return slice_from(copied->key, copied->key_len);
}

/* Where the entry has its value. */
static void **value_at(const struct table *t, struct entry *e)
{
    struct copied *copied = e->held;
    return t->key_of != NULL ? &e->held : &copied->value;
}

static void release(const struct table *t, struct entry *e)
{
    if (t->key_of == NULL) {
        free(e->held);
    }
}

static uint64_t rotate(uint64_t x, unsigned by)
{
    return (x << by) | (x >> (64U - by));
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

/* SipHash with one round a word and three at the end. */
static uint64_t hash_of(const struct table *t, struct slice bytes)
{
    uint64_t v[4] = {
        t->key[0] ^ UINT64_C(0x736f6d6570736575),
        t->key[1] ^ UINT64_C(0x646f72616e646f6d),
        t->key[0] ^ UINT64_C(0x6c7967656e657261),
        t->key[1] ^ UINT64_C(0x7465646279746573),
    };
    size_t at = 0;
    for (; bytes.len - at >= 8; at += 8) {
        uint64_t word = 0;
        memcpy(&word, bytes.ptr + at, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    uint64_t last = (uint64_t)bytes.len << 56;
    for (unsigned i = 0; at + i < bytes.len; i++) {
        last |= (uint64_t)(unsigned char)bytes.ptr[at + i] << (8 * i);
    }
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xFF;
    for (int i = 0; i < 3; i++) {
        sip_round(v);
    }
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

err_t table_new_of(size_t count_max, uint64_t seed, struct slice (*key_of)(const void *),
                   struct table **ret_table)
{
    CHECK(count_max > 0 && count_max < UINT32_MAX / 4);
    struct table *t = calloc(1, sizeof *t);
    if (t == NULL) {
        return ERR(NO_MEMORY);
    }
    t->count_max = count_max;
    t->key_of = key_of;
    t->key[0] = seed;
    t->key[1] = seed ^ UINT64_C(0x9e3779b97f4a7c15);
    *ret_table = t;
    return err_ok();
}

err_t table_new(size_t count_max, uint64_t seed, struct table **ret_table)
{
    return table_new_of(count_max, seed, NULL, ret_table);
}

void table_clear(struct table *t)
{
    for (size_t i = 0; i < t->count; i++) {
        release(t, &t->entries[i]);
    }
    t->count = 0;
    if (t->slot_count > 0) {
        memset(t->slots, 0, t->slot_count * sizeof *t->slots);
    }
}

void table_free(struct table *t)
{
    if (t == NULL) {
        return;
    }
    table_clear(t);
    free(t->entries);
    free(t->slots);
    free(t);
}

size_t table_count(const struct table *t)
{
    return t->count;
}

/* The slot that holds `key`, or the free slot where it would go. */
static size_t slot_of(const struct table *t, struct slice key, uint64_t hash)
{
    size_t mask = t->slot_count - 1;
    size_t slot = (size_t)hash & mask;
    while (t->slots[slot] != 0) {
        const struct entry *e = &t->entries[t->slots[slot] - 1];
        if (e->hash == hash && slice_equal(key_at(t, e), key)) {
            break;
        }
        slot = (slot + 1) & mask;
    }
    return slot;
}

void *table_get(const struct table *t, struct slice key)
{
    if (t->count == 0) {
        return NULL;
    }
    size_t slot = slot_of(t, key, hash_of(t, key));
    return t->slots[slot] == 0 ? NULL : *value_at(t, &t->entries[t->slots[slot] - 1]);
}

/* The slot of entry `index`, which is in the table. */
static size_t slot_of_index(const struct table *t, size_t index)
{
    size_t mask = t->slot_count - 1;
    size_t slot = (size_t)t->entries[index].hash & mask;
    while (t->slots[slot] != (uint32_t)index + 1) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

static err_t slots_grow(struct table *t)
{
    size_t slot_count = t->slot_count == 0 ? SLOTS_MIN : t->slot_count * 2;
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    if (slots == NULL) {
        return ERR(NO_MEMORY);
    }
    for (size_t i = 0; i < t->count; i++) {
        size_t slot = (size_t)t->entries[i].hash & (slot_count - 1);
        while (slots[slot] != 0) {
            slot = (slot + 1) & (slot_count - 1);
        }
        slots[slot] = (uint32_t)i + 1;
    }
    free(t->slots);
    t->slots = slots;
    t->slot_count = slot_count;
    return err_ok();
}

/* Room for one more entry. */
static err_t grow(struct table *t)
{
    if (t->count == t->entries_size) {
        size_t size = t->entries_size == 0 ? SLOTS_MIN / 2 : t->entries_size * 2;
        size = size > t->count_max ? t->count_max : size;
        struct entry *entries = realloc(t->entries, size * sizeof *entries);
        if (entries == NULL) {
            return ERR(NO_MEMORY);
        }
        t->entries = entries;
        t->entries_size = size;
    }
    if ((t->count + 1) * 2 > t->slot_count) {
        TRY(slots_grow(t));
    }
    return err_ok();
}

/* What the entry of a new key is to hold. */
static void *hold(const struct table *t, struct slice key, void *value)
{
    if (t->key_of != NULL) {
        return value;
    }
    struct copied *copied = malloc(sizeof *copied + key.len);
    if (copied != NULL) {
        copied->value = value;
        copied->key_len = key.len;
        if (key.len > 0) {
            memcpy(copied->key, key.ptr, key.len);
        }
    }
    return copied;
}

err_t table_put(struct table *t, struct slice key, void *value, void **ret_old)
{
    CHECK(value != NULL);
    uint64_t hash = hash_of(t, key);
    size_t slot_count = t->slot_count;
    size_t slot = slot_count > 0 ? slot_of(t, key, hash) : 0;
    if (slot_count > 0 && t->slots[slot] != 0) {
        void **place = value_at(t, &t->entries[t->slots[slot] - 1]);
        if (ret_old != NULL) {
            *ret_old = *place;
        }
        *place = value;
        return err_ok();
    }
    if (t->count == t->count_max) {
        return ERR(TABLE_FULL);
    }
    TRY(grow(t));
    void *held = hold(t, key, value);
    if (held == NULL) {
        return ERR(NO_MEMORY);
    }
    slot = t->slot_count == slot_count ? slot : slot_of(t, key, hash);
    t->entries[t->count] = (struct entry){hash, held};
    t->count++;
    t->slots[slot] = (uint32_t)t->count;
    if (ret_old != NULL) {
        *ret_old = NULL;
    }
    return err_ok();
}

/* Frees a slot and moves back the ones behind it that could no longer be reached, so that no
 * tombstones are needed. */
static void slot_free(struct table *t, size_t hole)
{
    size_t mask = t->slot_count - 1;
    size_t slot = hole;
    for (;;) {
        slot = (slot + 1) & mask;
        if (t->slots[slot] == 0) {
            break;
        }
        size_t home = (size_t)t->entries[t->slots[slot] - 1].hash & mask;
        /* It may move when its home is not behind the hole, counted round the ring. */
        if (((slot - home) & mask) >= ((slot - hole) & mask)) {
            t->slots[hole] = t->slots[slot];
            hole = slot;
        }
    }
    t->slots[hole] = 0;
}

void *table_remove(struct table *t, struct slice key)
{
    if (t->count == 0) {
        return NULL;
    }
    size_t slot = slot_of(t, key, hash_of(t, key));
    if (t->slots[slot] == 0) {
        return NULL;
    }
    size_t index = t->slots[slot] - 1;
    struct entry removed = t->entries[index];
    slot_free(t, slot);
    size_t last = t->count - 1;
    if (index != last) {
        t->slots[slot_of_index(t, last)] = (uint32_t)index + 1;
        t->entries[index] = t->entries[last];
    }
    t->count = last;
    void *value = *value_at(t, &removed);
    release(t, &removed); /* last: `key` may be the table's own, from table_at() */
    return value;
}

void *table_at(const struct table *t, size_t index, struct slice *ret_key)
{
    CHECK(index < t->count);
    if (ret_key != NULL) {
        *ret_key = key_at(t, &t->entries[index]);
    }
    return *value_at(t, &t->entries[index]);
}
