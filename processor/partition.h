/* partition — what the processor holds of one partition: its conversations, timers and position.
 *
 *     changelog ──restore──▶ states: key ─▶ packed blob        (heap; one malloc a conversation)
 *                            chunks: the same of transcripts, where a store wants them
 *                            schedule: timers due
 *                            here: the next event to decide, and the configuration in force
 *
 * Within a transaction the first change of a key keeps the old blob in an undo list: commit frees
 * the old ones, abort puts them back. No copies are made for it. While one transaction is being
 * committed the next may be open (commit.c); the list then holds both, the older first:
 *
 *     undo   [ of the one on its way … | of the open one … ]
 *                             undo_ending ┘
 */
#ifndef PROCESSOR_PARTITION_H
#define PROCESSOR_PARTITION_H

#include "base/err.h"
#include "base/instant.h"
#include "base/table.h"
#include "event/config_log.h"
#include "event/conversation.h"
#include "port/reader.h"
#include "processor/attempts.h"
#include "processor/core/decide.h"
#include "processor/schedule.h"
#include "processor/sweep.h"
#include "processor/walk.h"

#include <stdbool.h>
#include <stdint.h>

/* A conversation as it rests: packed, with what the shell must know without unpacking. */
struct blob {
    wall_ms_t due;    /* earliest timer; 0 = none */
    uint64_t changed; /* transaction in which it was last changed */
    uint32_t len;
    uint16_t key_len;
    uint8_t owner; /* enum owner; OWNERS_KNOWN = it cannot be told */
    char bytes[];  /* the state's, and behind them the key's */
};
static inline struct slice blob_key(const struct blob *blob)
{
    return slice_from(blob->bytes + blob->len, blob->key_len);
}

enum { OWNERS_KNOWN = OWNER_NOBODY + 1 };

enum partition_phase {
    PARTITION_RESTORING, /* reading the changelog */
    PARTITION_WAITING,   /* restored, no configuration to decide with yet */
    PARTITION_RUNNING,
};

/* An open transaction that the changelog cannot be read beyond. */
struct bar {
    bool is_there;
    bool is_told;
    mono_ms_t since;
    mono_ms_t tried; /* to end it */
};

struct undo {
    struct table *table;
    struct blob *old; /* what stood there; without a state when nothing did */
    bool was_there;
};

/* Where a partition stands in its log. */
struct standing {
    struct place here; /* next, configuration and all that a decision goes by */
    uint32_t tries;    /* of the event at `here.point.next` */
};

struct partition {
    int32_t number;
    enum partition_phase phase;
    struct table *states;
    struct table *chunks;           /* of transcripts, by the keys of their records */
    size_t owned[OWNERS_KNOWN + 1]; /* how many of them each owner has */
    struct schedule schedule;
    struct reader *reader;   /* while restoring */
    struct bar bar;          /* likewise */
    struct checkpoint found; /* newest in the changelog; next = -1: none */
    int64_t committed;       /* offset stored in the group when it was assigned */
    bool was_owned;          /* somebody has committed there, and a checkpoint with it */

    bool is_unclean;  /* its last owner did not end well: the next event counts as tried */
    bool is_noted;    /* a crash of ours would be seen from what is committed */
    bool is_leaving;  /* the open transaction is our last one here */
    uint32_t careful; /* how many events are still to be decided one by one */
    uint32_t tries;   /* of the event at `next` */
    char mark[ATTEMPTS_TEXT_BYTES]; /* of the commit under way */

    struct place here;
    struct standing begin;  /* as it was when the open transaction first touched it … */
    struct standing ending; /* … and the one on its way: where an abort goes back to */
    bool touched;           /* by the open transaction */
    bool is_ending;         /* touched by the one that is being committed */
    struct walk walk;
    struct sweep sweep;
    int64_t config_asked; /* newest version announced to this partition's log */

    struct undo *undo;
    size_t undo_count;
    size_t undo_ending;
    size_t undo_size;
};

/* seed  for the table's hash. NO_MEMORY. */
MUST_USE err_t partition_new(int32_t number, uint64_t seed, struct partition **ret_partition);
void partition_free(struct partition *p); /* accepts NULL; does not close the reader */

/* NULL = no such conversation. */
const struct blob *partition_get(const struct partition *p, struct slice key);
/* Stores `bytes` as the conversation's state, within transaction `txn` (0 = restoring: no undo).
 * Empty bytes remove it.
 *
 * owner  who has the conversation; OWNERS_KNOWN = cannot be told
 * NO_MEMORY, TABLE_FULL. */
MUST_USE err_t partition_put(struct partition *p, uint64_t txn, struct slice key,
                             struct slice bytes, wall_ms_t due, int owner);
/* The same for chunks of transcripts (transcript.h). */
const struct blob *partition_get_chunk(const struct partition *p, struct slice key);
MUST_USE err_t partition_put_chunk(struct partition *p, uint64_t txn, struct slice key,
                                   struct slice bytes);
/* The open transaction changes something here: notes where the partition stood. */
void partition_touch(struct partition *p);
/* The event at `next` is in hand: after an unclean end that counts as one more try. */
void partition_count_try(struct partition *p);
/* The open transaction is on its way now; what is changed from here on belongs to the next. None
 * may be on its way already. */
void partition_end(struct partition *p);
/* The one on its way is through: its changes stay. */
void partition_commit(struct partition *p);
/* What is open, and what is on its way, is lost: states and position are as they were before.
 * NO_MEMORY. */
MUST_USE err_t partition_rollback(struct partition *p);

#endif
