#include "processor/loop.h"

#include "base/check.h"
#include "base/planted.h"
#include "processor/loop_state.h"

#include <stdlib.h>

enum { BATCH_EVENTS_MAX = 2000, USUAL_BYTES = 64 * 1024 };
static const int64_t batch_age_ms_max = 50;
static const int64_t commit_distance_ms = 5;
static const int64_t full_wait_ms = 100;
static const int64_t config_look_ms = 100;
static const int64_t tend_distance_ms = 50;

err_t loop_new(const struct loop_options *options, struct loop **ret_loop)
{
    struct loop *l = calloc(1, sizeof *l);
    if (l == NULL) {
        return ERR(NO_MEMORY);
    }
    l->options = *options;
    if (l->options.gap.ms <= 0) {
        l->options.gap = span_ms(GAPS_DISTANCE_MS);
    }
    if (l->options.retention.ms < EVICT_AGE_MS_MIN) {
        l->options.retention = span_ms(EVICT_AGE_MS_MIN);
    }
    l->txn = 0;
    l->config_checked = -1;
    arena_init(&l->arena, LIMIT_ARENA_BYTES_MAX);
    (void)arena_alloc(&l->arena, USUAL_BYTES); /* its first chunk stays: one event needs no heap */
    arena_reset(&l->arena);
    buf_init(&l->out, (size_t)2 * LIMIT_RECORD_BYTES_MAX);
    decide_init(&l->decide);
    err_t err = config_log_new(&l->config);
    if (err_failed(err)) {
        loop_free(l);
        return err;
    }
    *ret_loop = l;
    return err_ok();
}

void loop_free(struct loop *l)
{
    if (l == NULL) {
        return;
    }
    loop_drop_all(l);
    if (l->config_reader != NULL) {
        l->options.reader.ops->close(l->config_reader);
    }
    config_log_free(l->config);
    arena_deinit(&l->arena);
    buf_deinit(&l->out);
    decide_deinit(&l->decide);
    free(l);
}

/* --- the bus's callbacks --- */

static void keep_error(struct loop *l, err_t err)
{
    if (err_failed(err) && !err_failed(l->pending)) {
        l->pending = err;
    }
}

static void on_assign(void *arg, const struct bus_offset *committed, size_t count)
{
    struct loop *l = arg;
    for (size_t i = 0; i < count; i++) {
        keep_error(l, restore_begin(l, &committed[i]));
    }
}

static void on_revoke(void *arg, const int32_t *partitions, size_t count, bool lost)
{
    struct loop *l = arg;
    CRASH_POINT(P5);
    if (!lost) {
        keep_error(l, commit_recover(l, commit_leave(l, partitions, count)));
    } else if (l->txn_open || l->is_ending) {
        keep_error(l, commit_recover(l, ERR(TXN_ABORT)));
    }
    for (size_t i = 0; i < count; i++) {
        loop_drop(l, partitions[i]);
    }
}

static void on_delivery(void *arg, uint64_t cookie, err_t result, int32_t partition, int64_t offset)
{
    (void)arg, (void)cookie, (void)result, (void)partition, (void)offset; /* the commit tells */
}

static void on_commit(void *arg, err_t result, const struct bus_offset *offsets, size_t count)
{
    (void)arg, (void)result, (void)offsets, (void)count; /* offsets travel in transactions */
}

struct bus_handler loop_handler(struct loop *l)
{
    return (struct bus_handler){l, on_assign, on_revoke, on_delivery, on_commit};
}

/* --- the loop --- */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* How long the next poll may wait. */
static span_ms_t patience(struct loop *l, span_ms_t wait)
{
    if (l->txn_open && l->is_ending) {
        return span_ms(config_look_ms); /* the poll comes back when that has ended */
    }
    if (l->txn_open) {
        int64_t since = mono_since(clock_mono(&l->options.clock), l->committed_at).ms;
        return span_ms(since >= commit_distance_ms ? 0 : commit_distance_ms - since);
    }
    int64_t ms = least(wait.ms, config_look_ms);
    wall_ms_t now = clock_wall(&l->options.clock);
    for (size_t i = 0; i < LIMIT_PARTITIONS_MAX; i++) {
        struct partition *p = l->partitions[i];
        wall_ms_t due = {0};
        if (p != NULL && p->phase == PARTITION_RESTORING) {
            return span_ms(0);
        }
        if (p != NULL && schedule_next(&p->schedule, &due)) {
            int64_t until = wall_since(due, now).ms;
            ms = least(ms, until > 0 ? until : 1);
        }
        if (p != NULL && p->phase == PARTITION_RUNNING) {
            ms = sweep_patience(p, now, walk_patience(p, now, ms));
        }
    }
    return span_ms(ms);
}

