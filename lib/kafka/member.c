#include "kafka/member.h"

#include "kafka/kafka_err.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    MEMBER_WARM_MS = 1000,
    MEMBER_BEAT_MIN_MS = 50,
    MEMBER_BEAT_MAX_MS = 3000,
    /* A loop that does not poll for so long leaves the group. All others wait as long for it when
     * partitions move, and for a member that is gone and that the brokers have not noticed. */
    MEMBER_POLL_MS = 30000,
};

err_t member_new(const struct kafka_options *options, const struct client_hooks *hooks,
                 struct log *log, struct why *why, struct client **ret_client)
{
    char group[CLIENT_NAME_BYTES];
    char instance[CLIENT_NAME_BYTES];
    char session[24];
    char heartbeat[24];
    char poll_interval[24];
    int64_t session_ms = client_session_ms(options);
    int64_t beat_ms = session_ms / 10;
    beat_ms = beat_ms > MEMBER_BEAT_MAX_MS ? MEMBER_BEAT_MAX_MS : beat_ms;
    beat_ms = beat_ms < MEMBER_BEAT_MIN_MS ? MEMBER_BEAT_MIN_MS : beat_ms;
    TRY(client_group(options, group, why));
    TRY(client_instance(options, instance, why));
    (void)snprintf(session, sizeof session, "%" PRId64, session_ms);
    (void)snprintf(heartbeat, sizeof heartbeat, "%" PRId64, beat_ms);
    (void)snprintf(poll_interval, sizeof poll_interval, "%" PRId64,
                   2 * session_ms > MEMBER_POLL_MS ? 2 * session_ms : MEMBER_POLL_MS);
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
        {options->embedded ? NULL : "group.instance.id", instance},
        {NULL, NULL},
    };
    return client_new(options, RD_KAFKA_CONSUMER, fixed, hooks, log, why, ret_client);
}

err_t member_join(const struct kafka_options *options, struct client *client,
                  rd_kafka_topic_t *handle, struct why *why)
{
    int64_t warm_ms = client_session_ms(options) / 5;
    warm_ms = warm_ms < MEMBER_WARM_MS ? warm_ms : MEMBER_WARM_MS;
    rd_kafka_t *rk = client_handle(client);
    const struct rd_kafka_metadata *metadata = NULL;
    if (rd_kafka_metadata(rk, 0, handle, &metadata, (int)warm_ms) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_metadata_destroy(metadata);
    }
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    (void)rd_kafka_topic_partition_list_add(topics, rd_kafka_topic_name(handle),
                                            RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(rk, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        why_set(why, "subscribe to %s: %s", rd_kafka_topic_name(handle), rd_kafka_err2str(code));
    }
    return KAFKA_ERR(code);
}
