#include "kafka/record.h"

static struct slice header(const rd_kafka_message_t *message, const char *name)
{
    rd_kafka_headers_t *headers = NULL;
    const void *value = NULL;
    size_t size = 0;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        value == NULL) {
        return (struct slice){0};
    }
    return slice_from(value, size);
}

struct bus_record record_of(const rd_kafka_message_t *message, enum topic topic, bool with_trace)
{
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    int64_t time = rd_kafka_message_timestamp(message, &type);
    bool with_ids = with_trace && (topic == TOPIC_COMMANDS || topic == TOPIC_SNAPSHOTS);
    return (struct bus_record){
        .topic = topic,
        .partition = message->partition,
        .offset = message->offset,
        .time = {type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || time < 0 ? 0 : time},
        .key = slice_from(message->key, message->key == NULL ? 0 : message->key_len),
        .value = slice_from(message->payload, message->payload == NULL ? 0 : message->len),
        .traceparent = with_trace ? header(message, "traceparent") : (struct slice){0},
        .ce_id = with_ids ? header(message, "ce_id") : (struct slice){0},
        .ce_source = with_ids ? header(message, "ce_source") : (struct slice){0},
    };
}
