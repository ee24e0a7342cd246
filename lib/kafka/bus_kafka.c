#include "kafka/bus_kafka.h"

#include "base/check.h"
#include "kafka/client.h"
#include "kafka/consumer.h"
#include "kafka/producer.h"
#include "kafka/txn.h"
#include "rt/stop.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    BUS_MAGIC = 0x6b627573,
    BUS_INIT_MS = 30000,
    BUS_FREE_MS = 5000,
    BUS_SLICE_MS = 100,             /* the longest sleep: some things have no wake-up */
    BUS_TIMEOUT_PRODUCER_MS = 1500, /* a webhook is answered within 2 s */
    BUS_TIMEOUT_OTHER_MS = 30000,
};

struct bus_kafka {
    uint32_t magic;
    struct kafka_options options;
    enum bus_role role;
    int wake_fd;
    struct producer *producer;
    struct consumer *consumer; /* NULL for BUS_PRODUCER */
    struct txn *txn;           /* BUS_TRANSACTIONS only */
};

static struct bus_kafka *bus_of(void *self)
{
    return MAGIC_CAST(struct bus_kafka, BUS_MAGIC, self);
}

/* ---- making it ---------------------------------------------------------------------------- */

static span_ms_t message_timeout(const struct kafka_options *options, enum bus_role role)
{
    if (role == BUS_TRANSACTIONS) {
        return span_ms(PRODUCER_TRANSACTION_MS); /* not longer than its transaction */
    }
    if (options->message_timeout.ms > 0) {
        return options->message_timeout;
    }
    return span_ms(role == BUS_PRODUCER ? BUS_TIMEOUT_PRODUCER_MS : BUS_TIMEOUT_OTHER_MS);
}

/* A handle that an ill broker spoils on the way is replaced. */
static err_t begin_transactions(struct txn *txn, struct why *why)
{
    int64_t until = client_now_ms() + BUS_INIT_MS;
    err_t err = txn_init(txn, BUS_INIT_MS, why);
    while (err_is(err, ERR_UNAVAILABLE) && client_now_ms() < until && !stop_requested()) {
        err = txn_renew(txn);
    }
    if (!err_failed(err)) {
        *why = (struct why){0}; /* of attempts before the one that went well */
    }
    return err;
}

static err_t fill(struct bus_kafka *b, const struct kafka_options *options, enum topic input,
                  const struct bus_handler *handler, struct log *log, struct why *why)
{
    b->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (b->wake_fd < 0) {
        return ERR(IO);
    }
    bool transactional = b->role == BUS_TRANSACTIONS;
    TRY(producer_new(options, transactional, message_timeout(options, b->role), handler, log,
                     b->wake_fd, why, &b->producer));
    if (transactional) {
        /* First: it ends what an older copy left open, and only then are offsets stable. */
        TRY(txn_new(options, b->producer, &b->consumer, log, &b->txn));
        TRY(begin_transactions(b->txn, why));
    }
    if (b->role == BUS_PRODUCER) {
        return err_ok();
    }
    return consumer_new(options, input, handler, log, b->wake_fd, why, &b->consumer);
}

err_t bus_kafka_new(const struct kafka_options *options, enum bus_role role, enum topic input,
                    const struct bus_handler *handler, struct log *log, struct why *why,
                    struct bus_kafka **ret_bus)
{
    CLEANUP_PTR(bus_kafka) struct bus_kafka *b = calloc(1, sizeof *b);
    if (b == NULL) {
        return ERR(NO_MEMORY);
    }
    b->magic = BUS_MAGIC;
    b->role = role;
    b->wake_fd = -1;
    b->options = *options;
    TRY(fill(b, &b->options, input, handler, log, why));
    *ret_bus = TAKE(b);
    return err_ok();
}

void bus_kafka_free(struct bus_kafka *b)
{
    if (b == NULL) {
        return;
    }
    int64_t until = client_now_ms() + BUS_FREE_MS;
    txn_free(b->txn);
    consumer_free(b->consumer, BUS_FREE_MS / 2);
    int64_t left = until - client_now_ms();
    producer_free(b->producer, left > 0 ? left : 0);
    if (b->wake_fd >= 0) {
        (void)close(b->wake_fd);
    }
    free(b);
}

int bus_kafka_wake_fd(const struct bus_kafka *b)
{
    return b->wake_fd;
}

bool bus_kafka_is_waiting(const struct bus_kafka *b)
{
    return b->consumer != NULL && consumer_is_waiting(b->consumer);
}

/* ---- polling ------------------------------------------------------------------------------ */

static void raise_wake(struct bus_kafka *b)
{
    uint64_t one = 1;
    ssize_t written = write(b->wake_fd, &one, sizeof one);
    (void)written; /* full = readable already */
}

static void drain_wake(struct bus_kafka *b)
{
    uint64_t count = 0;
    ssize_t taken = read(b->wake_fd, &count, sizeof count);
    (void)taken; /* empty is fine */
}

