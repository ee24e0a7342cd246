#include "kafka/txn.h"

#include "base/check.h"
#include "base/planted.h"
#include "kafka/ending.h"
#include "kafka/kafka_err.h"
#include "kafka/worker.h"
#include "rt/stop.h"

#include <stdlib.h>

enum {
    TXN_RENEW_MS = 5000,
    TXN_STEP_MS = 500,
    TXN_LOOK_MS = 1000, /* a call that does not come back is noticed so late */
    TXN_TEND_MS = 1000,
    TXN_LEFT_BEHIND_MAX = 3, /* while a coordinator is away more of them gain nothing */
};

enum txn_state { TXN_DEAD, TXN_STARTING, TXN_UNCLEAN, TXN_READY, TXN_OPEN, TXN_ENDING, TXN_FAILED };

struct txn {
    enum txn_state state;
    const struct kafka_options *options;
    struct producer *producer;
    struct consumer *const *consumer; /* the place where it stands: a bus may have none yet */
    struct log *log;
    int wake_fd;
    struct worker *worker; /* NULL: it was left behind, renew() makes another */
    struct ending *ending; /* of the worker, while the state is that */
    int64_t begun_ms;
    bool in_use;     /* from begin until it is known how that transaction ended */
    int64_t tend_ms; /* not before */
    /* One for us, and one for each call that was left behind and has not come back: it may outlive
     * us. */
    atomic_int *holders;
};

static rd_kafka_t *rk_of(const struct txn *t)
{
    return client_handle(producer_client(t->producer));
}

static int left_behind(const struct txn *t)
{
    return atomic_load(t->holders) - 1;
}

err_t txn_new(const struct kafka_options *options, struct producer *producer,
              struct consumer *const *consumer, struct log *log, int wake_fd, struct txn **ret_txn)
{
    CLEANUP_PTR(txn) struct txn *t = calloc(1, sizeof *t);
    if (t == NULL) {
        return ERR(NO_MEMORY);
    }
    t->holders = calloc(1, sizeof *t->holders);
    if (t->holders == NULL) {
        return ERR(NO_MEMORY);
    }
    atomic_store(t->holders, 1);
    t->state = TXN_STARTING;
    t->options = options;
    t->producer = producer;
    t->consumer = consumer;
    t->log = log;
    t->wake_fd = wake_fd;
    TRY(worker_new(wake_fd, &t->worker));
    *ret_txn = TAKE(t);
    return err_ok();
}

/* ---- how a call ended --------------------------------------------------------------------- */

/* The brokers end a transaction that takes too long, and then call its producer fenced: that is our
 * own delay, not another copy. */
static err_t judge(struct txn *t, err_t err, const char *what, const struct why *why)
{
    if (!err_failed(err)) {
        return err;
    }
    if (err_is(err, ERR_FENCED) && (t->state == TXN_OPEN || t->state == TXN_ENDING) &&
        client_now_ms() - t->begun_ms > PRODUCER_TRANSACTION_MS * 9 / 10) {
        err = ERR(TXN_UNKNOWN);
    }
    log_warn(t->log, "a transaction call failed", LOG_STR("call", what), LOG_ERR(err),
             LOG_STR("why", why->text));
    t->state = err_is(err, ERR_TXN_ABORT) ? TXN_FAILED : TXN_DEAD;
    return err;
}

err_t txn_begin(struct txn *t)
{
    if (t->state == TXN_DEAD || t->state == TXN_STARTING || t->state == TXN_UNCLEAN) {
        return ERR(TXN_UNKNOWN);
    }
    if (t->state != TXN_READY) {
        return ERR(STATE);
    }
    struct why why = {0};
    TRY(judge(t, KAFKA_TXN_ERR(rd_kafka_begin_transaction(rk_of(t)), &why), "begin", &why));
    t->state = TXN_OPEN;
    t->in_use = true;
    t->begun_ms = client_now_ms();
    return err_ok();
}

/* ---- offsets and the commit: calls that may never come back ------------------------------- */

/* The transaction is over, one way or the other. A copy of one of its requests that comes late
 * would belong to the next one: ended too early, or with offsets of this one. */
