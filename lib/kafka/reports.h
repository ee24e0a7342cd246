/* reports — delivery reports on their way to the loop.
 *
 * librdkafka tells them from inside any of its calls; the loop hears them only in bus_poll(). Room
 * for a report is reserved before its message is produced, so that none can be lost. */
#ifndef KAFKA_REPORTS_H
#define KAFKA_REPORTS_H

#include "base/err.h"
#include "port/bus.h"

#include <stddef.h>
#include <stdint.h>

struct report {
    uint64_t cookie;
    err_t result;
    int32_t partition;
    int64_t offset;
};

/* All zero is empty. */
struct reports {
    struct report *items;
    size_t size;     /* allocated */
    size_t count;    /* waiting in items */
    size_t reserved; /* promised to messages under way */
};

void reports_deinit(struct reports *r);
MUST_USE err_t reports_reserve(struct reports *r); /* NO_MEMORY */
void reports_unreserve(struct reports *r);
/* Uses one reservation. */
void reports_add(struct reports *r, const struct report *report);
/* Tells all that wait, in order. New ones that come meanwhile wait for the next time. */
void reports_tell(struct reports *r, const struct bus_handler *handler);

#endif
