#include "kafka/first_offsets.h"

#include "base/check.h"
#include "base/limits.h"
#include "kafka/client.h"
#include "kafka/committed.h"
#include "kafka/kafka_err.h"
#include "kafka/stored.h"

#include <string.h>
#include <time.h>

enum { FIRST_OFFSETS_MS = 10000, FIRST_OFFSETS_STEP_MS = 100 };

/* The answer to the one commit. */
struct answer {
    bool there;
    rd_kafka_resp_err_t code;
};

static void on_commit(void *owner, struct client *client, rd_kafka_resp_err_t err,
                      const rd_kafka_topic_partition_list_t *offsets)
{
    (void)client;
    struct answer *answer = owner;
    answer->there = true;
    answer->code = err;
    for (int i = 0; offsets != NULL && i < offsets->cnt; i++) {
        if (answer->code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            answer->code = offsets->elems[i].err;
        }
    }
}

/* Who reads a topic as a group; NULL = nobody. */
static const char *reader_of(enum topic topic)
{
    return topic == TOPIC_EVENTS ? "processor" : topic == TOPIC_COMMANDS ? "egress" : NULL;
}

static err_t open_group(const struct kafka_options *options, const char *program,
                        struct answer *answer, struct why *why, struct client **ret_client)
{
    struct kafka_options as = *options;
    as.program = program;
    const struct client_hooks hooks = {.owner = answer, .commit = on_commit};
    /* What is stored, not what waits for a transaction. */
    return stored_client(&as, false, &hooks, why, ret_client);
}

err_t first_offsets_missing(const struct kafka_options *options, enum topic topic,
                            int32_t partitions, struct why *why, bool *ret_missing)
{
    char name[CLIENT_TOPIC_NAME_BYTES];
    struct answer answer = {0};
    *ret_missing = false;
    if (reader_of(topic) == NULL) {
        return err_ok();
    }
    CHECK(cluster_topic_name(options, topic, name, sizeof name));
    CLEANUP_PTR(client) struct client *client = NULL;
    TRY(open_group(options, reader_of(topic), &answer, why, &client));
    rd_kafka_topic_partition_list_t *list = NULL;
    TRY(stored_list(client, name, partitions, why, &list));
    for (int i = 0; i < list->cnt; i++) {
        *ret_missing |= list->elems[i].offset < 0;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return err_ok();
}

/* Where a partition begins. One that was made a moment ago has no leader yet: asked again. */
static err_t begin_of(struct client *client, const char *name, int32_t partition, struct why *why,
                      int64_t *ret_begin)
{
    const struct timespec pause = {.tv_nsec = FIRST_OFFSETS_STEP_MS * 1000L * 1000};
    int64_t until = client_now_ms() + FIRST_OFFSETS_MS;
    for (;;) {
        err_t err = client_list_offset(client, name, partition, RD_KAFKA_OFFSET_BEGINNING,
                                       FIRST_OFFSETS_MS, ret_begin);
        if (!err_failed(err)) {
            return err_ok();
        }
        bool settles = err_is(err, ERR_NO_TOPIC) || err_class(err) == ERR_CLASS_TRANSIENT;
        if (!settles || client_now_ms() >= until) {
            why_set(why, "where %s begins cannot be learnt", name);
            return err;
        }
        (void)nanosleep(&pause, NULL);
    }
}

/* Those without an offset, or all, with the start of their log. */
static err_t starts(struct client *client, const char *name,
                    const rd_kafka_topic_partition_list_t *list, bool all, struct slice metadata,
                    struct why *why, struct bus_offset *offsets, size_t *ret_count)
{
    size_t count = 0;
    for (int i = 0; i < list->cnt && i < LIMIT_PARTITIONS_MAX; i++) {
        if (list->elems[i].offset >= 0 && !all) {
            continue;
        }
        int64_t begin = 0;
        int32_t partition = list->elems[i].partition;
        TRY(begin_of(client, name, partition, why, &begin));
        offsets[count++] = (struct bus_offset){partition, begin, metadata};
    }
    *ret_count = count;
    return err_ok();
}

static err_t commit(struct client *client, const char *name, const struct bus_offset *offsets,
                    size_t count, struct answer *answer, struct why *why)
{
    rd_kafka_topic_partition_list_t *list = NULL;
    TRY(committed_list(name, offsets, count, &list));
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client_handle(client));
    err_t err = client_commit(client, list, queue);
    int64_t until = client_now_ms() + FIRST_OFFSETS_MS;
    while (!err_failed(err) && !answer->there && client_now_ms() < until) {
        (void)rd_kafka_queue_poll_callback(queue, FIRST_OFFSETS_STEP_MS);
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_topic_partition_list_destroy(list);
    TRY(err);
    rd_kafka_resp_err_t code = answer->there ? answer->code : RD_KAFKA_RESP_ERR__TIMED_OUT;
    err = kafka_commit_err(code, __FILE__);
    if (err_is(err, ERR_FENCED)) {
        why_set(why, "the group that reads %s is at work; stop its programs first", name);
    } else if (err_failed(err)) {
        why_set(why, "first offsets of %s: %s", name, rd_kafka_err2str(code));
    }
    return err;
}

static err_t make(const struct kafka_options *options, enum topic topic, int32_t partitions,
                  bool all, const char *egress_metadata, struct why *why)
{
    char name[CLIENT_TOPIC_NAME_BYTES];
    struct answer answer = {0};
    if (reader_of(topic) == NULL) {
        return err_ok();
    }
    CHECK(cluster_topic_name(options, topic, name, sizeof name));
    CLEANUP_PTR(client) struct client *client = NULL;
    TRY(open_group(options, reader_of(topic), &answer, why, &client));
    rd_kafka_topic_partition_list_t *list = NULL;
    TRY(stored_list(client, name, partitions, why, &list));
    struct bus_offset offsets[LIMIT_PARTITIONS_MAX];
    size_t count = 0;
    struct slice metadata = topic == TOPIC_COMMANDS ? slice_of(egress_metadata) : (struct slice){0};
    err_t err = starts(client, name, list, all, metadata, why, offsets, &count);
    rd_kafka_topic_partition_list_destroy(list);
    TRY(err);
    return count == 0 ? err_ok() : commit(client, name, offsets, count, &answer, why);
}

err_t first_offsets_make(const struct kafka_options *options, enum topic topic, int32_t partitions,
                         const char *egress_metadata, struct why *why)
{
    return make(options, topic, partitions, false, egress_metadata, why);
}

err_t first_offsets_anew(const struct kafka_options *options, enum topic topic, int32_t partitions,
                         const char *egress_metadata, struct why *why)
{
    return make(options, topic, partitions, true, egress_metadata, why);
}
