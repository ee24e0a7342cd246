#include "egress/tickets.h"

#include "base/check.h"

#include <string.h>

/* The two uppermost bits of a number are left to whoever needs several kinds of them. */
enum { USES_MASK = 0x3FFFFFFF };

struct slot {
    void *who; /* NULL = free */
    uint32_t uses;
    uint32_t free_next; /* index + 1 */
};

void tickets_init(struct tickets *t)
{
    *t = (struct tickets){0};
    buf_init(&t->slots, TICKETS_MAX * sizeof(struct slot));
}

void tickets_deinit(struct tickets *t)
{
    buf_deinit(&t->slots);
    *t = (struct tickets){0};
}

static struct slot slot_get(const struct tickets *t, uint32_t index)
{
    struct slot slot;
    memcpy(&slot, t->slots.ptr + index * sizeof slot, sizeof slot);
    return slot;
}

static void slot_set(struct tickets *t, uint32_t index, struct slot slot)
{
    memcpy(t->slots.ptr + index * sizeof slot, &slot, sizeof slot);
}

err_t tickets_issue(struct tickets *t, void *who, uint64_t *ret_number)
{
    CHECK(who != NULL);
    uint32_t index = t->free_first - 1;
    struct slot slot = {0};
    if (t->free_first == 0) {
        char *room = NULL;
        TRY(buf_reserve(&t->slots, sizeof slot, &room));
        index = (uint32_t)(t->slots.len / sizeof slot);
        buf_grew(&t->slots, sizeof slot);
    } else {
        slot = slot_get(t, index);
        t->free_first = slot.free_next;
    }
    slot.who = who;
    slot.uses = (slot.uses + 1) & USES_MASK;
    slot_set(t, index, slot);
    t->out++;
    *ret_number = (uint64_t)slot.uses << 32 | ((uint64_t)index + 1);
    return err_ok();
}

void *tickets_redeem(struct tickets *t, uint64_t number)
{
    uint64_t place = number & UINT32_MAX;
    if (place == 0 || place > t->slots.len / sizeof(struct slot)) {
        return NULL;
    }
    uint32_t index = (uint32_t)place - 1;
    struct slot slot = slot_get(t, index);
    if (slot.who == NULL || slot.uses != (uint32_t)(number >> 32)) {
        return NULL;
    }
    void *who = slot.who;
    slot.who = NULL;
    slot.free_next = t->free_first;
    slot_set(t, index, slot);
    t->free_first = index + 1;
    t->out--;
    return who;
}

size_t tickets_out(const struct tickets *t)
{
    return t->out;
}

void tickets_each(const struct tickets *t, void (*visit)(void *who))
{
    size_t count = t->slots.len / sizeof(struct slot);
    for (uint32_t i = 0; i < count; i++) {
        struct slot slot = slot_get(t, i);
        if (slot.who != NULL) {
            visit(slot.who);
        }
    }
}
