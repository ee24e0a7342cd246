#include "ctl/dev.h"

#include "ctl/command.h"
#include "ctl/text.h"
#include "ctl/url.h"
#include "ctl/write_file.h"
#include "rt/clock_sys.h"
#include "rt/seal.h"
#include "rt/stop.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static const char program[] = "tieline dev";

enum {
    ARENA_BYTES_MAX = 64 * 1024 * 1024,
    READY_PATIENCE_S = 60,
    STOP_PATIENCE_S = 25, /* a little above the programs' own drain time-out */
    WATCH_MS = 200,
    BROKER_CHECK_MS = 1000,
};

static const struct option_row rows[] = {
    {"kafka", OPTION_SWITCH, NULL, false, false, NULL,
     "a real Apache Kafka instead of the embedded broker"},
    {"data", OPTION_TEXT, NULL, false, false, "DIR",
     "where the real Kafka and its sandbox keep what they know; else data/ in --dir"},
    {"dir", OPTION_TEXT, ".tieline", false, false, "DIR",
     "addresses, configuration, keys, secrets and logs"},
    {"listen", OPTION_ADDRESS, "127.0.0.1:8080", false, false, "HOST:PORT",
     "of ingest; any free port when the default one is taken"},
    {"partitions", OPTION_U64, "16", false, false, "N", "of the keyed topics, when they are made"},
    {"prefix", OPTION_TEXT, "tieline.", false, false, "P", "of the topics"},
    {"deploy", OPTION_TEXT, NULL, false, false, "DIR",
     "where deploy/ of the source tree is, for --kafka"},
    {"json", OPTION_SWITCH, NULL, false, false, NULL, "one JSON object a line instead of text"},
};

err_t dev_path(struct dev *d, const char *tail, const char **ret_path)
{
    struct slice path;
    TRY(arena_printf(&d->arena, &path, "%s/%s", d->dir, tail));
    *ret_path = path.ptr;
    return err_ok();
}

/* The folder of this very program: the others are beside it. */
static err_t find_bin(struct dev *d, struct why *why)
{
    ssize_t len = readlink("/proc/self/exe", d->bin, sizeof d->bin - 1);
    if (len <= 0 || (size_t)len >= sizeof d->bin - 1) {
        why_set(why, "cannot find the folder of the programs");
        return ERR(IO);
    }
    d->bin[len] = '\0';
    *strrchr(d->bin, '/') = '\0';
    return err_ok();
}

/* One `dev` a folder. The lock goes with the process. */
static err_t lock_folder(struct dev *d, struct why *why)
{
    const char *path = NULL;
    TRY(make_folder(d->dir, why));
    TRY(dev_path(d, "lock", &path));
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0) {
        why_set(why, "another `tieline dev` runs in %s (or the folder cannot be written)", d->dir);
        return ERR(UNAVAILABLE);
    }
    return err_ok();
}

static err_t prepare(struct dev *d, struct why *why)
{
    const char *log = NULL;
    const char *data = options_text(d->options, "data");
    d->dir = options_text(d->options, "dir");
    d->json = options_switch(d->options, "json");
    d->real_kafka = options_switch(d->options, "kafka");
    text_set(d->data, sizeof d->data, "%s%s", data == NULL ? d->dir : data,
             data == NULL ? "/data" : "");
    TRY(seal_init(false));
    TRY(find_bin(d, why));
    TRY(lock_folder(d, why));
    dev_remove_facts(d); /* of a run that was killed */
    TRY(dev_path(d, "log", &log));
    TRY(make_folder(log, why));
    TRY(dev_keys(d, why));
    return dev_secrets(d, why);
}

static err_t describe(struct dev *d, enum dev_child which, const char *name, const char *file,
                      struct child **ret_child)
{
    const char *log = NULL;
    struct slice path;
    TRY(dev_path(d, "log", &log));
    TRY(arena_printf(&d->arena, &path, "%s/%s", d->bin, file));
    *ret_child = &d->children[which];
    child_init(*ret_child, name, path.ptr, log);
    return err_ok();
}

static err_t start_and_wait(struct child *c, struct dev *d, struct why *why,
                            const struct json **ret_ready)
{
    struct clock clock = clock_sys();
    TRY(child_start(c, clock_mono(&clock), why));
    return child_wait_ready(c, span_s(READY_PATIENCE_S), &d->arena, why, ret_ready);
}

/* The address in a URL of the sandbox's ready line. */
static void keep_address(struct dev *d, const char *member, char listen[LISTEN_TEXT_BYTES])
{
    struct url url;
    struct slice text = json_string(json_find(d->sandbox, member));
    if (url_parse(text, &url) == NULL) {
        text_set(listen, LISTEN_TEXT_BYTES, "%.*s:%.*s", SLICE_ARG(url.host), SLICE_ARG(url.port));
    }
}