static void over(struct txn *t)
{
    bool is_doubtful = client_unanswered(producer_client(t->producer));
    t->state = is_doubtful ? TXN_DEAD : TXN_READY;
    t->in_use = false;
    if (is_doubtful) {
        log_warn(t->log, "the transactions' handle is not used again", LOG_STR("why", "repeated"));
    }
}

/* Leaves worker, job and handle to themselves. */
static err_t leave_behind(struct txn *t)
{
    t->state = TXN_DEAD;
    struct client *client = producer_take_client(t->producer);
    client_mute(client); /* it may outlive the log and the loop */
    ending_leave(TAKE(t->ending), client, t->holders);
    log_error(t->log, "a transaction call does not come back; its handle is left behind",
              LOG_INT("left_behind", left_behind(t)));
    worker_free(t->worker);
    t->worker = NULL;
    return ERR(TXN_UNKNOWN);
}

/* Takes both lists over, in any case; both NULL: no offsets. */
static err_t submit(struct txn *t, rd_kafka_consumer_group_metadata_t *group,
                    rd_kafka_topic_partition_list_t *offsets, bool commits)
{
    TRY(ending_new(rk_of(t), t->wake_fd, offsets, group, commits, &t->ending));
    t->state = TXN_ENDING;
    worker_submit(t->worker, ending_run, ending_drop, t->ending);
    return err_ok();
}

/* With the state as it was before submit(), unless something failed. */
static err_t collect(struct txn *t, int64_t wait_ms, bool *ret_ended)
{
    *ret_ended = false;
    struct ending *done = worker_take(t->worker, wait_ms);
    if (done == NULL && !ending_is_overdue(t->ending)) {
        return err_ok();
    }
    *ret_ended = true;
    if (done == NULL) {
        return leave_behind(t);
    }
    const char *what = NULL;
    struct why why = {0};
    err_t err = ending_result(done, &what, &why);
    err = judge(t, err, what, &why);
    ending_drop(TAKE(t->ending));
    t->state = err_failed(err) ? t->state : TXN_OPEN;
    return err;
}

static err_t await(struct txn *t)
{
    for (;;) {
        bool ended = false;
        err_t err = collect(t, TXN_LOOK_MS, &ended);
        if (ended || err_failed(err)) {
            return err;
        }
    }
}

/* For whom it is all the same how that ended. */
static void await_any(struct txn *t)
{
    err_t err = await(t);
    if (err_failed(err)) {
        log_debug(t->log, "what was under way is given up", LOG_ERR(err));
    }
}

static err_t check_open(const struct txn *t)
{
    switch (t->state) {
    case TXN_DEAD:
    case TXN_STARTING:
    case TXN_UNCLEAN: return ERR(TXN_UNKNOWN);
    case TXN_FAILED: return ERR(TXN_ABORT);
    case TXN_ENDING:
    case TXN_READY: return ERR(STATE);
    case TXN_OPEN: break;
    }
    return err_ok();
}

err_t txn_commit_list(struct txn *t, rd_kafka_topic_partition_list_t *offsets)
{
    struct why why = {0};
    char group[CLIENT_NAME_BYTES];
    err_t err = check_open(t);
    err = err_failed(err) ? err : client_group(t->options, group, &why);
    if (err_failed(err)) {
        rd_kafka_topic_partition_list_destroy(offsets);
        return err;
    }
    TRY(submit(t, rd_kafka_consumer_group_metadata_new(group), offsets, true));
    TRY(await(t));
    over(t);
    return err_ok();
}

err_t txn_commit_begin(struct txn *t, const struct bus_offset *offsets, size_t count)
{
    TRY(check_open(t));
    rd_kafka_consumer_group_metadata_t *group = NULL;
    rd_kafka_topic_partition_list_t *list = NULL;
    err_t err = count == 0 ? err_ok() : consumer_offsets(*t->consumer, offsets, count, &list);
    if (!err_failed(err) && count > 0) {
        err = consumer_group_metadata(*t->consumer, &group);
        if (err_failed(err)) {
            rd_kafka_topic_partition_list_destroy(list);
        }
    }
    if (err_failed(err)) {
        t->state = TXN_FAILED;
        /* No member of the group any more: the next owner does this work again. */
        return err_is(err, ERR_FENCED) ? ERR(TXN_ABORT) : err;
    }
    return submit(t, group, list, true);
}

