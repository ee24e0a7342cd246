#include "kafka/producer.h"

#include "base/check.h"
#include "kafka/kafka_err.h"
#include "kafka/reports.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PRODUCER_MAGIC = 0x6b70726f,
    PRODUCER_WARM_MS = 5000,
    PRODUCER_WARM_SHORT_MS = 300, /* for a replacement: a loop is waiting */
    PRODUCER_WARM_AGAIN_MS = 100,
    PRODUCER_RENEW_MS = 1000, /* between two replacements of a dead handle */
    PRODUCER_PURGE_MS = 2000, /* a report not heard by then is lost; it takes some milliseconds */
};

struct producer {
    uint32_t magic;
    const struct kafka_options *options;
    struct producer_kind kind;
    const struct bus_handler *handler;
    struct log *log;
    int wake_fd;

    struct client *client;
    rd_kafka_queue_t *queue;
    rd_kafka_topic_t *topics[TOPIC_COUNT]; /* those that were written to */
    struct reports reports;
    int64_t renewed_ms;
};

/* ---- opening and closing ------------------------------------------------------------------ */

static void on_delivery(void *owner, struct client *client, const rd_kafka_message_t *message)
{
    struct producer *p = MAGIC_CAST(struct producer, PRODUCER_MAGIC, owner);
    uint64_t cookie = (uint64_t)(uintptr_t)message->_private;
    err_t result = KAFKA_ERR(message->err);
    if (err_is(result, ERR_TIMEOUT)) {
        client_suspect(client);
    }
    if (cookie != 0) {
        const struct report report = {cookie, result, message->partition, message->offset};
        reports_add(&p->reports, &report);
    } else if (err_failed(result) && p->kind.transaction == NULL) {
        log_warn(p->log, "a record was not stored", LOG_ERR(result),
                 LOG_STR("topic", rd_kafka_topic_name(message->rkt)));
    }
}

/* Asks for the topics until all are known; the first record would wait a second for it. */
static err_t warm(struct producer *p, int64_t wait_ms, struct why *why)
{
    rd_kafka_t *rk = client_handle(p->client);
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT;
    int64_t until = client_now_ms() + wait_ms;
    int64_t left = wait_ms;
    char missing[400] = "";
    do {
        const struct rd_kafka_metadata *metadata = NULL;
        code = rd_kafka_metadata(rk, 0, NULL, &metadata, (int)left);
        left = until - client_now_ms();
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            continue;
        }
        bool again = false;
        size_t length = 0;
        missing[0] = '\0';
        for (int i = 0; i < metadata->topic_cnt; i++) {
            const struct rd_kafka_metadata_topic *topic = &metadata->topics[i];
            again |= topic->err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
            if (topic->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART && length < sizeof missing) {
                length += (size_t)snprintf(missing + length, sizeof missing - length, "%s%s",
                                           length == 0 ? "" : ", ", topic->topic);
            }
        }
        rd_kafka_metadata_destroy(metadata);
        if (!again) {
            break;
        }
        (void)rd_kafka_poll(rk, PRODUCER_WARM_AGAIN_MS);
    } while (left > 0);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR && missing[0] != '\0') {
        why_set(why, "missing: %s; `tieline topics --apply` makes them", missing);
        return ERR(NO_TOPIC);
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        why_set(why, "no broker of %s answers: %s", p->options->brokers, rd_kafka_err2str(code));
        err_t err = KAFKA_ERR(code);
        return err_is(err, ERR_PERMISSION) ? err : ERR(UNAVAILABLE);
    }
    return err_ok();
}

/* What the operator has set, or else ours. */
static const char *chosen(const struct kafka_options *options, const char *key, const char *ours)
{
    const char *value = ours;
    for (size_t i = 0; i < options->property_count; i++) {
        if (strcmp(options->properties[i].key, key) == 0) {
            value = options->properties[i].value;
        }
    }
    return value;
}

