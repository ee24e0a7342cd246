/* horizon — what one partition's committed offset must say, so that a successor knows what may have
 * been sent and where its outcomes stand.
 *
 *   commands   … done │ 41   42   43   44 │ 45   46
 *                     ▲ offset            ▲ horizon: nothing at or beyond it has been sent
 *   events     … 880  │ 881  882 …
 *                     ▲ ev: outcomes of finished commands that the offset has not passed come after
 *
 * While a partition is owned its horizon stands open (anything may have been sent); when its owner
 * leaves in peace, nothing in flight, it is closed at what was really started. `ev` never passes
 * the outcome of a finished command that the offset has not passed, nor what was acknowledged when
 * the last accepted commit was asked for: an older commit that arrives late finds all it needs.
 * Pure; one thread. */
#ifndef EGRESS_CORE_HORIZON_H
#define EGRESS_CORE_HORIZON_H

#include "event/horizon_text.h"

#include <stdbool.h>
#include <stdint.h>

struct horizon_keeper {
    uint64_t incarnation; /* ours */
    int64_t inherited;    /* horizon as read, or the end of `commands` where it stood open */
    int64_t started_end;  /* one past the newest command that we have started */
    int64_t acked;        /* one past the newest record of ours in `events` */
    int64_t ev_limit;     /* `acked` when the last accepted commit was asked for */
    int64_t ev_asked;     /* `acked` when the outstanding one was */
};

/* read  what the predecessor left. Our incarnation is its, plus one. */
void horizon_take_over(struct horizon_keeper *k, const struct horizon_text *read);
/* Another owner with this incarnation or a higher one was met in `events`: ours must be above.
 * True when that changed ours, so that a new mark must be written. */
bool horizon_raise(struct horizon_keeper *k, uint64_t met);
/* Everything that was in `commands` at the takeover has been read, up to `end`. */
void horizon_commands_read(struct horizon_keeper *k, int64_t end);

/* True for a command without outcome that a predecessor may have sent. */
bool horizon_in_doubt(const struct horizon_keeper *k, int64_t offset);

void horizon_started(struct horizon_keeper *k, int64_t offset);
void horizon_acked(struct horizon_keeper *k, int64_t events_offset);

/* The text for a commit that is asked for now.
 *
 * outcome_floor  of lanes_outcome_floor(); INT64_MAX = no outcome has to be kept
 * closed         nothing is in flight and nothing will be started */
void horizon_metadata(struct horizon_keeper *k, int64_t outcome_floor, bool closed,
                      char text[HORIZON_TEXT_BYTES]);
void horizon_commit_accepted(struct horizon_keeper *k);

#endif
