#include "kafka/embedded.h"

#include "base/check.h"
#include "base/limits.h"
#include "kafka/client.h"
#include "kafka/kafka_err.h"

#include <librdkafka/rdkafka_mock.h>

#include <stdlib.h>
#include <string.h>

enum {
    EMBEDDED_FILL_MS = 50,     /* longest reading of one call */
    EMBEDDED_BATCH_BYTES = 96, /* a batch of one record, without key, value and headers */
    EMBEDDED_HEADER_BYTES = 4,
};

/* Reads along, to know what is in it. */
struct counter {
    struct client *client;
    rd_kafka_queue_t *queue;
    rd_kafka_topic_t *topics[TOPIC_COUNT];
    int32_t partitions[TOPIC_COUNT]; /* started ones */
    int64_t *bytes[TOPIC_COUNT];     /* by partition */
    int64_t *next[TOPIC_COUNT];
    int64_t most;
};

struct embedded_broker {
    struct client *client;
    rd_kafka_mock_cluster_t *cluster;
    struct counter counter;
    struct kafka_options options;
};

/* ---- counting ----------------------------------------------------------------------------- */

static void counter_close(struct counter *n)
{
    for (int t = 0; t < TOPIC_COUNT; t++) {
        for (int32_t p = 0; p < n->partitions[t]; p++) {
            (void)rd_kafka_consume_stop(n->topics[t], p);
        }
        if (n->topics[t] != NULL) {
            rd_kafka_topic_destroy(n->topics[t]);
        }
        free(n->bytes[t]);
        free(n->next[t]);
    }
    if (n->queue != NULL) {
        rd_kafka_queue_destroy(n->queue);
    }
    client_free(n->client, 1000);
}

static err_t counter_open_topic(struct counter *n, const struct kafka_options *options, int t,
                                int32_t partitions)
{
    char name[CLIENT_TOPIC_NAME_BYTES];
    CHECK(cluster_topic_name(options, (enum topic)t, name, sizeof name));
    n->topics[t] = rd_kafka_topic_new(client_handle(n->client), name, NULL);
    n->bytes[t] = calloc((size_t)partitions, sizeof *n->bytes[t]);
    n->next[t] = calloc((size_t)partitions, sizeof *n->next[t]);
    if (n->topics[t] == NULL || n->bytes[t] == NULL || n->next[t] == NULL) {
        return ERR(NO_MEMORY);
    }
    for (int32_t p = 0; p < partitions; p++) {
        if (rd_kafka_consume_start_queue(n->topics[t], p, 0, n->queue) != 0) {
            return KAFKA_ERR(rd_kafka_last_error());
        }
        n->partitions[t] = p + 1;
    }
    return err_ok();
}

static err_t counter_open(struct counter *n, const struct kafka_options *options,
                          int32_t partitions, struct why *why)
{
    static const struct kafka_property fixed[] = {{"auto.offset.reset", "error"},
                                                  {"enable.auto.commit", "false"},
                                                  {"fetch.wait.max.ms", "100"},
                                                  {NULL, NULL}};
    TRY(client_new(options, RD_KAFKA_CONSUMER, fixed, NULL, NULL, why, &n->client));
    n->queue = rd_kafka_queue_new(client_handle(n->client));
    for (int t = 0; t < TOPIC_COUNT; t++) {
        TRY(counter_open_topic(n, options, t, t == TOPIC_CONFIG ? 1 : partitions));
    }
    return err_ok();
}

static int64_t size_of(const rd_kafka_message_t *message)
{
    int64_t size = EMBEDDED_BATCH_BYTES + (int64_t)message->len + (int64_t)message->key_len;
    rd_kafka_headers_t *headers = NULL;
    if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const char *name = NULL;
        const void *value = NULL;
        size_t length = 0;
        for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &length) ==
                           RD_KAFKA_RESP_ERR_NO_ERROR;
             i++) {
            size += EMBEDDED_HEADER_BYTES + (int64_t)strlen(name) + (int64_t)length;
        }
    }
    return size;
}

