/* share — one partition of `commands` that is ours, from being given to us to being taken away.
 *
 *   committing ──▶ marking ──▶ reading events ──▶ reading commands ──▶ running
 *      ▲                              │
 *      └──────────────────────────────┘  met an owner with our incarnation: a higher one
 *
 *   committing        our incarnation is being stored beside the offset: only a member can
 *   marking           a takeover record with it is being written into `events`
 *   reading events    outcomes and horizons from the metadata's position up to that record
 *   reading commands  from the committed offset to the end: fences and lanes are known whole
 *   running           commands are carried out as they come; the horizon moves ahead of them
 *
 * Nothing is sent before `running`. One thread. */
#ifndef EGRESS_SHARE_H
#define EGRESS_SHARE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/table.h"
#include "egress/call.h"
#include "egress/core/horizon.h"
#include "egress/core/lane.h"
#include "port/reader.h"

#include <stdbool.h>
#include <stdint.h>

enum share_phase {
    SHARE_COMMITTING,
    SHARE_MARKING,
    SHARE_READING_EVENTS,
    SHARE_READING_COMMANDS,
    SHARE_RUNNING,
    SHARE_PHASE_COUNT
};

struct share {
    int32_t number;
    unsigned phase; /* enum share_phase */
    struct lanes lanes;
    struct horizon_keeper horizon;
    mono_ms_t taken_over; /* when absence starts to count for what a predecessor sent */

    /* Takeover */
    mono_ms_t retry_at;    /* nothing before that: what it needs was not available */
    int64_t events_from;   /* READER_FROM_START: all of them */
    int64_t commands_from; /* same */
    struct horizon_history history;
    struct reader *reader; /* open while reading */
    mono_ms_t read_at;     /* when it was opened, or has read something last */
    struct table *found;   /* command offset → where its outcome stands */
    struct arena found_arena;
    int64_t found_end;  /* one past the newest command in it */
    int64_t start_from; /* running: lanes from this command on have not begun; -1 = all have */

    /* Records of the partition itself: takeover, and then horizons */
    uint64_t record_ticket; /* 0 = none is being written */
    int64_t record_horizon; /* what it says */
    mono_ms_t record_since; /* when it was handed over */

    /* Calls whose outcomes were handed over and are not acknowledged, the oldest first */
    struct call_list posted;
    size_t written;             /* outcomes of them that are on their way */
    struct call_list unwritten; /* calls whose outcomes are to be handed over, … */
    size_t unwritten_count;     /* … and how many */
    mono_ms_t heard_at;         /* of one on its way, last: handed over or reported */

    /* Calls that wait for the horizon */
    struct call_list held;

    /* Commits */
    int64_t committed;    /* as last accepted */
    bool is_dirty;        /* more is finished than is committed */
    bool is_asked;        /* part of the outstanding commit */
    bool is_new;          /* runs, but what was read for the takeover would be read again */
    bool is_proof_wanted; /* some held call needs a commit, whatever is finished */

    bool is_paused;

    /* Calls whose bytes have to be read again, the lowest offset first: the heap's moments are
     * offsets here */
    struct due wanted;
    mono_ms_t reread_since; /* the reader is open for them from then on */
    mono_ms_t reread_at;    /* not before that: they could not be read */
};

/* committed  offset and metadata as read; `position` may be READER_FROM_START (recovering)
 * lane_max   most commands held
 * NO_MEMORY. */
MUST_USE err_t share_new(int32_t number, const struct horizon_text *read, int64_t position,
                         bool is_recovering, struct share **ret_share);
/* Accepts NULL. The reader must be closed. Items of the lanes are gone afterwards. */
void share_free(struct share *s);

/* It waits for a reader: of a takeover, or of records that are wanted again. */
bool share_reads(const struct share *s);
void share_move(struct share *s, enum share_phase to);
const char *share_phase_name(enum share_phase phase);

/* Remembers that the command at `command_offset` has an outcome at `events_offset`; the first one
 * counts. NO_MEMORY, ARENA_FULL. */
MUST_USE err_t share_outcome_found(struct share *s, int64_t command_offset, int64_t events_offset);
/* Where the outcome of this command stands; -1 = it has none. */
int64_t share_outcome_of(const struct share *s, int64_t command_offset);
/* Everything that was gathered for the takeover has been used: it is given back. */
void share_forget_found(struct share *s);

#endif
