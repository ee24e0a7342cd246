#include "base/check.h"
#include "base/planted.h"
#include "processor/loop_state.h"

void loop_drop(struct loop *l, int32_t number)
{
    struct partition *p = l->partitions[number];
    if (p != NULL && p->reader != NULL) {
        l->options.reader.ops->close(p->reader);
    }
    partition_free(p);
    l->partitions[number] = NULL;
}

void loop_drop_all(struct loop *l)
{
    for (int32_t i = 0; i < LIMIT_PARTITIONS_MAX; i++) {
        loop_drop(l, i);
    }
    l->txn_open = false;
    l->is_ending = false;
    l->end_failed = false;
    l->batch = 0;
    l->is_alone = false;
}

bool loop_is_weather(err_t err)
{
    enum err_class class = err_class(err);
    return class == ERR_CLASS_TRANSIENT || class == ERR_CLASS_BACKPRESSURE;
}

err_t loop_begin(struct loop *l, struct partition *p)
{
    if (!l->txn_open) {
        err_t err = bus_begin(l->bus);
        if (loop_is_weather(err)) {
            return ERR(TXN_UNKNOWN); /* what it was for is taken already: read all of it again */
        }
        TRY(err);
        l->txn_open = true;
        l->txn++;
        l->batch = 0;
        l->is_alone = false;
        l->batch_began = clock_mono(&l->options.clock);
    }
    partition_touch(p);
    return err_ok();
}

static void told(struct loop *l, const char *result, mono_ms_t began)
{
    if (l->options.watcher.on_transaction != NULL) {
        l->options.watcher.on_transaction(l->options.watcher.arg, result,
                                          mono_since(clock_mono(&l->options.clock), began));
    }
}

/* Whether the transaction was committed is not known: nothing in memory can be trusted. While there
 * is no broker to ask, the next round tries again. */
err_t commit_start_over(struct loop *l)
{
    loop_drop_all(l); /* also what was assigned since */
    err_t err = bus_renew(l->bus);
    if (loop_is_weather(err)) {
        return err_ok();
    }
    TRY(err);
    l->is_lost = false;
    return bus_rejoin(l->bus);
}

/* All that is not known to be committed, though it is known not to be on its way any more. */
static err_t roll_back(struct loop *l)
{
    l->txn_open = false;
    l->end_failed = false;
    TRY(bus_abort(l->bus));
    CRASH_POINT(P6);
    for (size_t i = 0; i < LIMIT_PARTITIONS_MAX; i++) {
        struct partition *p = l->partitions[i];
        if (p == NULL || !(p->touched || p->is_ending)) {
            continue;
        }
        TRY(partition_rollback(p));
        if (p->here.point.config < 0) {
            p->phase = PARTITION_WAITING; /* its first configuration was in the lost transaction */
        } else {
            TRY(config_log_at(l->config, p->here.point.config, &p->here.config));
            TRY(bus_start(l->bus, p->number, p->here.point.next));
        }
    }
    return err_ok();
}

/* What is committed beside the offset of `p`; valid until the next commit. */
static struct slice mark_of(struct loop *l, struct partition *p)
{
    struct attempts mark = {l->options.owner, !p->is_leaving, p->tries};
    attempts_format(&mark, p->mark);
    return slice_of(p->mark);
}

/* Of those that the transaction on its way has touched: no abort takes that back any more. */
static void keep_changes(struct loop *l)
{
    for (size_t i = 0; i < LIMIT_PARTITIONS_MAX; i++) {
        if (l->partitions[i] != NULL && l->partitions[i]->is_ending) {
            partition_commit(l->partitions[i]);
        }
    }
}

static void end_changes(struct loop *l)
{
    for (size_t i = 0; i < LIMIT_PARTITIONS_MAX; i++) {
        if (l->partitions[i] != NULL) {
            partition_end(l->partitions[i]);
        }
    }
}

/* Sends the open transaction on its way: what is decided from now on is in the next one, which can
 * only be committed when this one is. */
err_t commit_begin(struct loop *l)
{
    struct bus_offset offsets[LIMIT_PARTITIONS_MAX];
    size_t count = 0;
    CHECK(!l->is_ending);
    for (size_t i = 0; i < LIMIT_PARTITIONS_MAX; i++) {
        struct partition *p = l->partitions[i];
        if (p != NULL && p->touched) {
            /* Back would be: everything decided once more. */
            CHECK(p->here.point.next >= p->committed);
            TRY(apply_checkpoint(l, p));
            offsets[count++] = (struct bus_offset){p->number, p->here.point.next, mark_of(l, p)};
        }
    }
    CRASH_POINT(P2);
    TRY(bus_commit_begin(l->bus, offsets, count));
    l->txn_open = false;
    l->is_ending = true;
    l->ending_since = clock_mono(&l->options.clock);
    end_changes(l);
    if (MUTANT(commit_order)) {
        keep_changes(l);
    }
    return err_ok();
}

/* Whether what is on its way is through, after at most `wait`. */
err_t commit_look(struct loop *l, span_ms_t wait)
{
    bool ended = false;
    err_t err = bus_commit_end(l->bus, wait, &ended);
    if (err_failed(err)) {
        l->is_ending = false;
        l->end_failed = true;
        return err;
    }
    if (ended) {
        l->is_ending = false;
        l->committed_at = clock_mono(&l->options.clock);
        keep_changes(l);
        told(l, "committed", l->ending_since);
    }
    return err_ok();
}

err_t commit_await(struct loop *l)
{
    while (l->is_ending) {
        TRY(commit_look(l, span_s(1)));
    }
    return err_ok();
}

err_t loop_commit(struct loop *l)
{
    TRY(commit_await(l));
    TRY(commit_begin(l));
    return commit_await(l);
}

/* One switch for whatever a transaction may meet. */
err_t commit_recover(struct loop *l, err_t err)
{
    if (loop_is_weather(err) && l->is_ending && l->txn_open) {
        err_t end = commit_await(l); /* what is on its way stays, if it comes through */
        err = err_failed(end) ? end : err;
    }
    switch (err_class(err)) {
    case ERR_CLASS_OK: return err;
    case ERR_CLASS_TRANSIENT:
    case ERR_CLASS_BACKPRESSURE: break;
    case ERR_CLASS_POISON:
    case ERR_CLASS_FATAL: return err;
    case ERR_CLASS_BUG: BUG(err.where);
    }
    if (!err_is(err, ERR_TXN_UNKNOWN)) {
        if (!l->txn_open && !l->end_failed) {
            return err_ok(); /* the next round tries again */
        }
        told(l, "aborted", l->batch_began);
        err_t back = roll_back(l);
        if (!loop_is_weather(back)) {
            return back;
        }
    }
    told(l, "unknown", l->batch_began);
    loop_drop_all(l);
    l->is_lost = true; /* the next round starts over: we may be inside the bus's callback */
    return err_ok();
}

/* Commits what is open, and that nobody need be careful after us with these partitions. */
err_t commit_leave(struct loop *l, const int32_t *partitions, size_t count)
{
    for (size_t i = 0; i < count && bus_connected(l->bus); i++) {
        struct partition *p = l->partitions[partitions[i]];
        /* One that still restores has no position yet: its mark says so to whoever is next. */
        if (p != NULL && p->phase == PARTITION_RUNNING && p->is_noted) {
            TRY(loop_begin(l, p));
            p->is_leaving = true;
        }
    }
    return l->txn_open ? loop_commit(l) : commit_await(l);
}
