/* tieline-egress — the hand: commands in, calls out, an outcome for each. */
#include "egress/config_feed.h"
#include "egress/flags.h"
#include "egress/http.h"
#include "egress/login.h"
#include "egress/loop.h"
#include "egress/meter.h"
#include "egress/serve.h"
#include "kafka/bus_kafka.h"
#include "kafka/reader_kafka.h"
#include "kafka/startup.h"
#include "rt/clock_sys.h"
#include "rt/health.h"
#include "rt/seal.h"
#include "rt/stop.h"
#include "rt/version.h"

#include <stdio.h>

struct program {
    struct options *options;
    struct flags flags;
    struct log *log;
    struct metrics *metrics;
    struct health *health;
    struct startup startup;
    struct seal_key *key;
    struct login_keys *keys;
    struct reader_kafka reader;
    struct meter meter;
    struct reactor *reactor;
    struct config_feed *feed;
    struct http *http;
    struct egress_loop *loop;
    struct bus_handler handler;
    struct bus_kafka *bus;
    struct bus port;
};

static err_t start(struct program *p, struct why *why)
{
    const char *host = NULL;
    uint16_t port = 0;
    const char *key_file = options_text(p->options, "key-file");
    char agent[64];
    (void)snprintf(agent, sizeof agent, "Tieline/%s", version_number());
    TRY(flags_read(p->options, why, &p->flags));
    TRY(seal_init(true));
    if (key_file != NULL) {
        TRY(seal_key_load(key_file, SEAL_EGRESS, why, &p->key));
    } else {
        log_warn(p->log, "no credential can be opened", LOG_STR("missing", "--key-file"));
    }
    TRY(startup_options(p->options, "egress", options_text(p->options, "instance"), why,
                        &p->startup));
    p->startup.kafka.session_timeout = p->flags.session_timeout;
    options_address(p->options, "admin", &host, &port);
    TRY(health_new(host, port, p->metrics, why, &p->health));
    p->startup.health = p->health;
    TRY(startup_cluster(&p->startup, p->log, why));
    meter_init(&p->meter, p->log, p->metrics);
    TRY(reactor_new(&p->reactor));
    TRY(config_feed_new(&p->startup.kafka, p->log, why, &p->feed));
    TRY(http_new(p->reactor, clock_sys(), agent, &p->http));
    TRY(login_keys_new(p->key, clock_sys(), &p->keys));
    p->reader = (struct reader_kafka){.options = &p->startup.kafka, .log = p->log, .is_bare = true};
    struct clock clock = clock_sys();
    struct egress_options options = {
        .reader = reader_kafka_port(&p->reader),
        .peer = http_port(p->http),
        .clock = clock,
        .login = login_keys_port(p->keys),
        .watcher = meter_watcher(&p->meter),
        .call_timeout = p->flags.call_timeout,
        .settle = p->flags.settle,
        .give_up = p->flags.give_up,
        .session_timeout = p->flags.session_timeout,
        .recover = p->flags.recover,
        .seed = (uint64_t)clock_wall(&clock).ms ^ (uint64_t)clock_mono(&clock).ms << 20,
    };
    TRY(egress_loop_new(&options, &p->loop));
    p->handler = egress_loop_handler(p->loop, &p->port);
    return err_ok();
}

static err_t run(struct program *p, struct why *why)
{
    struct serve_parts parts = {
        .reactor = p->reactor,
        .feed = p->feed,
        .http = p->http,
        .loop = p->loop,
        .port = &p->port,
        .meter = &p->meter,
        .health = p->health,
        .clock = clock_sys(),
        .partitions = p->startup.cluster.partitions,
        .drain_timeout = p->flags.drain_timeout,
    };
    bool is_going_on = false;
    TRY(serve_configure(&parts, why, &is_going_on));
    if (!is_going_on) {
        return err_ok();
    }
    TRY(startup_bus(&p->startup, BUS_READ_WRITE, TOPIC_COMMANDS, &p->handler, p->log, why,
                    &p->bus));
    parts.bus = p->bus;
    p->port = bus_kafka_port(p->bus);
    health_announce(p->health, "egress", NULL);
    return serve_run(&parts, why);
}

/* In the order that their borrowings demand. */
static void finish(struct program *p)
{
    bus_kafka_free(p->bus);
    egress_loop_free(p->loop);
    reader_kafka_deinit(&p->reader);
    http_free(p->http);
    login_keys_free(p->keys);
    config_feed_free(p->feed);
    reactor_free(p->reactor);
    health_free(p->health);
    seal_key_free(p->key);
    metrics_free(p->metrics);
    log_free(p->log);
    options_free(p->options);
}

int main(int argc, char **argv)
{
    struct program p = {0};
    bool is_done = false;
    int status = 0;
    options_parse("tieline-egress", "Makes the calls to Zendesk and to the bots, each once.",
                  flags_rows, flags_row_count, NULL, argc, argv, &p.options, &is_done, &status);
    if (!is_done) {
        struct why why = {{0}};
        stop_install();
        p.log = log_new("egress", options_log_format(p.options), options_log_level(p.options));
        p.metrics = metrics_new();
        err_t error = start(&p, &why);
        bool is_stopped = err_failed(error) && stop_requested(); /* while waiting for a broker */
        error = err_failed(error) ? error : run(&p, &why);
        status = err_failed(error) && !is_stopped ? startup_failed(p.log, error, &why) : 0;
    }
    finish(&p);
    return status;
}
