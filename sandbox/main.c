/* tieline-sandbox: a Zendesk to try and to test against. */
#include "base/arena.h"
#include "base/err.h"
#include "json/json_write.h"
#include "sandbox/courier.h"
#include "sandbox/http.h"
#include "sandbox/options.h"
#include "sandbox/ready.h"
#include "sandbox/world.h"

#include <cmark.h>
#include <curl/curl.h>
#include <microhttpd.h>
#include <sodium.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { ARENA_BYTES_MAX = 8 * 1024 * 1024, SCENARIO_BYTES_MAX = 1024 * 1024 };

static const char usage[] =
    "usage: tieline-sandbox [--listen HOST:PORT] [--admin HOST:PORT] [--state-dir DIR]\n"
    "                       [--scenario FILE] [--seed N] [--help] [--version]\n"
    "\n"
    "A Zendesk to try and to test against. Prints one JSON line when it is ready.\n"
    "\n"
    "  --listen HOST:PORT   the API; port 0 = any (default 127.0.0.1:8080)\n"
    "  --admin HOST:PORT    control calls under /sandbox, health (default 127.0.0.1:0)\n"
    "  --state-dir DIR      keep everything there; a restart goes on where it was\n"
    "  --scenario FILE      brands, agents and limits (JSON)\n"
    "  --seed N             ids and secrets depend on it (default 1)\n"
    "  --log-format F       text or json\n"
    "  --log-level L        accepted; only failures are logged\n";

struct settings {
    struct slice listen, admin, state_dir, scenario_path, seed_text, log_format, log_level;
    struct slice scenario_text;
    struct scenario scenario;
    uint64_t seed;
};

static err_t read_settings(struct settings *s, struct arena *arena, struct why *why)
{
    struct stat status = {0};
    if (err_failed(slice_to_u64(s->seed_text, &s->seed)) || s->seed > INT64_MAX) {
        why_set(why, "`--seed` must be a number");
        return ERR(USAGE);
    }
    scenario_default(&s->scenario);
    if (!slice_empty(s->scenario_path)) {
        TRY(options_read_file(arena, s->scenario_path.ptr, SCENARIO_BYTES_MAX, why,
                              &s->scenario_text));
        err_t e = scenario_read(&s->scenario, arena, s->scenario_text, why);
        if (err_failed(e)) {
            why_prefix(why, "%s: ", s->scenario_path.ptr);
            return e;
        }
    }
    if (!slice_empty(s->state_dir) && mkdir(s->state_dir.ptr, 0700) != 0 &&
        (stat(s->state_dir.ptr, &status) != 0 || !S_ISDIR(status.st_mode))) {
        why_set(why, "`--state-dir`: %s is not a directory", s->state_dir.ptr);
        return ERR(IO);
    }
    return err_ok();
}

static void pause_in_world(void *context, int64_t ms)
{
    world_pause(context, ms);
}

static err_t wait_for_end(const sigset_t *signals)
{
    int signal_number = 0;
    return sigwait(signals, &signal_number) == 0 ? err_ok() : ERR(UNAVAILABLE);
}

static err_t serve(struct world *w, const struct settings *s, const sigset_t *signals,
                   struct why *why)
{
    struct http *api = NULL;
    struct http *admin = NULL;
    struct courier *courier = NULL;
    const struct http_config api_config = {
        .listen = s->listen, .serve = world_serve_api, .pause = pause_in_world, .context = w};
    const struct http_config admin_config = {
        .listen = s->admin, .serve = world_serve_admin, .pause = pause_in_world, .context = w};
    err_t e = courier_start(w, &courier);
    if (!err_failed(e)) {
        e = http_start(&api_config, why, &api);
    }
    if (!err_failed(e)) {
        e = http_start(&admin_config, why, &admin);
    }
    if (!err_failed(e)) {
        e = ready_print(&w->store, http_address(api), http_address(admin));
    }
    if (!err_failed(e)) {
        e = wait_for_end(signals);
    }
    world_stop(w);
    http_stop(api);
    http_stop(admin);
    courier_stop(courier);
    return e;
}

static err_t run(const struct settings *s, const sigset_t *signals, struct why *why)
{
    struct world *w = calloc(1, sizeof *w);
    if (w == NULL) {
        return ERR(NO_MEMORY);
    }
    const struct world_config config = {
        .state_dir = slice_empty(s->state_dir) ? NULL : s->state_dir.ptr,
        .seed = s->seed,
        .scenario = &s->scenario,
        .scenario_text = s->scenario_text,
    };
    err_t e = world_init(w, &config, why);
    if (!err_failed(e)) {
        e = serve(w, s, signals, why);
    }
    world_deinit(w);
    free(w);
    return e;
}

static int fail(err_t e, const struct why *why)
{
    (void)fprintf(stderr, "tieline-sandbox: %s\n", why->text[0] == '\0' ? err_text(e) : why->text);
    if (err_is(e, ERR_USAGE)) {
        (void)fprintf(stderr, "%s", usage);
    }
    return err_exit_status(e);
}

/* All threads inherit the mask, so the signals reach sigwait alone. */
static void block_signals(sigset_t *signals)
{
    (void)sigemptyset(signals);
    (void)sigaddset(signals, SIGTERM);
    (void)sigaddset(signals, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv)
{
    CLEANUP(arena) struct arena arena = {0};
    struct why why = {{0}};
    struct settings s = {
        .listen = SLICE("127.0.0.1:8080"), .admin = SLICE("127.0.0.1:0"), .seed_text = SLICE("1")};
    const struct option options[] = {
        {.name = "listen", .value = &s.listen},
        {.name = "admin", .value = &s.admin},
        {.name = "state-dir", .value = &s.state_dir},
        {.name = "scenario", .value = &s.scenario_path},
        {.name = "seed", .value = &s.seed_text},
        {.name = "log-format", .value = &s.log_format},
        {.name = "log-level", .value = &s.log_level},
    };
    enum options_result result = OPTIONS_RUN;
    sigset_t signals;
    arena_init(&arena, ARENA_BYTES_MAX);
    err_t e = options_read(&arena, options, sizeof options / sizeof options[0], argc, argv, &why,
                           &result);
    if (err_failed(e)) {
        return fail(e, &why);
    }
    if (result == OPTIONS_HELP) {
        (void)fputs(usage, stdout);
        return 0;
    }
    if (result == OPTIONS_VERSION) {
        ready_print_version("tieline-sandbox");
        return 0;
    }
    if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_ALL) != CURLE_OK) {
        return fail(ERR(UNAVAILABLE), &why);
    }
    block_signals(&signals);
    e = read_settings(&s, &arena, &why);
    if (!err_failed(e)) {
        e = run(&s, &signals, &why);
    }
    curl_global_cleanup();
    return err_failed(e) ? fail(e, &why) : 0;
}
