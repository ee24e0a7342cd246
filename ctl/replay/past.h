/* past — one partition as it was before an event, read from what the log holds. Pure: it reads
 * through a port.
 *
 *     config         ─▶ every version there is
 *     conversations  ─▶ how far it was decided; states that nothing has changed since
 *     snapshots      ─▶ the partition before its first event of a day, and each state before the
 *                       first event of a day that changed it
 *     dead           ─▶ events that were set aside
 *
 * A state at the start is the first snapshot of it from there on, if that was changed last before
 * that day; without one it is the newest in the changelog, if that is as old; else there was none
 * (docs/EVENTS.md). From the log's first record on nothing is needed but the log. */
#ifndef CTL_REPLAY_PAST_H
#define CTL_REPLAY_PAST_H

#include "base/arena.h"
#include "base/err.h"
#include "ctl/replay/store.h"
#include "event/config_log.h"
#include "port/reader.h"
#include "processor/core/decide.h"

/* Which records; a zeroed one is all of the partition. */
struct past_span {
    struct slice key;       /* of this conversation only; empty = all */
    wall_ms_t since, until; /* of the log; 0 = open */
    int64_t from, to;       /* offsets of `events`; 0 = open, `to` is left out */
};

/* Offsets by time, which the log knows without being read. `at` NULL: it does not, and topics are
 * read from their first records. */
struct past_times {
    /* Where `topic` begins to be of that time or later; the end where nothing is. */
    err_t (*at)(void *arg, enum topic topic, int32_t partition, wall_ms_t time,
                int64_t *ret_offset);
    void *arg;
};

/* How far behind its event a record may stand by the log's clock, or before it: each topic's leader
 * stamps its own records. */
enum { PAST_MARGIN_MS = 60 * 1000 };

/* An event that was set aside, and how often it had been tried. */
struct past_dead {
    int64_t offset;
    uint32_t tries;
    bool crashed;
};

/* What a state that went had counted to. */
struct past_gone {
    int64_t offset;
    struct evict_numbers numbers;
};

struct past {
    struct reader_port *port;
    int32_t partition;
    struct past_span span;
    struct past_times times;

    struct config_log *config;
    int64_t *versions; /* offsets of `config` that are there, rising */
    size_t version_count;
    struct past_dead *dead; /* rising */
    size_t dead_count;
    struct past_gone *gone; /* rising; only of a single conversation's replay */
    size_t gone_count;

    struct checkpoint newest; /* next = -1: nothing was decided yet */
    struct checkpoint start;  /* next = where to begin to read */
    wall_ms_t start_of_day;   /* states older than this may be those of the start; 0 = none is */
    int64_t first;            /* of `events` that is still there */
    bool is_cut;              /* not all that was asked for is there any more */
    wall_ms_t first_time;     /* of the first event there is; 0 = there is none */
    struct store_of states;   /* at the start, or after it; with their chunks */
    struct store_of newest_states;
    struct arena arena;

    /* While it is read. */
    int64_t asked;     /* offset of `events` from which on it is asked; 0 = from the first */
    int64_t ends;      /* offset at which what is asked for ends; INT64_MAX = open */
    int64_t snapshots; /* offset in `snapshots` of the checkpoint at the start */
    wall_ms_t changed; /* first change of the one conversation since; 0 = none is known */
    bool is_enough;    /* nothing more of this topic is of interest */
};

/* Reads it all. `p->port`, partition, span and times are set, the rest is zero.
 *
 * Errors  UNAVAILABLE, NO_TOPIC, TIMEOUT; RANGE: what was asked for is not there any more, or a
 *         version of the configuration is missing; with `why` */
MUST_USE err_t past_read(struct past *p, struct why *why);
void past_deinit(struct past *p); /* accepts a zeroed one */

/* The packed state or chunk at the start. False: there was none. */
bool past_state(const struct past *p, struct slice key, struct slice *ret_bytes);
const struct past_dead *past_dead_at(const struct past *p, int64_t offset);
const struct past_gone *past_gone_at(const struct past *p, int64_t offset);
/* The configuration as of this offset. CONFIG: that version is not in the log any more. TIMEOUT: it
 * never was, as far as is known. */
MUST_USE err_t past_config(const struct past *p, int64_t offset, const struct config_set **ret_set);

/* Where `topic` begins to be of that time or later, or somewhat before it. */
MUST_USE err_t past_offset_by(const struct past_times *times, enum topic topic, int32_t partition,
                              wall_ms_t time, int64_t *ret_offset);

/* The next record before the end that was known at opening; *ret_more is false behind it. TIMEOUT,
 * with `why`. */
MUST_USE err_t past_next(struct reader_port *port, struct reader *reader, const char *what,
                         struct why *why, struct bus_record *ret_record, bool *ret_more);

#endif