static void wait_wake(struct bus_kafka *b, int64_t ms)
{
    struct pollfd one = {.fd = b->wake_fd, .events = POLLIN};
    (void)poll(&one, 1, (int)(ms < BUS_SLICE_MS ? ms : BUS_SLICE_MS));
}

static err_t tend(struct bus_kafka *b)
{
    if (b->txn == NULL || !consumer_connected(b->consumer)) {
        return err_ok();
    }
    if (consumer_is_stuck(b->consumer)) {
        txn_suspect(b->txn);
    }
    return txn_tend(b->txn);
}

static err_t serve(struct bus_kafka *b, struct bus_record *ret_record, bool *ret_got)
{
    TRY(producer_poll(b->producer));
    return b->consumer == NULL ? err_ok() : consumer_poll(b->consumer, ret_record, ret_got);
}

/* The fd stays readable while something may wait: it is drained only right before a look that finds
 * nothing. So a loop that streams pays no system call for it. */
static err_t poll_bus(void *self, span_ms_t timeout, struct bus_record *ret_record, bool *ret_got)
{
    struct bus_kafka *b = bus_of(self);
    *ret_got = false;
    TRY(tend(b));
    TRY(serve(b, ret_record, ret_got));
    if (*ret_got) {
        return err_ok();
    }
    int64_t until = client_now_ms() + timeout.ms;
    for (;;) {
        drain_wake(b);
        TRY(serve(b, ret_record, ret_got));
        if (*ret_got) {
            raise_wake(b);
            return err_ok();
        }
        int64_t left = until - client_now_ms();
        if (left <= 0) {
            return err_ok();
        }
        wait_wake(b, left);
    }
}

/* ---- the port ----------------------------------------------------------------------------- */

static err_t start(void *self, int32_t partition, int64_t offset)
{
    struct bus_kafka *b = bus_of(self);
    return b->consumer == NULL ? ERR(STATE) : consumer_start(b->consumer, partition, offset);
}

static err_t pause_partition(void *self, int32_t partition)
{
    struct bus_kafka *b = bus_of(self);
    return b->consumer == NULL ? ERR(STATE) : consumer_pause(b->consumer, partition);
}

static err_t resume_partition(void *self, int32_t partition)
{
    struct bus_kafka *b = bus_of(self);
    return b->consumer == NULL ? ERR(STATE) : consumer_resume(b->consumer, partition);
}

static err_t produce(void *self, const struct bus_message *message)
{
    return producer_produce(bus_of(self)->producer, message);
}

static err_t begin(void *self)
{
    struct bus_kafka *b = bus_of(self);
    return b->txn == NULL ? ERR(STATE) : txn_begin(b->txn);
}

static err_t commit(void *self, const struct bus_offset *offsets, size_t count)
{
    struct bus_kafka *b = bus_of(self);
    err_t err = b->txn == NULL ? ERR(STATE) : txn_commit(b->txn, offsets, count);
    raise_wake(b); /* reports that came meanwhile wait for the next poll */
    return err;
}

static err_t abort_transaction(void *self)
{
    struct bus_kafka *b = bus_of(self);
    err_t err = b->txn == NULL ? ERR(STATE) : txn_abort(b->txn);
    raise_wake(b);
    return err;
}

static err_t renew(void *self)
{
    struct bus_kafka *b = bus_of(self);
    struct why why = {0};
    err_t err = b->txn == NULL ? producer_renew(b->producer, &why) : txn_renew(b->txn);
    raise_wake(b);
    return err;
}

static err_t commit_offsets(void *self, const struct bus_offset *offsets, size_t count)
{
    struct bus_kafka *b = bus_of(self);
    return b->role != BUS_READ_WRITE ? ERR(STATE) : consumer_commit(b->consumer, offsets, count);
}

static err_t check(void *self)
{
    struct bus_kafka *b = bus_of(self);
    return b->consumer == NULL ? ERR(STATE) : consumer_check(b->consumer);
}

static err_t rejoin(void *self)
{
    struct bus_kafka *b = bus_of(self);
    raise_wake(b);
    return b->consumer == NULL ? ERR(STATE) : consumer_rejoin(b->consumer);
}

static err_t flush(void *self, span_ms_t timeout)
{
    struct bus_kafka *b = bus_of(self);
    err_t err = producer_flush(b->producer, timeout);
    raise_wake(b);
    return err;
}

static err_t lag(void *self, int32_t partition, int64_t *ret_lag)
{
    struct bus_kafka *b = bus_of(self);
    return b->consumer == NULL ? ERR(STATE) : consumer_lag(b->consumer, partition, ret_lag);
}

static bool connected(void *self)
{
    struct bus_kafka *b = bus_of(self);
    return producer_connected(b->producer) &&
           (b->consumer == NULL || consumer_connected(b->consumer));
}

struct bus bus_kafka_port(struct bus_kafka *b)
{
    static const struct bus_ops ops = {
        .poll = poll_bus,
        .start = start,
        .pause = pause_partition,
        .resume = resume_partition,
        .produce = produce,
        .begin = begin,
        .commit = commit,
        .abort = abort_transaction,
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
