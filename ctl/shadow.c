#include "ctl/shadow.h"

#include "ctl/append.h"
#include "ctl/replay/past.h"
#include "kafka/reader_kafka.h"

static const int64_t patience_s = 15;

static struct slice mark_key(void)
{
    return SLICE("shadow");
}

struct slice shadow_source(void)
{
    return SLICE("tieline/replay");
}

err_t shadow_mark(const struct kafka_options *options, bool is_one, struct log *log,
                  struct why *why)
{
    CLEANUP_PTR(append) struct append *append = NULL;
    const struct bus_message message = {
        .partition = 0,
        .key = mark_key(),
        .value = is_one ? SLICE("{}") : (struct slice){NULL, 0},
        .ce_type = SLICE("tieline.shadow"),
        .ce_source = shadow_source(),
    };
    TRY(append_new(options, TOPIC_CONFIG, log, why, &append));
    TRY(append_send(append, &message));
    return append_wait(append, why);
}

static err_t read_mark(struct reader_port *port, struct reader *reader, struct why *why,
                       bool *ret_marked)
{
    *ret_marked = false;
    for (;;) {
        struct bus_record record = {0};
        bool is_more = false;
        TRY(past_next(port, reader, "config", why, &record, &is_more));
        if (!is_more) {
            return err_ok();
        }
        if (slice_equal(record.key, mark_key())) {
            *ret_marked = record.value.len > 0;
        }
    }
}

static err_t look_for_mark(struct reader_port *port, const char *prefix, struct why *why)
{
    struct reader *reader = NULL;
    bool is_marked = false;
    TRY(reader_open(port, TOPIC_CONFIG, 0, READER_FROM_START, &reader));
    err_t e = read_mark(port, reader, why, &is_marked);
    port->ops->close(reader);
    if (!err_failed(e) && is_marked) {
        why_set(why,
                "`%s` is for commands of a replay, which would go out: it gets no credentials and "
                "no addresses. Take another prefix, or delete these topics",
                prefix);
        e = ERR(CONFIG);
    }
    return e;
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

static err_t look(const struct kafka_options *options, bool at_commands, struct log *log,
                  struct why *why)
{
    struct cluster_info info = {0};
    struct kafka_options as = *options;
    TRY(cluster_check(&as, span_s(patience_s), NULL, NULL, why, &info));
    as.embedded = info.embedded;
    struct reader_kafka kafka = {.options = &as, .log = log};
    struct reader_port port = reader_kafka_port(&kafka);
    err_t e = look_for_mark(&port, as.prefix, why);
    for (int32_t p = 0; at_commands && p < info.partitions && !err_failed(e); p++) {
        e = look_into(&port, as.prefix, p, why);
    }
    reader_kafka_deinit(&kafka);
    return e;
}

err_t shadow_refuse(const struct kafka_options *options, struct log *log, struct why *why)
{
    return look(options, true, log, why);
}

err_t shadow_none_began(const struct kafka_options *options, struct log *log, struct why *why)
{
    return look(options, false, log, why);
}
