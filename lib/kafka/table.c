#include "kafka/table.h"

#include "base/check.h"
#include "base/limits.h"
#include "kafka/client.h"
#include "kafka/reader_kafka.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    TABLE_ROWS_MAX = 1024,
    TABLE_BYTES_MAX = 8 * 1024 * 1024,
    TABLE_STEP_MS = 50,
    TABLE_ASK_MS = 2000,    /* how often the end is asked for */
    TABLE_ANSWER_MS = 2000, /* how long an answer is waited for */
    TABLE_FETCH_WAIT_MS = 100,
    TABLE_AGAIN_MS = 500, /* after an error */
};

/* A record on its way: key, value and traceparent follow in one block. */
struct row {
    struct bus_record record;
    char bytes[];
};

struct kafka_table {
    pthread_mutex_t lock;
    pthread_cond_t taken;
    bool owned; /* false: the owner waits for the thread to end */
    pthread_t thread;
    int wake_fd;
    struct log *log;

    struct row *rows[TABLE_ROWS_MAX]; /* a ring: pushed % MAX, popped % MAX */
    uint64_t pushed;
    uint64_t popped;
    size_t bytes;
    struct row *handed; /* what the last kafka_table_next() gave out */

    /* Read to the end as it was at `end_ms`, once `end_pushed` records are handed over. */
    int64_t end_ms;
    uint64_t end_pushed;
    int64_t reached_ms; /* -1 = never */

    /* The thread's own. */
    struct kafka_options options;
    struct reader_kafka readers;
    enum topic topic;
};

static void lock(struct kafka_table *t)
{
    CHECK(pthread_mutex_lock(&t->lock) == 0);
}
static void unlock(struct kafka_table *t)
{
    CHECK(pthread_mutex_unlock(&t->lock) == 0);
}

/* ---- the thread --------------------------------------------------------------------------- */

static bool stopping(struct kafka_table *t)
{
    lock(t);
    bool stop = !t->owned;
    unlock(t);
    return stop;
}

static void pause_thread(struct kafka_table *t, int64_t ms)
{
    for (int64_t slept = 0; slept < ms && !stopping(t); slept += TABLE_STEP_MS) {
        const struct timespec step = {.tv_nsec = TABLE_STEP_MS * 1000000L};
        (void)nanosleep(&step, NULL);
    }
}

static void reached_if_handed(struct kafka_table *t)
{
    if (t->end_ms >= 0 && t->popped >= t->end_pushed && t->handed == NULL) {
        t->reached_ms = t->end_ms;
    }
}

static void confirm(struct kafka_table *t, int64_t when_ms)
{
    lock(t);
    t->end_ms = when_ms;
    t->end_pushed = t->pushed;
    reached_if_handed(t);
    unlock(t);
}

static struct slice copy(char **at, struct slice from)
{
    struct slice to = slice_from(*at, from.len);
    if (from.len > 0) {
        memcpy(*at, from.ptr, from.len);
    }
    *at += from.len;
    return to;
}

static err_t push(struct kafka_table *t, const struct bus_record *record)
{
    size_t size = record->key.len + record->value.len + record->traceparent.len;
    struct row *row = malloc(sizeof *row + size);
    if (row == NULL) {
        return ERR(NO_MEMORY);
    }
    char *at = row->bytes;
    row->record = *record;
    row->record.key = copy(&at, record->key);
    row->record.value = copy(&at, record->value);
    row->record.traceparent = copy(&at, record->traceparent);
    lock(t);
    while (t->owned && (t->pushed - t->popped == TABLE_ROWS_MAX || t->bytes > TABLE_BYTES_MAX)) {
        (void)pthread_cond_wait(&t->taken, &t->lock);
    }
    if (t->owned) {
        t->rows[t->pushed++ % TABLE_ROWS_MAX] = TAKE(row);
        t->bytes += size;
        uint64_t one = 1;
        ssize_t written = t->wake_fd < 0 ? 0 : write(t->wake_fd, &one, sizeof one);
        (void)written; /* full = readable already */
    }
    unlock(t);
    free(row);
    return err_ok();
}

