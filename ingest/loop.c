#include "ingest/loop.h"

#include "base/check.h"
#include "ingest/alive.h"
#include "kafka/cluster.h"
#include "rt/heap.h"
#include "rt/reactor.h"
#include "rt/stop.h"

enum {
    TICK_MS = 100,
    SWEEP_MS = 500,
    FLUSH_MS = 2000, /* for records whose requests were answered already */
    LEAVE_MS = 1000, /* for last answers to leave */
    DRAIN_RESERVE_MS = FLUSH_MS + LEAVE_MS,
};

struct loop {
    const struct loop_parts *parts;
    struct reactor *reactor;
    struct clock clock;
    struct bus bus;
    struct alive alive;
    struct heap heap;
    mono_ms_t swept;
    bool announced;
    bool configured;
};

/* The descriptors only end the wait: a round looks at everything. */
static void on_ready(void *arg, uint32_t events)
{
    (void)arg;
    (void)events;
}

static err_t watch(struct loop *l)
{
    const int fds[] = {
        bus_kafka_wake_fd(l->parts->bus),
        config_live_fd(l->parts->config),
        http_fd(l->parts->http),
    };
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
        TRY(reactor_add(l->reactor, fds[i], EPOLLIN, on_ready, NULL));
    }
    /* Never read, so ready for ever once a stop is requested: removed then. */
    return reactor_add(l->reactor, stop_fd(), EPOLLIN, on_ready, NULL);
}

/* One switch: what the class of an error means to this loop. */
static err_t judge(struct loop *l, const char *what, err_t error)
{
    switch (err_class(error)) {
    case ERR_CLASS_OK: break;
    case ERR_CLASS_TRANSIENT:
    case ERR_CLASS_BACKPRESSURE:
    case ERR_CLASS_POISON: log_warn(l->parts->log, what, LOG_ERR(error)); break;
    case ERR_CLASS_FATAL: return error;
    case ERR_CLASS_BUG: BUG("the loop was told of a bug");
    }
    return err_ok();
}

static void sweep(struct loop *l, mono_ms_t now)
{
    l->swept = now;
    http_sweep(l->parts->http);
    (void)heap_settle(&l->heap, now);
    health_beat(l->parts->health);
    bool connected = bus_connected(&l->bus);
    health_set(l->parts->health, "broker", connected, "no broker can be reached");
    l->configured = config_live_ready(l->parts->config);
    health_set(
        l->parts->health, "configuration", l->configured,
        config_live_set(l->parts->config) == NULL ? "the configuration was not read to its end yet"
        : config_live_moved(l->parts->config)     ? "this deployment was moved to another prefix"
                                              : "nothing is configured yet: tieline apply FILE");
    serve_measure(l->parts->serve);
}

/* Keys must lie where the configuration says they lie: with another partition count they would
 * lose their state and order. */
static err_t check_partitions(struct loop *l, const struct config_set *set)
{
    const struct deployment *deployment = config_deployment(set);
    if (deployment == NULL || deployment->partitions == (uint32_t)l->parts->partitions) {
        return err_ok();
    }
    log_error(l->parts->log, "the topics have another partition count than they were made with",
              LOG_INT("made_with", deployment->partitions), LOG_INT("found", l->parts->partitions));
    return ERR(CONFIG);
}

static err_t announce(struct loop *l)
{
    const struct config_set *set = config_live_set(l->parts->config);
    if (!l->announced && set != NULL) {
        TRY(check_partitions(l, set));
        l->announced = true;
        sweep(l, l->swept);
        health_announce(l->parts->health, "ingest", http_address(l->parts->http));
    }
    return err_ok();
}

/* Only of a door that takes in what is brought. */
static err_t show_life(struct loop *l, mono_ms_t now)
{
    if (serve_turned_away(l->parts->serve)) {
        alive_turned_away(&l->alive);
    }
    bool open = config_live_ready(l->parts->config);
    return alive_tick(&l->alive, &l->bus, open, now, clock_wall(&l->clock));
}

static err_t round_once(struct loop *l)
{
    const struct loop_parts *parts = l->parts;
    TRY(reactor_run_once(l->reactor, http_timeout(parts->http, span_ms(TICK_MS))));
    struct bus_record record = {0};
    bool got = false;
    TRY(judge(l, "the log", bus_poll(&l->bus, span_ms(0), &record, &got)));
    TRY(judge(l, "the configuration", config_live_poll(parts->config)));
    TRY(announce(l));
    mono_ms_t now = clock_mono(&l->clock);
    publisher_sweep(serve_publisher(parts->serve), now);
    http_run(parts->http);
    access_flush(parts->access);
    TRY(judge(l, "signs of life", show_life(l, now)));
    if (mono_since(now, l->swept).ms >= SWEEP_MS ||
        l->configured != config_live_ready(parts->config)) {
        sweep(l, now);
    }
    return err_ok();
}

/* Rounds until no request is under way or `deadline`. */
static err_t run_out(struct loop *l, mono_ms_t deadline)
{
    while (http_requests(l->parts->http) > 0 && mono_before(clock_mono(&l->clock), deadline)) {
        http_quiesce(l->parts->http); /* those that have become idle */
        TRY(round_once(l));
    }
    return err_ok();
}

static err_t drain(struct loop *l)
{
    const struct loop_parts *parts = l->parts;
    mono_ms_t now = clock_mono(&l->clock);
    int64_t patience = parts->drain.ms > DRAIN_RESERVE_MS ? parts->drain.ms - DRAIN_RESERVE_MS : 0;
    log_info(parts->log, "draining", LOG_INT("requests", http_requests(parts->http)));
    health_set(parts->health, "draining", false, "stopping");
    reactor_remove(l->reactor, stop_fd());
    serve_drain(parts->serve);
    alive_stop(&l->alive);
    http_quiesce(parts->http);
    err_t error = run_out(l, mono_add(now, span_ms(patience)));
    /* Nobody may be parked when the connections are closed. */
    publisher_give_up(serve_publisher(parts->serve));
    if (!err_failed(error)) {
        error = run_out(l, mono_add(clock_mono(&l->clock), span_ms(LEAVE_MS)));
    }
    err_t flushed = bus_flush(&l->bus, span_ms(FLUSH_MS));
    if (err_failed(flushed)) {
        log_warn(parts->log, "records that nobody was promised were not confirmed",
                 LOG_ERR(flushed));
    }
    return error;
}

err_t loop_run(const struct loop_parts *parts)
{
    CLEANUP_PTR(reactor) struct reactor *reactor = NULL;
    TRY(reactor_new(&reactor));
    struct loop l = {
        .parts = parts,
        .reactor = reactor,
        .clock = parts->clock,
        .bus = bus_kafka_port(parts->bus),
    };
    alive_init(&l.alive, parts->partitions, parts->alive_every);
    const struct publish_places places = {parts->partitions, cluster_partition};
    err_t error = publisher_set_bus(serve_publisher(parts->serve), l.bus, places);
    if (!err_failed(error)) {
        error = watch(&l);
    }
    while (!err_failed(error) && !stop_requested()) {
        error = round_once(&l);
    }
    err_t drained = drain(&l);
    alive_deinit(&l.alive);
    return err_failed(error) ? error : drained;
}
