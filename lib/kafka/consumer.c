#include "kafka/consumer.h"

#include "base/check.h"
#include "base/limits.h"
#include "kafka/committed.h"
#include "kafka/kafka_err.h"
#include "kafka/membership.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONSUMER_MAGIC = 0x6b636f6e,
    CONSUMER_SEEK_MS = 2000,
    CONSUMER_WARM_MS = 1000,
    CONSUMER_EVENTS_PER_POLL = 1000,
    CONSUMER_SILENCE_MS = 15000, /* a member talks to a broker far more often than that */
    CONSUMER_AFTER_OUTAGE_MS = 60000,
    CONSUMER_FENCES_MAX = 3, /* within that time */
};

struct part {
    bool assigned;
    bool started;
    bool paused;
    bool seek;  /* asked for, not done yet */
    bool heard; /* something was read since it was started: the end is known */
    int64_t next;
};

struct consumer {
    uint32_t magic;
    const struct kafka_options *options;
    const struct bus_handler *handler;
    struct log *log;
    int wake_fd;
    enum topic topic;
    char name[CLIENT_TOPIC_NAME_BYTES];

    struct client *client;
    rd_kafka_topic_t *handle;
    rd_kafka_queue_t *queue;
    rd_kafka_message_t *current; /* what the caller's record borrows from */

    struct part parts[LIMIT_PARTITIONS_MAX];
    rd_kafka_topic_partition_list_t *assigned; /* NULL = none */
    bool announced;                            /* on_assign was called for it */
    struct membership membership;              /* as of the assignment */
    struct committed *committed;

    bool committing;
    struct membership commit_membership;
    bool answered;
    rd_kafka_resp_err_t answer;
    rd_kafka_topic_partition_list_t *answer_offsets;

    bool rejoin;
    int fences; /* that were put down to an outage */
    int64_t fenced_ms;
    int64_t polled_ms;
};

static rd_kafka_t *rk_of(struct consumer *c)
{
    return client_handle(c->client);
}

static struct part *part_of(struct consumer *c, int32_t partition)
{
    bool known = partition >= 0 && partition < LIMIT_PARTITIONS_MAX;
    return known && c->parts[partition].assigned ? &c->parts[partition] : NULL;
}

/* ---- assignment --------------------------------------------------------------------------- */

static void forget_assignment(struct consumer *c)
{
    memset(c->parts, 0, sizeof c->parts);
    if (c->assigned != NULL) {
        rd_kafka_topic_partition_list_destroy(c->assigned);
        c->assigned = NULL;
    }
    c->announced = false;
    c->membership = (struct membership){.generation = -1};
    if (c->committed != NULL) {
        committed_cancel(c->committed);
    }
}

static void tell_revoked(struct consumer *c, bool lost)
{
    if (c->assigned == NULL || !c->announced || c->assigned->cnt == 0) {
        return;
    }
    int32_t partitions[LIMIT_PARTITIONS_MAX];
    size_t count = 0;
    for (int i = 0; i < c->assigned->cnt && count < LIMIT_PARTITIONS_MAX; i++) {
        partitions[count++] = c->assigned->elems[i].partition;
    }
    c->handler->on_revoke(c->handler->loop, partitions, count, lost);
}

static void assign(struct consumer *c, const rd_kafka_topic_partition_list_t *partitions)
{
    forget_assignment(c);
    c->assigned = rd_kafka_topic_partition_list_new(partitions->cnt);
    for (int i = 0; i < partitions->cnt; i++) {
        int32_t partition = partitions->elems[i].partition;
        if (partition < LIMIT_PARTITIONS_MAX) {
            /* The offset does not matter: it is paused, and start() seeks. */
            rd_kafka_topic_partition_list_add(c->assigned, c->name, partition)->offset = 0;
            c->parts[partition].assigned = true;
        }
    }
    /* Before, so that nothing is fetched at that offset; after, should it not have been known. */
    (void)rd_kafka_pause_partitions(rk_of(c), c->assigned);
    rd_kafka_resp_err_t code = rd_kafka_assign(rk_of(c), c->assigned);
    (void)rd_kafka_pause_partitions(rk_of(c), c->assigned);
    err_t err = membership_of(rk_of(c), &c->membership);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR || err_failed(err)) {
        log_error(c->log, "assignment could not be taken", LOG_STR("topic", c->name),
                  LOG_STR("kafka", rd_kafka_err2name(code)), LOG_ERR(err));
        c->membership.generation = -1; /* every commit is refused, and the loop joins anew */
    }
    if (c->assigned->cnt > 0) {
        committed_ask(c->committed, c->client, c->assigned);
    }
}

