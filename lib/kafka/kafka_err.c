#include "kafka/kafka_err.h"

struct row {
    rd_kafka_resp_err_t code;
    enum err_code err;
};

static const struct row rows[] = {
    {RD_KAFKA_RESP_ERR_NO_ERROR, ERR_OK},

    {RD_KAFKA_RESP_ERR__TIMED_OUT, ERR_TIMEOUT},
    {RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, ERR_TIMEOUT},
    {RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, ERR_TIMEOUT},
    {RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, ERR_TIMEOUT},

    {RD_KAFKA_RESP_ERR__QUEUE_FULL, ERR_QUEUE_FULL},

    {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, ERR_TOO_LARGE},
    {RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, ERR_TOO_LARGE},
    {RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE, ERR_TOO_LARGE},

    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, ERR_NO_TOPIC},
    {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, ERR_NO_TOPIC},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, ERR_NO_TOPIC},

    {RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, ERR_RANGE},
    {RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, ERR_RANGE},
    {RD_KAFKA_RESP_ERR__NO_OFFSET, ERR_NO_OFFSET},

    {RD_KAFKA_RESP_ERR__FENCED, ERR_FENCED},
    {RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, ERR_FENCED},
    {RD_KAFKA_RESP_ERR_PRODUCER_FENCED, ERR_FENCED},
    {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, ERR_FENCED},
    {RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, ERR_FENCED},
    {RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, ERR_FENCED},
    {RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, ERR_FENCED},
    {RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST, ERR_FENCED},

    {RD_KAFKA_RESP_ERR__AUTHENTICATION, ERR_PERMISSION},
    {RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, ERR_PERMISSION},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, ERR_PERMISSION},
    {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, ERR_PERMISSION},
    {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, ERR_PERMISSION},
    {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, ERR_PERMISSION},

    {RD_KAFKA_RESP_ERR__INVALID_ARG, ERR_CONFIG},
    {RD_KAFKA_RESP_ERR_INVALID_CONFIG, ERR_CONFIG},
    {RD_KAFKA_RESP_ERR_INVALID_PARTITIONS, ERR_CONFIG},
    {RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, ERR_CONFIG},
    {RD_KAFKA_RESP_ERR_POLICY_VIOLATION, ERR_CONFIG},
    {RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT, ERR_CONFIG},

    {RD_KAFKA_RESP_ERR__STATE, ERR_STATE},
};

err_t kafka_err_of(rd_kafka_resp_err_t code, const char *where)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].code == code) {
            return (err_t){rows[i].err, rows[i].err == ERR_OK ? NULL : where};
        }
    }
    return (err_t){ERR_UNAVAILABLE, where};
}

err_t kafka_commit_err(rd_kafka_resp_err_t code, const char *where)
{
    err_t err = kafka_err_of(code, where);
    /* A transport error and the like: it may have been stored, or may be stored yet. */
    return err_is(err, ERR_STATE) || err_is(err, ERR_NO_OFFSET) ? (err_t){ERR_UNAVAILABLE, where}
                                                                : err;
}

err_t kafka_txn_err(rd_kafka_error_t *error, struct why *why, const char *where)
{
    if (error == NULL) {
        return err_ok();
    }
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    err_t plain = kafka_err_of(code, where);
    enum err_code result = ERR_TXN_UNKNOWN;
    if (rd_kafka_error_txn_requires_abort(error)) {
        result = ERR_TXN_ABORT;
    } else if (err_is(plain, ERR_FENCED) || err_is(plain, ERR_PERMISSION)) {
        result = plain.code;
    } else if (rd_kafka_error_is_fatal(error)) {
        result = ERR_TXN_UNKNOWN;
    } else if (rd_kafka_error_is_retriable(error)) {
        result = ERR_TIMEOUT;
    }
    why_set(why, "%s (%s)", rd_kafka_error_string(error), rd_kafka_err2name(code));
    rd_kafka_error_destroy(error);
    return (err_t){result, where};
}
