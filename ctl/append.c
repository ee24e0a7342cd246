#include "ctl/append.h"

#include "base/check.h"
#include "kafka/bus_kafka.h"
#include "rt/clock_sys.h"

#include <stdlib.h>

enum { APPEND_MAGIC = 0x6170706e };
static const int64_t patience_s = 30;

struct append {
    uint32_t magic;
    enum topic topic;
    struct bus_handler handler; /* the bus borrows it */
    struct bus_kafka *kafka;
    struct bus bus;
    size_t sent;
    size_t stored;
    err_t failure;
    struct append_place last;
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
    struct append *a = MAGIC_CAST(struct append, APPEND_MAGIC, loop);
    (void)cookie;
    if (err_failed(result)) {
        a->failure = result;
    } else {
        a->stored++;
        a->last = (struct append_place){partition, offset};
    }
}

err_t append_new(const struct kafka_options *options, enum topic topic, struct log *log,
                 struct why *why, struct append **ret_append)
{
    CLEANUP_PTR(append) struct append *a = calloc(1, sizeof *a);
    if (a == NULL) {
        return ERR(NO_MEMORY);
    }
    a->magic = APPEND_MAGIC;
    a->topic = topic;
    a->last = (struct append_place){-1, -1};
    a->handler = (struct bus_handler){a, on_assign, on_revoke, on_delivery, on_commit};
    TRY(bus_kafka_new(options, BUS_PRODUCER, topic, &a->handler, log, why, &a->kafka));
    a->bus = bus_kafka_port(a->kafka);
    *ret_append = TAKE(a);
    return err_ok();
}

void append_free(struct append *a)
{
    if (a != NULL) {
        bus_kafka_free(a->kafka);
        free(a);
    }
}

static err_t poll_once(struct append *a, span_ms_t wait)
{
    struct bus_record record;
    bool got = false;
    return bus_poll(&a->bus, wait, &record, &got);
}

err_t append_send(struct append *a, const struct bus_message *message)
{
    struct bus_message copy = *message;
    copy.topic = a->topic;
    copy.cookie = a->sent + 1;
    for (;;) {
        err_t e = bus_produce(&a->bus, &copy);
        if (err_class(e) != ERR_CLASS_BACKPRESSURE) {
            a->sent += !err_failed(e);
            return e;
        }
        TRY(poll_once(a, span_ms(100)));
    }
}

err_t append_wait(struct append *a, struct why *why)
{
    struct clock clock = clock_sys();
    const mono_ms_t deadline = mono_add(clock_mono(&clock), span_s(patience_s));
    while (a->stored < a->sent && !err_failed(a->failure)) {
        if (!mono_before(clock_mono(&clock), deadline)) {
            why_set(why, "%zu of %zu records were not acknowledged within %lld s",
                    a->sent - a->stored, a->sent, (long long)patience_s);
            return ERR(TIMEOUT);
        }
        TRY(poll_once(a, span_ms(100)));
    }
    if (err_failed(a->failure)) {
        why_set(why, "%zu of %zu records were written, then: %s", a->stored, a->sent,
                err_text(a->failure));
    }
    return a->failure;
}

struct append_place append_last(const struct append *a)
{
    return a->last;
}
