/* world — a plain model of one conversation at Zendesk, its bot and its humans, for random
 * histories.
 *
 *     customer, agents ──▶ [Zendesk: who is active, what was said] ──▶ deliveries (late, doubled,
 *                                    ▲                                 reordered) ──▶ step()
 *     lane: commands in order ───────┘ ◀──────────────────────────────────────────────┘
 *
 * It knows nothing of how the core decides: only what Zendesk would do, and what must hold after
 * each step. All chance comes from one seed. */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include "base/arena.h"
#include "base/rng.h"
#include "base/table.h"
#include "event/config_log.h"
#include "event/conversation.h"
#include "event/event.h"
#include "processor/core/step.h"

enum {
    WORLD_DELIVERIES_MAX = 256,
    WORLD_LANE_MAX = 512,
    WORLD_MESSAGES_MAX = 64,
    WORLD_SPOKEN_MAX = 200
};

enum {
    WORLD_REACHED_GAP = 14,  /* no webhook came in for a while */
    WORLD_REACHED_HALT = 15, /* an event crashed the program */
};

enum active { ACTIVE_OURS, ACTIVE_AGENTS, ACTIVE_NOBODY };

/* What a history may be bent by without coming out otherwise. */
enum twist {
    TWIST_NONE,
    TWIST_CODEC, /* the state is packed and unpacked between any two events */
    TWIST_TWICE, /* each event comes twice in a row */
};

struct delivery {
    struct event event;
    wall_ms_t at; /* when it arrives in the log */
};

struct said {
    char id[16];
    int answers; /* of the bot that covered it */
};

/* A message as Zendesk keeps it. */
struct spoken {
    struct slice id;
    const char *text; /* a customer's; NULL = an agent's */
    wall_ms_t at;
};

struct world {
    struct rng rng;
    struct arena arena;
    bool tells; /* print the story */
    wall_ms_t now;
    int64_t ids;

    /* Zendesk */
    enum active active;
    wall_ms_t active_since;
    struct said said[WORLD_MESSAGES_MAX];
    size_t said_count;
    struct spoken spoken[WORLD_SPOKEN_MAX];
    size_t spoken_count;

    /* Ingest */
    bool is_deaf; /* away: nothing arrives */
    wall_ms_t deaf_since;
    bool is_unheard; /* what was missed could not be read: it may stay unknown */

    struct delivery deliveries[WORLD_DELIVERIES_MAX];
    size_t delivery_count;
    struct command lane[WORLD_LANE_MAX]; /* commands without outcome, in order */
    size_t lane_count;
    int64_t lane_taken;   /* the offset of lane[0] in the log of commands */
    uint32_t fence_epoch; /* newest read */
    bool fetch_failed;    /* the newest fetch learnt nothing: the next event asks again */

    uint64_t incarnation; /* of egress' newest owner */

    const struct config_set *config;
    struct conversation *state;
    struct effects effects;
    struct table *effect_ids; /* all that were ever commanded */
    uint32_t ticket_episode;  /* newest in which a ticket was commanded */

    enum twist twist;
    uint64_t trace; /* hash of all commands so far, in order */

    const char *broken;   /* the invariant that does not hold; NULL = all do */
    uint64_t reached[16]; /* how often each phase was entered, and the place below */
};

/* One account, one store; the caller frees the log. */
struct config_log *world_configure(const struct config_set **ret_config);
void world_init(struct world *w, const struct config_set *config, uint64_t seed, bool tells);
void world_deinit(struct world *w);
/* Something happens: a person acts, a delivery arrives, the lane moves. */
void world_act(struct world *w);
/* An event is decided, and what must hold is looked at. */
void world_decide(struct world *w, const struct event *event);
/* Nothing new happens any more: all that is under way comes to its end. */
void world_settle(struct world *w);

#endif
