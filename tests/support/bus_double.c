#include "tests/support/bus_double.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

struct bus_double_report {
    struct bus_double_report *next;
    uint64_t cookie;
    err_t result;
    int32_t partition;
    int64_t offset;
};

void bus_double_init(struct bus_double *b, struct log_double *log, enum topic input)
{
    *b = (struct bus_double){.log = log, .input = input};
}

static void txn_drop(struct bus_double_txn *t)
{
    for (size_t i = 0; i < t->count; i++) {
        free((void *)(uintptr_t)t->messages[i].key.ptr);
    }
    free(t->messages);
    *t = (struct bus_double_txn){0};
}

void bus_double_deinit(struct bus_double *b)
{
    while (b->first != NULL) {
        struct bus_double_report *next = b->first->next;
        free(b->first);
        b->first = next;
    }
    txn_drop(&b->open);
    txn_drop(&b->ending);
}

void bus_double_assign(struct bus_double *b)
{
    b->assign_due = true;
}

void bus_double_revoke(struct bus_double *b, bool lost)
{
    b->revoke_due = true;
    b->revoke_lost = lost;
}

static void report(struct bus_double *b, uint64_t cookie, err_t result, int32_t partition,
                   int64_t offset)
{
    if (cookie == 0) {
        return;
    }
    struct bus_double_report *r = calloc(1, sizeof *r);
    CHECK(r != NULL);
    *r = (struct bus_double_report){NULL, cookie, result, partition, offset};
    if (b->last == NULL) {
        b->first = r;
    } else {
        b->last->next = r;
    }
    b->last = r;
}

static void reports_tell(struct bus_double *b)
{
    while (b->first != NULL && !b->holds_deliveries) {
        struct bus_double_report *r = b->first;
        b->first = r->next;
        if (b->first == NULL) {
            b->last = NULL;
        }
        b->handler.on_delivery(b->handler.loop, r->cookie, r->result, r->partition, r->offset);
        free(r);
    }
}

static void members_tell(struct bus_double *b)
{
    int32_t numbers[LOG_DOUBLE_PARTITIONS_MAX];
    struct bus_offset offsets[LOG_DOUBLE_PARTITIONS_MAX];
    size_t count = 0;
    if (b->revoke_due) {
        b->revoke_due = false;
        for (int32_t i = 0; i < b->log->partitions; i++) {
            if (b->partitions[i].is_ours) {
                numbers[count++] = i;
            }
        }
        b->handler.on_revoke(b->handler.loop, numbers, count, b->revoke_lost);
        memset(b->partitions, 0, sizeof b->partitions);
        b->is_member = false;
    }
    if (b->assign_due) {
        b->assign_due = false;
        b->is_member = true;
        for (int32_t i = 0; i < b->log->partitions; i++) {
            b->partitions[i].is_ours = true;
            offsets[i] = (struct bus_offset){i, b->log->committed[i].offset,
                                             slice_of(b->log->committed[i].metadata)};
        }
        b->handler.on_assign(b->handler.loop, offsets, (size_t)b->log->partitions);
    }
}

static void commit_tell(struct bus_double *b)
{
    if (!b->commit_is_out || b->holds_commits) {
        return;
    }
    b->commit_is_out = false;
    if (!err_failed(b->commit_fails) || b->commit_stores_anyway) {
        for (size_t i = 0; i < b->commit_count; i++) {
            log_double_commit(b->log, &b->commit_offsets[i]);
        }
        b->commits++;
    }
    b->handler.on_commit(b->handler.loop, b->commit_fails, b->commit_offsets, b->commit_count);
}

static err_t poll(void *self, span_ms_t timeout, struct bus_record *ret_record, bool *ret_got)
{
    (void)timeout;
    struct bus_double *b = self;
    *ret_got = false;
    members_tell(b);
    reports_tell(b);
    commit_tell(b);
    for (int32_t i = 0; i < b->log->partitions; i++) {
        int32_t number = (b->turn + i) % b->log->partitions;
        if (!b->partitions[number].is_started || b->partitions[number].is_paused ||
            b->partitions[number].position >= (int64_t)log_double_count(b->log, b->input, number)) {
            continue;
        }
        const struct log_record *r =
            log_double_at(b->log, b->input, number, (size_t)b->partitions[number].position++);
        *ret_record = log_double_record(b->input, number, r);
        *ret_got = true;
        b->turn = number + 1;
        break;
    }
    return err_ok();
}

static err_t start(void *self, int32_t partition, int64_t offset)
{
    struct bus_double *b = self;
    CHECK(b->partitions[partition].is_ours);
    b->partitions[partition].is_started = true;
    b->partitions[partition].position = offset;
    return err_ok();
}

static err_t pause_partition(void *self, int32_t partition)
{
    ((struct bus_double *)self)->partitions[partition].is_paused = true;
    return err_ok();
}

static err_t resume(void *self, int32_t partition)
{
    ((struct bus_double *)self)->partitions[partition].is_paused = false;
    return err_ok();
}

/* A message with bytes of its own, in one block that begins with the key. */
static struct bus_message message_keep(const struct bus_message *m)
{
    const struct slice parts[] = {m->key, m->value, m->ce_id, m->ce_type, m->traceparent};
    size_t size = 1;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        size += parts[i].len;
    }
    char *block = malloc(size);
    CHECK(block != NULL);
    struct bus_message kept = *m;
    struct slice *const copies[] = {&kept.key, &kept.value, &kept.ce_id, &kept.ce_type,
                                    &kept.traceparent};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i].len > 0) {
            memcpy(block, parts[i].ptr, parts[i].len);
        }
        *copies[i] = slice_from(block, parts[i].len);
        block += parts[i].len;
    }
    return kept;
}

