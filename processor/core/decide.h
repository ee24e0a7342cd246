/* decide — one record of `events` decided to its end: every record that follows from it, to the
 * byte, and nothing written.
 *
 *     record ─▶ unpack ─┬─ of the partition ──▶ place (configuration, incarnation, gaps)
 *                       └─ of a conversation ─▶ state: unpacked or begun ─▶ step()
 *                                                     │
 *     written ◀─ checkpoint of a new day ◀─ snapshot ◀─ commands ◀─ events ◀─ chunks ◀─ state
 *
 * Around step() stands all that makes the bytes: both the processor, which writes them, and a
 * replay, which compares them, have them from here. All of it is encoded before any of it is handed
 * out: an event that cannot be handled to its end leaves nothing behind. */
#ifndef PROCESSOR_CORE_DECIDE_H
#define PROCESSOR_CORE_DECIDE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "event/config_log.h"
#include "event/conversation.h"
#include "event/event.h"
#include "processor/core/checkpoint.h"
#include "processor/core/effects.h"

#include <stdbool.h>
#include <stdint.h>

/* How the id of a snapshot begins that holds only what an erased state had counted to. */
#define ERASED_ID "erased/"

enum written_kind {
    WRITTEN_SNAPSHOT, /* of a state, a chunk or the partition, as it was before this record */
    WRITTEN_COMMAND,
    WRITTEN_EVENT, /* of another conversation: its partition is by its key */
    WRITTEN_CHUNK, /* of a transcript */
    WRITTEN_STATE,
};

/* One record that follows, in the order in which it is to be written. */
struct written {
    enum written_kind kind;
    struct slice key;
    struct slice value; /* empty = tombstone */
    struct slice ce_id; /* headers; empty = left out */
    struct slice ce_type;
    struct slice traceparent;
};

/* How far a partition has been decided, and with what. */
struct place {
    int32_t partition;
    struct checkpoint point;         /* `next` is the caller's */
    const struct config_set *config; /* in force; NULL = none yet */
    span_ms_t gap; /* more than this between two signs of life is a gap (gaps.h) */
};

/* What a decision looks up. Slices live until the written records have been stored. */
struct decide_source {
    void *arg;
    /* The packed state or chunk of this key; empty = there is none. */
    struct slice (*state)(void *arg, struct slice key);
    struct slice (*chunk)(void *arg, struct slice key);
    /* The configuration as of this offset of `config`. TIMEOUT: it is not there. */
    err_t (*config)(void *arg, int64_t offset, const struct config_set **ret_set);
};

struct decide_record {
    int64_t offset;
    wall_ms_t time; /* of the log */
    struct slice key;
    struct slice value;
};

/* Scratch memory, and what came of the newest record. Large: no stack is for it. */
struct decide {
    struct arena arena;
    struct buf out;
    struct effects effects; /* of the step */
    struct event event;
    const struct conversation *state; /* behind the step; NULL = of the partition, or unreadable */
    struct {
        bool is_new; /* it had no state */
        enum phase phase;
        uint32_t reasons;
    } before;         /* the step: for who tells what has changed */
    wall_ms_t due;    /* earliest timer of the state written; 0 = none */
    enum owner owner; /* of that state */
    bool gap_met;     /* there is something to be made up for, anew */
    struct written *written;
    size_t count;
    size_t room;
};

void decide_init(struct decide *d);
void decide_deinit(struct decide *d);

/* A new day of the partition begins with this record: one record, the checkpoint as it was. Takes
 * the record's time into `place`. To be called before decide_one() or decide_halt(), and it counts
 * whatever comes of them. ARENA_FULL, NO_MEMORY. */
MUST_USE err_t decide_day(struct decide *d, struct place *place, const struct decide_record *record,
                          struct written *ret_snapshot, bool *ret_begins);
/* Decides one record; `d->written` has what follows. It borrows from the record, from what `source`
 * gave and from `d`, and is valid until the next call.
 *
 * place   changed by events of the partition, and by a state that goes
 * Errors  POISON classes, with `why`: the record belongs in `dead`, and nothing follows from it.
 *         NO_MEMORY, and whatever source->config() returns but TIMEOUT. */
MUST_USE err_t decide_one(struct decide *d, struct place *place, const struct decide_source *source,
                          const struct decide_record *record, struct why *why);
/* Instead, for a record that crashed the program each time: its conversation waits for an operator.
 * A state that cannot be read stays as it is. NO_MEMORY, BUF_FULL, ARENA_FULL. */
MUST_USE err_t decide_halt(struct decide *d, const struct place *place,
                           const struct decide_source *source, const struct decide_record *record);

/* The event that a timer of this state fires as; in the arena. ARENA_FULL, NO_MEMORY. */
MUST_USE err_t decide_timer(struct arena *arena, const struct conversation *state,
                            const struct timer *timer, struct event *ret_event);

#endif
