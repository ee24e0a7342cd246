/* world — a plain model of one conversation at Zendesk or on the bot's own site, its bot and its
 * humans, for random histories.
 *
 *     customer, agents ──▶ [widget.c, desk.c or site.c: who has it, what was said] ──▶ deliveries
 *                                    ▲              (late, doubled, reordered) ──▶ decide.c: step()
 *     lane.c: commands in order ─────┘ ◀────────────────────────────────────────────────┘
 *
 * Two worlds may be twins: two conversations of one customer, of which Zendesk makes one
 * (merge.c). And nothing may happen for so long that a state goes (sleep.c).
 *
 * It knows nothing of how the core decides: only what Zendesk would do, and what must hold after
 * each step (invariants.c). Each act draws from a seed of its own, so that a history without some
 * of its acts is a history still: that is how a failing one is made smaller.
 *
 * A new feature: what brings it about is an act (world.c, signals.c), what answers its commands is
 * a case in lane.c, what must hold of it stands in invariants.c, and reach.c says what has to be
 * reached. */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include "base/arena.h"
#include "base/rng.h"
#include "base/table.h"
#include "egress/core/fence.h"
#include "event/config_log.h"
#include "event/conversation.h"
#include "event/event.h"
#include "processor/core/evict.h"
#include "processor/core/step.h"
#include "tests/sim/reach.h"

enum {
    WORLD_ACTS = 50,       /* of a usual history */
    WORLD_ACTS_LONG = 800, /* of one in a hundred */
    WORLD_DELIVERIES_MAX = 256,
    WORLD_LANE_MAX = 512,
    WORLD_SPOKEN_MAX = 400,
    WORLD_VERSIONS = 6, /* of the configuration, one after the other */
};

enum active { ACTIVE_OURS, ACTIVE_AGENTS, ACTIVE_NOBODY };

/* What a history may be bent by without coming out otherwise. */
enum twist {
    TWIST_NONE,
    TWIST_CODEC, /* the state is packed and unpacked between any two events */
    TWIST_TWICE, /* each event comes twice in a row */
};

/* Where the conversation is: two accounts have the same ids, and three brands are near. */
struct place {
    struct slice key, account, store, other_store;
    struct slice remote_id; /* of a chat: the conversation's that is made for its hand-over */
    struct slice widget_id; /* messaging */
    struct slice brand_id;  /* ticket */
    struct slice other_brand_id;
};

struct delivery {
    struct event event;
    wall_ms_t at; /* when it arrives in the log */
    size_t turn;  /* of what one conversation tells the other: the log keeps its order */
};

/* A message or comment as Zendesk keeps it. */
struct spoken {
    struct slice id;
    const char *text;   /* a customer's; NULL = another's */
    struct slice words; /* of an agent or the bot */
    wall_ms_t at;
    const char *role; /* of a comment's author: "end-user", "agent" */
    const char *author;
    bool is_private;
    bool is_automatic;
    int answers;    /* of the bot that covered it */
    int forwards;   /* of a chat: to humans, by a message or in a ticket */
    size_t arrived; /* of a chat: as the how manieth it came into the log; 0 = not yet */
    bool is_past;   /* of a life before this one of its conversation */
};

/* What one step was given. */
struct decided {
    struct event event;
    wall_ms_t now;
    const struct config_set *config;
    uint64_t incarnation;
    bool halts; /* no event: it crashed the program */
};

struct world;

/* Hears of each event once it was decided, or has crashed the program: `w->state` and `w->effects`
 * are what came of it. */
struct listener {
    void *arg;
    /* NULL: nobody does. */
    void (*decided)(void *arg, const struct world *w, const struct decided *d);
};

struct world {
    struct rng rng;
    struct arena arena;
    bool tells;   /* print the story */
    bool is_calm; /* customer and bot talk on and on, and nothing unusual happens */
    uint64_t seed;
    wall_ms_t now;
    int64_t ids;
    const struct place *place;
    bool is_ticket;
    bool is_chat; /* in the bot's own widget */

    /* Zendesk */
    enum active active;
    bool is_gone; /* removed, or made one with its twin: Zendesk knows its id no more */
    struct spoken spoken[WORLD_SPOKEN_MAX];
    size_t spoken_count;
    struct slice assignee_id; /* of a ticket */
    struct slice brand_id;
    const char *status;
    wall_ms_t updated;
    size_t arrivals;         /* of a chat's words, in the log */
    size_t forwarded;        /* the newest of these that went to a human */
    uint32_t status_version; /* of the newest status that the platform of a chat was told */
    bool was_called;         /* a human, in this life */

    /* Ingest */
    bool is_deaf; /* away: nothing arrives */
    wall_ms_t deaf_since;
    bool was_halted;      /* what came meanwhile was not looked at: the next event shows it */
    bool is_owner_unsure; /* news of who is active was lost, or a call for it refused: the next
                             event tells */
    bool is_unheard;      /* what was missed could not be read: it may stay unknown */

