#include "egress/gate.h"

#include "base/check.h"
#include "base/limits.h"

#include <stdlib.h>
#include <string.h>

enum {
    GATES_MAX = 2 * LIMIT_ACCOUNTS_MAX + LIMIT_STORES_MAX,
    WANTED_MAX = 64,
    GATE_KEY_BYTES = LIMIT_NAME_BYTES_MAX + 16,
};

err_t gates_init(struct gates *g, uint64_t seed)
{
    *g = (struct gates){0};
    due_init(&g->asleep, GATES_MAX);
    return table_new(GATES_MAX, seed, &g->by_name);
}

static void gate_free(struct gate *gate)
{
    free((void *)(uintptr_t)gate->name.ptr);
    free(gate);
}

void gates_deinit(struct gates *g)
{
    for (size_t i = 0; g->by_name != NULL && i < table_count(g->by_name); i++) {
        gate_free(table_at(g->by_name, i, NULL));
    }
    table_free(g->by_name);
    due_deinit(&g->asleep);
    *g = (struct gates){0};
}

err_t gates_get(struct gates *g, const char *kind, struct slice name, struct gate **ret_gate)
{
    /* Looked for with each command: without memory of its own, and before it is made. */
    char text[GATE_KEY_BYTES];
    struct slice kinds = slice_of(kind);
    if (kinds.len + 1 + name.len > sizeof text) {
        return ERR(BUF_FULL);
    }
    memcpy(text, kinds.ptr, kinds.len);
    text[kinds.len] = '/';
    memcpy(text + kinds.len + 1, name.ptr, name.len);
    struct slice wanted = slice_from(text, kinds.len + 1 + name.len);
    struct gate *gate = table_get(g->by_name, wanted);
    if (gate == NULL) {
        CLEANUP(buf) struct buf key = {0};
        buf_init(&key, GATE_KEY_BYTES);
        TRY(buf_append(&key, wanted));
        gate = calloc(1, sizeof *gate);
        if (gate == NULL) {
            return ERR(NO_MEMORY);
        }
        err_t e = table_put(g->by_name, buf_slice(&key), gate, NULL);
        if (err_failed(e)) {
            free(gate);
            return e;
        }
        size_t len = 0;
        gate->name.ptr = buf_take(&key, &len);
        gate->name.len = len;
        gate->due.owner = gate;
        budget_init(&gate->budget, LIMIT_CALLS_IN_FLIGHT_MAX);
    }
    *ret_gate = gate;
    return err_ok();
}

static void round_add(struct gates *g, struct gate *gate)
{
    if (gate->in_round) {
        return;
    }
    gate->in_round = true;
    if (g->round == NULL) {
        gate->round_prev = gate;
        gate->round_next = gate;
        g->round = gate;
    } else { /* its turn comes after all others' */
        gate->round_next = g->round;
        gate->round_prev = g->round->round_prev;
        gate->round_prev->round_next = gate;
        g->round->round_prev = gate;
    }
}

static void round_remove(struct gates *g, struct gate *gate)
{
    if (!gate->in_round) {
        return;
    }
    gate->in_round = false;
    if (gate->round_next == gate) {
        g->round = NULL;
        return;
    }
    gate->round_prev->round_next = gate->round_next;
    gate->round_next->round_prev = gate->round_prev;
    if (g->round == gate) {
        g->round = gate->round_next;
    }
}

void gates_push(struct gates *g, struct gate *gate, struct call *call, bool in_front)
{
    CHECK(!call->is_queued);
    call->is_queued = true;
    call->gate = gate;
    if (in_front) {
        call_list_push_front(&gate->calls, CALL_READY, call);
    } else {
        call_list_push_back(&gate->calls, CALL_READY, call);
    }
    g->ready++;
    if (gate->due.place == 0) {
        round_add(g, gate);
    }
}

void gates_remove(struct gates *g, struct call *call)
{
    if (!call->is_queued) {
        return;
    }
    call->is_queued = false;
    call_list_remove(&call->gate->calls, CALL_READY, call);
    g->ready--;
}

static mono_ms_t opens_at(const struct gate *gate, mono_ms_t now)
{
    mono_ms_t opens = budget_opens(&gate->budget, now);
    mono_ms_t mends = breaker_opens(&gate->breaker, now);
    return mono_before(opens, mends) ? mends : opens;
}