err_t txn_commit_end(struct txn *t, int64_t wait_ms, bool *ret_ended)
{
    *ret_ended = false;
    if (t->state != TXN_ENDING) {
        return ERR(STATE);
    }
    TRY(collect(t, wait_ms, ret_ended));
    if (*ret_ended) {
        over(t);
    }
    return err_ok();
}

err_t txn_commit(struct txn *t, const struct bus_offset *offsets, size_t count)
{
    TRY(txn_commit_begin(t, offsets, count));
    TRY(await(t));
    over(t);
    return err_ok();
}

bool txn_has_ended(const struct txn *t)
{
    return t->state == TXN_ENDING && worker_is_done(t->worker);
}

bool txn_is_fit(const struct txn *t)
{
    return t->state != TXN_DEAD && t->state != TXN_STARTING && t->state != TXN_UNCLEAN;
}

bool txn_is_open(const struct txn *t)
{
    return t->state == TXN_OPEN || t->state == TXN_FAILED;
}

bool txn_is_idle(const struct txn *t)
{
    return t->state == TXN_READY;
}

bool txn_in_use(const struct txn *t)
{
    return t->in_use;
}

bool txn_is_stored(const struct txn *t)
{
    return t->state != TXN_ENDING || ending_is_stored(t->ending);
}

bool txn_is_overdue(const struct txn *t)
{
    return t->state == TXN_ENDING && ending_is_overdue(t->ending);
}

bool txn_is_ending(const struct txn *t)
{
    return t->state == TXN_ENDING;
}

err_t txn_abort(struct txn *t)
{
    switch (t->state) {
    case TXN_DEAD:
    case TXN_STARTING:
    case TXN_UNCLEAN: return ERR(TXN_UNKNOWN);
    case TXN_READY: return err_ok(); /* nothing is open */
    case TXN_ENDING: return ERR(STATE);
    case TXN_FAILED:
    case TXN_OPEN: break;
    }
    struct why why = {0};
    t->state = TXN_OPEN;
    err_t err = judge(t, ending_repeat(rk_of(t), rd_kafka_abort_transaction, &why), "abort", &why);
    if (err_failed(err)) {
        t->state = TXN_DEAD; /* an abort that asks for an abort: make a new one */
        return err_is(err, ERR_TXN_ABORT) ? ERR(TXN_UNKNOWN) : err;
    }
    over(t);
    return err_ok();
}

/* ---- the beginning ------------------------------------------------------------------------ */

/* Ends what earlier handles of this name may have left behind for good: offsets that the group
 * holds as pending though no transaction is open. A copy of a request that came late, after a
 * broker's death, can do that; then nobody is told where to read on, and worse, the next
 * transaction that commits would commit them too. A marker of ours ends all that is pending of our
 * name, and bars requests of older handles: so a transaction is begun, given an offset, and
 * aborted. The offset is of a topic that the group does not read, so that it means nothing whatever
 * becomes of it; and we may be no member yet, which a transaction does not need. */
static err_t clean_once(struct txn *t, struct why *why)
{
    char group[CLIENT_NAME_BYTES];
    char topic[CLIENT_TOPIC_NAME_BYTES];
    TRY(client_group(t->options, group, why));
    if (!cluster_topic_name(t->options, TOPIC_CONFIG, topic, sizeof topic)) {
        return ERR(CONFIG);
    }
    t->state = TXN_READY;
    TRY(txn_begin(t));
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, 0)->offset = 0;
    TRY(submit(t, rd_kafka_consumer_group_metadata_new(group), list, false));
    err_t sent = await(t);
    if (t->state == TXN_DEAD) {
        return sent;
    }
    TRY(txn_abort(t));
    return sent;
}

static err_t clean(struct txn *t, int64_t until, struct why *why)
{
    for (;;) {
        err_t err = clean_once(t, why);
        t->in_use = false;
        if (t->state == TXN_DEAD || !err_failed(err)) {
            return err_is(err, ERR_TXN_UNKNOWN) ? ERR(UNAVAILABLE) : err;
        }
        t->state = TXN_UNCLEAN;
        if (client_now_ms() >= until || stop_requested()) {
            return ERR(UNAVAILABLE);
        }
        (void)rd_kafka_poll(rk_of(t), ENDING_PAUSE_MS);
    }
}

