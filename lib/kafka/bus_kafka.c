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
    REPORTS_EVERY = 64, /* records read */
};

/* A producer, and its transactions where there are any. */
struct lane {
    struct producer *producer;
    struct txn *txn;
};

/* Of transactions one is open while the one before it is being committed, so there are two
 * producers, each with an id of its own, in turns. That they take turns also keeps librdkafka from
 * waiting: the brokers refuse a producer's next transaction for as long as they write the markers
 * of its last, and it comes back after 20 or 100 ms. */
enum { LANES = 2 };
static const char *const lane_names[LANES] = {"", "/2"};

/* Beside a consumer, without transactions, there are two as well. One sends at once. With five
 * messages of a partition on their way librdkafka begins no further request, since brokers tell no
 * more apart, and looks at those that wait over and over without a rest, for as much CPU as all
 * else that egress does. So where many follow each other, they go by one by which messages wait a
 * millisecond: all that are handed over together leave together (docs/decisions/0038). */
enum { ONE, OF_MANY };
static const char *const lingers[LANES] = {[ONE] = "0", [OF_MANY] = "1"};

struct bus_kafka {
    uint32_t magic;
    struct kafka_options options;
    enum bus_role role;
    int wake_fd;
    struct lane lanes[LANES];  /* the second not for BUS_PRODUCER */
    struct lane *open;         /* what is produced goes there */
    struct consumer *consumer; /* NULL for BUS_PRODUCER */
    unsigned streamed;         /* records given without a pause */
};

static struct bus_kafka *bus_of(void *self)
{
    return MAGIC_CAST(struct bus_kafka, BUS_MAGIC, self);
}

static bool has_transactions(const struct bus_kafka *b)
{
    return b->role == BUS_TRANSACTIONS;
}

static size_t lane_count(const struct bus_kafka *b)
{
    return b->role == BUS_PRODUCER ? 1 : LANES;
}

