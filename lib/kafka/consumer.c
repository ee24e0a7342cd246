#include "kafka/consumer.h"

#include "base/check.h"
#include "base/limits.h"
#include "kafka/committed.h"
#include "kafka/fences.h"
#include "kafka/kafka_err.h"
#include "kafka/member.h"
#include "kafka/membership.h"
#include "kafka/one_commit.h"
#include "kafka/positions.h"

#include <stdlib.h>
#include <string.h>

enum {
    CONSUMER_MAGIC = 0x6b636f6e,
    CONSUMER_EVENTS_PER_POLL = 1000,
    CONSUMER_SILENCE_MS = 15000, /* a member talks to a broker far more often than that */
    CONSUMER_AFTER_OUTAGE_MS = 60000,
    CONSUMER_REJOIN_AGAIN_MS = 1000,
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

    struct positions positions;
    rd_kafka_topic_partition_list_t *assigned; /* NULL = none */
    bool announced;                            /* on_assign was called for it */
    struct membership membership;              /* as of the assignment */
    struct committed *committed;
    struct one_commit commit;

    bool rejoin; /* the client, if there is one, is not used any more */
    int64_t rejoin_at_ms;
    struct fences fences;
    int64_t polled_ms;
    size_t run_bytes; /* read since nothing was there */
};

static rd_kafka_t *rk_of(struct consumer *c)
{
    return client_handle(c->client);
}

/* ---- assignment --------------------------------------------------------------------------- */

static void forget_assignment(struct consumer *c)
{
    positions_reset(&c->positions, c->client == NULL ? NULL : rk_of(c), c->handle);
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
            positions_add(&c->positions, partition);
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
    if (lost) {
        fences_joining(&c->fences, client_now_ms()); /* librdkafka does, by itself */
    }
    tell_revoked(c, lost);
    forget_assignment(c);
    (void)rd_kafka_assign(rk_of(c), NULL);
}

/* Hands the committed offsets to the loop once they are known. */
static err_t announce(struct consumer *c)
{
    if (!consumer_is_waiting(c)) {
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
    one_commit_answer(&c->commit, err, offsets);
}

static err_t open_client(struct consumer *c, struct why *why)
{
    const struct client_hooks hooks = {.owner = c, .rebalance = on_rebalance, .commit = on_commit};
    TRY(member_new(c->options, &hooks, c->log, why, &c->client));
    fences_joining(&c->fences, client_now_ms());
    c->handle = rd_kafka_topic_new(rk_of(c), c->name, NULL);
    c->queue = rd_kafka_queue_get_consumer(rk_of(c));
    if (c->handle == NULL || c->queue == NULL) {
        return ERR(NO_MEMORY);
    }
    client_wake_by(c->queue, c->wake_fd);
    return member_join(c->options, c->client, c->handle, why);
}

static void drop_current(struct consumer *c)
{
    if (c->current != NULL) {
        rd_kafka_message_destroy(c->current);
        c->current = NULL;
    }
}

static void close_client(struct consumer *c, int64_t wait_ms)
{
    drop_current(c);
    one_commit_drop(&c->commit);
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
    close_client(c, wait_ms);
    free(c);
}

/* ---- reading ------------------------------------------------------------------------------ */

err_t consumer_start(struct consumer *c, int32_t partition, int64_t offset)
{
    return c->announced ? positions_start(&c->positions, partition, offset) : ERR(STATE);
}

err_t consumer_pause(struct consumer *c, int32_t partition)
{
    return positions_pause(&c->positions, partition);
}

err_t consumer_resume(struct consumer *c, int32_t partition)
{
    return positions_resume(&c->positions, partition);
}

err_t consumer_lag(struct consumer *c, int32_t partition, int64_t *ret_lag)
{
    return positions_lag(&c->positions, partition, ret_lag);
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

static bool fenced_by_itself(struct consumer *c)
{
    char text[256];
    int64_t span = client_session_ms(c->options) + CONSUMER_AFTER_OUTAGE_MS;
    return rd_kafka_fatal_error(rk_of(c), text, sizeof text) ==
               RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID &&
           fences_are_ours(&c->fences, client_disturbed(c->client, span), span, client_now_ms());
}

/* A message that is no record. */
static err_t take_error(struct consumer *c, const rd_kafka_message_t *message)
{
    const struct position *at =
        message->rkt == NULL ? NULL : positions_find(&c->positions, message->partition);
    switch ((int)message->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        positions_end(&c->positions, message->partition, message->offset);
        return err_ok();
    case RD_KAFKA_RESP_ERR__FATAL:
        if (!c->rejoin && fenced_by_itself(c)) {
            log_warn(c->log, "a member by our name joined, perhaps we ourselves: joining anew",
                     LOG_STR("topic", c->name),
                     LOG_STR("remedy", "should this go on: no other copy may have our --instance"));
            c->rejoin = true;
        }
        if (c->rejoin) {
            return err_ok();
        }
        return fatal(c);
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        if (at == NULL || !at->started) {
            return err_ok();
        }
        log_error(c->log, "the offset to read from is not in the log any more",
                  LOG_STR("topic", c->name), LOG_INT("partition", message->partition),
                  LOG_INT("offset", at->next));
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
            client_refetch(c->client, &c->run_bytes);
            return err_ok();
        }
        c->run_bytes += message->len;
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            err_t err = take_error(c, message);
            rd_kafka_message_destroy(message);
            TRY(err);
            continue;
        }
        if (!positions_take(&c->positions, message->partition, message->offset)) {
            rd_kafka_message_destroy(message);
            continue;
        }
        c->current = message;
        *ret_record = record_of(message, c->topic, false);
        *ret_got = true;
        return err_ok();
    }
    return err_ok();
}

