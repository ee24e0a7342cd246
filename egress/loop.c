#include "egress/loop.h"

#include "base/check.h"
#include "base/planted.h"
#include "egress/loop_state.h"

#include <stdlib.h>

enum {
    RECORDS_A_TURN = 256,
    WAIT_MS_MAX = 1000,
    READ_WAIT_MS = 1,
    PAUSED_WAIT_MS = 20,
    RECORD_AGAIN_MS = 500,
    CALLS_MAX = 4 * 1000 * 1000, /* waiting for a moment at a time */
};

void loop_fail(struct egress_loop *l, err_t error)
{
    if (err_failed(error) && !err_failed(l->failed)) {
        l->failed = error;
    }
}

void loop_trouble(const struct egress_loop *l, const char *what, err_t error, int64_t number)
{
    if (l->options.watcher.on_trouble != NULL) {
        l->options.watcher.on_trouble(l->options.watcher.arg, what, error, number);
    }
}

bool loop_is_idle(const struct egress_loop *l)
{
    size_t ending = l->held;
    for (int32_t i = 0; i < l->share_end; i++) {
        ending += l->shares[i] == NULL ? 0 : l->shares[i]->lanes.in_state[LANE_ENDING];
    }
    return ending == 0 && tickets_out(&l->tickets) == 0;
}

void loop_let_go(struct egress_loop *l, struct call *call)
{
    held_drop(l, call);
    post_drop(call);
    post_forget(call);
    gates_remove(&l->gates, call);
    due_remove(&l->due, &call->due);
    reread_drop(l, call);
    room_given_back(l, call);
    l->bytes_ending -= call->ending_bytes;
    call->ending_bytes = 0;
    if (call->is_out) {
        call->share = NULL;
        call->item = NULL;
        return;
    }
    if (call->ticket != 0) {
        CHECK(tickets_redeem(&l->tickets, call->ticket) == call);
    }
    call_free(call);
}

/* ---- the bus's callbacks */

/* Copies share what an account grants by the partitions that they own. */
static void parts_counted(struct egress_loop *l)
{
    const struct deployment *deployment = l->config == NULL ? NULL : config_deployment(l->config);
    uint32_t all = deployment == NULL ? 0 : deployment->partitions;
    uint32_t ours = 0;
    for (int32_t i = 0; i < l->share_end; i++) {
        ours += l->shares[i] != NULL ? 1 : 0;
    }
    l->gates.part = (struct budget_part){ours, all};
}

static void on_assign(void *loop, const struct bus_offset *committed, size_t count)
{
    takeover_assigned(loop, committed, count);
    parts_counted(loop);
}

static void on_revoke(void *loop, const int32_t *partitions, size_t count, bool lost)
{
    /* What is not committed yet is found again in `events`: the same whether lost or not. */
    (void)lost;
    takeover_revoked(loop, partitions, count);
    parts_counted(loop);
}

/* A record of the partition itself; s = NULL when it is not ours any more. */
static void own_delivered(struct egress_loop *l, struct share *s, err_t result, int64_t offset)
{
    if (s == NULL) {
        return;
    }
    s->record_ticket = 0;
    if (err_failed(result)) {
        loop_trouble(l, "a record of the partition was not acknowledged", result, s->number);
        s->retry_at = mono_add(l->now, span_ms(RECORD_AGAIN_MS));
    } else if (s->phase == SHARE_MARKING) {
        takeover_marked(l, s, offset);
    } else {
        held_recorded(s, offset);
    }
}

static void on_delivery(void *loop, uint64_t cookie, err_t result, int32_t partition,
                        int64_t offset)
{
    struct egress_loop *l = loop;
    (void)partition;
    if ((cookie & LOOP_SHARE_BIT) != 0) {
        own_delivered(l, tickets_redeem(&l->records, cookie & ~LOOP_SHARE_BIT), result, offset);
        return;
    }
    struct call *call = tickets_redeem(&l->tickets, cookie);
    if (call != NULL) {
        loop_fail(l, post_delivered(l, call, result, offset));
    }
}

static void on_commit(void *loop, err_t result, const struct bus_offset *offsets, size_t count)
{
    commits_answered(loop, result, offsets, count);
}

struct bus_handler egress_loop_handler(struct egress_loop *l, struct bus *bus)
{
    l->bus = bus;
    return (struct bus_handler){l, on_assign, on_revoke, on_delivery, on_commit};
}

/* ---- made, configured, freed */

err_t egress_loop_new(const struct egress_options *options, struct egress_loop **ret_loop)
{
    CHECK(options->call_timeout.ms > 0 && options->settle.ms >= 0 && options->give_up.ms > 0 &&
          options->session_timeout.ms > 0);
    CLEANUP_PTR(egress_loop) struct egress_loop *l = calloc(1, sizeof *l);
    if (l == NULL) {
        return ERR(NO_MEMORY);
    }
    l->options = *options;
    if (l->options.bytes_max == 0) {
        l->options.bytes_max = EGRESS_BYTES_MAX;
    }
    rng_seed(&l->rng, options->seed);
    due_init(&l->due, CALLS_MAX);
    tickets_init(&l->tickets);
    tickets_init(&l->records);
    tickets_init(&l->typings);
    arena_init(&l->scratch, LIMIT_ARENA_BYTES_MAX);
    TRY(gates_init(&l->gates, rng_next(&l->rng)));
    TRY(oauth_init(&l->oauth, rng_next(&l->rng)));
    TRY(quotas_init(&l->quotas, rng_next(&l->rng)));
    l->turn_ended = clock_mono(&l->options.clock);
    *ret_loop = TAKE(l);
    return err_ok();
}

