#include "kafka/client.h"

#include "base/check.h"
#include "base/planted.h"
#include "kafka/kafka_err.h"
#include "kafka/worker.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    CLIENT_MAGIC = 0x6b636c69,
    CLIENT_LEVEL_ERROR = 3, /* of librdkafka, which are those of syslog */
    CLIENT_LEVEL_NOTICE = 5,
    CLIENT_NUDGE_MS = 1000,
    CLIENT_GAP_MS = 5000, /* silence that is a disturbance */
    CLIENT_EMBEDDED_SESSION_MS = 6000,
    /* Of Kafka's protocol. */
    CLIENT_API_ADD_PARTITIONS = 24,
    CLIENT_API_ADD_OFFSETS = 25,
    CLIENT_API_END_TXN = 26,
    CLIENT_API_TXN_OFFSETS = 28,
};

struct client {
    uint32_t magic;
    rd_kafka_t *rk;
    pthread_mutex_t lock; /* of log and hooks, which other threads and a late end use */
    struct log *log;
    struct client_hooks hooks;
    atomic_int_fast64_t heard_ms;     /* last answer of a broker; 0 = none yet */
    atomic_int_fast64_t disturbed_ms; /* last sign of trouble; 0 = none yet */
    atomic_bool down;
    atomic_bool unanswered; /* a request of a transaction got no answer */
    int64_t nudged_ms;
};