static err_t open_client(struct producer *p, int64_t warm_ms, struct why *why)
{
    char instance[CLIENT_NAME_BYTES];
    char id[CLIENT_NAME_BYTES + 8];
    char timeout[24];
    char transaction[24];
    char bytes[24];
    TRY(client_instance(p->options, instance, why));
    bool transactional = p->kind.transaction != NULL;
    const char *linger = p->kind.linger != NULL ? p->kind.linger : transactional ? "5" : "0";
    (void)snprintf(id, sizeof id, "%s%s", instance, transactional ? p->kind.transaction : "");
    (void)snprintf(timeout, sizeof timeout, "%" PRId64, p->kind.timeout.ms);
    (void)snprintf(transaction, sizeof transaction, "%d", PRODUCER_TRANSACTION_MS);
    (void)snprintf(bytes, sizeof bytes, "%d", CLIENT_MESSAGE_BYTES_MAX);
    const struct kafka_property fixed[] = {
        {"enable.idempotence", "true"},
        {"acks", "all"},
        {"partitioner", "murmur2_random"},
        {"message.max.bytes", bytes},
        {"message.timeout.ms", timeout},
        {"linger.ms", chosen(p->options, "linger.ms", linger)},
        {transactional ? "transactional.id" : NULL, id},
        {"transaction.timeout.ms", transaction},
        {NULL, NULL},
    };
    const struct client_hooks hooks = {.owner = p, .delivery = on_delivery};
    TRY(client_new(p->options, RD_KAFKA_PRODUCER, fixed, &hooks, p->log, why, &p->client));
    p->queue = rd_kafka_queue_get_main(client_handle(p->client));
    client_wake_by(p->queue, p->wake_fd);
    return warm(p, warm_ms, why);
}

struct client *producer_client(struct producer *p)
{
    return p->client;
}

struct client *producer_take_client(struct producer *p)
{
    for (int t = 0; t < TOPIC_COUNT; t++) {
        if (p->topics[t] != NULL) {
            rd_kafka_topic_destroy(TAKE(p->topics[t]));
        }
    }
    if (p->queue != NULL) {
        rd_kafka_queue_io_event_enable(p->queue, -1, NULL, 0);
        rd_kafka_queue_destroy(TAKE(p->queue));
    }
    return TAKE(p->client);
}

static void close_client(struct producer *p, int64_t wait_ms)
{
    if (p->client != NULL) {
        /* So that every message is reported: those under way may have been stored. */
        rd_kafka_t *rk = client_handle(p->client);
        (void)rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        (void)rd_kafka_flush(rk, PRODUCER_PURGE_MS);
    }
    client_free(producer_take_client(p), wait_ms);
}

err_t producer_new(const struct kafka_options *options, const struct producer_kind *kind,
                   const struct bus_handler *handler, struct log *log, int wake_fd, struct why *why,
                   struct producer **ret_producer)
{
    CLEANUP_PTR(producer) struct producer *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return ERR(NO_MEMORY);
    }
    p->magic = PRODUCER_MAGIC;
    p->options = options;
    p->kind = *kind;
    p->handler = handler;
    p->log = log;
    p->wake_fd = wake_fd;
    TRY(open_client(p, PRODUCER_WARM_MS, why));
    *ret_producer = TAKE(p);
    return err_ok();
}

void producer_free(struct producer *p, int64_t wait_ms)
{
    if (p == NULL) {
        return;
    }
    close_client(p, wait_ms);
    reports_deinit(&p->reports);
    free(p);
}

err_t producer_renew(struct producer *p, struct why *why)
{
    close_client(p, 0);
    /* A handle that was left to somebody else reports nothing any more. */
    p->reports.reserved = 0;
    p->renewed_ms = client_now_ms();
    return open_client(p, PRODUCER_WARM_SHORT_MS, why);
}

/* ---- writing ------------------------------------------------------------------------------ */

static err_t add_header(rd_kafka_headers_t *headers, const char *name, struct slice value)
{
    if (slice_empty(value)) {
        return err_ok();
    }
    return KAFKA_ERR(rd_kafka_header_add(headers, name, -1, value.ptr, (ssize_t)value.len));
}

static err_t add_headers(rd_kafka_headers_t *headers, const struct bus_message *message)
{
    TRY(add_header(headers, "ce_specversion", SLICE("1.0")));
    TRY(add_header(headers, "ce_id", message->ce_id));
    TRY(add_header(headers, "ce_type", message->ce_type));
    TRY(add_header(headers, "ce_source", message->ce_source));
    TRY(add_header(headers, "content-type", SLICE("application/protobuf")));
    return add_header(headers, "traceparent", message->traceparent);
}

/* Opens a topic with the first record to it: whenever librdkafka's thread is woken it looks at each
 * partition of each topic that is open, so one that nobody writes to costs as much as one that is
 * busy. warm() has asked for them all: nothing waits. */
static err_t topic_of(struct producer *p, enum topic topic, rd_kafka_topic_t **ret_topic)
{
    if (p->topics[topic] == NULL) {
        char name[CLIENT_TOPIC_NAME_BYTES];
        if (!cluster_topic_name(p->options, topic, name, sizeof name)) {
            return ERR(CONFIG);
        }
        p->topics[topic] = rd_kafka_topic_new(client_handle(p->client), name, NULL);
        if (p->topics[topic] == NULL) {
            return KAFKA_ERR(rd_kafka_last_error());
        }
    }
    *ret_topic = p->topics[topic];
    return err_ok();
}