static void orphan_free(void *who)
{
    call_free(who);
}

void egress_loop_free(struct egress_loop *l)
{
    if (l == NULL) {
        return;
    }
    takeover_drop_all(l);
    /* Orphans: their requests end with the peer, which nobody asks any more. */
    tickets_each(&l->tickets, orphan_free);
    gates_deinit(&l->gates);
    oauth_deinit(&l->oauth);
    quotas_deinit(&l->quotas);
    due_deinit(&l->due);
    tickets_deinit(&l->tickets);
    tickets_deinit(&l->records);
    tickets_deinit(&l->typings);
    arena_deinit(&l->scratch);
    free(l);
}

void egress_loop_configure(struct egress_loop *l, const struct config_set *set)
{
    if (l->config == set) {
        return;
    }
    l->config = set;
    parts_counted(l);
    login_forget(&l->options.login);
    oauth_forget(l);
    gates_reset(&l->gates);
}

/* ---- a turn */

/* A loop that stood still for half a session may have been taken for dead: it gives up all. Asked
 * before each turn and, since a process can be stopped anywhere, before each call. */
bool loop_has_stalled(struct egress_loop *l, mono_ms_t since)
{
    span_ms_t still = mono_since(clock_mono(&l->options.clock), since);
    if (MUTANT(generation) || still.ms <= l->options.session_timeout.ms / 2) {
        return false;
    }
    loop_trouble(l, "the loop stood still", ERR(TIMEOUT), still.ms);
    l->rejoin_wanted = true;
    return true;
}

bool loop_is_member(const struct egress_loop *l)
{
    return MUTANT(generation) || !err_failed(bus_check(l->bus));
}

static err_t rejoin(struct egress_loop *l)
{
    l->rejoin_wanted = false;
    l->commit_is_out = false;
    l->fenced_since = (mono_ms_t){0};
    for (int32_t i = 0; i < l->share_end; i++) {
        takeover_revoked(l, &i, 1);
    }
    /* Who drains takes nothing more: what is given up now is his successor's. */
    return l->is_draining ? err_ok() : bus_rejoin(l->bus);
}

/* Records that wait; *ret_more = there may be others. */
static err_t poll(struct egress_loop *l, bool *ret_more)
{
    for (int i = 0; i < RECORDS_A_TURN; i++) {
        struct bus_record record = {0};
        bool is_got = false;
        err_t e = bus_poll(l->bus, span_ms(0), &record, &is_got);
        if (err_failed(e) && err_class(e) != ERR_CLASS_FATAL) {
            loop_trouble(l, "the bus could not be read", e, 0);
            return err_ok();
        }
        TRY(e);
        if (!is_got) {
            return err_ok();
        }
        struct share *s = record.partition < LIMIT_PARTITIONS_MAX && record.partition >= 0
                              ? l->shares[record.partition]
                              : NULL;
        if (s == NULL || s->phase != SHARE_RUNNING || record.topic != TOPIC_COMMANDS) {
            continue; /* of an assignment that is over */
        }
        bool is_full = false;
        TRY(intake_record(l, s, &record, &is_full));
        if (is_full && !s->is_paused) {
            loop_trouble(l, "too much waits: the partition is paused", ERR(QUEUE_FULL), s->number);
            s->is_paused = true;
            TRY(bus_start(l->bus, s->number, record.offset));
            TRY(bus_pause(l->bus, s->number));
        }
    }
    *ret_more = true;
    return err_ok();
}

static err_t collect(struct egress_loop *l)
{
    for (;;) {
        struct peer_answer answer = {0};
        bool is_got = false;
        TRY(peer_collect(&l->options.peer, &answer, &is_got));
        if (!is_got) {
            return err_ok();
        }
        TRY(run_answer(l, &answer));
    }
}

static err_t start(struct egress_loop *l)
{
    struct due_entry *entry = NULL;
    while ((entry = due_take(&l->due, l->now)) != NULL) {
        TRY(run_due(l, entry->owner));
    }
    gates_tick(&l->gates, l->now);
    if ((l->held == 0 && l->gates.ready == 0) || !loop_is_member(l)) {
        return err_ok();
    }
    for (int32_t i = 0; i < l->share_end; i++) {
        if (l->shares[i] != NULL && l->shares[i]->held.first != NULL) {
            TRY(held_release(l, l->shares[i]));
        }
    }
    struct call *call = NULL;
    bool is_over = (l->is_draining && (l->final_is_out || l->final_done)) ||
                   l->bytes_ending > l->options.bytes_max / 2;
    while (!is_over && !loop_has_stalled(l, l->now) &&
           peer_in_flight(&l->options.peer) + l->held < LIMIT_CALLS_IN_FLIGHT_MAX &&
           (call = gates_next(&l->gates, l->now)) != NULL) {
        TRY(run_start(l, call));
    }
    return err_ok();
}

