/* tieline-demo-bot: a bot to try things out with, speaking the bot protocol like any other. */
#include "base/arena.h"
#include "json/json_write.h"
#include "sandbox/demo_bot.h"
#include "sandbox/options.h"
#include "sandbox/ready.h"

#include <curl/curl.h>
#include <sodium.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { ARENA_BYTES_MAX = 1024 * 1024 };

static const char usage[] =
    "usage: tieline-demo-bot [--listen HOST:PORT] [--secret SECRET]… [--ingest URL]\n"
    "                        [--token STORE=TOKEN]… [--help] [--version]\n"
    "\n"
    "A bot that knows a few things about a shop, and some words for tests: echo X, slow N X,\n"
    "later N X, show URL X, unsure X, fail, human. Turns go to POST /bot/{store}; GET /turns\n"
    "counts them; GET /files/NAME is a file, whatever its name.\n"
    "\n"
    "  --listen HOST:PORT    default 127.0.0.1:0, any port\n"
    "  --secret SECRET       whsec_…: turns must be signed with it (or with another one given)\n"
    "  --ingest URL          where later answers are posted\n"
    "  --token STORE=TOKEN   what they are posted with\n";

struct settings {
    struct slice listen;
    struct slice secrets[DEMO_SECRETS_MAX];
    size_t secret_count;
    struct demo_later_config later;
    bool too_many;
};

static void add_secret(void *context, struct slice value)
{
    struct settings *s = context;
    if (s->secret_count == DEMO_SECRETS_MAX) {
        s->too_many = true;
        return;
    }
    s->secrets[s->secret_count++] = value;
}

static void add_token(void *context, struct slice value)
{
    struct settings *s = context;
    struct demo_token token = {0};
    if (s->later.token_count == DEMO_TOKENS_MAX ||
        !slice_split(value, '=', &token.store, &token.token)) {
        s->too_many = true;
        return;
    }
    s->later.tokens[s->later.token_count++] = token;
}

static int fail(err_t e, const struct why *why)
{
    (void)fprintf(stderr, "tieline-demo-bot: %s\n", why->text[0] == '\0' ? err_text(e) : why->text);
    if (err_is(e, ERR_USAGE)) {
        (void)fprintf(stderr, "%s", usage);
    }
    return err_exit_status(e);
}

static err_t print_ready(const char *address)
{
    CLEANUP(buf) struct buf line = {0};
    struct json_write w;
    buf_init(&line, 1024);
    json_write_init(&w, &line);
    json_object(&w);
    json_put_bool(&w, "ready", true);
    json_put_text(&w, "program", "demo-bot");
    json_put_text(&w, "listen", address);
    json_end(&w);
    TRY(json_write_done(&w));
    return ready_say(&line);
}

static err_t serve(struct demo_bot *bot, const struct settings *s, const sigset_t *signals,
                   struct why *why)
{
    struct http *http = NULL;
    int signal_number = 0;
    const struct http_config config = {
        .listen = s->listen, .serve = demo_bot_serve, .pause = demo_bot_pause, .context = bot};
    err_t e = demo_later_start(&s->later, &bot->later);
    if (!err_failed(e)) {
        e = http_start(&config, why, &http);
    }
    if (!err_failed(e)) {
        e = print_ready(http_address(http));
    }
    if (!err_failed(e) && sigwait(signals, &signal_number) != 0) {
        e = ERR(UNAVAILABLE);
    }
    demo_bot_stop(bot);
    http_stop(http);
    demo_later_stop(bot->later);
    return e;
}

static err_t run(const struct settings *s, const sigset_t *signals, struct why *why)
{
    struct demo_bot *bot = calloc(1, sizeof *bot);
    if (bot == NULL) {
        return ERR(NO_MEMORY);
    }
    err_t e = demo_bot_init(bot);
    for (size_t i = 0; i < s->secret_count && !err_failed(e); i++) {
        if (err_failed(demo_key_read(s->secrets[i], &bot->keys[bot->key_count++]))) {
            why_set(why, "`--secret` must be whsec_ and base64");
            e = ERR(USAGE);
        }
    }
    if (!err_failed(e)) {
        e = serve(bot, s, signals, why);
    }
    demo_bot_deinit(bot);
    free(bot);
    return e;
}

int main(int argc, char **argv)
{
    CLEANUP(arena) struct arena arena = {0};
    struct why why = {{0}};
    struct settings s = {.listen = SLICE("127.0.0.1:0")};
    struct slice ignored = {0};
    const struct option options[] = {
        {.name = "listen", .value = &s.listen},
        {.name = "secret", .each = add_secret, .context = &s},
        {.name = "ingest", .value = &s.later.ingest},
        {.name = "token", .each = add_token, .context = &s},
        {.name = "log-format", .value = &ignored},
        {.name = "log-level", .value = &ignored},
    };
    enum options_result result = OPTIONS_RUN;
    sigset_t signals;
    arena_init(&arena, ARENA_BYTES_MAX);
    err_t e = options_read(&arena, options, sizeof options / sizeof options[0], argc, argv, &why,
                           &result);
    if (!err_failed(e) && s.too_many) {
        why_set(&why, "`--token` is STORE=TOKEN, and there is an end to how many fit");
        e = ERR(USAGE);
    }
    if (err_failed(e)) {
        return fail(e, &why);
    }
    if (result == OPTIONS_HELP) {
        (void)fputs(usage, stdout);
        return 0;
    }
    if (result == OPTIONS_VERSION) {
        ready_print_version("tieline-demo-bot");
        return 0;
    }
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_ALL) != CURLE_OK) {
        return fail(ERR(UNAVAILABLE), &why);
    }
    e = run(&s, &signals, &why);
    curl_global_cleanup();
    return err_failed(e) ? fail(e, &why) : 0;
}
