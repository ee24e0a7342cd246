/* egress_sim — the whole of egress' once-only protocol in one thread, one history a seed.
 *
 *   copy A ─┐ poll, produce, commit   ┌─ events, commands        the loops are the production ones;
 *   copy B ─┼─────────────────────────┼─ group (generations)     all else is in memory, and all
 *   copy C ─┘      check, read        └─ offsets + metadata      that travels can be late or lost
 *      │ submit, collect
 *      └──────────────▶ Zendesk (messages, tickets), bot
 *
 * A copy can be killed or put to sleep inside any call of a port. A killed one runs on to the end
 * of its turn, but nothing that it does has an effect. While one sleeps inside a call, the world
 * goes on around it: the call stands on the stack of those that run meanwhile.
 *
 *   egress_sim.c      time, turns, the course of a history
 *   egress_copy.c     a process: started, killed, asleep, drained
 *   egress_client.c   its half of the group's protocol, as librdkafka and lib/kafka do it
 *   egress_commit.c   its commits         egress_packet.c what it and the group send each other
 *   egress_bus.c      the bus port          egress_wire.c   what it writes, on its way
 *   egress_peer.c     the peer port         egress_ports.c  reader, clock, login, configuration
 *   egress_story.c    the commands          egress_faults.c what goes wrong, and when
 *   egress_oracle.c   what must hold      egress_planted.c mutants and crash points */
#ifndef TESTS_SIM_EGRESS_SIM_H
#define TESTS_SIM_EGRESS_SIM_H

#include "base/rng.h"
#include "egress/loop.h"
#include "event/command.h"
#include "event/config_log.h"
#include "event/event.h"
#include "event/horizon_text.h"
#include "tests/sim/egress_agenda.h"
#include "tests/support/group_double.h"
#include "tests/support/zendesk_double.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SIM_COPIES = 3,
    SIM_PARTITIONS_MAX = 2,
    SIM_LANES_MAX = 4,
    SIM_COMMANDS_MAX = 40,
    SIM_PENDING_MAX = 64,
    SIM_EVENTS_MAX = 4096, /* records of one partition of `events` */
    SIM_TRAPS_MAX = 4,
    SIM_FAULTS_MAX = 10,

    /* The figures of all histories, ms. Settling has to cover what DESIGN says it covers: a request
     * that is under way for a call's time-out and some more, sent by one who was expelled up to a
     * few seconds before and could not know. */
    SIM_SESSION_MS = 6000,
    SIM_BEAT_MS = 600,
    SIM_CALL_MS = 2000,
    SIM_SETTLE_MS = 10000,
    SIM_LATE_MS = 2500,   /* after its sender gave up, a request arrives at most so much later */
    SIM_LAG_MS = 1500,    /* and what it made is listed at most so much later */
    SIM_HOLE_MS = 1000,   /* a longer sleep between the last look and the sending is no promise */
    SIM_BELIEF_MS = 2500, /* so much longer an expelled member may believe that it is one */
    SIM_COMMIT_MS = 8000, /* longer than a session, as with librdkafka */
};

/* Instants of a copy's life, as its ports see them: each is counted, and traps can be set there. */
#define SIM_MOMENTS(X)                                                                             \
    X(TURN, "a turn begins")                                                                       \
    X(ASSIGNED, "partitions are assigned")                                                         \
    X(REVOKED, "partitions are revoked")                                                           \
    X(MARK_PRODUCED, "a takeover is handed over")                                                  \
    X(MARK_STORED, "a takeover stands in events")                                                  \
    X(MARK_ACKED, "a takeover is acknowledged")                                                    \
    X(EVENTS_READ, "events are being read")                                                        \
    X(COMMANDS_READ, "commands are being read")                                                    \
    X(RUNNING, "a partition runs")                                                                 \
    X(HORIZON_PRODUCED, "a horizon is handed over")                                                \
    X(HORIZON_STORED, "a horizon stands in events")                                                \
    X(HORIZON_ACKED, "a horizon is acknowledged")                                                  \
    X(COMMIT_ASKED, "a commit is with librdkafka")                                                 \
    X(COMMIT_STORED, "a commit is stored")                                                         \
    X(COMMIT_TOLD, "a commit is answered")                                                         \
    X(CHECKED, "the membership is looked at")                                                      \
    X(SENDS, "an effect is about to be sent")                                                      \
    X(SENT, "an effect is given away")                                                             \
    X(APPLIED, "an effect is applied")                                                             \
    X(ANSWERED, "an effect's answer is taken")                                                     \
    X(LOOKED, "a look-up's or check's answer is taken")                                            \
    X(OUTCOME_PRODUCED, "an outcome is handed over")                                               \
    X(OUTCOME_STORED, "an outcome stands in events")                                               \
    X(OUTCOME_ACKED, "an outcome is acknowledged")                                                 \
    X(DRAINED, "a copy has left in peace")
