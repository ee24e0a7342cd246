#include "kafka/txn.h"

#include "base/check.h"
#include "base/planted.h"
#include "kafka/kafka_err.h"
#include "kafka/worker.h"
#include "rt/stop.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum {
    TXN_CALL_MS = 10000, /* for a commit, and for an abort, all repetitions together */
    TXN_GRACE_MS = 1000, /* beyond it, when a call does not come back */
    TXN_RENEW_MS = 5000,
    TXN_STEP_MS = 500,
    TXN_PAUSE_MS = 10, /* between two tries */
    TXN_TEND_MS = 1000,
    TXN_LEFT_BEHIND_MAX = 3, /* while a coordinator is away more of them gain nothing */
};

enum txn_state { TXN_DEAD, TXN_STARTING, TXN_UNCLEAN, TXN_READY, TXN_OPEN, TXN_FAILED };

/* Calls that were left behind and have not come back, each with its handle. Who comes last frees
 * it: a call may outlive the transactions. */
struct behind {
    atomic_int holders; /* the calls, and one for struct txn */
};

struct txn {
    enum txn_state state;
    const struct kafka_options *options;
    struct producer *producer;
    struct consumer *const *consumer; /* the place where it stands: a bus may have none yet */
    struct log *log;
    struct worker *worker; /* NULL: it was left behind, renew() makes another */
    int64_t begun_ms;
    bool in_use;     /* from begin until it is known how that transaction ended */
    int64_t tend_ms; /* not before */
    struct behind *behind;
};

static rd_kafka_t *rk_of(const struct txn *t)
{
    return client_handle(producer_client(t->producer));
}

static void behind_drop(struct behind *b)
{
    if (b != NULL && atomic_fetch_sub(&b->holders, 1) == 1) {
        free(b);
    }
}

static int left_behind(const struct txn *t)
{
    return atomic_load(&t->behind->holders) - 1;
}

static void pause_briefly(void)
{
    const struct timespec pause = {.tv_nsec = TXN_PAUSE_MS * 1000000L};
    (void)nanosleep(&pause, NULL);
}

err_t txn_new(const struct kafka_options *options, struct producer *producer,
              struct consumer *const *consumer, struct log *log, struct txn **ret_txn)
{
    CLEANUP_PTR(txn) struct txn *t = calloc(1, sizeof *t);
    if (t == NULL) {
        return ERR(NO_MEMORY);
    }
    t->behind = calloc(1, sizeof *t->behind);
    if (t->behind == NULL) {
        return ERR(NO_MEMORY);
    }
    atomic_store(&t->behind->holders, 1);
    t->state = TXN_STARTING;
    t->options = options;
    t->producer = producer;
    t->consumer = consumer;
    t->log = log;
    TRY(worker_new(-1, &t->worker));
    *ret_txn = TAKE(t);
    return err_ok();
}

void txn_free(struct txn *t)
{
    if (t != NULL) {
        worker_free(t->worker);
        behind_drop(t->behind);
        free(t);
    }
}

/* ---- how a call ended --------------------------------------------------------------------- */

/* The brokers end a transaction that takes too long, and then call its producer fenced: that is our
 * own delay, not another copy. */