static void on_rebalance(void *owner, struct client *client, rd_kafka_resp_err_t what,
                         rd_kafka_topic_partition_list_t *partitions)
{
    (void)client;
    struct consumer *c = MAGIC_CAST(struct consumer, CONSUMER_MAGIC, owner);
    if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        log_info(c->log, "partitions assigned", LOG_STR("topic", c->name),
                 LOG_INT("count", partitions->cnt));
        assign(c, partitions);
        return;
    }
    bool lost =
        what != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS || rd_kafka_assignment_lost(rk_of(c)) != 0;
    log_info(c->log, "partitions revoked", LOG_STR("topic", c->name),
             LOG_INT("count", partitions->cnt), LOG_BOOL("lost", lost));
    tell_revoked(c, lost);
    forget_assignment(c);
    (void)rd_kafka_assign(rk_of(c), NULL);
}

/* Hands the committed offsets to the loop once they are known. */
static err_t announce(struct consumer *c)
{
    if (c->assigned == NULL || c->announced || c->assigned->cnt == 0) {
        return err_ok();
    }
    const rd_kafka_topic_partition_list_t *list = NULL;
    TRY(committed_look(c->committed, &list));
    if (list == NULL) {
        return err_ok();
    }
    struct bus_offset *offsets = NULL;
    size_t count = 0;
    TRY(committed_offsets(list, &offsets, &count));
    c->announced = true;
    c->handler->on_assign(c->handler->loop, offsets, count);
    free(offsets);
    return err_ok();
}

/* ---- opening and closing ------------------------------------------------------------------ */

static void on_commit(void *owner, struct client *client, rd_kafka_resp_err_t err,
                      const rd_kafka_topic_partition_list_t *offsets)
{
    (void)client;
    struct consumer *c = MAGIC_CAST(struct consumer, CONSUMER_MAGIC, owner);
    c->answered = true;
    c->answer = err;
    c->answer_offsets = offsets == NULL ? NULL : rd_kafka_topic_partition_list_copy(offsets);
}

static err_t open_client(struct consumer *c, struct why *why)
{
    char group[CLIENT_NAME_BYTES];
    char instance[CLIENT_NAME_BYTES];
    char session[24];
    char heartbeat[24];
    char poll_interval[24];
    int64_t session_ms = client_session_ms(c->options);
    int64_t beat_ms = session_ms / 10 < 3000 ? session_ms / 10 : 3000;
    TRY(client_group(c->options, group, why));
    TRY(client_instance(c->options, instance, why));
    (void)snprintf(session, sizeof session, "%" PRId64, session_ms);
    (void)snprintf(heartbeat, sizeof heartbeat, "%" PRId64, beat_ms < 50 ? 50 : beat_ms);
    (void)snprintf(poll_interval, sizeof poll_interval, "%" PRId64,
                   session_ms > 300000 ? session_ms : 300000);
    const struct kafka_property fixed[] = {
        {"group.id", group},
        {"session.timeout.ms", session},
        {"heartbeat.interval.ms", heartbeat},
        {"max.poll.interval.ms", poll_interval},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"auto.offset.reset", "error"},
        {"isolation.level", "read_committed"},
        {"partition.assignment.strategy", "range"},
        {"enable.partition.eof", "true"},
        /* The embedded broker accepts static members and forgets them: there it would only cost. */
        {c->options->embedded ? NULL : "group.instance.id", instance},
        {NULL, NULL},
    };
    const struct client_hooks hooks = {.owner = c, .rebalance = on_rebalance, .commit = on_commit};
    TRY(client_new(c->options, RD_KAFKA_CONSUMER, fixed, &hooks, c->log, why, &c->client));

    c->handle = rd_kafka_topic_new(rk_of(c), c->name, NULL);
    c->queue = rd_kafka_queue_get_consumer(rk_of(c));
    if (c->handle == NULL || c->queue == NULL) {
        return ERR(NO_MEMORY);
    }
    client_wake_by(c->queue, c->wake_fd);
    const struct rd_kafka_metadata *metadata = NULL;
    if (rd_kafka_metadata(rk_of(c), 0, c->handle, &metadata, CONSUMER_WARM_MS) ==
        RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_metadata_destroy(metadata);
    }
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    (void)rd_kafka_topic_partition_list_add(topics, c->name, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(rk_of(c), topics);
    rd_kafka_topic_partition_list_destroy(topics);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        why_set(why, "subscribe to %s: %s", c->name, rd_kafka_err2str(code));
    }
    return KAFKA_ERR(code);
}

