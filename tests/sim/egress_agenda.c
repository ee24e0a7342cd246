#include "tests/sim/egress_agenda.h"

#include "base/check.h"

#include <stdlib.h>

void agenda_deinit(struct agenda *a)
{
    for (size_t i = 0; i < a->count; i++) {
        a->items[i]->drop(a->items[i]);
    }
    free(a->items);
    *a = (struct agenda){0};
}

static bool is_sooner(const struct agenda_item *a, const struct agenda_item *b)
{
    return a->at.ms != b->at.ms ? a->at.ms < b->at.ms : a->order < b->order;
}

static void swap(struct agenda *a, size_t i, size_t k)
{
    struct agenda_item *item = a->items[i];
    a->items[i] = a->items[k];
    a->items[k] = item;
}

void agenda_put(struct agenda *a, struct agenda_item *item, mono_ms_t at)
{
    if (a->count == a->room) {
        a->room = a->room == 0 ? 64 : a->room * 2;
        struct agenda_item **items = realloc(a->items, a->room * sizeof(struct agenda_item *));
        CHECK(items != NULL);
        a->items = items;
    }
    item->at = at;
    item->order = a->orders++;
    size_t place = a->count++;
    a->items[place] = item;
    while (place > 0 && is_sooner(a->items[place], a->items[(place - 1) / 2])) {
        swap(a, place, (place - 1) / 2);
        place = (place - 1) / 2;
    }
}

const struct agenda_item *agenda_first(const struct agenda *a)
{
    return a->count == 0 ? NULL : a->items[0];
}

struct agenda_item *agenda_take(struct agenda *a)
{
    CHECK(a->count > 0);
    struct agenda_item *first = a->items[0];
    a->items[0] = a->items[--a->count];
    size_t place = 0;
    for (;;) {
        size_t child = place * 2 + 1;
        if (child >= a->count) {
            return first;
        }
        if (child + 1 < a->count && is_sooner(a->items[child + 1], a->items[child])) {
            child++;
        }
        if (!is_sooner(a->items[child], a->items[place])) {
            return first;
        }
        swap(a, place, child);
        place = child;
    }
}
