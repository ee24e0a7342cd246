/* tieline-ingest — the front door: webhooks in, events out, 200 only when they are safe. */
#include "ingest/config_live.h"
#include "ingest/http.h"
#include "ingest/loop.h"
#include "ingest/serve.h"
#include "kafka/bus_kafka.h"
#include "kafka/startup.h"
#include "rt/clock_sys.h"
#include "rt/health.h"
#include "rt/options.h"
#include "rt/seal.h"
#include "rt/stop.h"

static const struct option_row rows[] = {
    STARTUP_ROWS,
    STARTUP_SERVER_ROWS("127.0.0.1:9101"),
    {.name = "listen",
     .type = OPTION_ADDRESS,
     .fallback = "127.0.0.1:8080",
     .argument = "HOST:PORT",
     .help = "where webhooks come in; port 0 = any"},
    {.name = "key-file",
     .type = OPTION_TEXT,
     .argument = "FILE",
     .help = "private key of the signing secrets (tieline keygen); needed where stores have some"},
    {.name = "access-log",
     .type = OPTION_TEXT,
     .argument = "FILE",
     .help = "one line of JSON for each request goes there; - = standard error; without it none"},
    {.name = "alive-interval",
     .type = OPTION_SPAN,
     .fallback = "15s",
     .argument = "SPAN",
     .help = "between two signs of life in the log, well below the processor's --gap; tests lower "
             "it"},
    {.name = "trusted-proxy",
     .type = OPTION_LIST,
     .argument = "ADDRESS[/BITS]",
     .help = "whose X-Forwarded-For and -Proto are believed; again, or with commas, for several"},
};

enum { ALIVE_MS_MIN = 100 };

struct program {
    struct options *options;
    struct log *log;
    struct metrics *metrics;
    struct health *health;
    struct startup startup;
    struct proxies proxies;
    struct seal_key *key;
    struct config_live *config;
    struct access *access;
    struct serve *serve;
    struct bus_handler handler;
    struct bus_kafka *bus;
    struct http *http;
};

static err_t take_proxies(struct program *p, struct why *why)
{
    size_t count = 0;
    const char *const *texts = options_list(p->options, "trusted-proxy", &count);
    for (size_t i = 0; i < count; i++) {
        err_t error = proxies_add(&p->proxies, slice_of(texts[i]), why);
        if (err_failed(error)) {
            why_prefix(why, "--trusted-proxy: ");
            return error;
        }
    }
    return err_ok();
}

static err_t start(struct program *p, struct why *why)
{
    const char *host = NULL;
    uint16_t port = 0;
    const char *key_file = options_text(p->options, "key-file");
    if (options_span(p->options, "alive-interval").ms < ALIVE_MS_MIN) {
        why_set(why, "--alive-interval must be at least 100ms");
        return ERR(USAGE);
    }
    TRY(seal_init(true));
    TRY(take_proxies(p, why));
    if (key_file != NULL) {
        TRY(seal_key_load(key_file, SEAL_INGEST, why, &p->key));
    }
    const char *access_log = options_text(p->options, "access-log");
    if (access_log != NULL) {
        TRY(access_new(access_log, why, &p->access));
    }
    TRY(startup_options(p->options, "ingest", "0", why, &p->startup));
    options_address(p->options, "admin", &host, &port);
    TRY(health_new(host, port, p->metrics, why, &p->health));
    p->startup.health = p->health;
    TRY(startup_cluster(&p->startup, p->log, why));
    TRY(config_live_new(&p->startup.kafka, p->key, p->log, why, &p->config));
    struct serve_parts parts = {
        .config = p->config,
        .log = p->log,
        .access = p->access,
        .metrics = p->metrics,
        .clock = clock_sys(),
        .wake = http_wake,
    };
    TRY(serve_new(&parts, &p->serve));
    p->handler = publisher_handler(serve_publisher(p->serve));
    TRY(startup_bus(&p->startup, BUS_PRODUCER, TOPIC_EVENTS, &p->handler, p->log, why, &p->bus));
    options_address(p->options, "listen", &host, &port);
    return http_new(host, port, &p->proxies, p->serve, clock_sys(), why, &p->http);
}

static err_t run(struct program *p)
{
    struct loop_parts parts = {
        .bus = p->bus,
        .config = p->config,
        .serve = p->serve,
        .access = p->access,
        .http = p->http,
        .health = p->health,
        .log = p->log,
        .clock = clock_sys(),
        .partitions = p->startup.cluster.partitions,
        .drain = options_span(p->options, "drain-timeout"),
        .alive_every = options_span(p->options, "alive-interval"),
    };
    return loop_run(&parts);
}

/* In the order that their borrowings demand: reports come until the bus is gone. */
static void finish(struct program *p)
{
    http_free(p->http);
    bus_kafka_free(p->bus);
    serve_free(p->serve);
    access_free(p->access);
    config_live_free(p->config);
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
    options_parse("tieline-ingest",
                  "Takes in webhooks and answers when they are safely in the log.", rows,
                  sizeof rows / sizeof rows[0], NULL, argc, argv, &p.options, &is_done, &status);
    if (!is_done) {
        struct why why = {{0}};
        stop_install();
        p.log = log_new("ingest", options_log_format(p.options), options_log_level(p.options));
        p.metrics = metrics_new();
        err_t error = start(&p, &why);
        bool stopped_early = err_failed(error) && stop_requested(); /* while waiting for a broker */
        error = err_failed(error) ? error : run(&p);
        status = err_failed(error) && !stopped_early ? startup_failed(p.log, error, &why) : 0;
    }
    finish(&p);
    return status;
}