static void count(struct counter *n, const rd_kafka_message_t *message)
{
    if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
        n->most = EMBEDDED_PARTITION_BYTES + 1; /* it was dropped before it was read */
    }
    for (int t = 0; t < TOPIC_COUNT && message->err == RD_KAFKA_RESP_ERR_NO_ERROR; t++) {
        if (message->rkt != n->topics[t]) {
            continue;
        }
        int32_t p = message->partition;
        n->bytes[t][p] += size_of(message);
        if (message->offset != n->next[t][p]) {
            n->bytes[t][p] += EMBEDDED_PARTITION_BYTES; /* a hole: something was dropped */
        }
        n->next[t][p] = message->offset + 1;
        if (n->bytes[t][p] > n->most) {
            n->most = n->bytes[t][p];
        }
    }
}

int64_t embedded_broker_fill(struct embedded_broker *b)
{
    struct counter *n = &b->counter;
    int64_t until = client_now_ms() + EMBEDDED_FILL_MS;
    (void)rd_kafka_poll(client_handle(b->client), 0);
    (void)rd_kafka_poll(client_handle(n->client), 0);
    do {
        rd_kafka_message_t *message = rd_kafka_consume_queue(n->queue, 1);
        if (message == NULL) {
            break;
        }
        count(n, message);
        rd_kafka_message_destroy(message);
    } while (client_now_ms() < until);
    return n->most;
}

/* ---- the broker --------------------------------------------------------------------------- */

static err_t make_topics(struct embedded_broker *b, int32_t partitions, struct why *why)
{
    for (int t = 0; t < TOPIC_COUNT; t++) {
        char name[CLIENT_TOPIC_NAME_BYTES];
        if (!cluster_topic_name(&b->options, (enum topic)t, name, sizeof name)) {
            why_set(why, "the prefix of the topics is too long");
            return ERR(CONFIG);
        }
        rd_kafka_resp_err_t code = rd_kafka_mock_topic_create(
            b->cluster, name, t == TOPIC_CONFIG ? 1 : (int)partitions, 1);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            why_set(why, "topic %s: %s", name, rd_kafka_err2str(code));
            return KAFKA_ERR(code);
        }
    }
    return err_ok();
}

err_t embedded_broker_new(const struct kafka_options *options, int32_t partitions, struct why *why,
                          struct embedded_broker **ret_broker)
{
    if (partitions < 1 || partitions > LIMIT_PARTITIONS_MAX) {
        why_set(why, "%d partitions; 1 to %d are possible", (int)partitions, LIMIT_PARTITIONS_MAX);
        return ERR(CONFIG);
    }
    CLEANUP_PTR(embedded_broker) struct embedded_broker *b = calloc(1, sizeof *b);
    if (b == NULL) {
        return ERR(NO_MEMORY);
    }
    b->options = *options;
    b->options.brokers = "";
    b->options.embedded = true;
    b->options.property_count = 0;
    /* It sends small answers: with Nagle's algorithm each would wait 40 ms (client.c sees to it).
     */
    static const struct kafka_property fixed[] = {{NULL, NULL}};
    TRY(client_new(&b->options, RD_KAFKA_PRODUCER, fixed, NULL, NULL, why, &b->client));
    b->cluster = rd_kafka_mock_cluster_new(client_handle(b->client), 1);
    if (b->cluster == NULL) {
        why_set(why, "the embedded broker could not be started");
        return ERR(UNAVAILABLE);
    }
    TRY(make_topics(b, partitions, why));
    b->options.brokers = rd_kafka_mock_cluster_bootstraps(b->cluster);
    TRY(counter_open(&b->counter, &b->options, partitions, why));
    *ret_broker = TAKE(b);
    return err_ok();
}

void embedded_broker_free(struct embedded_broker *b)
{
    if (b == NULL) {
        return;
    }
    counter_close(&b->counter);
    if (b->cluster != NULL) {
        rd_kafka_mock_cluster_destroy(b->cluster);
    }
    client_free(b->client, 1000);
    free(b);
}

const char *embedded_broker_brokers(const struct embedded_broker *b)
{
    return b->options.brokers;
}