/* A gate that may not start anything leaves the round: until a moment, or until an answer. */
static void gate_retire(struct gates *g, struct gate *gate, mono_ms_t now)
{
    round_remove(g, gate);
    mono_ms_t opens = opens_at(gate, now);
    if (gate->calls.first != NULL && mono_before(now, opens) &&
        err_failed(due_put(&g->asleep, &gate->due, opens))) {
        round_add(g, gate); /* no memory to sleep: it is asked again */
    }
}

uint32_t gates_started(struct gates *g, struct gate *gate)
{
    g->busy += gate->budget.in_flight == 0 ? 1 : 0;
    budget_started(&gate->budget);
    return breaker_started(&gate->breaker);
}

void gates_finished(struct gates *g, struct gate *gate, bool succeeded, struct budget_told told,
                    mono_ms_t now)
{
    budget_finished(&gate->budget, succeeded, told, g->part, now);
    g->busy -= gate->budget.in_flight == 0 ? 1 : 0;
}

void gates_cancelled(struct gates *g, struct gate *gate)
{
    budget_cancelled(&gate->budget);
    g->busy -= gate->budget.in_flight == 0 ? 1 : 0;
}

/* This gate has not more in flight than its part. */
static bool has_place(const struct gates *g, const struct gate *gate)
{
    size_t others = g->busy - (gate->budget.in_flight > 0 ? 1 : 0);
    size_t part = LIMIT_CALLS_IN_FLIGHT_MAX / (others + 2);
    return gate->budget.in_flight < (part < 1 ? 1 : part);
}

bool gates_reads_ahead(const struct gate *gate)
{
    const struct call *first = gate->calls.first;
    return first != NULL && first->bytes == NULL && gate->wanted < WANTED_MAX;
}

static bool is_open(const struct gates *g, struct gate *gate, mono_ms_t now)
{
    budget_roll(&gate->budget, g->part, now);
    return has_place(g, gate) && budget_allows(&gate->budget, now) &&
           breaker_allows(&gate->breaker, now);
}

static void count(struct gates *g, struct gate *gate, struct call *call)
{
    CHECK(call->counted == NULL);
    call->counted = gate;
    call->probe = gates_started(g, gate);
}

bool gates_lets(struct gates *g, struct gate *gate, struct call *call, mono_ms_t now,
                mono_ms_t *ret_opens)
{
    if (!is_open(g, gate, now)) {
        *ret_opens = opens_at(gate, now);
        return false;
    }
    count(g, gate, call);
    return true;
}

static bool may_start(const struct gates *g, struct gate *gate, mono_ms_t now)
{
    const struct call *first = gate->calls.first;
    return first != NULL && (first->bytes != NULL || gate->wanted < WANTED_MAX / 2) &&
           !gate->is_held && is_open(g, gate, now);
}

struct call *gates_next(struct gates *g, mono_ms_t now)
{
    struct gate *stuck = NULL;
    while (g->round != NULL && g->round != stuck) {
        struct gate *gate = g->round;
        if (!may_start(g, gate, now)) {
            gate_retire(g, gate, now);
            stuck = gate->in_round && stuck == NULL ? gate : stuck;
            continue;
        }
        struct call *call = gate->calls.first;
        gates_remove(g, call);
        count(g, gate, call);
        g->round = gate->round_next;
        return call;
    }
    return NULL;
}

void gates_wake(struct gates *g, struct gate *gate)
{
    due_remove(&g->asleep, &gate->due);
    if (gate->calls.first != NULL) {
        round_add(g, gate);
    }
}

void gates_tick(struct gates *g, mono_ms_t now)
{
    struct due_entry *entry = NULL;
    while ((entry = due_take(&g->asleep, now)) != NULL) {
        gates_wake(g, entry->owner);
    }
}

bool gates_next_due(const struct gates *g, mono_ms_t *ret_at)
{
    const struct due_entry *first = due_first(&g->asleep);
    if (first != NULL) {
        *ret_at = first->at;
    }
    return first != NULL;
}

void gates_reset(struct gates *g)
{
    for (size_t i = 0; i < table_count(g->by_name); i++) {
        struct gate *gate = table_at(g->by_name, i, NULL);
        breaker_reset(&gate->breaker);
        gates_wake(g, gate);
    }
}
