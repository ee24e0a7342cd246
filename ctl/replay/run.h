/* run — one partition replayed: where it starts, its events in order, and what the log says to it.
 * Pure: it reads through a port. */
#ifndef CTL_REPLAY_RUN_H
#define CTL_REPLAY_RUN_H

#include "base/err.h"
#include "ctl/replay/compare.h"
#include "ctl/replay/cursor.h"

/* What is told while it runs; members may be NULL. An error ends the replay. */
struct replay_watcher {
    void *arg;
    /* What is asked for begins, or begins later than asked: past->is_cut. */
    err_t (*on_start)(void *arg, const struct past *past);
    /* An event of the span, decided. */
    err_t (*on_event)(void *arg, const struct bus_record *record, const struct player *player,
                      enum played played);
    difference_fn on_difference;
};

struct replay {
    struct reader_port *port;
    int32_t partition;
    struct past_span span;
    const struct config_set *instead; /* NULL = what was in force */
    bool compares;
    struct replay_watcher watcher;
    struct past_times times;

    uint64_t events;      /* decided or set aside */
    uint64_t commands;    /* that followed */
    uint64_t compared;    /* records found equal */
    uint64_t unknown;     /* commands that the log does not hold any more */
    uint64_t differences; /* conversations that differ */
    uint64_t hash;        /* of the states at the end */
};

/* Errors as past_read(), player_take() and compare_written(), with `why`. */
MUST_USE err_t replay_run(struct replay *r, struct why *why);

#endif