enum sim_moment {
#define X(name, what) MOMENT_##name,
    SIM_MOMENTS(X)
#undef X
        MOMENT_COUNT
};
const char *sim_moment_text(enum sim_moment moment);

/* What a copy is in the middle of: how often one was killed or put to sleep there is counted. */
#define SIM_STATES(X)                                                                              \
    X(TAKING_OVER, "not running yet")                                                              \
    X(RECORDED, "a horizon recorded, its commit not asked for")                                    \
    X(COMMITTING, "a commit asked for, not answered")                                              \
    X(COMMITTED, "a commit stored, not told")                                                      \
    X(SENDING, "an effect sent, not answered")                                                     \
    X(DONE, "an effect applied, not answered")                                                     \
    X(JUDGED, "an answer taken, its outcome not stored")                                           \
    X(ENDED, "an outcome stored, not acknowledged")                                                \
    X(FINISHED, "an outcome acknowledged, its offset not committed")                               \
    X(DRAINING, "draining")                                                                        \
    X(IDLE, "nothing of that")
enum sim_state {
#define X(name, what) STATE_##name,
    SIM_STATES(X)
#undef X
        STATE_COUNT
};
const char *sim_state_text(enum sim_state state);

enum sim_fault {
    FAULT_NONE,
    FAULT_KILL,
    FAULT_SLEEP,  /* SIGSTOP, and SIGCONT some time later */
    FAULT_FREEZE, /* the loop's thread stands still, librdkafka's go on */
    FAULT_DRAIN,  /* SIGTERM */
    FAULT_SHAKE,  /* a rebalance out of the blue */
    FAULT_CUT,    /* the coordinator cannot be reached by one copy for a while */
    FAULT_MUDDLE, /* what one copy writes is late, lost, or stored without a word */
    FAULT_COUNT
};
const char *sim_fault_text(enum sim_fault fault);

/* A fault that waits for its moment, or, in a planted build, for a crash point. */
struct sim_trap {
    unsigned moment; /* beyond MOMENT_COUNT: a point */
    unsigned passes; /* so often it comes by before it happens */
    enum sim_fault fault;
    span_ms_t span;
};

/* Some histories are bent towards what hardly ever happens. */
enum sim_scene { SCENE_ANY, SCENE_EMPTIES, SCENE_BELIEVES, SCENE_MUMBLES };

/* How one history is bent. Chances in percent. */
struct sim_plan {
    int32_t partitions;
    int copies;
    bool is_static;    /* members keep their place over a restart */
    bool lags;         /* what was made is listed late */
    bool late_tickets; /* requests for tickets may arrive long after settling */
    unsigned lost, cut_off, after_error, error, limited, slow, unsent, twin_commits;
    unsigned agents; /* hands at the tickets, per second */
    mono_ms_t faults_end;
    bool empties;  /* who sleeps long wakes to an empty group in which others were at work */
    bool believes; /* one is expelled early, by a slow coordinator, and learns it late */
    bool mumbles;  /* much is stored without a word */
    struct sim_trap traps[SIM_TRAPS_MAX];
    size_t trap_count;
};

struct sim;
struct sim_copy;

/* ---- what librdkafka and lib/kafka keep of one membership */

enum client_op { OP_ASSIGN, OP_REVOKE, OP_LOST };
struct sim_client {
    uint64_t serial;    /* of the handle: what an older one asked for is nobody's */
    uint64_t id;        /* as librdkafka has it now; 0 = none */
    int32_t generation; /* same; -1 = no member */
    mono_ms_t session_until;
    bool is_joining;
    uint64_t joins; /* so often */
    bool join_is_out;
    bool is_revoking; /* the loop's thread is to let go */
    bool is_beating;
    struct {
        enum client_op what;
        uint32_t partitions;
    } ops[8]; /* for the loop's thread */
    size_t op_count;

    /* lib/kafka/consumer */
    bool has_assignment, announced, is_lost, wants_rejoin;
    uint32_t partitions;
    uint64_t as_id; /* whom they were assigned to */
    int32_t as_generation;
    bool offsets_known;
    struct bus_offset offsets[SIM_PARTITIONS_MAX];
    char texts[SIM_PARTITIONS_MAX][LOG_DOUBLE_METADATA_BYTES];
    size_t offset_count;
    mono_ms_t polled;
    struct {
        bool is_started, is_paused;
        int64_t next;
    } positions[SIM_PARTITIONS_MAX];

