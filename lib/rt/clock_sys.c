#include "rt/clock_sys.h"

#include "base/check.h"

#include <stddef.h>
#include <time.h>

static int64_t read_ms(clockid_t id)
{
    struct timespec now;
    CHECK(clock_gettime(id, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static wall_ms_t wall(void *self)
{
    (void)self;
    return (wall_ms_t){read_ms(CLOCK_REALTIME)};
}

static mono_ms_t mono(void *self)
{
    (void)self;
    return (mono_ms_t){read_ms(CLOCK_BOOTTIME)};
}

struct clock clock_sys(void)
{
    static const struct clock_ops ops = {.wall = wall, .mono = mono};
    return (struct clock){&ops, NULL};
}
