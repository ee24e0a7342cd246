/* demo_heard — what the demo bot was told without being asked, in the order in which it came.
 *
 * A notice is kept once, however often its webhook-id comes; how often that was is counted.
 * Bounded: when the room is used up, later ones are only answered. Thread: whoever holds the bot's
 * lock. */
#ifndef SANDBOX_DEMO_HEARD_H
#define SANDBOX_DEMO_HEARD_H

#include "base/buf.h"
#include "base/err.h"
#include "base/table.h"

#include <stddef.h>

enum { DEMO_HEARD_MAX = 200 * 1000, DEMO_HEARD_BYTES_MAX = 256 * 1024 * 1024 };

struct demo_heard {
    struct table *by_id; /* webhook-id → struct heard */
    struct heard *first, *last;
    size_t count;
    size_t bytes;
};

MUST_USE err_t demo_heard_init(struct demo_heard *h); /* ERR_NO_MEMORY */
void demo_heard_deinit(struct demo_heard *h);         /* accepts a zeroed one */
/* body  JSON that was read as such */
void demo_heard_take(struct demo_heard *h, struct slice id, struct slice store, struct slice body);
/* {"heard":[{"seq":1,"id":…,"store":…,"times":1,"notice":{…}},…]} from `from` on, counted from 1.
 * BUF_FULL, NO_MEMORY. */
MUST_USE err_t demo_heard_show(const struct demo_heard *h, size_t from, struct buf *out);

#endif