    uint64_t commit; /* number of the outstanding one; 0 = none */
    bool commit_answered;
    enum group_answer commit_answer;
    uint64_t commit_as_id;
    int32_t commit_as_generation;
    struct bus_offset commit_offsets[SIM_PARTITIONS_MAX];
    char commit_texts[SIM_PARTITIONS_MAX][LOG_DOUBLE_METADATA_BYTES];
    size_t commit_count;
};

struct sim_report; /* of a delivery, waits to be told */
struct sim_answer; /* of the peer, waits to be collected */

struct sim_copy {
    struct sim *sim;
    int number;
    uint64_t life; /* counts processes; what an older one was told is nobody's */
    bool is_up;
    bool is_dead; /* killed in its turn: it runs on without effect */
    bool in_turn;
    bool is_draining;
    mono_ms_t drains_until;
    mono_ms_t restart; /* when it is down: from then on it may come back */
    mono_ms_t next_turn;

    bool is_asleep;
    bool only_loop; /* asleep is the loop's thread alone */
    mono_ms_t wakes;
    bool has_slept; /* in this turn */
    bool in_hole;   /* slept too long for any promise, and has not looked at a clock since */

    mono_ms_t cut_until, muddled_until;
    mono_ms_t last_left, last_arrival,
        last_report_at; /* of what it writes, which keeps its order */

    struct egress_loop *loop;
    struct bus bus;
    struct bus_handler handler;
    struct why why;
    struct sim_client client;
    struct sim_report *first_report, *last_report;
    struct {
        uint64_t number; /* 0 = free */
        uint64_t cookie;
        mono_ms_t began;
        bool is_send;
    } pending[SIM_PENDING_MAX];
    size_t in_flight;
    struct sim_answer *first_answer, *last_answer, *told;

    /* For the counts, and for the oracle */
    uint32_t fence_epochs[SIM_LANES_MAX]; /* newest that was handed to it */
    uint32_t running;                     /* partitions, one bit each */
    unsigned sent, applied, judged, stored;
    bool recorded, finished, committed, collected;
};

/* One writing of a command. */
struct sim_command {
    int32_t partition;
    int64_t offset;
    int lane;
    uint32_t effect;
    enum effect_kind kind;
    enum voice voice;
    uint32_t epoch;
    bool has_outcome;
    enum outcome_result result;
    mono_ms_t ended;
};

/* What it is to bring about, by number from 1. */
struct sim_effect {
    enum effect_kind kind;
    unsigned applied;
    bool is_known; /* it was sent, with these bytes */
    uint64_t bytes;
};

struct sim_event {
    enum event_type type;
    uint64_t incarnation;
    int64_t offset; /* horizon, or command */
};

/* What several histories count together. */
struct sim_counts {
    uint64_t moments[MOMENT_COUNT];
    uint64_t kills[STATE_COUNT], sleeps[STATE_COUNT], faults[FAULT_COUNT];
    uint64_t outcomes[16], points[32]; /* SIM_POINTS_MAX */
    uint64_t holes, strangers, undrained, hollow_tries, hollow_commits, backward_commits,
        late_outcomes, late_arrivals, turns;
};

struct sim {
    uint64_t seed;
    bool only_effects; /* checked is what others see, not how it is kept */
    enum sim_scene scene;
    struct rng rng;
    bool tells;
    struct sim_counts *counts;
    struct sim_plan plan;
    struct clock_double clock;
    struct log_double *log;
    struct group_double group;
    struct zendesk_double zendesk;
    struct agenda agenda;
    struct config_log *config_log;
    const struct config_set *config;
    struct sim_copy copies[SIM_COPIES];
    struct sim_copy *current; /* whose turn it is; NULL = nobody's */
    int32_t formed;           /* generation whose leader was told */
    uint64_t numbers;
    uint64_t steps;
    bool is_calm; /* nothing goes wrong any more */

    struct sim_command commands[SIM_COMMANDS_MAX];
    size_t command_count;
    struct sim_effect effects[SIM_COMMANDS_MAX + 1];
    struct sim_event *events[SIM_PARTITIONS_MAX];
    size_t event_count[SIM_PARTITIONS_MAX];
    uint64_t counting[SIM_PARTITIONS_MAX]; /* newest incarnation in `events` */
    int64_t passed[SIM_PARTITIONS_MAX];    /* highest offset that was ever committed */
    struct arena arena;

    char broken[512]; /* what does not hold; empty = all does */
};

/* ---- egress_sim.c */
/* Plays the history of `seed`. False: something does not hold, as s->broken says. */
struct sim_order {
    uint64_t seed;
    bool tells;        /* the story is printed */
    bool only_effects; /* only what Zendesk and its people see is checked */
    enum sim_scene scene;
};
bool sim_play(struct sim *s, const struct sim_order *order, struct sim_counts *counts);
/* Frees what a history has made. */
void sim_clear(struct sim *s);
/* The world goes on until `until`, or until `copy` (NULL = none) is killed. */
void sim_run(struct sim *s, mono_ms_t until, const struct sim_copy *copy);
void sim_break(struct sim *s, const char *format, ...) PRINTF_LIKE(2, 3);
/* A line of the story. `copy` may be NULL. */
void sim_tell(const struct sim *s, const struct sim_copy *copy, const char *format, ...)
    PRINTF_LIKE(3, 4);
