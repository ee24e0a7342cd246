#include "egress/core/due.h"

#include "base/check.h"

#include <string.h>

void due_init(struct due *d, size_t count_max)
{
    buf_init(&d->entries, count_max * sizeof(struct due_entry *));
}

void due_deinit(struct due *d)
{
    buf_deinit(&d->entries);
}

size_t due_count(const struct due *d)
{
    return d->entries.len / sizeof(struct due_entry *);
}

/* `place` counts from 1. */
static struct due_entry *entry_at(const struct due *d, size_t place)
{
    struct due_entry *entry = NULL;
    memcpy(&entry, d->entries.ptr + (place - 1) * sizeof entry, sizeof entry);
    return entry;
}

static void entry_set(struct due *d, size_t place, struct due_entry *entry)
{
    memcpy(d->entries.ptr + (place - 1) * sizeof entry, &entry, sizeof entry);
    entry->place = place;
}

static void sift_up(struct due *d, struct due_entry *entry, size_t place)
{
    while (place > 1) {
        struct due_entry *parent = entry_at(d, place / 2);
        if (!mono_before(entry->at, parent->at)) {
            break;
        }
        entry_set(d, place, parent);
        place /= 2;
    }
    entry_set(d, place, entry);
}

static void sift_down(struct due *d, struct due_entry *entry, size_t place)
{
    size_t count = due_count(d);
    while (place * 2 <= count) {
        size_t child = place * 2;
        if (child < count && mono_before(entry_at(d, child + 1)->at, entry_at(d, child)->at)) {
            child++;
        }
        struct due_entry *below = entry_at(d, child);
        if (!mono_before(below->at, entry->at)) {
            break;
        }
        entry_set(d, place, below);
        place = child;
    }
    entry_set(d, place, entry);
}

err_t due_put(struct due *d, struct due_entry *entry, mono_ms_t at)
{
    if (entry->place == 0) {
        char *room = NULL;
        TRY(buf_reserve(&d->entries, sizeof entry, &room));
        buf_grew(&d->entries, sizeof entry);
        entry_set(d, due_count(d), entry);
    }
    CHECK(entry_at(d, entry->place) == entry);
    entry->at = at;
    sift_up(d, entry, entry->place);
    sift_down(d, entry, entry->place);
    return err_ok();
}

void due_remove(struct due *d, struct due_entry *entry)
{
    if (entry->place == 0) {
        return;
    }
    size_t place = entry->place;
    CHECK(entry_at(d, place) == entry);
    struct due_entry *last = entry_at(d, due_count(d));
    d->entries.len -= sizeof entry;
    entry->place = 0;
    if (last != entry) {
        sift_up(d, last, place);
        sift_down(d, last, last->place);
    }
}

struct due_entry *due_first(const struct due *d)
{
    return due_count(d) == 0 ? NULL : entry_at(d, 1);
}

struct due_entry *due_take(struct due *d, mono_ms_t now)
{
    struct due_entry *first = due_first(d);
    if (first == NULL || mono_before(now, first->at)) {
        return NULL;
    }
    due_remove(d, first);
    return first;
}
