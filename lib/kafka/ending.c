#include "kafka/ending.h"

#include "base/check.h"
#include "kafka/kafka_err.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct ending {
    rd_kafka_t *rk;
    pthread_mutex_t lock; /* of wake_fd */
    int wake_fd;          /* -1 = nobody waits any more */
    rd_kafka_topic_partition_list_t *offsets;
    rd_kafka_consumer_group_metadata_t *group;
    bool commits;
    atomic_bool is_stored;
    atomic_int_fast64_t call_ms; /* when the call under way began; 0 = none yet */

    const char *what;
    err_t result;
    struct why why;

    /* Set when it was left behind, and ended with it. */
    struct client *client;
    atomic_int *holders;
};

void ending_pause(void)
{
    const struct timespec pause = {.tv_nsec = ENDING_PAUSE_MS * 1000000L};
    (void)nanosleep(&pause, NULL);
}

void ending_holder_gone(atomic_int *holders)
{
    if (holders != NULL && atomic_fetch_sub(holders, 1) == 1) {
        free(holders);
    }
}

static void free_lists(rd_kafka_topic_partition_list_t *offsets,
                       rd_kafka_consumer_group_metadata_t *group)
{
    if (offsets != NULL) {
        rd_kafka_topic_partition_list_destroy(offsets);
    }
    if (group != NULL) {
        rd_kafka_consumer_group_metadata_destroy(group);
    }
}

err_t ending_new(rd_kafka_t *rk, int wake_fd, rd_kafka_topic_partition_list_t *offsets,
                 rd_kafka_consumer_group_metadata_t *group, bool commits,
                 struct ending **ret_ending)
{
    struct ending *e = calloc(1, sizeof *e);
    if (e == NULL) {
        free_lists(offsets, group);
        return ERR(NO_MEMORY);
    }
    CHECK(pthread_mutex_init(&e->lock, NULL) == 0);
    e->rk = rk;
    e->wake_fd = wake_fd;
    e->offsets = offsets;
    e->group = group;
    e->commits = commits;
    *ret_ending = e;
    return err_ok();
}

err_t ending_repeat(rd_kafka_t *rk, rd_kafka_error_t *(*call)(rd_kafka_t *rk, int timeout_ms),
                    struct why *why)
{
    int64_t until = client_now_ms() + ENDING_CALL_MS;
    err_t err = ERR(TIMEOUT);
    while (err_is(err, ERR_TIMEOUT)) {
        int64_t left = until - client_now_ms();
        if (left <= 0) {
            return ERR(TXN_UNKNOWN);
        }
        err = KAFKA_TXN_ERR(call(rk, (int)left), why);
        if (err_is(err, ERR_TIMEOUT)) {
            (void)rd_kafka_poll(rk, ENDING_PAUSE_MS);
        }
    }
    return err;
}

static err_t send_offsets(struct ending *e)
{
    rd_kafka_error_t *error = NULL;
    int64_t until = client_now_ms() + ENDING_CALL_MS;
    do {
        if (error != NULL) {
            rd_kafka_error_destroy(error);
            ending_pause();
        }
        error = rd_kafka_send_offsets_to_transaction(e->rk, e->offsets, e->group, ENDING_CALL_MS);
    } while (error != NULL && rd_kafka_error_is_retriable(error) != 0 &&
             rd_kafka_error_txn_requires_abort(error) == 0 && client_now_ms() < until);
    err_t err = KAFKA_TXN_ERR(error, &e->why);
    /* Nothing is committed. But the offsets may be on their way still, and would join the handle's
     * next transaction: a new handle fences them. */
    return err_is(err, ERR_TIMEOUT) ? ERR(TXN_UNKNOWN) : err;
}

/* Should that not go well, the commit says how. */
static void store_all(struct ending *e)
{
    if (rd_kafka_flush(e->rk, ENDING_CALL_MS) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        uint64_t one = 1;
        atomic_store(&e->is_stored, true);
        CHECK(pthread_mutex_lock(&e->lock) == 0);
        if (e->wake_fd >= 0) {
            ssize_t written = write(e->wake_fd, &one, sizeof one);
            (void)written; /* full = readable already */
        }
        CHECK(pthread_mutex_unlock(&e->lock) == 0);
    }
}

void ending_run(void *job)
{
    struct ending *e = job;
    if (e->commits) {
        atomic_store(&e->call_ms, client_now_ms());
        store_all(e);
    }
    e->what = "offsets";
    atomic_store(&e->call_ms, client_now_ms());
    e->result = e->offsets == NULL ? err_ok() : send_offsets(e);
    if (e->commits && !err_failed(e->result)) {
        e->what = "commit";
        atomic_store(&e->call_ms, client_now_ms());
        e->result = ending_repeat(e->rk, rd_kafka_commit_transaction, &e->why);
    }
}

void ending_drop(void *job)
{
    struct ending *e = job;
    free_lists(e->offsets, e->group);
    client_free(e->client, 0);
    ending_holder_gone(e->holders);
    CHECK(pthread_mutex_destroy(&e->lock) == 0);
    free(e);
}

err_t ending_result(const struct ending *e, const char **ret_what, struct why *why)
{
    *ret_what = e->what;
    *why = e->why;
    return e->result;
}

bool ending_is_stored(struct ending *e)
{
    return atomic_load(&e->is_stored);
}

bool ending_is_overdue(struct ending *e)
{
    int64_t began = atomic_load(&e->call_ms);
    return began != 0 && client_now_ms() - began > ENDING_CALL_MS + ENDING_GRACE_MS;
}

void ending_leave(struct ending *e, struct client *client, atomic_int *holders)
{
    atomic_fetch_add(holders, 1);
    CHECK(pthread_mutex_lock(&e->lock) == 0);
    e->wake_fd = -1; /* its owner may close it from now on */
    CHECK(pthread_mutex_unlock(&e->lock) == 0);
    e->client = client;
    e->holders = holders;
}