static void drop_current(struct consumer *c)
{
    if (c->current != NULL) {
        rd_kafka_message_destroy(c->current);
        c->current = NULL;
    }
}

static void drop_answer(struct consumer *c)
{
    c->answered = false;
    c->committing = false;
    if (c->answer_offsets != NULL) {
        rd_kafka_topic_partition_list_destroy(c->answer_offsets);
        c->answer_offsets = NULL;
    }
}

static void close_client(struct consumer *c, int64_t wait_ms)
{
    drop_current(c);
    drop_answer(c);
    forget_assignment(c);
    if (c->handle != NULL) {
        rd_kafka_topic_destroy(c->handle);
        c->handle = NULL;
    }
    if (c->queue != NULL) {
        rd_kafka_queue_io_event_enable(c->queue, -1, NULL, 0);
        rd_kafka_queue_destroy(c->queue);
        c->queue = NULL;
    }
    client_free(c->client, wait_ms);
    c->client = NULL;
}

err_t consumer_new(const struct kafka_options *options, enum topic topic,
                   const struct bus_handler *handler, struct log *log, int wake_fd, struct why *why,
                   struct consumer **ret_consumer)
{
    CLEANUP_PTR(consumer) struct consumer *c = calloc(1, sizeof *c);
    if (c == NULL) {
        return ERR(NO_MEMORY);
    }
    c->magic = CONSUMER_MAGIC;
    c->options = options;
    c->handler = handler;
    c->log = log;
    c->wake_fd = wake_fd;
    c->topic = topic;
    c->membership.generation = -1;
    c->polled_ms = client_now_ms();
    if (!cluster_topic_name(options, topic, c->name, sizeof c->name)) {
        why_set(why, "the prefix of the topics is too long");
        return ERR(CONFIG);
    }
    TRY(committed_new(wake_fd, &c->committed));
    TRY(open_client(c, why));
    *ret_consumer = TAKE(c);
    return err_ok();
}

void consumer_free(struct consumer *c, int64_t wait_ms)
{
    if (c == NULL) {
        return;
    }
    if (c->committed != NULL) {
        forget_assignment(c);
        committed_free(c->committed); /* waits: it uses the handle */
        c->committed = NULL;
    }
    if (c->client != NULL) {
        close_client(c, wait_ms);
    }
    free(c);
}

/* ---- reading ------------------------------------------------------------------------------ */

static err_t seek(struct consumer *c, int32_t partition)
{
    struct part *p = &c->parts[partition];
    rd_kafka_resp_err_t code = rd_kafka_seek(c->handle, partition, p->next, CONSUMER_SEEK_MS);
    p->seek = code != RD_KAFKA_RESP_ERR_NO_ERROR;
    if (p->seek) {
        log_debug(c->log, "seek put off", LOG_STR("topic", c->name),
                  LOG_INT("partition", partition), LOG_STR("kafka", rd_kafka_err2name(code)));
        return err_ok(); /* again at the next poll */
    }
    rd_kafka_topic_partition_list_t *one = rd_kafka_topic_partition_list_new(1);
    (void)rd_kafka_topic_partition_list_add(one, c->name, partition);
    code = rd_kafka_resume_partitions(rk_of(c), one);
    rd_kafka_topic_partition_list_destroy(one);
    /* Only a seek wakes the thread that fetches; after a resume alone it may sleep for a second. */
    (void)rd_kafka_seek(c->handle, partition, p->next, 0);
    return KAFKA_ERR(code);
}

static err_t seek_again(struct consumer *c)
{
    for (int i = 0; c->assigned != NULL && i < c->assigned->cnt; i++) {
        int32_t partition = c->assigned->elems[i].partition;
        if (c->parts[partition].seek && !c->parts[partition].paused) {
            TRY(seek(c, partition));
        }
    }
    return err_ok();
}

err_t consumer_start(struct consumer *c, int32_t partition, int64_t offset)
{
    struct part *p = part_of(c, partition);
    if (p == NULL || !c->announced || offset < 0) {
        return ERR(STATE);
    }
    p->started = true;
    p->paused = false;
    p->heard = false;
    p->next = offset;
    return seek(c, partition);
}

err_t consumer_pause(struct consumer *c, int32_t partition)
{
    struct part *p = part_of(c, partition);
    if (p == NULL) {
        return ERR(STATE);
    }
    if (p->paused || !p->started) {
        return err_ok();
    }
    p->paused = true;
    rd_kafka_topic_partition_list_t *one = rd_kafka_topic_partition_list_new(1);
    (void)rd_kafka_topic_partition_list_add(one, c->name, partition);
    rd_kafka_resp_err_t code = rd_kafka_pause_partitions(rk_of(c), one);
    rd_kafka_topic_partition_list_destroy(one);
    return KAFKA_ERR(code);
}