static err_t keep_line(struct dev *d)
{
    const struct child *c = &d->children[DEV_SANDBOX];
    return arena_copy(&d->arena, (struct slice){c->line, c->line_len}, &d->sandbox_line);
}

static err_t start_sandbox(struct dev *d, struct why *why)
{
    struct child *c = NULL;
    struct slice state;
    TRY(describe(d, DEV_SANDBOX, "sandbox", "tieline-sandbox", &c));
    text_set(d->sandbox_listen, sizeof d->sandbox_listen, "127.0.0.1:0");
    text_set(d->sandbox_admin, sizeof d->sandbox_admin, "127.0.0.1:0");
    child_flag(c, "--listen", d->sandbox_listen);
    child_flag(c, "--admin", d->sandbox_admin);
    if (d->real_kafka) { /* what Kafka remembers must be known on the other side too */
        TRY(arena_printf(&d->arena, &state, "%s/sandbox", d->data));
        TRY(make_folder(state.ptr, why));
        child_flag(c, "--state-dir", state.ptr);
    }
    TRY(start_and_wait(c, d, why, &d->sandbox));
    keep_address(d, "conversations_url", d->sandbox_listen);
    keep_address(d, "admin", d->sandbox_admin);
    return keep_line(d);
}

static void common_flags(const struct dev *d, struct child *c)
{
    child_flag(c, "--brokers", d->kafka.brokers);
    child_flag(c, "--prefix", d->kafka.prefix);
    child_flag(c, "--admin", "127.0.0.1:0");
    child_flag(c, "--log-format", "text");
}

/* The address that was asked for, or, if it is the default and taken, any port. */
static void choose_listen(struct dev *d)
{
    const char *host = NULL;
    uint16_t port = 0;
    int fd = -1;
    char bound[LISTEN_TEXT_BYTES];
    options_address(d->options, "listen", &host, &port);
    text_set(d->ingest_listen, sizeof d->ingest_listen, "%s", options_text(d->options, "listen"));
    if (options_given(d->options, "listen")) {
        return;
    }
    if (err_failed(listen_open(host, port, NULL, &fd, bound))) {
        text_set(d->ingest_listen, sizeof d->ingest_listen, "127.0.0.1:0");
    } else {
        close(fd);
    }
}

static err_t start_ingest(struct dev *d, struct why *why)
{
    struct child *c = NULL;
    const char *key = NULL;
    const struct json *ready = NULL;
    TRY(describe(d, DEV_INGEST, "ingest", "tieline-ingest", &c));
    TRY(dev_path(d, "keys/ingest.key", &key));
    choose_listen(d);
    common_flags(d, c);
    child_flag(c, "--key-file", key);
    child_flag(c, "--listen", d->ingest_listen);
    TRY(start_and_wait(c, d, why, &ready));
    /* Zendesk and the bot know this address: the next one must be the same. */
    text_set(d->ingest_listen, sizeof d->ingest_listen, "%.*s",
             SLICE_ARG(json_string(json_find(ready, "listen"))));
    return err_ok();
}

static err_t start_bot(struct dev *d, struct why *why)
{
    struct child *c = NULL;
    const struct json *ready = NULL;
    struct slice ingest;
    TRY(describe(d, DEV_BOT, "demo-bot", "tieline-demo-bot", &c));
    TRY(arena_printf(&d->arena, &ingest, "http://%s", d->ingest_listen));
    text_set(d->bot_listen, sizeof d->bot_listen, "127.0.0.1:0");
    child_flag(c, "--listen", d->bot_listen);
    child_flag(c, "--ingest", ingest.ptr);
    child_flag(c, "--secret", d->bot_secret.ptr);
    for (size_t i = 0; i < DEV_STORE_COUNT; i++) {
        struct slice token;
        TRY(arena_printf(&d->arena, &token, "%s=%.*s", d->stores[i].name,
                         SLICE_ARG(d->stores[i].token)));
        child_flag(c, "--token", token.ptr);
    }
    TRY(start_and_wait(c, d, why, &ready));
    text_set(d->bot_listen, sizeof d->bot_listen, "%.*s",
             SLICE_ARG(json_string(json_find(ready, "listen"))));
    return err_ok();
}

static err_t start_members(struct dev *d, struct why *why)
{
    struct child *processor = NULL;
    struct child *egress = NULL;
    const char *key = NULL;
    TRY(describe(d, DEV_PROCESSOR, "processor", "tieline-processor", &processor));
    TRY(describe(d, DEV_EGRESS, "egress", "tieline-egress", &egress));
    TRY(dev_path(d, "keys/egress.key", &key));
    common_flags(d, processor);
    common_flags(d, egress);
    child_flag(egress, "--key-file", key);
    if (!d->real_kafka) { /* nobody but us is here, and nobody wants to wait */
        child_flag(processor, "--session-timeout", "6s");
        child_flag(egress, "--session-timeout", "6s");
    }
    struct clock clock = clock_sys();
    TRY(child_start(processor, clock_mono(&clock), why));
    TRY(child_start(egress, clock_mono(&clock), why));
    TRY(child_wait_ready(processor, span_s(READY_PATIENCE_S), &d->arena, why, NULL));
    return child_wait_ready(egress, span_s(READY_PATIENCE_S), &d->arena, why, NULL);
}

