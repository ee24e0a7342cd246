/* rig — the processor's loop on a log in memory, with what a test does to it.
 *
 * The log outlives the loop: rig_stop() and rig_start() are a restart. rig_child() runs the loop in
 * a process of its own that may really crash; what it had committed by then is in the log. */
#ifndef TESTS_UNIT_PROCESSOR_RIG_H
#define TESTS_UNIT_PROCESSOR_RIG_H

#include "event/codec.h"
#include "processor/loop.h"
#include "tests/support/bus_double.h"
#include "tests/support/unit.h"

enum { RIG_PARTITIONS = 2, RIG_ROUNDS = 200 };

struct rig {
    struct bus_double bus; /* first: the port's `self` */
    struct clock_double clock;
    struct log_double *log;
    struct loop *loop;
    uint64_t owner; /* of the next loop */

    /* Faults of transactions, until set back */
    bool commit_unknown_but_stored;
    bool abort_unknown;
    enum transcript_place transcript; /* of the store that rig_configure() makes */
    const char *poison; /* the program dies when it decides an event with this message id */

    /* What was told */
    size_t dead, canaries, barred, aborted, unknown, committed;
    int64_t canary_committed, canary_checkpoint;

    /* rig_child() */
    int pipe; /* 0 = not in a child */
    size_t told[TOPIC_COUNT][RIG_PARTITIONS];
};

/* setup and teardown */
int rig_open(void **state);
int rig_close(void **state);
#define RIG_TEST(test) cmocka_unit_test_setup_teardown(test, rig_open, rig_close)

void rig_start(struct rig *r);
void rig_turn(struct rig *r); /* one round */
void rig_run(struct rig *r);  /* many */
/* Until one more transaction is aborted. */
void rig_until_aborted(struct rig *r);
void rig_finish(struct rig *r);
void rig_stop(struct rig *r); /* as by a kill: nothing is finished */
struct bus rig_bus(struct rig *r);

/* One start to end in a process of its own: start, run, finish (unless `is_killed`). True when it
 * came to its end. */
bool rig_child(struct rig *r, bool is_killed);
void rig_tell_parent(struct rig *r); /* after a commit in it */

void rig_configure(struct rig *r);
/* The store has this welcome from now on. */
void rig_greet(struct rig *r, const char *welcome);
void rig_tell(struct rig *r, const struct event *event);
void rig_customer_writes(struct rig *r, const char *key, const char *id);
void rig_operator_calls(struct rig *r, const char *key, const char *id);
/* A sign of life of ingest in each partition; a person's order to make up for what was missed. */
void rig_alive(struct rig *r);
void rig_alive_in(struct rig *r, int32_t partition);
void rig_backfill(struct rig *r, wall_ms_t since);
/* Egress takes the partition of this conversation over. */
void rig_takeover(struct rig *r, const char *key, uint64_t incarnation);
/* The outcome of the newest command of this kind. */
void rig_outcome(struct rig *r, enum effect_kind effect, enum outcome_result result,
                 uint64_t incarnation);
/* The bot has answered the newest turn of this conversation. */
void rig_answer(struct rig *r, const char *key);

/* How many commands of this kind stand in the log. */
size_t rig_commands(struct rig *r, enum effect_kind effect);
size_t rig_records(struct rig *r, enum topic topic);
/* The newest state of a conversation; in the arena. */
const struct conversation *rig_state(struct rig *r, struct arena *arena, const char *key);
/* What the group has for the partition of this conversation. */
struct bus_offset rig_committed(struct rig *r, const char *key);

#endif