static inline mono_ms_t sim_now(const struct sim *s)
{
    return s->clock.mono;
}
static inline mono_ms_t sim_in(const struct sim *s, int64_t ms)
{
    return mono_add(s->clock.mono, span_ms(ms));
}
uint64_t sim_below(struct sim *s, uint64_t bound);
/* True with `percent`, never when all is calm. */
bool sim_chance(struct sim *s, unsigned percent);

/* ---- egress_copy.c */
void copy_start(struct sim_copy *c);
/* As kill -9: at once, or, in its own turn, from now on without effect. */
void copy_kill(struct sim_copy *c);
void copy_sleep(struct sim_copy *c, span_ms_t span, bool only_loop);
void copy_drain(struct sim_copy *c);
void copy_turn(struct sim_copy *c);
/* It has news: its next turn comes soon. */
void copy_wake(struct sim_copy *c);
enum sim_state copy_state(const struct sim_copy *c);
/* True when something of this process cannot happen now: its process is gone (the item is dropped)
 * or asleep (the item waits until it wakes). `loops` = it happens on the loop's own thread. */
bool copy_is_away(struct sim_copy *c, uint64_t life, struct agenda_item *item, bool loops);

/* ---- egress_client.c */
void client_open(struct sim_copy *c);
/* As rd_kafka_consumer_close(): says good-bye where its kind does. */
void client_close(struct sim_copy *c);
/* The loop's half: what the group wants of it is done. */
void client_serve(struct sim_copy *c);
/* The group has formed a new generation, if it has: its assignments go out. */
void client_group_moved(struct sim *s);

/* ---- egress_commit.c, as lib/kafka/consumer.h has them */
MUST_USE err_t client_check(const struct sim_copy *c);
MUST_USE err_t client_commit(struct sim_copy *c, const struct bus_offset *offsets, size_t count);
void client_tell_commit(struct sim_copy *c);

/* ---- egress_wire.c */
MUST_USE err_t wire_produce(struct sim_copy *c, const struct bus_message *message);
void wire_tell(struct sim_copy *c);   /* deliveries, to the loop */
void wire_forget(struct sim_copy *c); /* its process is gone */

/* ---- egress_bus.c, egress_peer.c, egress_ports.c */
struct bus bus_port(struct sim_copy *c);
struct peer peer_port(struct sim_copy *c);
void peer_forget(struct sim_copy *c);
struct reader_port reader_port_of(struct sim_copy *c);
struct clock clock_port(struct sim_copy *c);
struct login login_port(struct sim_copy *c);
void ports_configure(struct sim *s);

/* ---- egress_story.c */
void story_begin(struct sim *s);
bool story_is_told(const struct sim *s); /* every command is written */

/* ---- egress_faults.c */
void faults_plan(struct sim *s);
/* An instant of a copy's life: counted, and what waits for it happens. */
void faults_at(struct sim_copy *c, enum sim_moment moment);
void faults_at_point(struct sim_copy *c, unsigned point);
void faults_do(struct sim_copy *c, enum sim_fault fault, span_ms_t span);

/* ---- egress_planted.c: a planted build asks this program, and not the environment, what is
 * planted */
enum { SIM_POINTS_MAX = 32 };
unsigned planted_count(void); /* of crash points; 0 = not such a build */
const char *planted_text(unsigned point);
void planted_play(struct sim *s); /* whose history runs now; NULL = none */
/* False when there is no such mutant here; NULL = none is chosen. */
bool planted_choose(const char *mutant);

/* ---- egress_oracle.c */
void oracle_written(struct sim *s, const struct command *command, int lane, int32_t partition,
                    int64_t offset);
void oracle_event(struct sim *s, int32_t partition, struct slice value);
void oracle_read(struct sim_copy *c, const struct bus_record *record);
/* An effect leaves the loop. */
void oracle_sends(struct sim_copy *c, const struct zendesk_request *request);
void oracle_applied(struct sim *s, const struct zendesk_request *request,
                    const struct zendesk_reply *reply);
void oracle_committed(struct sim *s, const struct bus_offset *offset);
/* All that came of an effect can be seen by everybody. */
bool oracle_is_settled(const struct sim *s, uint32_t effect);
/* Everything has come to its end. */
bool oracle_is_done(const struct sim *s);
void oracle_end(struct sim *s);

#endif