err_t consumer_resume(struct consumer *c, int32_t partition)
{
    struct part *p = part_of(c, partition);
    if (p == NULL) {
        return ERR(STATE);
    }
    if (!p->paused) {
        return err_ok();
    }
    p->paused = false;
    return seek(c, partition);
}

err_t consumer_lag(struct consumer *c, int32_t partition, int64_t *ret_lag)
{
    const struct part *p = part_of(c, partition);
    int64_t low = -1;
    int64_t high = -1;
    if (p == NULL || !p->started || !p->heard) {
        return ERR(UNAVAILABLE);
    }
    TRY(KAFKA_ERR(rd_kafka_get_watermark_offsets(rk_of(c), c->name, partition, &low, &high)));
    if (high < 0) {
        return ERR(UNAVAILABLE);
    }
    *ret_lag = high > p->next ? high - p->next : 0;
    return err_ok();
}

static err_t fatal(struct consumer *c)
{
    char text[256];
    rd_kafka_resp_err_t code = rd_kafka_fatal_error(rk_of(c), text, sizeof text);
    log_error(c->log, "the consumer cannot go on", LOG_STR("topic", c->name),
              LOG_STR("kafka", rd_kafka_err2name(code)), LOG_STR("reason", text));
    err_t err = KAFKA_ERR(code);
    return err_is(err, ERR_FENCED) || err_is(err, ERR_PERMISSION) ? err : ERR(IO);
}

/* Another copy with our name makes us a stranger, and then we end. But after an outage librdkafka
 * may have asked to join twice, and fenced itself: then we join anew, some times. */
static bool fenced_by_itself(struct consumer *c)
{
    char text[256];
    int64_t span = client_session_ms(c->options) + CONSUMER_AFTER_OUTAGE_MS;
    int64_t now = client_now_ms();
    if (rd_kafka_fatal_error(rk_of(c), text, sizeof text) != RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID ||
        (!client_disturbed(c->client, span) && c->fences == 0)) {
        return false;
    }
    c->fences = now - c->fenced_ms < span ? c->fences + 1 : 1;
    c->fenced_ms = now;
    return c->fences <= CONSUMER_FENCES_MAX;
}

/* A message that is no record. */
static err_t take_error(struct consumer *c, const rd_kafka_message_t *message)
{
    struct part *p = message->rkt == NULL ? NULL : part_of(c, message->partition);
    switch ((int)message->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        if (p != NULL && p->started && !p->paused && message->offset >= p->next) {
            p->next = message->offset; /* commit markers take offsets too */
            p->heard = true;
        }
        return err_ok();
    case RD_KAFKA_RESP_ERR__FATAL:
        if (c->rejoin || fenced_by_itself(c)) {
            c->rejoin = true;
            return err_ok();
        }
        return fatal(c);
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        if (p == NULL || !p->started) {
            return err_ok();
        }
        log_error(c->log, "the offset to read from is not in the log any more",
                  LOG_STR("topic", c->name), LOG_INT("partition", message->partition),
                  LOG_INT("offset", p->next));
        return ERR(NO_OFFSET);
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        log_error(c->log, "the brokers do not permit this", LOG_STR("topic", c->name),
                  LOG_STR("kafka", rd_kafka_err2name(message->err)));
        return ERR(PERMISSION);
    default:
        log_warn(c->log, "reading is disturbed", LOG_STR("topic", c->name),
                 LOG_STR("kafka", rd_kafka_err2name(message->err)),
                 LOG_STR("reason", rd_kafka_message_errstr(message)));
        return err_ok();
    }
}

static err_t read_one(struct consumer *c, struct bus_record *ret_record, bool *ret_got)
{
    for (int i = 0; i < CONSUMER_EVENTS_PER_POLL; i++) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(rk_of(c), 0);
        if (message == NULL) {
            return err_ok();
        }
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            err_t err = take_error(c, message);
            rd_kafka_message_destroy(message);
            TRY(err);
            continue;
        }
        struct part *p = part_of(c, message->partition);
        if (p == NULL || !p->started || p->paused || p->seek || message->offset < p->next) {
            rd_kafka_message_destroy(message); /* fetched before the last seek */
            continue;
        }
        p->next = message->offset + 1;
        p->heard = true;
        c->current = message;
        *ret_record = record_of(message, c->topic);
        *ret_got = true;
        return err_ok();
    }
    return err_ok();
}

