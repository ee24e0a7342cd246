#include "ctl/shadow.h"

#include "ctl/replay/past.h"
#include "kafka/reader_kafka.h"

static const int64_t patience_s = 15;

struct slice shadow_source(void)
{
    return SLICE("tieline/replay");
}

/* The first command tells for all: a replay writes only where there are none but a replay's. */
static err_t look_into(struct reader_port *port, const char *prefix, int32_t partition,
                       struct why *why)
{
    struct reader *reader = NULL;
    struct bus_record record = {0};
    bool is_more = false;
    TRY(reader_open(port, TOPIC_COMMANDS, partition, READER_FROM_START, &reader));
    err_t e = past_next(port, reader, "commands", why, &record, &is_more);
    if (!err_failed(e) && is_more && slice_equal(record.ce_source, shadow_source())) {
        why_set(
            why,
            "`%s` holds commands of a replay, which would go out: it gets no credentials and no "
            "addresses. Take another prefix, or delete these topics",
            prefix);
        e = ERR(CONFIG);
    }
    port->ops->close(reader);
    return e;
}

err_t shadow_refuse(const struct kafka_options *options, struct log *log, struct why *why)
{
    struct cluster_info info = {0};
    struct kafka_options as = *options;
    TRY(cluster_check(&as, span_s(patience_s), NULL, NULL, why, &info));
    as.embedded = info.embedded;
    struct reader_kafka kafka = {.options = &as, .log = log};
    struct reader_port port = reader_kafka_port(&kafka);
    err_t e = err_ok();
    for (int32_t p = 0; p < info.partitions && !err_failed(e); p++) {
        e = look_into(&port, as.prefix, p, why);
    }
    reader_kafka_deinit(&kafka);
    return e;
}
