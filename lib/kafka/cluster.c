#include "kafka/cluster.h"

#include "kafka/client.h"
#include "kafka/kafka_err.h"
#include "kafka/metadata.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int32_t cluster_partition(struct slice key, int32_t partitions)
{
    /* Needs no topic; an empty key has a partition like any other. */
    return rd_kafka_msg_partitioner_murmur2(NULL, key.ptr == NULL ? "" : key.ptr, key.len,
                                            partitions, NULL, NULL);
}

bool cluster_topic_name(const struct kafka_options *options, enum topic topic, char *text,
                        size_t size)
{
    int length = snprintf(text, size, "%s%s", options->prefix, topic_name(topic));
    return length >= 0 && (size_t)length < size;
}

/* Names what is not there. */
static err_t check_missing(const struct kafka_options *options, const struct metadata *m,
                           struct why *why)
{
    char names[360] = "";
    size_t length = 0;
    for (int t = 0; t < TOPIC_COUNT; t++) {
        char name[CLIENT_TOPIC_NAME_BYTES];
        if (!cluster_topic_name(options, (enum topic)t, name, sizeof name)) {
            why_set(why, "the prefix of the topics is too long");
            return ERR(CONFIG);
        }
        if (m->partitions[t] == 0 && length < sizeof names) {
            length += (size_t)snprintf(names + length, sizeof names - length, "%s%s",
                                       length == 0 ? "" : ", ", name);
        }
    }
    if (length == 0) {
        return err_ok();
    }
    why_set(why, "missing on %s: %s; `tieline topics --apply` makes them", options->brokers, names);
    return ERR(NO_TOPIC);
}

static err_t check_partitions(const struct metadata *m, struct why *why)
{
    int32_t wanted = m->partitions[TOPIC_EVENTS];
    for (int t = 0; t < TOPIC_COUNT; t++) {
        if (metadata_keyed((enum topic)t) && m->partitions[t] != wanted) {
            why_set(why,
                    "%s has %d partitions, but events has %d: keyed topics need the same count; "
                    "`tieline move --into PREFIX` is the way to another one",
                    topic_name((enum topic)t), (int)m->partitions[t], (int)wanted);
            return ERR(CONFIG);
        }
    }
    if (m->partitions[TOPIC_CONFIG] != 1) {
        why_set(why, "config has %d partitions, it must have 1", (int)m->partitions[TOPIC_CONFIG]);
        return ERR(CONFIG);
    }
    return err_ok();
}

err_t cluster_check(const struct kafka_options *options, span_ms_t patience, bool (*tick)(void *),
                    void *arg, struct why *why, struct cluster_info *ret_info)
{
    CLEANUP_PTR(client) struct client *client = NULL;
    TRY(metadata_client(options, why, &client));
    struct metadata m = {0};
    TRY(metadata_wait(client, options, patience, tick, arg, why, &m));
    TRY(check_missing(options, &m, why));
    TRY(check_partitions(&m, why));
    *ret_info =
        (struct cluster_info){.embedded = m.embedded, .partitions = m.partitions[TOPIC_EVENTS]};
    return err_ok();
}