static err_t judge(struct txn *t, err_t err, const char *what, const struct why *why)
{
    if (!err_failed(err)) {
        return err;
    }
    if (err_is(err, ERR_FENCED) && t->state == TXN_OPEN &&
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

/* ---- offsets: a call that may never come back --------------------------------------------- */

struct send {
    /* Set when it was left behind, and ended with the job. */
    struct client *client;
    struct behind *behind;
    rd_kafka_t *rk;
    rd_kafka_topic_partition_list_t *offsets;
    rd_kafka_consumer_group_metadata_t *group;
    rd_kafka_error_t *error;
};

static void send_run(void *job)
{
    struct send *s = job;
    int64_t until = client_now_ms() + TXN_CALL_MS;
    do {
        if (s->error != NULL) {
            rd_kafka_error_destroy(s->error);
            pause_briefly();
        }
        s->error = rd_kafka_send_offsets_to_transaction(s->rk, s->offsets, s->group, TXN_CALL_MS);
    } while (s->error != NULL && rd_kafka_error_is_retriable(s->error) != 0 &&
             rd_kafka_error_txn_requires_abort(s->error) == 0 && client_now_ms() < until);
}

static void send_drop(void *job)
{
    struct send *s = job;
    rd_kafka_topic_partition_list_destroy(s->offsets);
    rd_kafka_consumer_group_metadata_destroy(s->group);
    if (s->error != NULL) {
        rd_kafka_error_destroy(s->error);
    }
    client_free(s->client, 0);
    behind_drop(s->behind);
    free(s);
}

/* Leaves worker, job and handle to themselves. */
static err_t leave_behind(struct txn *t, struct send *s)
{
    t->state = TXN_DEAD;
    atomic_fetch_add(&t->behind->holders, 1);
    log_error(t->log, "a transaction call does not come back; its handle is left behind",
              LOG_INT("left_behind", left_behind(t)));
    s->behind = t->behind;
    s->client = producer_take_client(t->producer);
    client_mute(s->client); /* it may outlive the log and the loop */
    worker_free(t->worker);
    t->worker = NULL;
    return ERR(TXN_UNKNOWN);
}

/* Takes both over, in any case. */
static err_t send_list(struct txn *t, rd_kafka_consumer_group_metadata_t *group,
                       rd_kafka_topic_partition_list_t *offsets)
{
    struct send *s = calloc(1, sizeof *s);
    if (s == NULL) {
        rd_kafka_topic_partition_list_destroy(offsets);
        rd_kafka_consumer_group_metadata_destroy(group);
        return ERR(NO_MEMORY);
    }
    s->rk = rk_of(t);
    s->group = group;
    s->offsets = offsets;
    worker_submit(t->worker, send_run, send_drop, s);
    void *done = worker_take(t->worker, TXN_CALL_MS + TXN_GRACE_MS);
    if (done == NULL) {
        return leave_behind(t, s);
    }
    struct why why = {0};
    err_t err = KAFKA_TXN_ERR(TAKE(s->error), &why);
    send_drop(s);
    /* Nothing is committed. But the offsets may be on their way still, and would join the handle's
     * next transaction: a new handle fences them. */
    return judge(t, err_is(err, ERR_TIMEOUT) ? ERR(TXN_UNKNOWN) : err, "offsets", &why);
}

static err_t send_offsets(struct txn *t, const struct bus_offset *offsets, size_t count)
{
    rd_kafka_consumer_group_metadata_t *group = NULL;
    rd_kafka_topic_partition_list_t *list = NULL;
    err_t err = consumer_offsets(*t->consumer, offsets, count, &list);
    if (!err_failed(err)) {
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
    return send_list(t, group, list);
}

/* ---- the end ------------------------------------------------------------------------------ */

/* Repeats a call that may be repeated; what is open when the time is over stays unknown. */
static err_t finish(struct txn *t, rd_kafka_error_t *(*call)(rd_kafka_t *rk, int timeout_ms),
                    const char *what)
{
    struct why why = {0};
    int64_t until = client_now_ms() + TXN_CALL_MS;
    err_t err = ERR(TIMEOUT);
    while (err_is(err, ERR_TIMEOUT)) {
        int64_t left = until - client_now_ms();
        if (left <= 0) {
            err = ERR(TXN_UNKNOWN);
            break;
        }
        err = KAFKA_TXN_ERR(call(rk_of(t), (int)left), &why);
        if (err_is(err, ERR_TIMEOUT)) {
            (void)rd_kafka_poll(rk_of(t), TXN_PAUSE_MS);
        }
    }
    return judge(t, err, what, &why);
}

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

static err_t check_open(const struct txn *t)
{
    switch (t->state) {
    case TXN_DEAD:
    case TXN_STARTING:
    case TXN_UNCLEAN: return ERR(TXN_UNKNOWN);
    case TXN_FAILED: return ERR(TXN_ABORT);
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
    TRY(send_list(t, rd_kafka_consumer_group_metadata_new(group), offsets));
    TRY(finish(t, rd_kafka_commit_transaction, "commit"));
    over(t);
    return err_ok();
}

err_t txn_commit(struct txn *t, const struct bus_offset *offsets, size_t count)
{
    TRY(check_open(t));
    if (count > 0) {
        TRY(send_offsets(t, offsets, count));
    }
    TRY(finish(t, rd_kafka_commit_transaction, "commit"));
    over(t);
    return err_ok();
}

err_t txn_abort(struct txn *t)
{
    switch (t->state) {
    case TXN_DEAD:
    case TXN_STARTING:
    case TXN_UNCLEAN: return ERR(TXN_UNKNOWN);
    case TXN_READY: return err_ok(); /* nothing is open */
    case TXN_FAILED:
    case TXN_OPEN: break;
    }
    t->state = TXN_OPEN;
    err_t err = finish(t, rd_kafka_abort_transaction, "abort");
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
    err_t sent = send_list(t, rd_kafka_consumer_group_metadata_new(group), list);
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
        (void)rd_kafka_poll(rk_of(t), TXN_PAUSE_MS);
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
        (void)rd_kafka_poll(rk_of(t), TXN_PAUSE_MS); /* should it have answered at once */
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
        pause_briefly();
    }
    if (t->worker == NULL) {
        TRY(worker_new(-1, &t->worker));
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

void txn_suspect(struct txn *t)
{
    t->state = t->state == TXN_READY ? TXN_DEAD : t->state;
}

err_t txn_tend(struct txn *t)
{
    bool is_sound = t->state == TXN_READY || t->state == TXN_OPEN || t->state == TXN_FAILED;
    if (is_sound || t->in_use || client_now_ms() < t->tend_ms) {
        return err_ok();
    }
    t->tend_ms = client_now_ms() + TXN_TEND_MS;
    err_t err = txn_renew(t);
    return err_class(err) == ERR_CLASS_TRANSIENT ? err_ok() : err;
}
