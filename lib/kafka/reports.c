#include "kafka/reports.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

void reports_deinit(struct reports *r)
{
    free(r->items);
    *r = (struct reports){0};
}

err_t reports_reserve(struct reports *r)
{
    if (r->count + r->reserved >= r->size) {
        size_t size = r->size == 0 ? 64 : r->size * 2;
        struct report *items = realloc(r->items, size * sizeof *items);
        if (items == NULL) {
            return ERR(NO_MEMORY);
        }
        r->items = items;
        r->size = size;
    }
    r->reserved++;
    return err_ok();
}

void reports_unreserve(struct reports *r)
{
    CHECK(r->reserved > 0);
    r->reserved--;
}

void reports_add(struct reports *r, const struct report *report)
{
    reports_unreserve(r);
    r->items[r->count++] = *report;
}

void reports_tell(struct reports *r, const struct bus_handler *handler)
{
    size_t told = 0;
    size_t waiting = r->count;
    for (; told < waiting; told++) {
        /* A copy: the handler may produce, and the array then grows. */
        struct report report = r->items[told];
        handler->on_delivery(handler->loop, report.cookie, report.result, report.partition,
                             report.offset);
    }
    if (told > 0) {
        memmove(r->items, r->items + told, (r->count - told) * sizeof *r->items);
        r->count -= told;
    }
}