err_t txn_init(struct txn *t, int64_t wait_ms, struct why *why)
{
    int64_t until = client_now_ms() + wait_ms;
    for (;;) {
        if (t->state == TXN_UNCLEAN) {
            return clean(t, until, why);
        }
        if (t->state != TXN_STARTING || producer_client(t->producer) == NULL) {
            return ERR(STATE);
        }
        int64_t left = until - client_now_ms();
        int step = left < TXN_STEP_MS ? (int)(left < 1 ? 1 : left) : TXN_STEP_MS;
        err_t err = KAFKA_TXN_ERR(rd_kafka_init_transactions(rk_of(t), step), why);
        if (!err_failed(err)) {
            t->state = TXN_UNCLEAN;
            continue;
        }
        if (!err_is(err, ERR_TIMEOUT)) {
            t->state = TXN_DEAD;
            return err_is(err, ERR_TXN_UNKNOWN) || err_is(err, ERR_TXN_ABORT) ? ERR(UNAVAILABLE)
                                                                              : err;
        }
        if (client_now_ms() >= until || stop_requested()) {
            return ERR(UNAVAILABLE);
        }
        (void)rd_kafka_poll(rk_of(t), ENDING_PAUSE_MS); /* should it have answered at once */
    }
}

/* Another handle. Each that is left behind keeps memory and threads, so there is an end to them:
 * then it waits for one to come back, as for a broker. */
static err_t another(struct txn *t, struct why *why)
{
    int64_t until = client_now_ms() + TXN_RENEW_MS;
    while (left_behind(t) >= TXN_LEFT_BEHIND_MAX) {
        if (client_now_ms() >= until || stop_requested()) {
            why_set(why, "%d calls are left behind and do not come back", left_behind(t));
            return ERR(UNAVAILABLE);
        }
        ending_pause();
    }
    if (t->worker == NULL) {
        TRY(worker_new(t->wake_fd, &t->worker));
    }
    err_t err = producer_renew(t->producer, why);
    /* Without metadata yet, the handle is as good for beginning. */
    t->state = producer_client(t->producer) == NULL ? TXN_DEAD : TXN_STARTING;
    return err;
}

static bool has_begun(const struct txn *t)
{
    return (t->state == TXN_STARTING || t->state == TXN_UNCLEAN) &&
           producer_client(t->producer) != NULL;
}

err_t txn_renew(struct txn *t)
{
    struct why why = {0};
    err_t err = err_ok();
    if (MUTANT(handle_reused) && producer_client(t->producer) != NULL) {
        t->state = TXN_READY;
        return err;
    }
    if (t->state == TXN_ENDING) {
        await_any(t); /* it ends before its handle does */
    }
    if (!has_begun(t)) {
        CRASH_POINT(P4);
        err = another(t, &why);
    }
    if (has_begun(t) && !err_is(err, ERR_NO_TOPIC) && !err_is(err, ERR_CONFIG)) {
        err = txn_init(t, TXN_RENEW_MS, &why);
    }
    if (err_failed(err)) {
        log_warn(t->log, "the producer cannot be renewed yet", LOG_ERR(err),
                 LOG_STR("why", why.text));
        return err;
    }
    t->in_use = false;
    return err;
}

void txn_free(struct txn *t)
{
    if (t != NULL) {
        if (t->state == TXN_ENDING) {
            await_any(t); /* its handle is about to go */
        }
        worker_free(t->worker);
        ending_holder_gone(t->holders);
        free(t);
    }
}

void txn_suspect(struct txn *t)
{
    t->state = t->state == TXN_READY ? TXN_DEAD : t->state;
}

err_t txn_tend(struct txn *t)
{
    if (txn_is_fit(t) || t->in_use || client_now_ms() < t->tend_ms) {
        return err_ok();
    }
    t->tend_ms = client_now_ms() + TXN_TEND_MS;
    err_t err = txn_renew(t);
    return err_class(err) == ERR_CLASS_TRANSIENT ? err_ok() : err;
}