int64_t client_now_ms(void)
{
    struct timespec now = {0};
    CHECK(clock_gettime(CLOCK_BOOTTIME, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- callbacks ---------------------------------------------------------------------------- */

static struct client *client_of(void *opaque)
{
    return MAGIC_CAST(struct client, CLIENT_MAGIC, opaque);
}

static enum log_level level_of(int level, const char *facility)
{
    if (level >= CLIENT_LEVEL_NOTICE || strcmp(facility, "CONFWARN") == 0) {
        return LOG_DEBUG;
    }
    /* A broker that cannot be reached is weather: librdkafka calls each try an error. */
    return level >= CLIENT_LEVEL_ERROR ? LOG_WARN : LOG_ERROR;
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    if (rk == NULL) {
        return;
    }
    struct client *client = client_of(rd_kafka_opaque(rk));
    CHECK(pthread_mutex_lock(&client->lock) == 0);
    if (client->log != NULL) {
        log_write(client->log, level_of(level, facility), "librdkafka",
                  (const struct log_field[]){LOG_STR("facility", facility), LOG_STR("text", text)},
                  2);
    }
    CHECK(pthread_mutex_unlock(&client->lock) == 0);
}

static void on_error(rd_kafka_t *rk, int code, const char *text, void *opaque)
{
    (void)rk;
    (void)text; /* librdkafka logs it as well */
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        client_suspect(client_of(opaque));
    }
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
    (void)rk;
    struct client *client = client_of(opaque);
    /* The thread that ends a transaction polls too, and may be left behind with it. */
    CHECK(pthread_mutex_lock(&client->lock) == 0);
    if (client->hooks.delivery != NULL) {
        client->hooks.delivery(client->hooks.owner, client, message);
    }
    CHECK(pthread_mutex_unlock(&client->lock) == 0);
}

static void on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t what,
                         rd_kafka_topic_partition_list_t *partitions, void *opaque)
{
    struct client *client = client_of(opaque);
    if (client->hooks.rebalance != NULL) {
        client->hooks.rebalance(client->hooks.owner, client, what, partitions);
    } else {
        (void)rd_kafka_assign(rk, NULL); /* it is ending: nobody wants partitions */
    }
}

static void on_commit(rd_kafka_t *rk, rd_kafka_resp_err_t err,
                      rd_kafka_topic_partition_list_t *offsets, void *opaque)
{
    (void)rk;
    struct client *client = client_of(opaque);
    if (client->hooks.commit != NULL) {
        client->hooks.commit(client->hooks.owner, client, err, offsets);
    }
}

static bool is_of_transactions(int16_t api)
{
    return api == CLIENT_API_ADD_PARTITIONS || api == CLIENT_API_ADD_OFFSETS ||
           api == CLIENT_API_END_TXN || api == CLIENT_API_TXN_OFFSETS;
}

/* On threads of librdkafka, for every answer of a broker, and for every request that gets none:
 * then `size` is 0. It may be told twice. */
static rd_kafka_resp_err_t on_response(rd_kafka_t *rk, int fd, const char *broker, int32_t id,
                                       int16_t api, int16_t version, int32_t correlation,
                                       size_t size, int64_t rtt, rd_kafka_resp_err_t err,
                                       void *opaque)
{
    (void)rk, (void)fd, (void)broker, (void)id, (void)version, (void)correlation, (void)rtt;
    struct client *client = client_of(opaque);
    if (size == 0 && is_of_transactions(api)) {
        atomic_store(&client->unanswered, true);
    }
    int64_t now = client_now_ms();
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        int64_t before = atomic_exchange(&client->heard_ms, now);
        if (before != 0 && now - before > CLIENT_GAP_MS) {
            atomic_store(&client->disturbed_ms, now);
        }
        atomic_store(&client->down, false);
    } else {
        atomic_store(&client->disturbed_ms, now);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* On a thread of librdkafka, when a request has gone into its socket; planted builds only. */
static rd_kafka_resp_err_t on_sent(rd_kafka_t *rk, int fd, const char *broker, int32_t id,
                                   int16_t api, int16_t version, int32_t correlation, size_t size,
                                   void *opaque)
{
    (void)rk, (void)fd, (void)broker, (void)id, (void)version, (void)correlation, (void)size;
    (void)opaque;
    if (api == CLIENT_API_END_TXN) {
        CRASH_POINT(P3);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_new(rd_kafka_t *rk, const rd_kafka_conf_t *conf, void *opaque,
                                  char *text, size_t size)
{
    (void)conf, (void)text, (void)size;
    if (CRASH_PLANNED(P3)) {
        (void)rd_kafka_interceptor_add_on_request_sent(rk, "tieline", on_sent, opaque);
    }
    return rd_kafka_interceptor_add_on_response_received(rk, "tieline", on_response, opaque);
}

/* ---- configuration ------------------------------------------------------------------------ */

static err_t set_property(rd_kafka_conf_t *conf, const char *key, const char *value,
                          struct why *why)
{
    char text[256];
    if (rd_kafka_conf_set(conf, key, value, text, sizeof text) != RD_KAFKA_CONF_OK) {
        why_set(why, "%s=%s: %s", key, value, text);
        return ERR(CONFIG);
    }
    return err_ok();
}

static err_t set_properties(rd_kafka_conf_t *conf, const struct kafka_property *properties,
                            struct why *why)
{
    for (const struct kafka_property *p = properties; p->key != NULL; p++) {
        TRY(set_property(conf, p->key, p->value, why));
    }
    return err_ok();
}

static err_t configure(rd_kafka_conf_t *conf, const struct kafka_options *options,
                       rd_kafka_type_t type, const struct kafka_property *fixed, struct why *why)
{
    static const struct kafka_property common[] = {
        {"socket.nagle.disable", "true"},      {"socket.keepalive.enable", "true"},
        {"reconnect.backoff.ms", "100"},       {"reconnect.backoff.max.ms", "1000"},
        {"log.connection.close", "false"},     {"topic.metadata.refresh.interval.ms", "60000"},
        {"allow.auto.create.topics", "false"}, {NULL, NULL}};
    static const struct kafka_property consumer[] = {
        {"queued.min.messages", "100000"},
        {"queued.max.messages.kbytes", CLIENT_AHEAD_KBYTES}, /* see client_refetch() */
        {"fetch.error.backoff.ms", "100"},
        {NULL, NULL},
    };
    /* The embedded broker never wakes a fetch that waits. */
    static const struct kafka_property embedded[] = {{"fetch.wait.max.ms", "5"}, {NULL, NULL}};
    static const struct kafka_property producer[] = {{"queue.buffering.max.kbytes", "65536"},
                                                     {NULL, NULL}};

    char name[CLIENT_NAME_BYTES];
    int length = snprintf(name, sizeof name, "tieline-%s-%s", options->program, options->instance);
    if (length < 0 || (size_t)length >= sizeof name) {
        why_set(why, "the name of this copy is too long");
        return ERR(CONFIG);
    }
    TRY(set_property(conf, "bootstrap.servers", options->brokers, why));
    TRY(set_property(conf, "client.id", name, why));
    TRY(set_properties(conf, common, why));
    TRY(set_properties(conf, type == RD_KAFKA_CONSUMER ? consumer : producer, why));
    if (options->embedded && type == RD_KAFKA_CONSUMER) {
        TRY(set_properties(conf, embedded, why));
    }
    for (size_t i = 0; i < options->property_count; i++) {
        TRY(set_property(conf, options->properties[i].key, options->properties[i].value, why));
    }
    return set_properties(conf, fixed, why);
}

err_t client_new(const struct kafka_options *options, rd_kafka_type_t type,
                 const struct kafka_property *fixed, const struct client_hooks *hooks,
                 struct log *log, struct why *why, struct client **ret_client)
{
    struct client *client = calloc(1, sizeof *client);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (client == NULL) {
        rd_kafka_conf_destroy(conf);
        return ERR(NO_MEMORY);
    }
    client->magic = CLIENT_MAGIC;
    client->log = log;
    client->hooks = hooks == NULL ? (struct client_hooks){0} : *hooks;
    CHECK(pthread_mutex_init(&client->lock, NULL) == 0);

    err_t err = configure(conf, options, type, fixed, why);
    if (!err_failed(err)) {
        rd_kafka_conf_set_opaque(conf, client);
        rd_kafka_conf_set_log_cb(conf, on_log);
        rd_kafka_conf_set_error_cb(conf, on_error);
        if (client->hooks.delivery != NULL) {
            rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
        }
        if (client->hooks.rebalance != NULL) {
            rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
        }
        (void)rd_kafka_conf_interceptor_add_on_new(conf, "tieline", on_new, client);
        char text[256];
        client->rk = rd_kafka_new(type, conf, text, sizeof text);
        if (client->rk == NULL) {
            why_set(why, "%s", text);
            err = ERR(CONFIG);
        }
    }
    if (err_failed(err)) {
        rd_kafka_conf_destroy(conf);
        (void)pthread_mutex_destroy(&client->lock);
        free(client);
        return err;
    }
    if (type == RD_KAFKA_CONSUMER) {
        /* Refused (and not needed) for handles without a group. */
        (void)rd_kafka_poll_set_consumer(client->rk);
    }
    *ret_client = client;
    return err_ok();
}

rd_kafka_t *client_handle(struct client *client)
{
    return client->rk;
}

void client_wake_by(rd_kafka_queue_t *queue, int wake_fd)
{
    static const uint64_t one = 1;
    rd_kafka_queue_io_event_enable(queue, wake_fd, &one, sizeof one);
}

err_t client_commit(struct client *client, const rd_kafka_topic_partition_list_t *offsets,
                    rd_kafka_queue_t *queue)
{
    return KAFKA_ERR(rd_kafka_commit_queue(client->rk, offsets, queue, on_commit, client));
}

/* ---- the end ------------------------------------------------------------------------------ */

static void end_run(void *job)
{
    struct client *client = client_of(job);
    rd_kafka_destroy(client->rk);
    client->rk = NULL;
}

static void end_drop(void *job)
{
    struct client *client = client_of(job);
    (void)pthread_mutex_destroy(&client->lock);
    free(client);
}

void client_mute(struct client *client)
{
    CHECK(pthread_mutex_lock(&client->lock) == 0);
    client->log = NULL;
    client->hooks = (struct client_hooks){0};
    CHECK(pthread_mutex_unlock(&client->lock) == 0);
}

void client_free(struct client *client, int64_t wait_ms)
{
    if (client == NULL) {
        return;
    }
    client_mute(client);
    struct worker *w = NULL;
    if (err_failed(worker_new(-1, &w))) {
        end_run(client); /* no thread to be had: better to wait than to leave it open */
        end_drop(client);
        return;
    }
    worker_submit(w, end_run, end_drop, client);
    void *ended = worker_take(w, wait_ms);
    if (ended != NULL) {
        end_drop(ended);
    }
    worker_free(w);
}

/* ---- reachability ------------------------------------------------------------------------- */

bool client_connected(struct client *client, int64_t busy_ms)
{
    int64_t heard = atomic_load(&client->heard_ms);
    if (heard == 0 || atomic_load(&client->down)) {
        return false;
    }
    return busy_ms == 0 || client_now_ms() - heard < busy_ms;
}

bool client_unanswered(struct client *client)
{
    return atomic_load(&client->unanswered);
}

void client_suspect(struct client *client)
{
    atomic_store(&client->disturbed_ms, client_now_ms());
    atomic_store(&client->down, true);
}

bool client_disturbed(struct client *client, int64_t span_ms)
{
    int64_t when = atomic_load(&client->disturbed_ms);
    int64_t heard = atomic_load(&client->heard_ms);
    int64_t now = client_now_ms();
    return (when != 0 && now - when < span_ms) || now - heard > CLIENT_GAP_MS;
}

/* Any request wakes the thread of its broker, which then looks at what there is to do. */
static void wake_brokers(struct client *client)
{
    const struct rd_kafka_metadata *metadata = NULL;
    if (rd_kafka_metadata(client->rk, 0, NULL, &metadata, 1) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_metadata_destroy(metadata);
    }
}

void client_nudge(struct client *client)
{
    if (!atomic_load(&client->down)) {
        return;
    }
    int64_t now = client_now_ms();
    if (now - client->nudged_ms < CLIENT_NUDGE_MS) {
        return;
    }
    client->nudged_ms = now;
    wake_brokers(client);
}

void client_refetch(struct client *client, size_t *run_bytes)
{
    if (*run_bytes > CLIENT_AHEAD_BYTES / 2) {
        wake_brokers(client);
    }
    *run_bytes = 0;
}

err_t client_list_offset(struct client *client, const char *topic, int32_t partition, int64_t which,
                         int64_t wait_ms, int64_t *ret_offset)
{
    /* rd_kafka_query_watermark_offsets() waits without limit while a broker is away; this asks the
     * same with the logical offset as the time, and does not. */
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, partition)->offset = which;
    rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(client->rk, list, (int)wait_ms);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        code = list->elems[0].err;
    }
    int64_t offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    err_t err = KAFKA_ERR(code);
    if (err_is(err, ERR_TIMEOUT)) {
        return ERR(UNAVAILABLE);
    }
    TRY(err);
    if (offset < 0) { /* an answer for a time; a log always has a beginning and an end */
        return which >= 0 ? ERR(NOT_FOUND) : ERR(UNAVAILABLE);
    }
    *ret_offset = offset;
    return err_ok();
}

/* ---- names -------------------------------------------------------------------------------- */

static err_t name_of(char text[CLIENT_NAME_BYTES], int length, struct why *why)
{
    if (length < 0 || length >= CLIENT_NAME_BYTES) {
        why_set(why, "`%.40s…`: prefix and instance together are too long", text);
        return ERR(CONFIG);
    }
    return err_ok();
}

err_t client_group(const struct kafka_options *options, char text[CLIENT_NAME_BYTES],
                   struct why *why)
{
    return name_of(
        text, snprintf(text, CLIENT_NAME_BYTES, "%s%s", options->prefix, options->program), why);
}

err_t client_instance(const struct kafka_options *options, char text[CLIENT_NAME_BYTES],
                      struct why *why)
{
    return name_of(text,
                   snprintf(text, CLIENT_NAME_BYTES, "%s%s-%s", options->prefix, options->program,
                            options->instance),
                   why);
}

int64_t client_session_ms(const struct kafka_options *options)
{
    int64_t session = options->session_timeout.ms > 0 ? options->session_timeout.ms : 45000;
    return options->embedded && session > CLIENT_EMBEDDED_SESSION_MS ? CLIENT_EMBEDDED_SESSION_MS
                                                                     : session;
}