static err_t start_all(struct dev *d, struct why *why)
{
    TRY(dev_broker_start(d, why));
    TRY(start_sandbox(d, why));
    TRY(start_ingest(d, why));
    TRY(start_bot(d, why));
    TRY(dev_connect(d, why));
    TRY(dev_configure(d, why));
    TRY(start_members(d, why));
    TRY(dev_write_facts(d, why));
    dev_tell(d);
    return err_ok();
}

/* A sandbox without a state folder has forgotten what it was connected to. */
static err_t connect_again(struct dev *d, struct why *why)
{
    TRY(child_wait_ready(&d->children[DEV_SANDBOX], span_s(1), &d->arena, why, &d->sandbox));
    TRY(keep_line(d));
    TRY(dev_connect(d, why));
    return dev_configure(d, why);
}

/* Starts again what has ended; true when dev.json is not right any more. */
static bool look_after(struct dev *d, struct child *c, mono_ms_t now)
{
    bool was_ready = c->ready;
    struct why why = {""};
    if (c->name == NULL) {
        return false;
    }
    child_read(c);
    if (child_ended(c, now)) {
        char end[64];
        child_describe_end(c, end, sizeof end);
        dev_say(d, "%s ended (%s), its log is %s; starting it again", c->name, end, c->log_path);
        return true;
    }
    if (c->pid == 0 && !mono_before(now, c->again_at)) {
        if (err_failed(child_start(c, now, &why))) {
            dev_say(d, "%s", why.text);
            c->again_at = mono_add(now, span_s(1));
        }
        return true;
    }
    if (c->ready && !was_ready) {
        dev_say(d, "%s is ready again, pid %d", c->name, (int)c->pid);
        if (c == &d->children[DEV_SANDBOX] && err_failed(connect_again(d, &why))) {
            dev_say(d, "the sandbox could not be connected again: %s", why.text);
        }
        return true;
    }
    return false;
}

static err_t watch(struct dev *d, struct why *why)
{
    struct clock clock = clock_sys();
    mono_ms_t broker_at = clock_mono(&clock);
    while (!stop_requested()) {
        struct pollfd stop = {.fd = stop_fd(), .events = POLLIN};
        bool changed = false;
        (void)poll(&stop, 1, WATCH_MS);
        mono_ms_t now = clock_mono(&clock);
        for (size_t i = 0; i < DEV_CHILD_COUNT && !stop_requested(); i++) {
            changed = look_after(d, &d->children[i], now) || changed;
        }
        if (changed) {
            TRY(dev_write_facts(d, why));
        }
        if (mono_since(now, broker_at).ms >= BROKER_CHECK_MS) {
            TRY(dev_broker_check(d, why));
            broker_at = now;
        }
    }
    return err_ok();
}

/* Who takes in first, then who works, then what they need. */
static void stop_all(struct dev *d)
{
    static const enum dev_child order[] = {DEV_INGEST, DEV_PROCESSOR, DEV_EGRESS, DEV_BOT,
                                           DEV_SANDBOX};
    dev_remove_facts(d);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        child_stop(&d->children[order[i]], span_s(STOP_PATIENCE_S));
    }
    dev_broker_stop(d);
}

static int run(struct dev *d)
{
    struct why why = {""};
    err_t e = prepare(d, &why);
    if (!err_failed(e)) {
        e = start_all(d, &why);
        e = err_failed(e) ? e : watch(d, &why);
        bool asked = stop_requested();
        if (asked) {
            dev_say(d, "stopping");
        }
        stop_all(d);
        if (asked) {
            dev_say(d, "stopped");
            return 0;
        }
    }
    return err_failed(e) ? command_failed(program, e, &why) : 0;
}

int command_dev(int argc, char *const *argv)
{
    struct options *options = NULL;
    bool done = false;
    int status = 0;
    options_parse(program,
                  "Everything in one terminal: brokers, a Zendesk to try against, a bot, and "
                  "Tieline. Ctrl-C stops it.",
                  rows, sizeof rows / sizeof rows[0], NULL, argc, argv, &options, &done, &status);
    if (!done) {
        struct dev *d = calloc(1, sizeof *d);
        if (d == NULL) {
            status = EXIT_AGAIN;
        } else {
            stop_install();
            d->options = options;
            d->log = command_log(program, options);
            arena_init(&d->arena, ARENA_BYTES_MAX);
            status = run(d);
            arena_deinit(&d->arena);
            log_free(d->log);
            free(d);
        }
    }
    options_free(options);
    return status;
}
