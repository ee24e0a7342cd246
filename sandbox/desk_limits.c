#include "sandbox/desk_limits.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    MINUTE_MS = 60 * 1000,
    TICKET_WINDOW_MS = 10 * MINUTE_MS,
    TICKET_UPDATES_MAX = 30,
};

static const char too_many[] = "Number of allowed API requests per minute exceeded";

static void header_number(struct call *c, const char *name, int64_t number)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRId64, number);
    answer_header(c->answer, name, text);
}

/* Opens a new window when the old one is over; seconds until this one is. */
static int64_t turn(struct desk_window *window, wall_ms_t now, int64_t length_ms)
{
    if (!wall_known(window->start) || wall_since(now, window->start).ms >= length_ms) {
        window->start = now;
        window->count = 0;
    }
    return (length_ms - wall_since(now, window->start).ms + 999) / 1000;
}

static void refuse(struct call *c, int64_t seconds, const char *text)
{
    call_refuse(c, 429, "TooManyRequests", "%s", text);
    header_number(c, "Retry-After", seconds);
}

bool desk_limits_admit(struct call *c, struct desk_window *window)
{
    int64_t limit = c->store->limits.support_requests_per_minute;
    int64_t resets = turn(window, c->now, MINUTE_MS);
    bool fine = window->count < limit;
    window->count += fine ? 1 : 0;
    header_number(c, "X-Rate-Limit", limit);
    header_number(c, "X-Rate-Limit-Remaining", limit - window->count);
    header_number(c, "ratelimit-limit", limit);
    header_number(c, "ratelimit-remaining", limit - window->count);
    header_number(c, "ratelimit-reset", resets);
    if (!fine) {
        refuse(c, resets, too_many);
    }
    return fine;
}

static struct update_window *window_of(struct call *c, struct ticket *ticket)
{
    for (struct update_window *w = ticket->windows; w != NULL; w = w->next) {
        if (w->person == c->actor) {
            return w;
        }
    }
    struct update_window *fresh = ARENA_NEW(&c->store->arena, struct update_window);
    if (fresh == NULL) {
        (void)call_ok(c, ERR(ARENA_FULL));
        return NULL;
    }
    fresh->person = c->actor;
    fresh->next = ticket->windows;
    ticket->windows = fresh;
    return fresh;
}

bool desk_limits_update(struct call *c, struct ticket *ticket)
{
    struct desk *desk = &c->store->desk;
    struct update_window *own = window_of(c, ticket);
    if (own == NULL) {
        return false;
    }
    int64_t limit = c->store->limits.support_updates_per_minute;
    struct desk_window all = {desk->update_window, desk->update_count};
    struct desk_window one = {own->start, own->count};
    int64_t resets = turn(&all, c->now, MINUTE_MS);
    int64_t ticket_resets = turn(&one, c->now, TICKET_WINDOW_MS);
    bool account_fine = all.count < limit;
    bool ticket_fine = one.count < TICKET_UPDATES_MAX;
    if (account_fine && ticket_fine) {
        all.count++;
        one.count++;
    }
    desk->update_window = all.start;
    desk->update_count = all.count;
    own->start = one.start;
    own->count = one.count;
    char text[128];
    (void)snprintf(text, sizeof text, "total=%" PRId64 "; remaining=%" PRId64 "; resets=%" PRId64,
                   limit, limit - all.count, resets);
    answer_header(c->answer, "Zendesk-RateLimit-tickets-update", text);
    if (!account_fine) {
        refuse(c, resets, too_many);
    } else if (!ticket_fine) {
        refuse(c, ticket_resets, "You have exceeded the limit of 30 updates in 10 minutes");
    }
    return account_fine && ticket_fine;
}
