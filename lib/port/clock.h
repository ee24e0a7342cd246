/* clock — the time, and waiting for it, for loops; decisions take time from records instead. */
#ifndef PORT_CLOCK_H
#define PORT_CLOCK_H

#include "base/instant.h"

struct clock_ops {
    wall_ms_t (*wall)(void *self);
    mono_ms_t (*mono)(void *self); /* counts suspended time too */
};

struct clock {
    const struct clock_ops *ops;
    void *self;
};

static inline wall_ms_t clock_wall(struct clock *c)
{
    return c->ops->wall(c->self);
}
static inline mono_ms_t clock_mono(struct clock *c)
{
    return c->ops->mono(c->self);
}

#endif