/* Reads on until something fails; *position is where to go on. */
static err_t follow(struct kafka_table *t, struct reader_port *port, int64_t *position)
{
    struct reader *r = NULL;
    int64_t asked_ms = client_now_ms();
    TRY(reader_open(port, t->topic, 0, *position, &r));
    int64_t end = port->ops->end(r);
    bool confirmed = false;
    err_t err = err_ok();
    while (!err_failed(err) && !stopping(t)) {
        struct bus_record record = {0};
        enum reader_status status = READER_IDLE;
        err = reader_next(port, r, span_ms(TABLE_STEP_MS), &record, &status);
        if (err_failed(err)) {
            break;
        }
        if (status == READER_RECORD) {
            err = push(t, &record);
        }
        *position = port->ops->position(r);
        if (!confirmed && *position >= end) {
            confirm(t, asked_ms);
            confirmed = true;
        }
        if (confirmed && client_now_ms() - asked_ms >= TABLE_ASK_MS) {
            int64_t now = client_now_ms();
            if (!err_failed(reader_kafka_end_now(r, span_ms(TABLE_ANSWER_MS), &end))) {
                confirmed = false;
            }
            asked_ms = now;
        }
    }
    port->ops->close(r);
    return err;
}

static void destroy(struct kafka_table *t)
{
    while (t->popped < t->pushed) {
        free(t->rows[t->popped++ % TABLE_ROWS_MAX]);
    }
    free(t->handed);
    (void)pthread_cond_destroy(&t->taken);
    (void)pthread_mutex_destroy(&t->lock);
    free(t);
}

static void *table_main(void *argument)
{
    struct kafka_table *t = argument;
    struct reader_port port = reader_kafka_port(&t->readers);
    int64_t position = READER_FROM_START;
    while (!stopping(t)) {
        err_t err = follow(t, &port, &position);
        if (!err_failed(err) || stopping(t)) {
            continue;
        }
        log_warn(t->log, "the table cannot be read; trying again",
                 LOG_STR("topic", topic_name(t->topic)), LOG_ERR(err));
        if (err_is(err, ERR_RANGE)) {
            position = READER_FROM_START; /* another log than before: all of it again */
        }
        pause_thread(t, TABLE_AGAIN_MS);
    }
    reader_kafka_deinit(&t->readers);
    return NULL;
}

/* ---- the loop's side ---------------------------------------------------------------------- */

err_t kafka_table_new(const struct kafka_options *options, enum topic topic, int wake_fd,
                      struct log *log, struct why *why, struct kafka_table **ret_table)
{
    (void)why;
    struct kafka_table *t = calloc(1, sizeof *t);
    if (t == NULL) {
        return ERR(NO_MEMORY);
    }
    t->options = *options;
    t->owned = true;
    t->wake_fd = wake_fd;
    t->log = log;
    t->topic = topic;
    t->end_ms = -1;
    t->reached_ms = -1;
    t->readers = (struct reader_kafka){
        .options = &t->options, .log = log, .fetch_wait = span_ms(TABLE_FETCH_WAIT_MS)};
    CHECK(pthread_mutex_init(&t->lock, NULL) == 0);
    CHECK(pthread_cond_init(&t->taken, NULL) == 0);
    if (pthread_create(&t->thread, NULL, table_main, t) != 0) {
        destroy(t);
        return ERR(NO_MEMORY);
    }
    *ret_table = t;
    return err_ok();
}

void kafka_table_free(struct kafka_table *t)
{
    if (t == NULL) {
        return;
    }
    lock(t);
    t->owned = false;
    (void)pthread_cond_broadcast(&t->taken);
    unlock(t);
    CHECK(pthread_join(t->thread, NULL) == 0); /* bounded by the time-out of a request */
    destroy(t);
}

err_t kafka_table_next(struct kafka_table *t, struct bus_record *ret_record, bool *ret_got)
{
    *ret_got = false;
    lock(t);
    free(TAKE(t->handed));
    if (t->popped < t->pushed) {
        t->handed = TAKE(t->rows[t->popped % TABLE_ROWS_MAX]);
        t->popped++;
        const struct bus_record *record = &t->handed->record;
        t->bytes -= record->key.len + record->value.len + record->traceparent.len;
        *ret_record = *record;
        *ret_got = true;
        (void)pthread_cond_broadcast(&t->taken);
    }
    reached_if_handed(t);
    unlock(t);
    return err_ok();
}

int64_t kafka_table_age_ms(struct kafka_table *t)
{
    lock(t);
    int64_t reached = t->reached_ms;
    unlock(t);
    return reached < 0 ? INT64_MAX : client_now_ms() - reached;
}
