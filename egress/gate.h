/* gate — where calls wait for their destination: one for each API of each account, one for each
 * store's bot.
 *
 *   gate account/acme     [call call call]   budget, breaker: open      ─▶ next turn in the round
 *   gate account/globex   [call call …]      paused until 12:05         sleeps, costs nobody a look
 *   gate store/shoes      [call]             breaker probing, one out   waits for that answer
 *
 * The round gives each open gate one start at a time, and of n gates with calls in flight each may
 * have one part in n + 1 of all that may be: so none delays another, also not by answering late,
 * and there is room for one who comes. One thread. */
#ifndef EGRESS_GATE_H
#define EGRESS_GATE_H

#include "base/err.h"
#include "base/rng.h"
#include "base/slice.h"
#include "base/table.h"
#include "egress/call.h"
#include "egress/core/breaker.h"
#include "egress/core/budget.h"
#include "egress/core/due.h"
#include "egress/core/retries.h"

#include <stdbool.h>

struct gate {
    struct slice name; /* "account/acme"; owned */
    struct budget budget;
    struct breaker breaker;
    struct retries retries;
    struct call_list calls;               /* ready, in the order in which they became so */
    struct gate *round_prev, *round_next; /* ring of gates that may have something to start */
    bool in_round;
    bool is_held;         /* nothing starts: an access token is on its way */
    size_t wanted;        /* calls of it whose records are being read again */
    struct due_entry due; /* asleep: when it opens */
};

struct gates {
    struct table *by_name;
    struct gate *round; /* whose turn it is; NULL = nobody's */
    struct due asleep;
    size_t ready;            /* calls waiting at gates */
    size_t busy;             /* gates with a call in flight */
    struct budget_part part; /* of what an account grants */
};

/* NO_MEMORY. */
MUST_USE err_t gates_init(struct gates *g, uint64_t seed);
void gates_deinit(struct gates *g); /* accepts a zeroed one */

/* The gate of "kind/name", made when there is none. TABLE_FULL, NO_MEMORY. */
MUST_USE err_t gates_get(struct gates *g, const char *kind, struct slice name,
                         struct gate **ret_gate);

/* Puts a call behind the others of its gate (or before them: a try that was cut short). */
void gates_push(struct gates *g, struct gate *gate, struct call *call, bool in_front);
/* Takes a call out of the queue; nothing when it is in none. */
void gates_remove(struct gates *g, struct call *call);
/* The next call that may start now, taken out of its queue and counted as started; NULL = none. */
struct call *gates_next(struct gates *g, mono_ms_t now);
/* True when this gate would let one more call go now, and counts `call`, which stands in no queue
 * of it, as started there; else *ret_opens is when to ask again. CHECK: it is counted nowhere. */
bool gates_lets(struct gates *g, struct gate *gate, struct call *call, mono_ms_t now,
                mono_ms_t *ret_opens);
/* One more call of this gate is in flight, or one less: as budget_finished(). The number is that of
 * breaker_started(). */
uint32_t gates_started(struct gates *g, struct gate *gate);
void gates_finished(struct gates *g, struct gate *gate, bool succeeded, struct budget_told told,
                    mono_ms_t now);
/* A started call of this gate was not sent: as budget_cancelled(). */
void gates_cancelled(struct gates *g, struct gate *gate);
/* The first call of this gate has to be read again, and not enough of it are being already. */
bool gates_reads_ahead(const struct gate *gate);
/* A started call of this gate came back: `budget` and `breaker` have been told; it may go on. */
void gates_wake(struct gates *g, struct gate *gate);
/* Gates whose time has come take part in the round again. */
void gates_tick(struct gates *g, mono_ms_t now);
/* When the first sleeping gate opens; false = none sleeps. */
bool gates_next_due(const struct gates *g, mono_ms_t *ret_at);
/* New configuration: closed breakers get another chance. */
void gates_reset(struct gates *g);

#endif
