/* one_commit — the one offset commit that may be outstanding, from question to answer.
 *
 * Never the blocking call, which waits without limit, and never two: after an unknown answer nobody
 * could say which of them is stored. */
#ifndef KAFKA_ONE_COMMIT_H
#define KAFKA_ONE_COMMIT_H

#include "base/err.h"
#include "kafka/client.h"
#include "kafka/membership.h"
#include "port/bus.h"

#include <stdbool.h>

/* All zero: none is outstanding. */
struct one_commit {
    bool asked;
    struct membership as; /* whom it was asked as */
    bool answered;
    rd_kafka_resp_err_t code;
    rd_kafka_topic_partition_list_t *offsets;
};

/* STATE: one is outstanding. Answered through `queue`, by the client's commit hook. */
MUST_USE err_t one_commit_ask(struct one_commit *o, struct client *client, rd_kafka_queue_t *queue,
                              const struct membership *as,
                              const rd_kafka_topic_partition_list_t *offsets);
/* For the hook: keeps the answer until it may be told. */
void one_commit_answer(struct one_commit *o, rd_kafka_resp_err_t code,
                       const rd_kafka_topic_partition_list_t *offsets);
/* Whether an answer waits. *ret_code is the first trouble, of the whole or of a partition;
 * *ret_offsets (NULL = none) is the caller's to destroy. None is outstanding afterwards. */
bool one_commit_take(struct one_commit *o, rd_kafka_resp_err_t *ret_code,
                     rd_kafka_topic_partition_list_t **ret_offsets);
/* Forgets it: its handle goes away. */
void one_commit_drop(struct one_commit *o);

#endif
