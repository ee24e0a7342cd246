#include "processor/schedule.h"

#include "base/check.h"

#include <stdlib.h>

static char *key_bytes(struct slice key)
{
    return (char *)(uintptr_t)key.ptr;
}

void schedule_clear(struct schedule *s)
{
    for (size_t i = 0; i < s->count; i++) {
        free(key_bytes(s->entries[i].key));
    }
    s->count = 0;
}

void schedule_deinit(struct schedule *s)
{
    schedule_clear(s);
    free(s->entries);
    *s = (struct schedule){0};
}

static bool is_before(const struct schedule_entry *a, const struct schedule_entry *b)
{
    return a->due.ms < b->due.ms || (a->due.ms == b->due.ms && slice_compare(a->key, b->key) < 0);
}

static void swap(struct schedule_entry *a, struct schedule_entry *b)
{
    struct schedule_entry old = *a;
    *a = *b;
    *b = old;
}

err_t schedule_add(struct schedule *s, wall_ms_t due, struct slice key)
{
    if (s->count == s->size) {
        size_t size = s->size == 0 ? 16 : s->size * 2;
        struct schedule_entry *entries = realloc(s->entries, size * sizeof *entries);
        if (entries == NULL) {
            return ERR(NO_MEMORY);
        }
        s->entries = entries;
        s->size = size;
    }
    char *copy = malloc(key.len > 0 ? key.len : 1);
    if (copy == NULL) {
        return ERR(NO_MEMORY);
    }
    memcpy(copy, key.ptr, key.len);
    size_t at = s->count++;
    s->entries[at] = (struct schedule_entry){due, slice_from(copy, key.len)};
    while (at > 0 && is_before(&s->entries[at], &s->entries[(at - 1) / 2])) {
        swap(&s->entries[at], &s->entries[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    return err_ok();
}

bool schedule_next(const struct schedule *s, wall_ms_t *ret_due)
{
    if (s->count == 0) {
        return false;
    }
    *ret_due = s->entries[0].due;
    return true;
}

struct schedule_entry schedule_take(struct schedule *s)
{
    CHECK(s->count > 0);
    struct schedule_entry first = s->entries[0];
    s->entries[0] = s->entries[--s->count];
    size_t at = 0;
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < s->count; child++) {
            if (is_before(&s->entries[child], &s->entries[least])) {
                least = child;
            }
        }
        if (least == at) {
            return first;
        }
        swap(&s->entries[at], &s->entries[least]);
        at = least;
    }
}
