/* tape — what was decided, kept as the log would keep it: a capture, which the code of `tieline
 * replay` decides once more.
 *
 *     step() ─▶ tape: events, commands, states, snapshots, dead letters ─▶ capture ─▶ tape_replay()
 *
 * It writes by rules of its own (docs/EVENTS.md), so that a replay meets a log that its own half of
 * the code had no part in. One conversation is one partition. */
#ifndef TESTS_SUPPORT_TAPE_H
#define TESTS_SUPPORT_TAPE_H

#include "base/buf.h"
#include "ctl/replay/capture.h"
#include "event/conversation.h"
#include "event/event.h"
#include "processor/core/checkpoint.h"
#include "processor/core/effects.h"

enum { TAPE_CHUNKS_MAX = 256 };

struct tape {
    struct slice key; /* of the conversation */
    struct buf file;
    struct capture_writer writer;
    struct buf value;                   /* of one record */
    struct buf state;                   /* packed; empty = none */
    struct buf chunks[TAPE_CHUNKS_MAX]; /* of its transcript, by their numbers; packed */
    struct transcript transcript;
    wall_ms_t updated;         /* of the state */
    struct arena arena;        /* of one record */
    struct checkpoint reached; /* what is decided with, behind the newest event */
    wall_ms_t now;
    int64_t next[TOPIC_COUNT];
    uint64_t events, commands, states; /* written; states with their chunks */
};

/* One decision. */
struct taped {
    const struct event *event; /* NULL: one that crashed the program */
    wall_ms_t now;
    uint64_t incarnation;             /* of egress' newest owner */
    int64_t config;                   /* offset of the version in force */
    const struct conversation *state; /* behind it */
    const struct effects *effects;    /* unused where it crashed */
    struct evict_numbers numbers;     /* behind it, of the partition */
};

/* key  must outlive the tape */
void tape_begin(struct tape *t, struct slice key, wall_ms_t now);
/* A record of `config`; the first has the offset 0. */
void tape_config(struct tape *t, struct slice key, struct slice value);
void tape_take(struct tape *t, const struct taped *d);
/* Ends the file, which stands in t->file. */
void tape_end(struct tape *t);
void tape_free(struct tape *t); /* accepts a zeroed one */

/* Decides it once more: NULL when it comes to the same, else what is otherwise. */
const char *tape_replay(const struct tape *t);
/* The same without its words: the redacted capture is written to `out`, which is empty. */
const char *tape_replay_redacted(const struct tape *t, struct buf *out);

#endif