static err_t produce(struct producer *p, const struct bus_message *message)
{
    rd_kafka_topic_t *topic = NULL;
    TRY(topic_of(p, message->topic, &topic));
    rd_kafka_headers_t *headers = rd_kafka_headers_new(8);
    err_t err = add_headers(headers, message);
    if (!err_failed(err)) {
        const void *key = slice_empty(message->key) ? NULL : message->key.ptr;
        void *value = slice_empty(message->value) ? NULL : client_unconst(message->value.ptr);
        int32_t partition = message->partition < 0 ? RD_KAFKA_PARTITION_UA : message->partition;
        /* Without the macros that check types: they are not C17. */
        err = KAFKA_ERR(rd_kafka_producev(
            client_handle(p->client), RD_KAFKA_VTYPE_RKT, topic, RD_KAFKA_VTYPE_PARTITION,
            partition, RD_KAFKA_VTYPE_MSGFLAGS, RD_KAFKA_MSG_F_COPY, RD_KAFKA_VTYPE_KEY, key,
            message->key.len, RD_KAFKA_VTYPE_VALUE, value, message->value.len,
            RD_KAFKA_VTYPE_HEADERS, headers, RD_KAFKA_VTYPE_OPAQUE,
            (void *)(uintptr_t)message->cookie, RD_KAFKA_VTYPE_END));
    }
    if (err_failed(err)) {
        rd_kafka_headers_destroy(headers); /* taken over only by a message that was accepted */
    }
    return err;
}

err_t producer_produce(struct producer *p, const struct bus_message *message)
{
    CHECK((unsigned)message->topic < TOPIC_COUNT);
    if (p->client == NULL) {
        return p->kind.transaction != NULL ? ERR(TXN_UNKNOWN) : ERR(UNAVAILABLE);
    }
    if (message->cookie != 0) {
        TRY(reports_reserve(&p->reports));
    }
    err_t err = produce(p, message);
    if (err_failed(err) && message->cookie != 0) {
        reports_unreserve(&p->reports);
    }
    if (err_is(err, ERR_STATE) || err_is(err, ERR_UNAVAILABLE) || err_is(err, ERR_FENCED)) {
        /* A transaction that has failed in the background: abort() says how. */
        return p->kind.transaction != NULL ? ERR(TXN_ABORT) : ERR(UNAVAILABLE);
    }
    return err;
}

/* ---- the loop's side ---------------------------------------------------------------------- */

/* A handle without transactions that has died is replaced: what it had is reported as not stored
 * for sure, and the events' ids make a second copy harmless. */
static err_t replace_if_dead(struct producer *p)
{
    char text[256];
    bool dead =
        p->client == NULL || rd_kafka_fatal_error(client_handle(p->client), text, sizeof text) !=
                                 RD_KAFKA_RESP_ERR_NO_ERROR;
    if (!dead || p->kind.transaction != NULL ||
        client_now_ms() - p->renewed_ms < PRODUCER_RENEW_MS) {
        return err_ok();
    }
    if (p->client != NULL) {
        log_warn(p->log, "the producer is replaced", LOG_STR("reason", text));
    }
    struct why why = {0};
    err_t err = producer_renew(p, &why);
    if (err_is(err, ERR_UNAVAILABLE) || err_is(err, ERR_TIMEOUT)) {
        return err_ok(); /* the handle is there; the brokers are not */
    }
    if (err_failed(err)) {
        log_error(p->log, "the producer cannot be replaced", LOG_STR("why", why.text),
                  LOG_ERR(err));
    }
    return err;
}

err_t producer_poll(struct producer *p)
{
    if (p->client != NULL) {
        (void)rd_kafka_poll(client_handle(p->client), 0);
        client_nudge(p->client);
    }
    err_t err = replace_if_dead(p);
    reports_tell(&p->reports, p->handler);
    return err;
}

err_t producer_flush(struct producer *p, span_ms_t timeout)
{
    if (p->client == NULL) {
        return ERR(UNAVAILABLE);
    }
    int64_t ms = timeout.ms < 0 ? 0 : timeout.ms > 3600000 ? 3600000 : timeout.ms;
    return KAFKA_ERR(rd_kafka_flush(client_handle(p->client), (int)ms));
}

bool producer_connected(struct producer *p)
{
    return p->client != NULL && client_connected(p->client, 0);
}
