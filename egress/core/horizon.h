/* horizon — what has been sent of one partition: what a new owner finds, and what ours says of it.
 *
 *   commands   … done │ 41   42   43   44 │ 45   46
 *                     ▲ offset            ▲ horizon: nothing at or beyond it has been sent
 *   events     … 880  │ 881  882 …
 *                     ▲ ev: outcomes of finished commands that the offset has not passed come after
 *
 * Before a command is sent, the horizon moves past it, in two steps that each can fail:
 *
 *   recorded   a record in `events`, acknowledged           remembers, whoever commits what
 *   accepted   a commit that carries it, accepted           fences: only the group's member can
 *
 * The record comes first because the fence has a hole: a member without membership commits with
 * generation -1, which an empty group accepts, even backwards. Then the metadata is old, but so is
 * its `ev`, and the records from there on tell the rest.
 *
 * A commit also proves that we were the owner when it was accepted. So an owner commits his
 * incarnation before he marks `events` with it, which ends the say of all older ones. And what was
 * once in doubt, and what follows a command that was not applied, is sent only after a commit asked
 * for since then: else one who is expelled and does not know it would overtake its successor.
 *
 * Pure; one thread. */
#ifndef EGRESS_CORE_HORIZON_H
#define EGRESS_CORE_HORIZON_H

#include "event/horizon_text.h"

#include <stdbool.h>
#include <stdint.h>

/* ---- what a new owner finds, record by record, in the order of `events` */

struct horizon_history {
    uint64_t counts;  /* newest incarnation met; outcomes of older ones come too late */
    uint64_t writer;  /* newest incarnation that has told a horizon */
    int64_t last;     /* its highest, or the one that closed */
    int64_t highest;  /* of all other writers */
    int64_t sent_end; /* one past the newest command that was sent, as the outcomes show it */
};

void horizon_history_begin(struct horizon_history *h, const struct horizon_text *read);
void horizon_history_takeover(struct horizon_history *h, uint64_t incarnation);
/* closes  its writer left in peace: what he had told before does not count any more */
void horizon_history_horizon(struct horizon_history *h, uint64_t incarnation, int64_t offset,
                             bool closes);
/* False for an outcome that comes too late: its writer had been succeeded.
 *
 * was_sent  something that changes anything went out for the command */
bool horizon_history_outcome(struct horizon_history *h, uint64_t incarnation, int64_t command,
                             bool was_sent);
/* No predecessor has sent anything at or beyond it; INT64_MAX when the history contradicts itself,
 * which *ret_contradiction tells: then everything is in doubt. */
int64_t horizon_history_result(const struct horizon_history *h, bool *ret_contradiction);

/* ---- what we say of our own */

struct horizon_keeper {
    uint64_t incarnation; /* ours */
    uint64_t counts_at;   /* incarnation that counts at `ev_inherited` */
    int64_t ev_inherited; /* ev as read */
    int64_t mark;         /* of our takeover record in `events`; -1 = not there yet */
    int64_t inherited;    /* horizon of our predecessors */
    int64_t started_end;  /* one past the newest command that we have sent */
    int64_t recorded;     /* newest horizon of our own that is acknowledged in `events` */
    int64_t carried;      /* what a commit carries at least: as read, and then as inherited */
    int64_t asked;        /* the one that the outstanding commit carries */
    int64_t accepted;     /* the one that the last accepted commit carried; -1 = none was */
    uint64_t commits_asked, commits_accepted; /* serials, from 1 */
    int64_t acked;                            /* one past the newest record of ours in `events` */
    int64_t ev_limit; /* `acked` when the last accepted commit was asked for */
    int64_t ev_asked; /* `acked` when the outstanding one was */
};

/* read  what the predecessor left. Our incarnation is its, plus one. */
void horizon_take_over(struct horizon_keeper *k, const struct horizon_text *read);
/* Another owner with this incarnation or a higher one was met in `events`: ours must be above.
 * True when that changed ours, so that it must be committed and marked anew. */
bool horizon_raise(struct horizon_keeper *k, uint64_t met);
void horizon_marked(struct horizon_keeper *k, int64_t events_offset);
/* `events` has been read up to our mark.
 *
 * found  of horizon_history_result(), or INT64_MAX: all that is there is in doubt */
void horizon_found(struct horizon_keeper *k, int64_t found);
/* `commands` has been read, and ended at `end`. */
void horizon_commands_read(struct horizon_keeper *k, int64_t end);
/* True for a command without outcome that a predecessor may have sent. */
bool horizon_in_doubt(const struct horizon_keeper *k, int64_t offset);

/* Where the horizon has to be so that `wanted` may be sent: some way beyond it, for what comes
 * next, but never past what was fetched, since a successor must find every command below it.
 * Never below what was inherited: one who was expelled may still lower what he told himself, so
 * what we send has to stand in a record of ours. */
int64_t horizon_target(const struct horizon_keeper *k, int64_t wanted, int64_t fetched_end);
void horizon_recorded(struct horizon_keeper *k, int64_t horizon);
void horizon_acked(struct horizon_keeper *k, int64_t events_offset);
void horizon_started(struct horizon_keeper *k, int64_t offset);

/* True when the command at `offset` may be sent as far as the horizon goes, by a commit with serial
 * `since` or a later one. */
bool horizon_lets(const struct horizon_keeper *k, int64_t offset, uint64_t since);
/* Serial of the next commit that is asked for: later than everything that has happened so far. */
uint64_t horizon_next_commit(const struct horizon_keeper *k);

/* Nothing is in flight and nothing will be: the horizon that says so. */
int64_t horizon_closed(const struct horizon_keeper *k);
/* True when a last record has to tell it, since a higher one stands in `events`. */
bool horizon_must_close(const struct horizon_keeper *k);
void horizon_close(struct horizon_keeper *k); /* that record is acknowledged */

/* The text for a commit that is asked for now.
 *
 * outcome_floor  of lanes_outcome_floor(); INT64_MAX = no outcome has to be kept */
void horizon_ask(struct horizon_keeper *k, int64_t outcome_floor, char text[HORIZON_TEXT_BYTES]);
/* True when a commit that is asked for now lets a successor begin to read `events` at our mark or
 * behind it, as far as outcomes allow. */
bool horizon_counts_from_mark(const struct horizon_keeper *k);
void horizon_commit_accepted(struct horizon_keeper *k);

#endif
