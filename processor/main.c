/* tieline-processor — decides: events in, commands and states out, exactly once. */
#include "base/check.h"
#include "kafka/bus_kafka.h"
#include "kafka/reader_kafka.h"
#include "kafka/startup.h"
#include "processor/core/evict.h"
#include "processor/loop.h"
#include "processor/watch.h"
#include "rt/clock_sys.h"
#include "rt/health.h"
#include "rt/heap.h"
#include "rt/options.h"
#include "rt/seal.h"
#include "rt/stop.h"

#include <sodium.h>

#include <stdio.h>

static const struct option_row rows[] = {
    STARTUP_ROWS,
    STARTUP_SERVER_ROWS("127.0.0.1:9102"),
    STARTUP_COPY_ROWS,
    {.name = "gap",
     .type = OPTION_SPAN,
     .fallback = "90s",
     .argument = "SPAN",
     .help = "longer than this without a sign of life of ingest, and what may have been missed is "
             "fetched; tests lower it"},
    {.name = "retention",
     .type = OPTION_SPAN,
     .fallback = "14d",
     .argument = "SPAN",
     .help = "a conversation in which nothing happens for so long is forgotten; at least 14 days, "
             "the same for all copies"},
};

/* Read by jemalloc, where that is the allocator (docs/decisions/0035): what is freed goes back to
 * the system after a second, by a thread of its own; and two arenas, as one thread decides and
 * librdkafka's free what it wrote. */
__attribute__((visibility("default"))) extern const char *malloc_conf;
const char *malloc_conf = "background_thread:true,narenas:2,dirty_decay_ms:1000,muzzy_decay_ms:0";

enum {
    TOLD_MS = 500, /* how often health is judged: while ready … */
    SOON_MS = 20,  /* … and before */
    GAP_MS_MIN = 1000,
};

struct program {
    struct options *options;
    struct log *log;
    struct metrics *metrics;
    struct health *health;
    struct startup startup;
    struct reader_kafka reader;
    struct watch watch;
    struct loop *loop;
    struct bus_handler handler;
    struct bus_kafka *bus;
};

static err_t start(struct program *p, struct why *why)
{
    const char *host = NULL;
    uint16_t port = 0;
    options_address(p->options, "admin", &host, &port);
    if (options_span(p->options, "gap").ms < GAP_MS_MIN) {
        why_set(why, "--gap must be at least 1s, and several times ingest's --alive-interval");
        return ERR(USAGE);
    }
    if (options_span(p->options, "retention").ms < EVICT_AGE_MS_MIN) {
        why_set(why, "--retention must be at least 14d: until then what comes again is known");
        return ERR(USAGE);
    }
    TRY(seal_init(false));
    TRY(startup_options(p->options, "processor", options_text(p->options, "instance"), why,
                        &p->startup));
    p->startup.kafka.session_timeout = options_span(p->options, "session-timeout");
    TRY(health_new(host, port, p->metrics, why, &p->health));
    p->startup.health = p->health;
    TRY(startup_cluster(&p->startup, p->log, why));
    watch_init(&p->watch, p->log, p->metrics);
    p->reader = (struct reader_kafka){.options = &p->startup.kafka, .log = p->log};
    struct clock clock = clock_sys();
    uint64_t owner = 0;
    randombytes_buf(&owner, sizeof owner);
    struct loop_options options = {
        .reader = reader_kafka_port(&p->reader),
        .clock = clock,
        .watcher = watch_watcher(&p->watch),
        .embedded = p->startup.cluster.embedded,
        .seed = (uint64_t)clock_wall(&clock).ms,
        .owner = owner,
        .gap = options_span(p->options, "gap"),
        .retention = options_span(p->options, "retention"),
    };
    TRY(loop_new(&options, &p->loop));
    p->handler = loop_handler(p->loop);
    return startup_bus(&p->startup, BUS_TRANSACTIONS, TOPIC_EVENTS, &p->handler, p->log, why,
                       &p->bus);
}

static err_t serve(struct program *p)
{
    struct bus bus = bus_kafka_port(p->bus);
    struct clock clock = clock_sys();
    mono_ms_t told = {0};
    struct heap heap = {0};
    health_set(p->health, "broker", true, NULL);
    health_set(p->health, "restored", false, "waiting for partitions");
    health_announce(p->health, "processor", NULL);
    while (!stop_requested()) {
        TRY(loop_run(p->loop, &bus, span_ms(100)));
        mono_ms_t now = clock_mono(&clock);
        if (mono_since(now, told).ms >= (health_ready(p->health) ? TOLD_MS : SOON_MS)) {
            told = now;
            health_beat(p->health);
            health_set(p->health, "broker", bus_connected(&bus), "no broker can be reached");
            health_set(p->health, "offsets", !bus_kafka_is_waiting(p->bus),
                       "waiting for the committed offsets");
            health_set(p->health, "restored", !loop_restoring(p->loop), "reading the changelog");
            health_set(p->health, "configuration", loop_has_config(p->loop),
                       "nothing is configured yet: tieline apply FILE");
            watch_gauges(&p->watch, p->loop, &bus, p->startup.cluster.partitions);
            (void)heap_settle(&heap, now); /* where the C library allocates */
        }
    }
    health_set(p->health, "draining", false, "stopping");
    return loop_finish(p->loop, &bus);
}

int main(int argc, char **argv)
{
    struct program p = {0};
    bool is_done = false;
    int status = 0;
    options_parse("tieline-processor", "Routes events by brand and decides what follows from them.",
                  rows, sizeof rows / sizeof rows[0], NULL, argc, argv, &p.options, &is_done,
                  &status);
    if (!is_done) {
        struct why why = {{0}};
        stop_install();
        stop_within(options_span(p.options, "drain-timeout"));
        p.log = log_new("processor", options_log_format(p.options), options_log_level(p.options));
        p.metrics = metrics_new();
        err_t err = start(&p, &why);
        if (!err_failed(err)) {
            err = serve(&p);
            if (err_is(err, ERR_CONFIG)) {
                why_set(&why, "this deployment was moved to another prefix: nothing is decided "
                              "here any more");
            }
        }
        status = err_failed(err) && !stop_requested() ? startup_failed(p.log, err, &why) : 0;
    }
    bus_kafka_free(p.bus);
    loop_free(p.loop);
    reader_kafka_deinit(&p.reader);
    health_free(p.health);
    metrics_free(p.metrics);
    log_free(p.log);
    options_free(p.options);
    return status;
}
