/* world — everything that one sandbox is, under one lock.
 *
 *     request ─▶ faults ─▶ auth, route, handler ─▶ journal, ledger ─▶ (synced) ─▶ answer
 *                              │ store                                  │
 *                              └─▶ outbox ─▶ courier ─▶ webhooks ───────┘ results
 *
 * What changes the world is written to the journal as it came in, and a restart applies it again:
 * handlers depend on the store, the clock and the ids alone, so the same calls give the same
 * world, to the byte. */
#ifndef SANDBOX_WORLD_H
#define SANDBOX_WORLD_H

#include "base/err.h"
#include "sandbox/call.h"
#include "sandbox/clock.h"
#include "sandbox/desk_limits.h"
#include "sandbox/faults.h"
#include "sandbox/ledger.h"
#include "sandbox/logfile.h"
#include "sandbox/outbox.h"
#include "sandbox/store.h"

#include <pthread.h>
#include <stdbool.h>

/* A request that was taken now and takes effect later. */
struct late {
    uint64_t id;
    wall_ms_t due;
    struct request request; /* its bytes are owned here */
    char *bytes;
    struct slice caller;
    struct late *next;
};

struct world {
    pthread_mutex_t lock;
    struct store store;
    struct clock clock;
    struct faults faults;
    struct ledger ledger;
    struct logfile journal;
    struct outbox outbox;
    struct desk_window requests; /* of the Support API; begins anew after a restart */
    uint64_t cause;              /* counts applied calls */
    struct late *late;
    uint64_t late_ids;
    bool replaying;
    void (*wake)(void *courier); /* called after something was put into the outbox */
    void *courier;

    pthread_mutex_t pause_lock;
    pthread_cond_t pause_end;
    bool stopping;
};

struct world_config {
    const char *state_dir; /* NULL = in memory only */
    uint64_t seed;
    const struct scenario *scenario;
    struct slice scenario_text; /* compared with that of an earlier run */
};

/* Makes the account, and applies what the state directory remembers.
 * ERR_IO, ERR_CONFIG (other seed or scenario than before), ERR_NO_MEMORY, with `why`. */
MUST_USE err_t world_init(struct world *w, const struct world_config *config, struct why *why);
void world_deinit(struct world *w); /* all threads have ended */

void world_lock(struct world *w);
void world_unlock(struct world *w);
/* Sleeps; returns early when the program stops. Any thread, without the lock. */
void world_pause(struct world *w, int64_t ms);
/* Ends all pauses, now and later. */
void world_stop(struct world *w);

/* The two doors (http_serve_fn; context = struct world). */
void world_serve_api(void *context, const struct request *request, struct answer *answer);
void world_serve_admin(void *context, const struct request *request, struct answer *answer);

/* Applies one call: routes it, and fills c->answer and c->note. `caller` is what the
 * journal kept of who calls in a replayed or late call; empty = look at the request.
 * Thread: holds the lock. */
void world_apply(struct world *w, struct call *c, struct slice caller, bool is_admin);
/* Finds out who calls: c->key or c->actor, and c->caller. False = credentials that are wrong.
 * Thread: holds the lock. */
bool world_identify(struct world *w, struct call *c, struct slice caller);
/* Applies what is due late; the courier calls it. *ret_due = the next one, or not known. */
void world_apply_late(struct world *w, wall_ms_t *ret_due);

#endif
