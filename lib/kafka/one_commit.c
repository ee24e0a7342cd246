#include "kafka/one_commit.h"

err_t one_commit_ask(struct one_commit *o, struct client *client, rd_kafka_queue_t *queue,
                     const struct membership *as, const rd_kafka_topic_partition_list_t *offsets)
{
    if (o->asked) {
        return ERR(STATE);
    }
    TRY(client_commit(client, offsets, queue));
    o->asked = true;
    o->as = *as;
    return err_ok();
}

void one_commit_answer(struct one_commit *o, rd_kafka_resp_err_t code,
                       const rd_kafka_topic_partition_list_t *offsets)
{
    if (!o->asked || o->answered) {
        return;
    }
    o->answered = true;
    o->code = code;
    o->offsets = offsets == NULL ? NULL : rd_kafka_topic_partition_list_copy(offsets);
}

bool one_commit_take(struct one_commit *o, rd_kafka_resp_err_t *ret_code,
                     rd_kafka_topic_partition_list_t **ret_offsets)
{
    if (!o->answered) {
        return false;
    }
    *ret_code = o->code;
    for (int i = 0; o->offsets != NULL && i < o->offsets->cnt; i++) {
        if (*ret_code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            *ret_code = o->offsets->elems[i].err;
        }
    }
    *ret_offsets = TAKE(o->offsets);
    *o = (struct one_commit){0};
    return true;
}

void one_commit_drop(struct one_commit *o)
{
    if (o->offsets != NULL) {
        rd_kafka_topic_partition_list_destroy(o->offsets);
    }
    *o = (struct one_commit){0};
}