/* The one whose commit is on its way, or NULL. */
static struct lane *ending_lane(struct bus_kafka *b)
{
    for (size_t i = 0; has_transactions(b) && i < LANES; i++) {
        if (txn_is_ending(b->lanes[i].txn)) {
            return &b->lanes[i];
        }
    }
    return NULL;
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
    b->open = &b->lanes[0];
    for (size_t i = 0; i < lane_count(b); i++) {
        struct lane *lane = &b->lanes[i];
        const struct producer_kind kind = {
            .transaction = has_transactions(b) ? lane_names[i] : NULL,
            .linger = has_transactions(b) ? NULL : lingers[i],
            .timeout = message_timeout(options, b->role),
        };
        TRY(producer_new(options, &kind, handler, log, b->wake_fd, why, &lane->producer));
        if (has_transactions(b)) {
            /* First: it ends what an older copy left open, and only then are offsets stable. */
            TRY(txn_new(options, lane->producer, &b->consumer, log, b->wake_fd, &lane->txn));
            TRY(begin_transactions(lane->txn, why));
        }
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
    for (size_t i = 0; i < LANES; i++) {
        txn_free(b->lanes[i].txn);
    }
    consumer_free(b->consumer, BUS_FREE_MS / 2);
    for (size_t i = 0; i < LANES; i++) {
        int64_t left = until - client_now_ms();
        producer_free(b->lanes[i].producer, left > 0 ? left : 0);
    }
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
    if (!has_transactions(b) || !consumer_connected(b->consumer)) {
        return err_ok();
    }
    bool is_stuck = consumer_is_stuck(b->consumer);
    bool in_use = txn_in_use(b->lanes[0].txn) || txn_in_use(b->lanes[1].txn);
    for (size_t i = 0; i < LANES; i++) {
        if (is_stuck) {
            txn_suspect(b->lanes[i].txn);
        }
        if (!in_use) {
            TRY(txn_tend(b->lanes[i].txn));
        }
    }
    return err_ok();
}

/* Nobody waits for the reports of transactions: while records come, now and then is enough. */
static err_t serve_producers(struct bus_kafka *b)
{
    if (has_transactions(b) && b->streamed % REPORTS_EVERY != 0) {
        return err_ok();
    }
    const struct lane *ending = ending_lane(b);
    for (size_t i = 0; i < lane_count(b); i++) {
        if (&b->lanes[i] != ending) {
            TRY(producer_poll(b->lanes[i].producer));
        }
    }
    return err_ok();
}

static err_t serve(struct bus_kafka *b, struct bus_record *ret_record, bool *ret_got)
{
    TRY(serve_producers(b));
    if (b->consumer == NULL) {
        return err_ok();
    }
    TRY(consumer_poll(b->consumer, ret_record, ret_got));
    b->streamed = *ret_got ? b->streamed + 1 : 0;
    return err_ok();
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
        const struct lane *ending = ending_lane(b);
        if (left <= 0 || (ending != NULL && txn_has_ended(ending->txn))) {
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
    struct bus_kafka *b = bus_of(self);
    bool is_apart = message->is_of_many && b->role == BUS_READ_WRITE;
    return producer_produce(is_apart ? b->lanes[OF_MANY].producer : b->open->producer, message);
}

/* Two producers are two connections: what the one writes now could overtake what the other has not
 * stored yet, and then an older state or command would stand behind a newer one. */
static void await_stored(struct bus_kafka *b)
{
    const struct lane *ending = ending_lane(b);
    /* However that ends: what it took along is known before anything else is committed. */
    while (ending != NULL && !txn_is_stored(ending->txn) && !txn_has_ended(ending->txn) &&
           !txn_is_overdue(ending->txn)) {
        wait_wake(b, BUS_SLICE_MS);
        drain_wake(b);
    }
    if (ending != NULL) {
        raise_wake(b);
    }
}

static err_t begin(void *self)
{
    struct bus_kafka *b = bus_of(self);
    if (!has_transactions(b)) {
        return ERR(STATE);
    }
    struct lane *next = b->open == &b->lanes[0] ? &b->lanes[1] : &b->lanes[0];
    if (!txn_is_fit(b->open->txn)) {
        return ERR(TXN_UNKNOWN); /* both are renewed together */
    }
    if (txn_is_open(b->open->txn)) {
        return ERR(STATE);
    }
    await_stored(b);
    TRY(txn_begin(next->txn));
    b->open = next;
    return err_ok();
}

static err_t commit_begin(void *self, const struct bus_offset *offsets, size_t count)
{
    struct bus_kafka *b = bus_of(self);
    if (!has_transactions(b) || ending_lane(b) != NULL) {
        return ERR(STATE);
    }
    return txn_commit_begin(b->open->txn, offsets, count);
}

static err_t commit_end(void *self, span_ms_t wait, bool *ret_ended)
{
    struct bus_kafka *b = bus_of(self);
    struct lane *lane = ending_lane(b);
    *ret_ended = false;
    if (lane == NULL) {
        return ERR(STATE);
    }
    err_t err = txn_commit_end(lane->txn, wait.ms, ret_ended);
    if (*ret_ended) {
        raise_wake(b); /* reports that came meanwhile wait for the next poll */
    }
    return err;
}

static err_t abort_transactions(void *self)
{
    struct bus_kafka *b = bus_of(self);
    if (!has_transactions(b) || ending_lane(b) != NULL) {
        return ERR(STATE);
    }
    raise_wake(b);
    err_t first = txn_abort(b->lanes[0].txn);
    err_t second = txn_abort(b->lanes[1].txn);
    return err_failed(first) ? first : second;
}

static err_t renew(void *self)
{
    struct bus_kafka *b = bus_of(self);
    struct why why = {0};
    raise_wake(b);
    for (size_t i = 0; i < lane_count(b); i++) {
        if (!has_transactions(b)) {
            TRY(producer_renew(b->lanes[i].producer, &why));
        } else if (!txn_is_idle(b->lanes[i].txn)) {
            /* One whose last transaction is known to have ended is as good as a new one. */
            TRY(txn_renew(b->lanes[i].txn));
        }
    }
    return err_ok();
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
    int64_t until = client_now_ms() + timeout.ms;
    err_t err = producer_flush(b->open->producer, timeout);
    if (!err_failed(err) && b->role == BUS_READ_WRITE) {
        err = producer_flush(b->lanes[OF_MANY].producer, span_ms(until - client_now_ms()));
    }
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
    return producer_connected(b->lanes[0].producer) &&
           (lane_count(b) == 1 || producer_connected(b->lanes[1].producer)) &&
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
        .commit_begin = commit_begin,
        .commit_end = commit_end,
        .abort = abort_transactions,
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