    struct delivery deliveries[WORLD_DELIVERIES_MAX];
    size_t delivery_count;

    /* Egress */
    struct command lane[WORLD_LANE_MAX]; /* commands without outcome, in order */
    size_t lane_count;
    int64_t lane_taken;    /* the offset of lane[0] in the log of commands */
    bool is_half_done;     /* lane[0] was applied, and nobody here knows it */
    struct event truth;    /* what its outcome will say */
    struct fence fence;    /* production code: what the lane has read */
    bool fetch_failed;     /* the newest fetch learnt nothing: the next event asks again */
    uint64_t incarnation;  /* of egress' newest owner */
    struct event given_up; /* an outcome that will turn out better */

    struct config_log *config_log;
    size_t version; /* of the configuration in force */
    const struct config_set *config;
    struct conversation *state;
    struct effects effects;
    struct table *effect_ids;   /* all that were ever commanded */
    uint32_t ticket_episode;    /* newest in which a ticket was commanded */
    bool ticket_refused;        /* the newest was */
    struct slice fetched_store; /* of a ticket: whose brand it was when it was fetched last */

    struct world *twin;           /* NULL = none */
    size_t told;                  /* events that other conversations told it */
    struct conversation *user;    /* where the news that twins are one is decided */
    struct evict_numbers numbers; /* where a new life of the conversation begins to count */

    enum twist twist;
    uint64_t trace; /* hash of all commands so far, in order */
    bool crashes;   /* the processor, now and then */
    struct listener listener;

    const char *broken; /* the invariant that does not hold; NULL = all do */
    struct reach *reach;
};

typedef void (*world_record_fn)(void *arg, int64_t offset, struct slice key, struct slice bytes);
/* All versions of two accounts and three stores, as they stand in `config`. */
void world_config_records(world_record_fn take, void *arg);
/* From which record on a version is in force. version  1 … WORLD_VERSIONS */
int64_t world_config_offset(size_t version);
/* The same; the caller frees the log. */
struct config_log *world_configure(void);
/* version  1 … WORLD_VERSIONS */
const struct config_set *world_config(struct config_log *log, size_t version);
/* Whether the team is at work in this version, reckoned without the core's help. */
bool world_is_open(size_t version, wall_ms_t at);
/* reach  is added to */
void world_init(struct world *w, struct config_log *config, uint64_t seed, bool tells,
                struct reach *reach);
void world_deinit(struct world *w);
/* Gives it another conversation of the same customer's. `twin` has the room; the caller ends both.
 * False where there is none: only conversations of messaging can become one. */
bool world_pair(struct world *w, struct world *twin);
/* The act of this number: a person acts, a delivery arrives, the lane moves. */
void world_act(struct world *w, uint64_t number);
/* How many acts the history of this seed has. */
uint64_t world_acts(uint64_t seed);
/* Nothing new happens any more: all that is under way comes to its end, a twin's too. */
void world_settle(struct world *w);

/* --- for the parts of the world --- */

/* One step of what is under way: a delivery, the lane, a timer. */
void world_go_on(struct world *w);

bool world_chance(struct world *w, uint64_t percent);
void world_fail(struct world *w, const char *what);
struct slice world_name(struct world *w, const char *prefix);
/* An event of this conversation, of now. */
struct event world_event(struct world *w, enum event_type type, enum event_source source,
                         const char *id_prefix);
/* A delivery that may be late, and may come twice. */
void world_deliver(struct world *w, struct event event);
struct spoken *world_speaks(struct world *w, struct slice id, const char *text);
/* Also what was said to its twin. */
struct spoken *world_spoken_as(struct world *w, struct slice id);
/* The store that is in force for it. */
const struct store *world_store(const struct world *w);
/* What the bot says to whatever it was asked. */
struct bot_answer world_answer(struct world *w);
static inline bool world_is_customers(const struct spoken *spoken)
{
    return spoken->text != NULL && !spoken->is_automatic;
}
/* What a customer says next. */
const char *world_words(struct world *w);

/* decide.c: an event is decided, and what must hold is looked at. */
void world_decide(struct world *w, const struct event *event);
/* Whoever listens hears of it. */
void world_hear(const struct world *w, const struct decided *d);

/* lane.c */
void lane_moves(struct world *w);
/* Better news, and answers of the bot that are still to come. */
void lane_tells_better(struct world *w);

/* signals.c: the platform, the operator, time and configuration. */
void signals_act(struct world *w);
void signals_operator(struct world *w, bool gives_back);
/* The timer that is due is fired, if there is one and nothing waits before it. */
void signals_timer(struct world *w, bool passes_time);

#endif
