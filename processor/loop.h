/* loop — events in; commands, states and offsets out, in one transaction; through ports only.
 *
 *      poll ─▶ decode ─▶ step (pure) ─▶ apply ┐
 *        ▲                                    │ batch: until the input is drained, 50 ms or 2,000
 *        └──────────── commit ◀───────────────┘        events; never two commits within 5 ms
 *
 *   assigned   restore.c reads the changelog to its end, then the input starts where it stood
 *   unclean    the last owner did not end well: events are decided one by one for a while, and one
 *              that has crashed the program three times is set aside (attempts.h)
 *   revoked    the open transaction is committed (or, if lost, aborted) and the states are dropped
 *   aborted    states and positions go back, the input is read again from there
 *   unknown    producer renewed, membership given up, everything rebuilt from the log
 *
 * A partition that is given away is left with a commit that says so. Nothing is acted on before its
 * commit returned. The production loop runs unchanged in tests and
 * in the simulator. One thread. */
#ifndef PROCESSOR_LOOP_H
#define PROCESSOR_LOOP_H

#include "base/err.h"
#include "event/conversation.h"
#include "event/event.h"
#include "port/bus.h"
#include "port/clock.h"
#include "port/reader.h"
#include "processor/core/effects.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;

/* What is told to whoever watches (metrics, log). Decides nothing. */
struct loop_watcher {
    void *arg;
    void (*on_event)(void *arg, const struct event *event, const struct conversation *state,
                     const struct effects *effects);
    void (*on_dead)(void *arg, err_t error, const char *why, int32_t partition, int64_t offset);
    /* A record of `config` that cannot be read: what it names is absent from there on. */
    void (*on_bad_config)(void *arg, err_t error, const char *why, int64_t offset);
    void (*on_transaction)(void *arg, const char *result, span_ms_t took);
    /* The checkpoint in the changelog is not where the group's offset is. */
    void (*on_canary)(void *arg, int32_t partition, int64_t committed, int64_t checkpoint);
    void (*on_partition)(void *arg, int32_t partition, const char *what);
    /* Its changelog cannot be read to the end: somebody's transaction stays open there. */
    void (*on_barred)(void *arg, int32_t partition);
};

struct loop_options {
    struct reader_port reader;
    struct clock clock;
    struct loop_watcher watcher; /* members may be NULL */
    bool embedded;  /* broker forgets transactional offsets: restart by the checkpoint, no canary */
    uint64_t seed;  /* for the tables' hash */
    uint64_t owner; /* drawn at the program's start; tells its marks from those of others */
    span_ms_t gap;  /* more than this between two signs of life; 0 = GAPS_DISTANCE_MS */
    span_ms_t retention; /* of the state of a conversation that is idle; 0 = EVICT_AGE_MS_MIN,
                          * which is the least */
};

/* The loop is made before its bus, since the bus needs its handler. NO_MEMORY. */
MUST_USE err_t loop_new(const struct loop_options *options, struct loop **ret_loop);
void loop_free(struct loop *l); /* accepts NULL */
struct bus_handler loop_handler(struct loop *l);

/* Does what there is to do, waiting at most `wait` for it.
 * Errors  FENCED: another copy with this name has taken over; NO_OFFSET: a group without first
 *         offsets; other FATAL classes. TRANSIENT ones are dealt with here. */
MUST_USE err_t loop_run(struct loop *l, struct bus *bus, span_ms_t wait);
/* Commits what is open and leaves all partitions in peace; for a drain. */
MUST_USE err_t loop_finish(struct loop *l, struct bus *bus);

/* For readiness and metrics. */
size_t loop_conversations(const struct loop *l);
size_t loop_owned(const struct loop *l, enum owner owner); /* those of one owner */
bool loop_restoring(const struct loop *l);
bool loop_has_config(const struct loop *l);

#endif