/* ---- commits ------------------------------------------------------------------------------ */

static err_t check_membership(struct consumer *c, const struct membership *expected)
{
    struct membership now = {.generation = -1};
    if (c->rejoin || c->client == NULL || rd_kafka_assignment_lost(rk_of(c)) != 0) {
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
        if (positions_find(&c->positions, offsets[i].partition) == NULL) {
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
    if (c->commit.asked || count == 0) {
        return ERR(STATE);
    }
    TRY(consumer_check(c));
    rd_kafka_topic_partition_list_t *list = NULL;
    TRY(consumer_offsets(c, offsets, count, &list));
    err_t err = one_commit_ask(&c->commit, c->client, c->queue, &c->membership, list);
    rd_kafka_topic_partition_list_destroy(list);
    return err;
}

static err_t tell_committed(struct consumer *c)
{
    struct membership as = c->commit.as;
    rd_kafka_topic_partition_list_t *list = NULL;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (!one_commit_take(&c->commit, &code, &list)) {
        return err_ok();
    }
    err_t result = kafka_commit_err(code, __FILE__);
    /* Accepted, but as whom? A member that is none any more commits without a generation, which an
     * empty group accepts. */
    if (!err_failed(result) && err_failed(check_membership(c, &as))) {
        result = ERR(UNAVAILABLE);
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
    if (!c->rejoin || committed_busy(c->committed) || client_now_ms() < c->rejoin_at_ms) {
        return err_ok();
    }
    log_info(c->log, "joining the group anew", LOG_STR("topic", c->name));
    tell_revoked(c, true);
    if (c->commit.asked) {
        c->handler->on_commit(c->handler->loop, ERR(UNAVAILABLE), NULL, 0);
    }
    close_client(c, 0);
    struct why why = {0};
    err_t err = open_client(c, &why);
    if (err_failed(err)) {
        log_error(c->log, "the group cannot be joined", LOG_STR("why", why.text), LOG_ERR(err));
        close_client(c, 0);
        c->rejoin_at_ms = client_now_ms() + CONSUMER_REJOIN_AGAIN_MS;
        return err;
    }
    c->rejoin = false;
    return err_ok();
}

err_t consumer_poll(struct consumer *c, struct bus_record *ret_record, bool *ret_got)
{
    *ret_got = false;
    drop_current(c);
    TRY(rejoin(c));
    c->polled_ms = client_now_ms();
    if (c->client == NULL) {
        return err_ok(); /* the group could not be joined; soon again */
    }
    client_nudge(c->client);
    TRY(announce(c));
    TRY(positions_serve(&c->positions, c->assigned));
    TRY(read_one(c, ret_record, ret_got));
    return tell_committed(c);
}

bool consumer_connected(struct consumer *c)
{
    return c->client != NULL && client_connected(c->client, CONSUMER_SILENCE_MS);
}

bool consumer_is_stuck(struct consumer *c)
{
    return committed_is_stuck(c->committed, c->log);
}

bool consumer_is_waiting(const struct consumer *c)
{
    return c->assigned != NULL && c->assigned->cnt > 0 && !c->announced;
}
