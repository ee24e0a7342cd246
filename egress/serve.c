#include "egress/serve.h"

#include "rt/heap.h"
#include "rt/stop.h"

enum {
    WAIT_MS_MAX = 100, /* some things of the bus have no wake-up */
    TOLD_MS = 500,
    CONFIG_PATIENCE_MS = 120 * 1000,
};

static void on_news(void *arg, uint32_t events)
{
    (void)arg;
    (void)events; /* the turn looks for itself */
}

/* The descriptor stays readable for ever: it is taken out, or nothing would wait any more. */
static void on_stop(void *arg, uint32_t events)
{
    (void)events;
    reactor_remove(arg, stop_fd());
}

static err_t config_take(const struct serve_parts *p, bool *ret_known)
{
    const struct config_set *set = NULL;
    TRY(config_feed_take(p->feed, &set));
    *ret_known = set != NULL;
    if (set != NULL) {
        egress_loop_configure(p->loop, set);
    }
    return err_ok();
}

err_t serve_configure(const struct serve_parts *p, struct why *why, bool *ret_go_on)
{
    mono_ms_t until =
        mono_add(clock_mono((struct clock *)(uintptr_t)&p->clock), span_ms(CONFIG_PATIENCE_MS));
    TRY(reactor_add(p->reactor, config_feed_fd(p->feed), EPOLLIN, on_news, NULL));
    TRY(reactor_add(p->reactor, stop_fd(), EPOLLIN, on_stop, p->reactor));
    bool is_known = false;
    while (!is_known && !stop_requested()) {
        TRY(config_take(p, &is_known));
        if (!is_known && !mono_before(clock_mono((struct clock *)(uintptr_t)&p->clock), until)) {
            why_set(why, "the configuration could not be read to its end");
            return ERR(UNAVAILABLE);
        }
        if (!is_known) {
            TRY(reactor_run_once(p->reactor, span_ms(20)));
        }
    }
    *ret_go_on = is_known;
    return err_ok();
}

/* What operators look at. */
static void tell(const struct serve_parts *p)
{
    struct egress_figures figures = {0};
    egress_loop_figures(p->loop, &figures);
    health_beat(p->health);
    health_set(p->health, "broker", bus_connected(p->port), "no broker can be reached");
    health_set(p->health, "offsets", !bus_kafka_is_waiting(p->bus),
               "waiting for the committed offsets");
    health_set(p->health, "partitions", figures.shares_running == figures.shares,
               "partitions are being taken over");
    meter_gauges(p->meter, p->loop, p->port, p->partitions);
}

/* One round: everything that is there to do, then a wait for more. */
static err_t round_once(const struct serve_parts *p, struct why *why)
{
    bool is_known = false;
    span_ms_t wait = {0};
    TRY(config_take(p, &is_known));
    TRY(egress_loop_turn(p->loop, why, &wait));
    span_ms_t http = http_tick(p->http);
    wait = http.ms < wait.ms ? http : wait;
    wait = wait.ms > WAIT_MS_MAX ? span_ms(WAIT_MS_MAX) : wait;
    return reactor_run_once(p->reactor, wait);
}

err_t serve_run(const struct serve_parts *p, struct why *why)
{
    struct clock clock = p->clock;
    mono_ms_t told = {0};
    struct heap heap = {0};
    TRY(reactor_add(p->reactor, bus_kafka_wake_fd(p->bus), EPOLLIN, on_news, NULL));
    while (!stop_requested()) {
        mono_ms_t now = clock_mono(&clock);
        if (mono_since(now, told).ms >= TOLD_MS) {
            told = now;
            tell(p);
            (void)heap_settle(&heap, now);
        }
        TRY(round_once(p, why));
    }
    health_set(p->health, "draining", false, "stopping");
    egress_loop_drain(p->loop);
    mono_ms_t until = mono_add(clock_mono(&clock), p->drain_timeout);
    while (!egress_loop_drained(p->loop) && mono_before(clock_mono(&clock), until)) {
        health_beat(p->health);
        TRY(round_once(p, why));
    }
    return err_ok();
}
