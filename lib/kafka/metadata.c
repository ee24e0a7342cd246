#include "kafka/metadata.h"

#include "kafka/kafka_err.h"

#include <string.h>

enum {
    METADATA_STEP_MS = 200,
    METADATA_SLOW_STEP_MS = 2000, /* for a cluster that is far away */
    METADATA_SLOW_AFTER_MS = 5000,
};

err_t metadata_client(const struct kafka_options *options, struct why *why,
                      struct client **ret_client)
{
    static const struct kafka_property fixed[] = {{"socket.timeout.ms", "10000"}, {NULL, NULL}};
    return client_new(options, RD_KAFKA_PRODUCER, fixed, NULL, NULL, why, ret_client);
}

bool metadata_keyed(enum topic topic)
{
    return topic == TOPIC_EVENTS || topic == TOPIC_COMMANDS || topic == TOPIC_CONVERSATIONS ||
           topic == TOPIC_SNAPSHOTS;
}

static void take_topic(const struct rd_kafka_metadata_topic *topic, int t, struct metadata *m)
{
    m->partitions[t] = topic->partition_cnt;
    m->replicas[t] = topic->partition_cnt > 0 ? topic->partitions[0].replica_cnt : 0;
    m->led[t] = topic->partition_cnt > 0;
    for (int p = 0; p < topic->partition_cnt; p++) {
        m->led[t] = m->led[t] && topic->partitions[p].leader >= 0;
    }
}

static err_t take(rd_kafka_t *rk, const struct kafka_options *options,
                  const struct rd_kafka_metadata *from, struct metadata *ret_metadata)
{
    struct metadata m = {.brokers = from->broker_cnt};
    for (int i = 0; i < from->topic_cnt; i++) {
        for (int t = 0; t < TOPIC_COUNT; t++) {
            char name[CLIENT_TOPIC_NAME_BYTES];
            if (cluster_topic_name(options, (enum topic)t, name, sizeof name) &&
                strcmp(name, from->topics[i].topic) == 0) {
                take_topic(&from->topics[i], t, &m);
            }
        }
    }
    char *id = rd_kafka_clusterid(rk, 0);
    m.embedded = id != NULL && strncmp(id, "mockCluster", strlen("mockCluster")) == 0;
    if (id != NULL) {
        rd_kafka_mem_free(rk, id);
    }
    *ret_metadata = m;
    return err_ok();
}

err_t metadata_wait(struct client *client, const struct kafka_options *options, span_ms_t patience,
                    bool (*tick)(void *), void *arg, struct why *why, struct metadata *ret_metadata)
{
    rd_kafka_t *rk = client_handle(client);
    int64_t since = client_now_ms();
    for (;;) {
        int64_t waited = client_now_ms() - since;
        int step = waited < METADATA_SLOW_AFTER_MS ? METADATA_STEP_MS : METADATA_SLOW_STEP_MS;
        const struct rd_kafka_metadata *metadata = NULL;
        rd_kafka_resp_err_t code = rd_kafka_metadata(rk, 1, NULL, &metadata, step);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            err_t err = take(rk, options, metadata, ret_metadata);
            rd_kafka_metadata_destroy(metadata);
            return err;
        }
        err_t err = KAFKA_ERR(code);
        why_set(why, "no broker of %s answers: %s", options->brokers, rd_kafka_err2str(code));
        if (err_is(err, ERR_PERMISSION)) {
            return err;
        }
        bool go_on = tick == NULL || tick(arg);
        if (!go_on || client_now_ms() - since >= patience.ms) {
            return ERR(UNAVAILABLE);
        }
        (void)rd_kafka_poll(rk, METADATA_STEP_MS / 2); /* errors come at once while it is down */
    }
}
