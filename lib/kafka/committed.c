#include "kafka/committed.h"

#include "base/check.h"
#include "kafka/kafka_err.h"
#include "kafka/worker.h"

#include <stdlib.h>
#include <string.h>

enum {
    COMMITTED_ASK_MS = 1000,
    COMMITTED_AGAIN_MS = 100, /* between two questions */
    COMMITTED_ENDING_MS = 1500,
    COMMITTED_PENDING_MS = 12000, /* the brokers end a transaction after 10 s */
    COMMITTED_STUCK_AGAIN_MS = 30000,
};

/* One question; the worker owns it while it runs. */
struct question {
    rd_kafka_t *rk;
    rd_kafka_topic_partition_list_t *list;
    rd_kafka_resp_err_t err;
    uint64_t number;
};

struct committed {
    struct worker *worker;
    struct client *client;
    rd_kafka_topic_partition_list_t *wanted; /* NULL = nothing is asked */
    rd_kafka_topic_partition_list_t *answer;
    uint64_t number; /* answers to older questions are dropped */
    int64_t due_ms;
    int64_t asked_ms;
    int64_t stuck_again_ms; /* not before */
};

static void question_run(void *job)
{
    struct question *q = job;
    q->err = rd_kafka_committed(q->rk, q->list, COMMITTED_ASK_MS);
}

static void question_drop(void *job)
{
    struct question *q = job;
    if (q != NULL) {
        rd_kafka_topic_partition_list_destroy(q->list);
        free(q);
    }
}

static void drop_list(rd_kafka_topic_partition_list_t **list)
{
    if (*list != NULL) {
        rd_kafka_topic_partition_list_destroy(*list);
        *list = NULL;
    }
}

err_t committed_new(int wake_fd, struct committed **ret_committed)
{
    struct committed *m = calloc(1, sizeof *m);
    if (m == NULL) {
        return ERR(NO_MEMORY);
    }
    err_t err = worker_new(wake_fd, &m->worker);
    if (err_failed(err)) {
        free(m);
        return err;
    }
    *ret_committed = m;
    return err_ok();
}

void committed_free(struct committed *m)
{
    if (m == NULL) {
        return;
    }
    question_drop(worker_take(m->worker, COMMITTED_ENDING_MS));
    worker_free(m->worker);
    drop_list(&m->wanted);
    drop_list(&m->answer);
    free(m);
}

void committed_ask(struct committed *m, struct client *client,
                   const rd_kafka_topic_partition_list_t *partitions)
{
    committed_cancel(m);
    m->client = client;
    m->wanted = rd_kafka_topic_partition_list_copy(partitions);
    m->due_ms = 0;
    m->asked_ms = client_now_ms();
}

void committed_cancel(struct committed *m)
{
    m->number++;
    drop_list(&m->wanted);
    drop_list(&m->answer);
}

static err_t submit(struct committed *m)
{
    if (client_now_ms() < m->due_ms) {
        return err_ok();
    }
    struct question *q = calloc(1, sizeof *q);
    if (q == NULL) {
        return ERR(NO_MEMORY);
    }
    q->rk = client_handle(m->client);
    q->list = rd_kafka_topic_partition_list_copy(m->wanted);
    q->number = m->number;
    worker_submit(m->worker, question_run, question_drop, q);
    return err_ok();
}

/* The code that makes the answer unusable, for the whole or for one partition. */
static rd_kafka_resp_err_t trouble(const struct question *q)
{
    rd_kafka_resp_err_t err = q->err;
    for (int i = 0; i < q->list->cnt && err == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        err = q->list->elems[i].err;
    }
    return err;
}

/* librdkafka 2.0.2 keeps the brokers' word to itself (UNSTABLE_OFFSET_COMMIT) and asks until its
 * time is over; but nothing else takes so long while the brokers answer. */
bool committed_is_stuck(struct committed *m, struct log *log)
{
    int64_t now = client_now_ms();
    if (m->wanted == NULL || m->answer != NULL || now - m->asked_ms < COMMITTED_PENDING_MS ||
        now < m->stuck_again_ms || client_disturbed(m->client, COMMITTED_PENDING_MS)) {
        return false;
    }
    m->stuck_again_ms = now + COMMITTED_STUCK_AGAIN_MS;
    log_error(log, "committed offsets stay pending, and nobody can say where to read on",
              LOG_STR("topic", m->wanted->elems[0].topic),
              LOG_STR("remedy",
                      "start the copy that left them once, by its --instance; if there is none, "
                      "find the transaction with kafka-transactions.sh find-hanging and abort it"));
    return true;
}

err_t committed_look(struct committed *m, const rd_kafka_topic_partition_list_t **ret_list)
{
    *ret_list = m->answer;
    if (m->wanted == NULL || m->answer != NULL) {
        return err_ok();
    }
    if (!worker_busy(m->worker)) {
        return submit(m);
    }
    struct question *q = worker_take(m->worker, 0);
    if (q == NULL) {
        return err_ok();
    }
    err_t err = err_ok();
    if (q->number == m->number) {
        err = KAFKA_ERR(trouble(q));
        if (!err_failed(err)) {
            m->answer = TAKE(q->list);
            *ret_list = m->answer;
            free(q);
            return err_ok();
        }
        m->due_ms = client_now_ms() + COMMITTED_AGAIN_MS;
    }
    question_drop(q);
    return err_is(err, ERR_PERMISSION) ? err : err_ok();
}

bool committed_busy(struct committed *m)
{
    if (!worker_busy(m->worker)) {
        return false;
    }
    struct question *q = worker_take(m->worker, 0);
    if (q == NULL) {
        return true;
    }
    question_drop(q); /* who asks is about to close the client */
    return false;
}

err_t committed_offsets(const rd_kafka_topic_partition_list_t *list,
                        struct bus_offset **ret_offsets, size_t *ret_count)
{
    struct bus_offset *offsets = calloc((size_t)list->cnt + 1, sizeof *offsets);
    if (offsets == NULL) {
        return ERR(NO_MEMORY);
    }
    for (int i = 0; i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *element = &list->elems[i];
        offsets[i].partition = element->partition;
        offsets[i].offset = element->offset < 0 ? -1 : element->offset;
        if (element->metadata != NULL && element->offset >= 0) {
            /* 2.0.2 reads back a wrong size when there is a NUL inside. */
            offsets[i].metadata =
                slice_from(element->metadata, strnlen(element->metadata, element->metadata_size));
        }
    }
    *ret_offsets = offsets;
    *ret_count = (size_t)list->cnt;
    return err_ok();
}

err_t committed_list(const char *topic, const struct bus_offset *offsets, size_t count,
                     rd_kafka_topic_partition_list_t **ret_list)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++) {
        const struct bus_offset *offset = &offsets[i];
        char *text = NULL;
        if (!slice_empty(offset->metadata)) {
            text = slice_has_nul(offset->metadata) ? NULL : malloc(offset->metadata.len);
            if (text == NULL) {
                bool nul = slice_has_nul(offset->metadata);
                rd_kafka_topic_partition_list_destroy(list);
                return nul ? ERR(SYNTAX) : ERR(NO_MEMORY);
            }
            memcpy(text, offset->metadata.ptr, offset->metadata.len);
        }
        rd_kafka_topic_partition_t *element =
            rd_kafka_topic_partition_list_add(list, topic, offset->partition);
        element->offset = offset->offset;
        element->metadata = text; /* librdkafka frees it with the list */
        element->metadata_size = text == NULL ? 0 : offset->metadata.len;
    }
    *ret_list = list;
    return err_ok();
}
