/* loop — commands in, HTTP out, an outcome for each; through ports only.
 *
 *   commands ─▶ intake ─▶ lanes ─▶ gates ─▶ run ─▶ peer (HTTP)
 *                           ▲                          │ answer
 *                           │                          ▼
 *   offsets ◀─ commits ◀────┴──── acknowledged ◀─ post: outcome into `events`
 *
 *   share.h, takeover.c   a partition from being given to us to being taken away
 *   intake.c              a record becomes a call; fences act
 *   room.c, reread.c      what waits for long keeps its place, not its bytes
 *   gate.c                accounts and bots: budgets, breakers, whose turn it is
 *   run.c, request.c      one call: what is sent, what its answer means
 *   held.c                nothing is sent before the horizon is beyond it
 *   post.c                outcomes and dead letters, until they are acknowledged
 *   commits.c             the low-water mark and its metadata, one commit at a time
 *
 * Waits nowhere and knows no thread: it is called when something may have happened and says how
 * long it can do without. The simulator runs this same loop. One thread. */
#ifndef EGRESS_LOOP_H
#define EGRESS_LOOP_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/instant.h"
#include "egress/core/lane.h"
#include "egress/core/outcome.h"
#include "egress/core/verify.h"
#include "egress/login.h"
#include "event/config_log.h"
#include "port/bus.h"
#include "port/clock.h"
#include "port/peer.h"
#include "port/reader.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct egress_loop;

/* What is told to whoever watches (metrics, log). Decides nothing; members may be NULL. */
struct egress_watcher {
    void *arg;
    /* A request goes out: the effect itself, or what is read before or after it. */
    void (*on_start)(void *arg, enum effect_kind effect, const char *step);
    void (*on_answer)(void *arg, struct slice account, enum effect_kind effect,
                      enum verdict verdict, const struct peer_answer *answer);
    void (*on_look)(void *arg, enum effect_kind effect, const char *verdict);
    void (*on_outcome)(void *arg, const struct outcome *outcome, const struct event *event);
    void (*on_dead)(void *arg, err_t error, const char *why, int32_t partition, int64_t offset);
    void (*on_share)(void *arg, int32_t partition, const char *phase);
    /* Something is away or wrong that will be tried again. */
    void (*on_trouble)(void *arg, const char *what, err_t error, int64_t number);
};

struct egress_options {
    struct reader_port reader;
    struct peer peer;
    struct clock clock;
    struct login login;
    struct egress_watcher watcher;
    span_ms_t call_timeout;    /* of one request to Zendesk, > 0 */
    span_ms_t settle;          /* absence counts only after it */
    span_ms_t give_up;         /* for what has no shorter rule */
    span_ms_t session_timeout; /* half of it without a turn: all is given up */
    bool recover;              /* trust no stored offset: everything is in doubt */
    size_t bytes_max;          /* of waiting commands; 0 = EGRESS_BYTES_MAX */
    uint64_t seed;             /* of jitter and hashes */
};
enum { EGRESS_BYTES_MAX = 96 * 1024 * 1024 };

/* The loop is made before its bus, since the bus needs its handler. NO_MEMORY. */
MUST_USE err_t egress_loop_new(const struct egress_options *options, struct egress_loop **ret_loop);
void egress_loop_free(struct egress_loop *l); /* accepts NULL */
DEFINE_CLEANUP_PTR(egress_loop, struct egress_loop, egress_loop_free)
/* `bus` is borrowed and may be filled in later, but before the first turn. */
struct bus_handler egress_loop_handler(struct egress_loop *l, struct bus *bus);

/* The newest configuration; borrowed until the next call. Before the first one nothing is read. */
void egress_loop_configure(struct egress_loop *l, const struct config_set *set);

/* Does what there is to do now.
 *
 * ret_wait  how long nothing happens unless the bus or the peer has news; 0 = at once again
 * Errors    NO_OFFSET: a partition has no offset or no readable metadata (`why` says what to do);
 *           FENCED and other FATAL classes. What may pass by itself is dealt with here. */
MUST_USE err_t egress_loop_turn(struct egress_loop *l, struct why *why, span_ms_t *ret_wait);

/* From now on nothing new is started, but for what stands before something that was sent already;
 * turns go on until egress_loop_drained(). */
void egress_loop_drain(struct egress_loop *l);
/* Nothing is out any more, every outcome is acknowledged and the last commit is answered. */
bool egress_loop_drained(const struct egress_loop *l);

/* For readiness and metrics. */
struct egress_figures {
    size_t commands[LANE_STATE_COUNT]; /* by state, of all partitions */
    size_t lanes;
    size_t shares;
    size_t shares_running;
    size_t bytes_held; /* of commands whose records are in memory */
    size_t bare;       /* the first of their lanes whose records are not */
};
void egress_loop_figures(const struct egress_loop *l, struct egress_figures *ret_figures);

#endif
