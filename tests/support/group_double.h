/* group_double — a group coordinator in memory, as mean as Kafka's (classic protocol, eager).
 *
 *   empty ──join──▶ preparing ──all joined──▶ completing ──leader's sync──▶ stable
 *     ▲                ▲  ▲                       │                            │
 *     └── all gone ────┘  └───────────────────────┴── join, leave, expiry ─────┘
 *
 * It knows nothing of travel: each call is a request that arrives at `now`. What it checks, it
 * checks then. A commit with generation -1 is stored when the group is empty, even backwards; one
 * with a generation is stored while preparing, too. Offsets live in a log_double. */
#ifndef TESTS_SUPPORT_GROUP_DOUBLE_H
#define TESTS_SUPPORT_GROUP_DOUBLE_H

#include "tests/support/log_double.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum group_state { GROUP_EMPTY, GROUP_PREPARING, GROUP_COMPLETING, GROUP_STABLE };
const char *group_state_name(enum group_state state);

enum group_answer {
    GROUP_OK,
    GROUP_REBALANCING,
    GROUP_UNKNOWN_MEMBER,
    GROUP_ILLEGAL_GENERATION,
    GROUP_FENCED_INSTANCE,
    GROUP_LOST, /* no answer came; never said by the coordinator */
};
const char *group_answer_name(enum group_answer answer);

enum { GROUP_MEMBERS_MAX = 32, GROUP_DYNAMIC = -1 };

struct group_member {
    uint64_t id;
    int32_t instance;   /* GROUP_DYNAMIC, or who it is over restarts */
    mono_ms_t deadline; /* of its session */
    bool joined;
};

struct group_double {
    struct log_double *log;
    span_ms_t session;
    enum group_state state;
    int32_t generation;
    struct group_member members[GROUP_MEMBERS_MAX]; /* oldest first; the first one leads */
    size_t count;
    uint64_t next_id;
};

void group_double_init(struct group_double *g, struct log_double *log, span_ms_t session);
/* Members whose session is over are gone. To be called before anything else happens at `now`, and
 * when the next one is due: true when *ret_at is set. */
void group_double_tick(struct group_double *g, mono_ms_t now);
bool group_double_next(const struct group_double *g, mono_ms_t *ret_at);

/* Joins, or joins again.
 *
 * id        as given before; 0 = none yet
 * ret_id    OK: who it is now
 * ret_kept  OK: a static member that came back to a stable group; it has the generation and the
 *           partitions of before at once. Else the next generation will bring them. */
enum group_answer group_double_join(struct group_double *g, mono_ms_t now, uint64_t id,
                                    int32_t instance, uint64_t *ret_id, bool *ret_kept);
bool group_double_knows(const struct group_double *g, uint64_t id);
/* Whether a member that has joined waits for nothing: it is not known any more, or everybody has to
 * join again. */
bool group_double_forgot(const struct group_double *g, uint64_t id);
/* The leader's assignment arrives; false = of a generation that is over. */
bool group_double_sync(struct group_double *g, mono_ms_t now, int32_t generation);
/* Partitions of a member in the present generation, one bit each. */
uint32_t group_double_assigned(const struct group_double *g, uint64_t id);
enum group_answer group_double_beat(struct group_double *g, mono_ms_t now, uint64_t id,
                                    int32_t instance, int32_t generation);
void group_double_leave(struct group_double *g, uint64_t id);
/* Everybody has to join again. */
void group_double_shake(struct group_double *g);
enum group_answer group_double_commit(struct group_double *g, mono_ms_t now, uint64_t id,
                                      int32_t instance, int32_t generation,
                                      const struct bus_offset *offsets, size_t count);

#endif
