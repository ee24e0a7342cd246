#include "sandbox/clock.h"

#include <stdio.h>
#include <time.h>

wall_ms_t clock_now(struct clock *c)
{
    if (wall_known(c->fixed)) {
        return c->fixed;
    }
    struct timespec real = {0};
    (void)clock_gettime(CLOCK_REALTIME, &real);
    wall_ms_t now = {(int64_t)real.tv_sec * 1000 + real.tv_nsec / 1000000};
    c->newest = wall_later(c->newest, wall_add(now, c->offset));
    return c->newest;
}

void clock_advance(struct clock *c, span_ms_t by)
{
    c->offset.ms += by.ms;
}

void clock_fix(struct clock *c, wall_ms_t at)
{
    c->fixed = at;
    c->newest = wall_later(c->newest, at);
}

void clock_http_date(wall_ms_t time, char text[CLOCK_HTTP_DATE_BYTES])
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)(time.ms / 1000);
    struct tm tm = {0};
    (void)gmtime_r(&seconds, &tm);
    (void)snprintf(text, CLOCK_HTTP_DATE_BYTES, "%s, %02u %s %04u %02u:%02u:%02u GMT",
                   days[tm.tm_wday % 7], (unsigned)tm.tm_mday % 100, months[tm.tm_mon % 12],
                   (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)tm.tm_hour % 100,
                   (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
}
