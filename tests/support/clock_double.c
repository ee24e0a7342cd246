#include "tests/support/clock_double.h"

void clock_double_init(struct clock_double *c)
{
    *c = (struct clock_double){.wall = {INT64_C(1789377125000)}, .mono = {1000 * 1000}};
}

static wall_ms_t wall(void *self)
{
    return ((struct clock_double *)self)->wall;
}

static mono_ms_t mono(void *self)
{
    struct clock_double *c = self;
    clock_double_advance(c, c->ticks);
    return c->mono;
}

struct clock clock_double_port(struct clock_double *c)
{
    static const struct clock_ops ops = {wall, mono};
    return (struct clock){&ops, c};
}

void clock_double_advance(struct clock_double *c, span_ms_t by)
{
    c->wall = wall_add(c->wall, by);
    c->mono = mono_add(c->mono, by);
}
