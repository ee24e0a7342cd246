/* broker — the embedded broker for a benchmark: it forgets what is beyond its size instead of
 * ending, and nobody reads along.
 *
 *     broker PARTITIONS PREFIX…
 *
 * Makes the topics of each prefix; prints {"ready":true,"program":"broker","brokers":"…"}, and ends
 * when it is killed. */
#include "kafka/client.h"
#include "kafka/cluster.h"
#include "tests/bench/load.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <stdio.h>
#include <unistd.h>

enum { TEXT_BYTES = 512 };

static void make_topics(rd_kafka_mock_cluster_t *cluster, const char *prefix, int partitions)
{
    const struct kafka_options options = {.prefix = prefix};
    for (int t = 0; t < TOPIC_COUNT; t++) {
        char name[CLIENT_TOPIC_NAME_BYTES];
        if (!cluster_topic_name(&options, (enum topic)t, name, sizeof name) ||
            rd_kafka_mock_topic_create(cluster, name, t == TOPIC_CONFIG ? 1 : partitions, 1) != 0) {
            load_fail("no topics of the prefix `%s`", prefix);
        }
    }
}

int main(int argc, char **argv)
{
    char text[TEXT_BYTES];
    if (argc < 3) {
        load_fail("usage: broker PARTITIONS PREFIX…");
    }
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (rd_kafka_conf_set(conf, "socket.nagle.disable", "true", text, sizeof text) != 0) {
        load_fail("%s", text);
    }
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    rd_kafka_mock_cluster_t *cluster = rk == NULL ? NULL : rd_kafka_mock_cluster_new(rk, 1);
    if (cluster == NULL) {
        load_fail("no broker");
    }
    for (int i = 2; i < argc; i++) {
        make_topics(cluster, argv[i], (int)load_number(argv[1], 1000));
    }
    (void)printf("{\"ready\":true,\"program\":\"broker\",\"brokers\":\"%s\"}\n",
                 rd_kafka_mock_cluster_bootstraps(cluster));
    (void)fflush(stdout);
    for (;;) {
        (void)pause();
    }
}