/* Timers, and new configuration, of partitions that have read all there is. */
static err_t tend(struct loop *l)
{
    mono_ms_t now = clock_mono(&l->options.clock);
    if (mono_since(now, l->config_looked).ms >= config_look_ms) {
        l->config_looked = now;
        TRY(restore_config(l, -1));
        TRY(restore_check_moved(l));
    }
    for (size_t i = 0; i < LIMIT_PARTITIONS_MAX; i++) {
        struct partition *p = l->partitions[i];
        if (p == NULL || p->phase != PARTITION_RUNNING) {
            continue;
        }
        if (p->config_asked < config_log_end(l->config)) {
            TRY(loop_begin(l, p));
            TRY(apply_config(l, p));
        }
        TRY(walk_some(l, p));
        TRY(sweep_some(l, p));
        wall_ms_t due = {0};
        wall_ms_t wall = clock_wall(&l->options.clock);
        int64_t lag = 0;
        if (schedule_next(&p->schedule, &due) && !wall_before(wall, due)) {
            err_t err = bus_lag(l->bus, p->number, &lag);
            size_t fired = 0;
            if (!err_failed(err) && (lag == 0 || MUTANT(timer_lag))) {
                err = apply_timers(l, p, wall, &fired);
            } else if (loop_is_weather(err)) {
                continue; /* not known yet: then nothing is due yet */
            }
            TRY(err);
        }
    }
    return err_ok();
}

static bool is_full(const struct loop *l, mono_ms_t now)
{
    return l->txn_open &&
           (l->batch >= BATCH_EVENTS_MAX || mono_since(now, l->batch_began).ms >= batch_age_ms_max);
}

/* Commits where it is time to: one that is to be alone at once and to its end, though a commit may
 * wait a moment for the one before. */
static err_t commit_some(struct loop *l, bool is_drained)
{
    mono_ms_t now = clock_mono(&l->options.clock);
    if (!l->txn_open || l->is_alone) {
        return l->txn_open ? loop_commit(l) : err_ok();
    }
    bool is_due = (is_drained || is_full(l, now)) &&
                  mono_since(now, l->committed_at).ms >= commit_distance_ms;
    return is_due && !l->is_ending ? commit_begin(l) : err_ok();
}

/* Whether partitions that restore, configuration and timers get a turn: when nothing waits to be
 * read, and now and then also when something always does. */
static bool must_tend(struct loop *l, bool is_drained)
{
    mono_ms_t now = clock_mono(&l->options.clock);
    if (!is_drained && mono_since(now, l->tended).ms < tend_distance_ms) {
        return false;
    }
    l->tended = now;
    return true;
}

static err_t run_once(struct loop *l, span_ms_t wait)
{
    if (l->is_lost) {
        TRY(commit_start_over(l));
    }
    if (l->is_ending) {
        bool must_wait = is_full(l, clock_mono(&l->options.clock));
        TRY(commit_look(l, span_ms(must_wait ? full_wait_ms : 0)));
    }
    if (l->is_ending && is_full(l, clock_mono(&l->options.clock))) {
        return err_ok();
    }
    struct bus_record record = {0};
    bool got = false;
    TRY(bus_poll(l->bus, patience(l, wait), &record, &got));
    TRY(l->pending);
    if (l->is_lost) {
        return err_ok();
    }
    if (got) {
        struct partition *p = record.partition >= 0 && record.partition < LIMIT_PARTITIONS_MAX
                                  ? l->partitions[record.partition]
                                  : NULL;
        if (p != NULL && p->phase == PARTITION_RUNNING && record.offset >= p->here.point.next) {
            if (!l->txn_open) {
                CRASH_POINT(P1);
            }
            TRY(apply_record(l, p, &record));
        }
    }
    if (must_tend(l, !got)) {
        TRY(restore_some(l));
        TRY(tend(l));
    }
    return commit_some(l, !got);
}

err_t loop_run(struct loop *l, struct bus *bus, span_ms_t wait)
{
    l->bus = bus;
    l->pending = err_ok();
    return commit_recover(l, run_once(l, wait));
}

err_t loop_finish(struct loop *l, struct bus *bus)
{
    int32_t all[LIMIT_PARTITIONS_MAX];
    for (int32_t i = 0; i < LIMIT_PARTITIONS_MAX; i++) {
        all[i] = i;
    }
    l->bus = bus;
    return commit_recover(l, commit_leave(l, all, LIMIT_PARTITIONS_MAX));
}

size_t loop_conversations(const struct loop *l)
{
    size_t count = 0;
    for (size_t i = 0; i < LIMIT_PARTITIONS_MAX; i++) {
        count += l->partitions[i] == NULL ? 0 : table_count(l->partitions[i]->states);
    }
    return count;
}

size_t loop_owned(const struct loop *l, enum owner owner)
{
    size_t count = 0;
    for (size_t i = 0; i < LIMIT_PARTITIONS_MAX; i++) {
        count += l->partitions[i] == NULL ? 0 : l->partitions[i]->owned[owner];
    }
    return count;
}

bool loop_restoring(const struct loop *l)
{
    for (size_t i = 0; i < LIMIT_PARTITIONS_MAX; i++) {
        if (l->partitions[i] != NULL && l->partitions[i]->phase == PARTITION_RESTORING) {
            return true;
        }
    }
    return false;
}

bool loop_has_config(const struct loop *l)
{
    return config_log_end(l->config) >= 0;
}
