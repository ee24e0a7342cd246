/* cursor — a place in the past of one partition, from which one goes on, and back. Pure: it reads
 * through a port.
 *
 * Going back is going forward once more from the start: nothing that was decided has left a trace
 * but in the player, and the same events give the same states. */
#ifndef CTL_REPLAY_CURSOR_H
#define CTL_REPLAY_CURSOR_H

#include "base/err.h"
#include "ctl/replay/past.h"
#include "ctl/replay/player.h"

struct cursor {
    const struct config_set *instead; /* decides instead of what was in force; NULL = that */
    struct past past;
    struct player player;
    struct reader *events;
    uint64_t count;   /* events played; those of other conversations go by */
    wall_ms_t last;   /* time of the newest event read */
    bool is_over;     /* what was asked for, or decided at all, is at its end */
    bool is_followed; /* and there are events behind it in the log */
};

/* One event, as it was read and as it came out; the record is valid until the next one. */
struct cursor_event {
    struct bus_record record;
    enum played played;
    bool is_in_span; /* of what was asked for; else it is played to get there */
};

/* `c->past` has port, partition and span, `c->instead` is set, the rest is zero. Errors as
 * past_read() and player_init(). */
MUST_USE err_t cursor_open(struct cursor *c, struct why *why);
void cursor_close(struct cursor *c); /* accepts a zeroed one */

/* Plays the next event; *ret_more is false where there is none. Errors as player_take(). */
MUST_USE err_t cursor_next(struct cursor *c, struct why *why, struct cursor_event *ret_event,
                           bool *ret_more);
/* Before the first event again. */
MUST_USE err_t cursor_rewind(struct cursor *c, struct why *why);
/* Behind the event number `count` (0 = before the first), or behind the last; *ret_event is that
 * one. */
MUST_USE err_t cursor_seek(struct cursor *c, uint64_t count, struct why *why,
                           struct cursor_event *ret_event);

#endif