static err_t produce(void *self, const struct bus_message *message)
{
    struct bus_double *b = self;
    if (err_failed(b->produce_fails)) {
        return b->produce_fails;
    }
    b->produced++;
    b->of_many += message->is_of_many ? 1 : 0;
    if (b->open.is_there) {
        struct bus_double_txn *t = &b->open;
        struct bus_message *grown = realloc(t->messages, (t->count + 1) * sizeof *grown);
        CHECK(grown != NULL);
        t->messages = grown;
        t->messages[t->count++] = message_keep(message);
    } else if (err_failed(b->delivery_fails)) {
        if (b->stores_anyway) {
            (void)log_double_append(b->log, message);
        }
        report(b, message->cookie, b->delivery_fails, message->partition, -1);
    } else {
        int64_t offset = log_double_append(b->log, message);
        int32_t partition = message->partition >= 0 ? message->partition
                                                    : log_double_partition(b->log, message->key);
        report(b, message->cookie, err_ok(), partition, offset);
    }
    return err_ok();
}

static err_t begin(void *self)
{
    struct bus_double *b = self;
    CHECK(!b->open.is_there);
    TRY(b->begin_fails);
    b->open.is_there = true;
    return err_ok();
}

/* Copies of offsets and their texts. */
static void offsets_keep(struct bus_offset *kept, char (*texts)[LOG_DOUBLE_METADATA_BYTES],
                         const struct bus_offset *offsets, size_t count)
{
    CHECK(count <= LOG_DOUBLE_PARTITIONS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct slice text = offsets[i].metadata;
        CHECK(text.len < LOG_DOUBLE_METADATA_BYTES);
        kept[i] = offsets[i];
        if (text.len > 0) {
            memcpy(texts[i], text.ptr, text.len);
        }
        kept[i].metadata = slice_from(texts[i], text.len);
    }
}

static err_t commit_begin(void *self, const struct bus_offset *offsets, size_t count)
{
    struct bus_double *b = self;
    CHECK(b->open.is_there && !b->ending.is_there);
    b->ending = b->open;
    b->open = (struct bus_double_txn){0};
    b->ending.offset_count = count;
    offsets_keep(b->ending.offsets, b->ending.texts, offsets, count);
    return err_ok();
}

static err_t commit_end(void *self, span_ms_t wait, bool *ret_ended)
{
    (void)wait;
    struct bus_double *b = self;
    struct bus_double_txn *t = &b->ending;
    CHECK(t->is_there);
    *ret_ended = !b->holds_txn;
    if (b->holds_txn) {
        return err_ok();
    }
    if (err_failed(b->txn_fails)) {
        err_t fails = b->txn_fails;
        txn_drop(t);
        return fails;
    }
    for (size_t i = 0; i < t->count; i++) {
        int64_t offset = log_double_append(b->log, &t->messages[i]);
        report(b, t->messages[i].cookie, err_ok(), t->messages[i].partition, offset);
    }
    for (size_t i = 0; i < t->offset_count; i++) {
        log_double_commit(b->log, &t->offsets[i]);
    }
    txn_drop(t);
    b->commits++;
    return err_ok();
}

static err_t abort_txn(void *self)
{
    struct bus_double *b = self;
    CHECK(!b->ending.is_there);
    for (size_t i = 0; i < b->open.count; i++) { /* the marker ends what was open before, too */
        const struct bus_message *m = &b->open.messages[i];
        if (m->partition >= 0) {
            b->log->topics[m->topic][m->partition].is_barred = false;
        }
    }
    txn_drop(&b->open);
    return err_ok();
}

static err_t renew(void *self)
{
    struct bus_double *b = self;
    TRY(b->renew_fails);
    b->renewals++;
    txn_drop(&b->ending);
    return abort_txn(self);
}

static err_t commit_offsets(void *self, const struct bus_offset *offsets, size_t count)
{
    struct bus_double *b = self;
    if (err_failed(b->commit_refused)) {
        return b->commit_refused;
    }
    if (b->commit_is_out) {
        return ERR(STATE);
    }
    CHECK(count > 0 && count <= LOG_DOUBLE_PARTITIONS_MAX);
    b->commit_is_out = true;
    b->commit_count = count;
    offsets_keep(b->commit_offsets, b->commit_texts, offsets, count);
    return err_ok();
}

static err_t check(void *self)
{
    const struct bus_double *b = self;
    return b->is_member && !b->is_expelled ? err_ok() : ERR(FENCED);
}

static err_t rejoin(void *self)
{
    struct bus_double *b = self;
    b->rejoins++;
    b->commit_is_out = false;
    bus_double_revoke(b, true);
    bus_double_assign(b);
    return err_ok();
}

static err_t flush(void *self, span_ms_t timeout)
{
    (void)timeout;
    reports_tell(self);
    return err_ok();
}

static err_t lag(void *self, int32_t partition, int64_t *ret_lag)
{
    const struct bus_double *b = self;
    TRY(b->lag_fails);
    *ret_lag = (int64_t)log_double_count(b->log, b->input, partition) -
               b->partitions[partition].position + b->lag_more;
    return err_ok();
}

static bool connected(void *self)
{
    const struct bus_double *b = self;
    return !b->is_away;
}

struct bus bus_double_port(struct bus_double *b)
{
    static const struct bus_ops ops = {
        .poll = poll,
        .start = start,
        .pause = pause_partition,
        .resume = resume,
        .produce = produce,
        .begin = begin,
        .commit_begin = commit_begin,
        .commit_end = commit_end,
        .abort = abort_txn,
        .renew = renew,
        .commit_offsets = commit_offsets,
        .check = check,
        .rejoin = rejoin,
        .flush = flush,
        .lag = lag,
        .connected = connected,
    };
    return (struct bus){&ops, b};
}
