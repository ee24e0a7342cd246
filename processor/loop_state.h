/* loop_state — the inside of the loop, shared by loop.c and the files that its parts are in. */
#ifndef PROCESSOR_LOOP_STATE_H
#define PROCESSOR_LOOP_STATE_H

#include "base/arena.h"
#include "base/buf.h"
#include "processor/loop.h"
#include "processor/partition.h"

struct loop {
    struct loop_options options;
    struct bus *bus; /* of the call under way */
    err_t pending;   /* failure inside a callback, told by the next loop_run */

    struct partition *partitions[LIMIT_PARTITIONS_MAX]; /* NULL = not ours */
    struct config_log *config;
    struct reader *config_reader;
    mono_ms_t config_looked;
    bool config_is_whole;   /* read to its end as of the last look */
    int64_t config_checked; /* its end when it was last asked about a move */
    mono_ms_t tended;

    bool is_lost; /* what the log holds is not known: start over before anything else */
    uint64_t txn; /* number of the open or last transaction */
    bool txn_open;
    bool is_ending;  /* the one before it is being committed */
    bool end_failed; /* it was not, and nothing is rolled back yet */
    mono_ms_t ending_since;
    size_t batch;
    bool is_alone; /* the event in the open transaction is to be its only one */
    mono_ms_t batch_began;
    mono_ms_t committed_at;

    struct decide decide; /* of the event in hand */
    struct arena arena;   /* of whatever else */
    struct buf out;
};

/* restore.c: one piece of work for each partition that is not running yet. */
MUST_USE err_t restore_begin(struct loop *l, const struct bus_offset *committed);
MUST_USE err_t restore_some(struct loop *l);
/* Takes in new records of `config`; waits for offset `upto` (-1 = takes what is there). */
MUST_USE err_t restore_config(struct loop *l, int64_t upto);
/* CONFIG: the configuration, where it is known to its end, says that all was moved to another
 * prefix, or is still to come from one. What is decided here now would be decided twice. */
MUST_USE err_t restore_check_moved(struct loop *l);

/* unbar.c: the changelog of `p` has nothing to read now: looks whether a transaction that was left
 * open is why, and ends it if it is ours. */
MUST_USE err_t unbar(struct loop *l, struct partition *p);

/* apply.c: writes an event, in the open transaction.
 * partition  -1 = that of its conversation */
MUST_USE err_t apply_event(struct loop *l, int32_t partition, const struct event *event);
/* apply.c: decides one record and writes what follows from it. */
MUST_USE err_t apply_record(struct loop *l, struct partition *p, const struct bus_record *record);
/* Writes a timer's event for each timer of `p` that is due; *ret_fired = how many. */
MUST_USE err_t apply_timers(struct loop *l, struct partition *p, wall_ms_t now, size_t *ret_fired);
/* Tells the partition's log that the newest configuration is in force from here on. */
MUST_USE err_t apply_config(struct loop *l, struct partition *p);
MUST_USE err_t apply_checkpoint(struct loop *l, struct partition *p);

/* commit.c: transactions. One is open while the one before it is being committed; what is on its
 * way is known to be committed before the next is asked for. */

/* Opens a transaction unless one is open; notes where `p` stood. */
MUST_USE err_t loop_begin(struct loop *l, struct partition *p);
/* Commits the open transaction, and waits until it is known that it is. */
MUST_USE err_t loop_commit(struct loop *l);
/* Sends it on its way only. None may be on its way. */
MUST_USE err_t commit_begin(struct loop *l);
/* Looks, for at most `wait`, whether what is on its way is through. */
MUST_USE err_t commit_look(struct loop *l, span_ms_t wait);
/* Until nothing is on its way, however long that takes: the bus bounds it. */
MUST_USE err_t commit_await(struct loop *l);
/* Commits what is there, and that nobody need be careful after us with these partitions. */
MUST_USE err_t commit_leave(struct loop *l, const int32_t *partitions, size_t count);
/* One switch for whatever a transaction may meet: takes back what is lost. Returns what nobody can
 * go on from. */
MUST_USE err_t commit_recover(struct loop *l, err_t err);
/* A new handle, and everything read again. */
MUST_USE err_t commit_start_over(struct loop *l);
/* A failure of the brokers, which passes. */
bool loop_is_weather(err_t err);

void loop_drop(struct loop *l, int32_t number); /* forgets a partition */
void loop_drop_all(struct loop *l);             /* and what was under way */

#endif