/* ---- commits ------------------------------------------------------------------------------ */

static err_t check_membership(struct consumer *c, const struct membership *expected)
{
    struct membership now = {.generation = -1};
    if (c->rejoin || rd_kafka_assignment_lost(rk_of(c)) != 0) {
        return ERR(FENCED);
    }
    TRY(membership_of(rk_of(c), &now));
    return membership_same(expected, &now) ? err_ok() : ERR(FENCED);
}

err_t consumer_check(struct consumer *c)
{
    if (client_now_ms() - c->polled_ms > client_session_ms(c->options) / 2) {
        return ERR(FENCED);
    }
    return check_membership(c, &c->membership);
}

err_t consumer_offsets(struct consumer *c, const struct bus_offset *offsets, size_t count,
                       rd_kafka_topic_partition_list_t **ret_list)
{
    for (size_t i = 0; i < count; i++) {
        if (part_of(c, offsets[i].partition) == NULL) {
            return ERR(FENCED);
        }
        if (offsets[i].metadata.len > LIMIT_OFFSET_METADATA_BYTES_MAX) {
            return ERR(TOO_LARGE);
        }
    }
    return committed_list(c->name, offsets, count, ret_list);
}

err_t consumer_group_metadata(struct consumer *c, rd_kafka_consumer_group_metadata_t **ret_metadata)
{
    TRY(check_membership(c, &c->membership));
    rd_kafka_consumer_group_metadata_t *metadata = rd_kafka_consumer_group_metadata(rk_of(c));
    if (metadata == NULL) {
        return ERR(FENCED);
    }
    *ret_metadata = metadata;
    return err_ok();
}

err_t consumer_commit(struct consumer *c, const struct bus_offset *offsets, size_t count)
{
    if (c->committing || count == 0) {
        return ERR(STATE);
    }
    TRY(consumer_check(c));
    rd_kafka_topic_partition_list_t *list = NULL;
    TRY(consumer_offsets(c, offsets, count, &list));
    err_t err = client_commit(c->client, list, c->queue);
    rd_kafka_topic_partition_list_destroy(list);
    TRY(err);
    c->committing = true;
    c->commit_membership = c->membership;
    return err_ok();
}

static err_t tell_committed(struct consumer *c)
{
    if (!c->answered) {
        return err_ok();
    }
    rd_kafka_topic_partition_list_t *list = TAKE(c->answer_offsets);
    rd_kafka_resp_err_t code = c->answer;
    for (int i = 0; list != NULL && i < list->cnt && code == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        code = list->elems[i].err;
    }
    drop_answer(c);
    err_t result = kafka_commit_err(code, __FILE__);
    if (!err_failed(result)) {
        result = check_membership(c, &c->commit_membership);
    }
    struct bus_offset *offsets = NULL;
    size_t count = 0;
    err_t err = list == NULL ? err_ok() : committed_offsets(list, &offsets, &count);
    if (!err_failed(err)) {
        c->handler->on_commit(c->handler->loop, result, offsets, count);
        free(offsets);
    }
    if (list != NULL) {
        rd_kafka_topic_partition_list_destroy(list);
    }
    return err;
}

/* ---- the whole ---------------------------------------------------------------------------- */

err_t consumer_rejoin(struct consumer *c)
{
    c->rejoin = true; /* at the next poll: we may be inside a callback of the old handle */
    return err_ok();
}

static err_t rejoin(struct consumer *c)
{
    if (!c->rejoin || committed_busy(c->committed)) {
        return err_ok();
    }
    log_info(c->log, "joining the group anew", LOG_STR("topic", c->name));
    tell_revoked(c, true);
    close_client(c, 0);
    c->rejoin = false;
    struct why why = {0};
    err_t err = open_client(c, &why);
    if (err_failed(err)) {
        log_error(c->log, "the group cannot be joined", LOG_STR("why", why.text), LOG_ERR(err));
    }
    return err;
}

err_t consumer_poll(struct consumer *c, struct bus_record *ret_record, bool *ret_got)
{
    *ret_got = false;
    drop_current(c);
    TRY(rejoin(c));
    c->polled_ms = client_now_ms();
    client_nudge(c->client);
    TRY(announce(c));
    TRY(seek_again(c));
    TRY(read_one(c, ret_record, ret_got));
    return tell_committed(c);
}

bool consumer_connected(struct consumer *c)
{
    return client_connected(c->client, CONSUMER_SILENCE_MS);
}
