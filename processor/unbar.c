/* A changelog that cannot be read to its end, because a transaction stays open in it.
 *
 * Usually it is the last owner's, and over in a moment. But a Kafka that is killed while it ends a
 * transaction can leave it open for good: the coordinator comes back, finds no leader for the
 * transaction's partitions, takes them for deleted and calls it complete. If that was a transaction
 * of our name (a single node that lost its power is enough), the next marker of ours ends it: so a
 * transaction is begun, given a record in every topic that is partitioned like this one, and
 * aborted. Nobody sees the records. What the open transaction had decided is decided again, the
 * same, since its offsets were dropped when our handle was made (lib/kafka/txn.c).
 *
 * For another copy's open transaction this does nothing. That is for the operator to end.
 */
#include "processor/loop_state.h"

static const int64_t bar_ours_ms = 500;
static const int64_t bar_again_ms = 5 * 1000;
static const int64_t bar_told_ms = 12 * 1000; /* the brokers end a transaction after 10 s */
static const int64_t bar_flush_ms = 1000;

static err_t write_and_abort(struct loop *l, struct partition *p)
{
    static const enum topic topics[] = {TOPIC_EVENTS, TOPIC_COMMANDS, TOPIC_CONVERSATIONS,
                                        TOPIC_SNAPSHOTS};
    TRY(bus_begin(l->bus));
    l->txn_open = true;
    l->batch_began = clock_mono(&l->options.clock);
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
        const struct bus_message none = {
            .topic = topics[i], .partition = p->number, .key = SLICE("unbar")};
        TRY(bus_produce(l->bus, &none));
    }
    TRY(bus_flush(l->bus, span_ms(bar_flush_ms))); /* an abort drops what was not sent */
    l->txn_open = false;
    return bus_abort(l->bus);
}

err_t unbar(struct loop *l, struct partition *p)
{
    mono_ms_t now = clock_mono(&l->options.clock);
    struct bar *bar = &p->bar;
    if (!l->options.reader.ops->barred(p->reader)) {
        bar->is_there = false;
        return err_ok();
    }
    if (!bar->is_there) {
        *bar = (struct bar){.is_there = true, .since = now};
    }
    int64_t since = mono_since(now, bar->since).ms;
    if (since >= bar_told_ms && !bar->is_told && l->options.watcher.on_barred != NULL) {
        bar->is_told = true;
        l->options.watcher.on_barred(l->options.watcher.arg, p->number);
    }
    bool is_tried = mono_since(bar->tried, bar->since).ms > 0;
    bool is_due = is_tried ? mono_since(now, bar->tried).ms >= bar_again_ms : since >= bar_ours_ms;
    if (!is_due || l->options.embedded) {
        return err_ok();
    }
    bar->tried = now;
    TRY(l->txn_open ? loop_commit(l) : commit_await(l)); /* partitions beside it may be busy */
    TRY(write_and_abort(l, p));
    return write_and_abort(l, p); /* transactions take turns under two names (port/bus.h) */
}
