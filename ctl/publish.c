#include "ctl/publish.h"

#include "kafka/bus_kafka.h"
#include "rt/clock_sys.h"

static const int64_t patience_s = 30;

struct reports {
    size_t wanted;
    size_t stored;
    err_t failure;
};

static void on_assign(void *loop, const struct bus_offset *committed, size_t count)
{
    (void)loop;
    (void)committed;
    (void)count;
}

static void on_revoke(void *loop, const int32_t *partitions, size_t count, bool lost)
{
    (void)loop;
    (void)partitions;
    (void)count;
    (void)lost;
}

static void on_commit(void *loop, err_t result, const struct bus_offset *offsets, size_t count)
{
    (void)loop;
    (void)result;
    (void)offsets;
    (void)count;
}

static void on_delivery(void *loop, uint64_t cookie, err_t result, int32_t partition,
                        int64_t offset)
{
    struct reports *reports = loop;
    (void)cookie;
    (void)partition;
    (void)offset;
    if (err_failed(result)) {
        reports->failure = result;
    } else {
        reports->stored++;
    }
}

static const char *type_of(enum config_kind kind)
{
    return kind == CONFIG_ACCOUNT ? "tieline.config.account"
           : kind == CONFIG_STORE ? "tieline.config.store"
                                  : "tieline.config.deployment";
}

static err_t poll_once(struct bus *bus, span_ms_t wait)
{
    struct bus_record record;
    bool got = false;
    return bus_poll(bus, wait, &record, &got);
}

static err_t produce(struct bus *bus, const struct plan_entry *entry, uint64_t cookie)
{
    const struct bus_message message = {
        .topic = TOPIC_CONFIG,
        .partition = 0,
        .key = entry->key,
        .value = entry->value,
        .ce_type = slice_of(type_of(entry->after.kind)),
        .ce_source = SLICE("tieline/ctl"),
        .cookie = cookie,
    };
    for (;;) {
        err_t e = bus_produce(bus, &message);
        if (err_class(e) != ERR_CLASS_BACKPRESSURE) {
            return e;
        }
        TRY(poll_once(bus, span_ms(100)));
    }
}

err_t publish_plan(const struct kafka_options *options, const struct plan *plan, struct log *log,
                   struct why *why)
{
    struct reports reports = {0};
    const struct bus_handler handler = {&reports, on_assign, on_revoke, on_delivery, on_commit};
    CLEANUP_PTR(bus_kafka) struct bus_kafka *kafka = NULL;
    TRY(bus_kafka_new(options, BUS_PRODUCER, TOPIC_CONFIG, &handler, log, why, &kafka));
    struct bus bus = bus_kafka_port(kafka);
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->entries[i].change != PLAN_SAME) {
            TRY(produce(&bus, &plan->entries[i], i + 1));
            reports.wanted++;
        }
    }
    struct clock clock = clock_sys();
    const mono_ms_t deadline = mono_add(clock_mono(&clock), span_s(patience_s));
    while (reports.stored < reports.wanted && !err_failed(reports.failure)) {
        if (!mono_before(clock_mono(&clock), deadline)) {
            why_set(why, "%zu of %zu records were not acknowledged within %lld s; apply again",
                    reports.wanted - reports.stored, reports.wanted, (long long)patience_s);
            return ERR(TIMEOUT);
        }
        TRY(poll_once(&bus, span_ms(100)));
    }
    if (err_failed(reports.failure)) {
        why_set(why, "%zu of %zu records were written, then: %s; apply again", reports.stored,
                reports.wanted, err_text(reports.failure));
    }
    return reports.failure;
}
