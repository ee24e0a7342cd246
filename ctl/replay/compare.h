/* compare — what a replay decides against what the log holds, byte for byte. Pure: it reads through
 * a port.
 *
 *     replayed   A1 B1 A2 ...        each is the next one of its conversation in the log,
 *     log        A1 B1 A2 ...        which is read only as far as is needed for it
 *
 * Commands are all there, in order. States are compacted: what stands there was decided, each in
 * its turn, and the newest of a conversation always stands there. What a person had written again
 * (`tieline dead redrive`) is none of the processor's. A conversation that differs once is not
 * looked at any more: all that follows from a difference differs. */
#ifndef CTL_REPLAY_COMPARE_H
#define CTL_REPLAY_COMPARE_H

#include "base/arena.h"
#include "base/err.h"
#include "ctl/replay/store.h"
#include "port/reader.h"
#include "processor/core/decide.h"

enum difference_kind {
    DIFFERENCE_COMMAND,
    DIFFERENCE_STATE,
    DIFFERENCE_DEAD, /* set aside then and not now, or the other way round */
};

struct difference {
    enum difference_kind kind;
    struct slice key;  /* of the conversation */
    int64_t offset;    /* of the event; -1 = behind the last */
    wall_ms_t time;    /* its time, or that of what the log holds */
    struct slice ours; /* bytes; empty = nothing, or a tombstone */
    struct slice theirs;
    bool is_ours, is_theirs; /* there is one at all */
    const char *text;        /* one line for a person */
};

typedef err_t (*difference_fn)(void *arg, const struct difference *d);

struct stream; /* one topic of the log, read beside the replay */

struct compare {
    struct reader_port *port;
    int32_t partition;
    struct slice key; /* of this conversation only; empty = all */
    wall_ms_t since;  /* what was decided before is passed over */
    difference_fn tell;
    void *arg;

    struct stream *commands, *states;
    struct store_of differs; /* conversations that do */
    struct store_of pending; /* states that are not met yet: the event's offset and time */
    struct arena arena;
    uint64_t compared; /* records found equal */
    uint64_t unknown;  /* commands that retention has removed from the log */
};

/* Members up to `arg` are set, the rest is zero. commands_from, states_from: offsets to read from,
 * or READER_FROM_START. Errors of the reader. */
MUST_USE err_t compare_open(struct compare *c, int64_t commands_from, int64_t states_from);
void compare_close(struct compare *c); /* accepts a zeroed one */

/* What followed from the event at `record`. TIMEOUT and the like, with `why`. */
MUST_USE err_t compare_written(struct compare *c, const struct bus_record *record,
                               const struct written *written, size_t count, struct why *why);
/* One that was set aside then (`was`) and is now (`is`). */
MUST_USE err_t compare_dead(struct compare *c, const struct bus_record *record, bool was, bool is);
/* Nothing follows any more; the newest event was of the time `until`, and the log's last one if
 * `is_all`. Tells what the log has and the replay has not. */
MUST_USE err_t compare_finish(struct compare *c, wall_ms_t until, bool is_all, struct why *why);

#endif
