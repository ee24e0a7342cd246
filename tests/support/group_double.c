#include "tests/support/group_double.h"

#include "base/check.h"

#include <string.h>

const char *group_state_name(enum group_state state)
{
    static const char *const names[] = {"empty", "preparing", "completing", "stable"};
    return names[state];
}

const char *group_answer_name(enum group_answer answer)
{
    static const char *const names[] = {"ok",
                                        "rebalance in progress",
                                        "unknown member",
                                        "illegal generation",
                                        "fenced instance",
                                        "no answer"};
    return names[answer];
}

void group_double_init(struct group_double *g, struct log_double *log, span_ms_t session)
{
    *g = (struct group_double){.log = log, .session = session, .next_id = 1};
}

static struct group_member *by_id(struct group_double *g, uint64_t id)
{
    for (size_t i = 0; i < g->count; i++) {
        if (g->members[i].id == id) {
            return &g->members[i];
        }
    }
    return NULL;
}

static struct group_member *by_instance(struct group_double *g, int32_t instance)
{
    for (size_t i = 0; i < g->count && instance != GROUP_DYNAMIC; i++) {
        if (g->members[i].instance == instance) {
            return &g->members[i];
        }
    }
    return NULL;
}

static void prepare(struct group_double *g)
{
    if (g->state == GROUP_PREPARING) {
        return;
    }
    g->state = GROUP_PREPARING;
    for (size_t i = 0; i < g->count; i++) {
        g->members[i].joined = false;
    }
}

/* All that are known have joined: the next generation. */
static void complete(struct group_double *g, mono_ms_t now)
{
    if (g->state != GROUP_PREPARING) {
        return;
    }
    for (size_t i = 0; i < g->count; i++) {
        if (!g->members[i].joined) {
            return;
        }
    }
    g->generation++;
    g->state = g->count == 0 ? GROUP_EMPTY : GROUP_COMPLETING;
    for (size_t i = 0; i < g->count; i++) {
        g->members[i].deadline = mono_add(now, g->session);
    }
}

static void take_out(struct group_double *g, size_t index)
{
    g->count--;
    memmove(&g->members[index], &g->members[index + 1], (g->count - index) * sizeof g->members[0]);
}

void group_double_tick(struct group_double *g, mono_ms_t now)
{
    for (size_t i = 0; i < g->count;) {
        bool waits = g->state == GROUP_PREPARING && g->members[i].joined;
        if (waits || mono_before(now, g->members[i].deadline)) {
            i++;
            continue;
        }
        take_out(g, i);
        prepare(g);
    }
    complete(g, now);
}

bool group_double_next(const struct group_double *g, mono_ms_t *ret_at)
{
    bool found = false;
    for (size_t i = 0; i < g->count; i++) {
        bool waits = g->state == GROUP_PREPARING && g->members[i].joined;
        if (!waits && (!found || mono_before(g->members[i].deadline, *ret_at))) {
            *ret_at = g->members[i].deadline;
            found = true;
        }
    }
    return found;
}

static struct group_member *take_in(struct group_double *g, int32_t instance)
{
    CHECK(g->count < GROUP_MEMBERS_MAX);
    struct group_member *member = &g->members[g->count++];
    *member = (struct group_member){.id = g->next_id++, .instance = instance};
    return member;
}

enum group_answer group_double_join(struct group_double *g, mono_ms_t now, uint64_t id,
                                    int32_t instance, uint64_t *ret_id, bool *ret_kept)
{
    struct group_member *member = id == 0 ? NULL : by_id(g, id);
    struct group_member *namesake = by_instance(g, instance);
    *ret_kept = false;
    if (id != 0 && member == NULL) {
        return namesake != NULL ? GROUP_FENCED_INSTANCE : GROUP_UNKNOWN_MEMBER;
    }
    if (member == NULL && namesake != NULL) {
        member = namesake; /* the older one is a stranger from now on */
        member->id = g->next_id++;
        *ret_kept = g->state == GROUP_STABLE;
    } else if (member == NULL) {
        member = take_in(g, instance);
    }
    member->deadline = mono_add(now, g->session);
    *ret_id = member->id;
    if (!*ret_kept) {
        prepare(g);
        member->joined = true;
        complete(g, now);
    }
    return GROUP_OK;
}

bool group_double_knows(const struct group_double *g, uint64_t id)
{
    for (size_t i = 0; i < g->count; i++) {
        if (g->members[i].id == id) {
            return true;
        }
    }
    return false;
}

bool group_double_forgot(const struct group_double *g, uint64_t id)
{
    for (size_t i = 0; i < g->count; i++) {
        if (g->members[i].id == id) {
            return g->state == GROUP_PREPARING && !g->members[i].joined;
        }
    }
    return true;
}

bool group_double_sync(struct group_double *g, mono_ms_t now, int32_t generation)
{
    if (g->state != GROUP_COMPLETING || g->generation != generation) {
        return false;
    }
    g->state = GROUP_STABLE;
    for (size_t i = 0; i < g->count; i++) {
        g->members[i].deadline = mono_add(now, g->session);
    }
    return true;
}

uint32_t group_double_assigned(const struct group_double *g, uint64_t id)
{
    uint32_t partitions = (uint32_t)g->log->partitions;
    uint32_t count = (uint32_t)g->count;
    uint32_t first = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t share = partitions / count + (i < partitions % count ? 1 : 0);
        if (g->members[i].id == id) {
            return ((UINT32_C(1) << share) - 1) << first;
        }
        first += share;
    }
    return 0;
}

/* Who asks, as every request but a join is judged. */
static enum group_answer judge(struct group_double *g, uint64_t id, int32_t instance,
                               int32_t generation, struct group_member **ret_member)
{
    const struct group_member *namesake = by_instance(g, instance);
    if (namesake != NULL && namesake->id != id) {
        return GROUP_FENCED_INSTANCE;
    }
    *ret_member = by_id(g, id);
    if (*ret_member == NULL) {
        return GROUP_UNKNOWN_MEMBER;
    }
    return generation != g->generation ? GROUP_ILLEGAL_GENERATION : GROUP_OK;
}

enum group_answer group_double_beat(struct group_double *g, mono_ms_t now, uint64_t id,
                                    int32_t instance, int32_t generation)
{
    struct group_member *member = NULL;
    enum group_answer answer = judge(g, id, instance, generation, &member);
    if (answer != GROUP_OK) {
        return answer;
    }
    member->deadline = mono_add(now, g->session);
    return g->state == GROUP_PREPARING ? GROUP_REBALANCING : GROUP_OK;
}

void group_double_leave(struct group_double *g, uint64_t id)
{
    const struct group_member *member = by_id(g, id);
    if (member != NULL) {
        take_out(g, (size_t)(member - g->members));
        prepare(g);
    }
}

void group_double_shake(struct group_double *g)
{
    if (g->count > 0) {
        prepare(g);
    }
}

enum group_answer group_double_commit(struct group_double *g, mono_ms_t now, uint64_t id,
                                      int32_t instance, int32_t generation,
                                      const struct bus_offset *offsets, size_t count)
{
    struct group_member *member = NULL;
    if (generation >= 0 || g->state != GROUP_EMPTY) {
        enum group_answer answer = judge(g, id, instance, generation, &member);
        if (answer != GROUP_OK) {
            return answer;
        }
        if (g->state == GROUP_COMPLETING) {
            return GROUP_REBALANCING;
        }
        member->deadline = mono_add(now, g->session);
    }
    for (size_t i = 0; i < count; i++) {
        log_double_commit(g->log, &offsets[i]);
    }
    return GROUP_OK;
}