/* Partitions that were paused go on when there is some room again. */
static err_t unpause(struct egress_loop *l)
{
    for (int32_t i = 0; i < l->share_end; i++) {
        struct share *s = l->shares[i];
        if (s != NULL && s->is_paused && s->lanes.count < s->lanes.count_max && room_left(l) &&
            room_is_ample(l)) {
            s->is_paused = false;
            TRY(bus_resume(l->bus, s->number));
        }
    }
    return err_ok();
}

static void wait_until(span_ms_t *wait, mono_ms_t now, mono_ms_t at)
{
    span_ms_t left = mono_since(at, now);
    left.ms = left.ms < 0 ? 0 : left.ms;
    *wait = left.ms < wait->ms ? left : *wait;
}

static span_ms_t wait_of(const struct egress_loop *l, bool is_busy)
{
    span_ms_t wait = span_ms(is_busy ? 0 : WAIT_MS_MAX);
    mono_ms_t now = clock_mono((struct clock *)(uintptr_t)&l->options.clock);
    const struct due_entry *due = due_first(&l->due);
    mono_ms_t at = {0};
    if (due != NULL) {
        wait_until(&wait, now, due->at);
    }
    if (gates_next_due(&l->gates, &at)) {
        wait_until(&wait, now, at);
    }
    if (commits_due(l, &at)) {
        wait_until(&wait, now, at);
    }
    if (l->rejoin_wanted) {
        wait.ms = 0;
    }
    for (int32_t i = 0; i < l->share_end; i++) {
        if (l->shares[i] != NULL && share_reads(l->shares[i]) && wait.ms > READ_WAIT_MS) {
            wait.ms = READ_WAIT_MS;
        }
        if (l->shares[i] != NULL && l->shares[i]->held.first != NULL &&
            mono_before(now, l->shares[i]->retry_at)) {
            wait_until(&wait, now, l->shares[i]->retry_at);
        }
        if (l->shares[i] != NULL && l->shares[i]->is_paused && wait.ms > PAUSED_WAIT_MS) {
            wait.ms = PAUSED_WAIT_MS; /* whether there is room shows when it is looked for */
        }
    }
    return wait;
}

static err_t turn(struct egress_loop *l, bool *busy)
{
    if (loop_has_stalled(l, mono_add(l->turn_ended, l->turn_wait)) || l->rejoin_wanted) {
        TRY(rejoin(l));
    }
    TRY(poll(l, busy));
    TRY(collect(l));
    TRY(takeover_some(l, busy));
    TRY(reread_some(l, busy));
    TRY(start(l));
    TRY(unpause(l));
    TRY(held_advance(l));
    TRY(post_flush(l));
    TRY(commits_ask(l));
    return l->failed;
}

err_t egress_loop_turn(struct egress_loop *l, struct why *why, span_ms_t *ret_wait)
{
    bool is_busy = false;
    l->now = clock_mono(&l->options.clock);
    if (l->config != NULL) {
        err_t e = turn(l, &is_busy);
        if (err_failed(e)) {
            why_set(why, "%s", l->why.text);
            return e;
        }
        (void)loop_has_stalled(l, l->now); /* anywhere in it, also where nothing was to be sent */
    }
    l->turn_wait = wait_of(l, is_busy);
    l->turn_ended = clock_mono(&l->options.clock);
    *ret_wait = l->turn_wait;
    return err_ok();
}

/* ---- the end, and figures */

void egress_loop_drain(struct egress_loop *l)
{
    l->is_draining = true;
    for (int32_t i = 0; i < l->share_end; i++) {
        struct lane_item *item = l->shares[i] == NULL ? NULL : l->shares[i]->lanes.oldest;
        for (; item != NULL; item = item->newer) {
            struct call *call = item->owner;
            if (call != NULL && (call->is_queued || call->is_held) && !run_may_begin(l, call)) {
                held_drop(l, call);
                gates_remove(&l->gates, call);
                due_remove(&l->due, &call->due);
            }
        }
    }
}

bool egress_loop_drained(const struct egress_loop *l)
{
    return l->is_draining && loop_is_idle(l) && !l->commit_is_out && l->final_done;
}

void egress_loop_figures(const struct egress_loop *l, struct egress_figures *ret_figures)
{
    struct egress_figures f = {.bytes_held = l->bytes_held, .bare = l->bare};
    for (int32_t i = 0; i < l->share_end; i++) {
        const struct share *s = l->shares[i];
        if (s == NULL) {
            continue;
        }
        f.shares++;
        f.shares_running += s->phase == SHARE_RUNNING ? 1 : 0;
        f.lanes += lanes_lane_count(&s->lanes);
        for (size_t state = 0; state < LANE_STATE_COUNT; state++) {
            f.commands[state] += s->lanes.in_state[state];
        }
    }
    *ret_figures = f;
}
