#include "ctl/command.h"
#include "ctl/config_rules.h"
#include "ctl/connect_ready.h"
#include "ctl/connect_view.h"
#include "ctl/login.h"
#include "ctl/out.h"
#include "ctl/plan.h"
#include "ctl/publish.h"
#include "ctl/published.h"
#include "ctl/setup_triggers.h"
#include "ctl/step_talk.h"
#include "ctl/text.h"
#include "ctl/url.h"
#include "ctl/where.h"
#include "kafka/reader_kafka.h"
#include "rt/seal.h"
#include "rt/stop.h"

#include <stdio.h>
#include <string.h>

enum { ARENA_BYTES_MAX = 512 * 1024 * 1024, WHAT_BYTES = 1024 };

static const char program[] = "tieline connect";

struct connect {
    const struct options *options;
    struct connect_options connect;
    struct startup startup;
    struct log *log;
    struct arena arena;
    struct why *why;
    struct published published;
    struct published newest; /* read again under the lease; set NULL before */
    struct reader_port reader;
    struct lease lease;
    struct public_keys keys;
    bool has_keys;
    struct zendesk zendesk;
    struct steps steps;
    struct step_talk talk;
    struct connect_view view;
};

/* Row 33: what Zendesk sends there carries a secret. */
static err_t check_public_url(struct slice text, struct why *why)
{
    struct url url;
    const char *wrong = url_parse(text, &url);
    if (wrong == NULL && !url.is_https && !url_is_loopback(&url)) {
        wrong = "must begin with https://";
    }
    if (wrong != NULL) {
        why_set(why, "--url: the address %s", wrong);
        return ERR(USAGE);
    }
    return err_ok();
}

/* Given now, or the time before. */
static err_t public_url(struct connect *c)
{
    const char *given = options_text(c->options, "url");
    const struct deployment *deployment = config_deployment(c->published.set);
    struct slice url = given != NULL        ? slice_of(given)
                       : deployment != NULL ? deployment->public_url
                                            : (struct slice){NULL, 0};
    struct slice copy;
    while (url.len > 0 && url.ptr[url.len - 1] == '/') {
        url.len--;
    }
    if (url.len == 0) {
        why_set(c->why, "--url is needed the first time: where Zendesk reaches ingest, like "
                        "https://tieline.example.com");
        return ERR(USAGE);
    }
    TRY(check_public_url(url, c->why));
    TRY(arena_copy(&c->arena, url, &copy));
    c->connect.url = copy.ptr;
    return err_ok();
}

/* Says which records differ, and publishes them. */
static err_t publish(struct connect *c, struct connect_view *view)
{
    const struct config_file part = connect_view_file(view);
    struct plan plan;
    char what[WHAT_BYTES] = "publish";
    c->steps.at = STEP_PUBLISH;
    const struct config_set *set = c->newest.set != NULL ? c->newest.set : c->published.set;
    TRY(plan_make(&c->arena, &part, set, c->has_keys ? &c->keys : NULL,
                  (uint32_t)c->startup.cluster.partitions, slice_of(c->connect.url), c->why,
                  &plan));
    for (size_t i = 0; i < plan.count; i++) {
        if (plan.entries[i].change != PLAN_SAME) {
            text_add(what, sizeof what, " %.*s", SLICE_ARG(plan.entries[i].key));
        }
    }
    if (plan.changes == 0) {
        return err_ok();
    }
    TRY(steps_say(&c->steps, STEP_PUBLISH, what));
    return c->steps.dry ? err_ok() : publish_plan(&c->startup.kafka, &plan, c->log, c->why);
}

/* In this order: what may call us, then the secrets to know it by, then what makes it call. */
static err_t set_up(void *arg)
{
    struct connect *c = arg;
    const struct connect_view *made = &c->view;
    struct connect_view view = *made; /* each run fills drafts of its own */
    struct setup_result result = {.board = NULL};
    if (!c->steps.dry) { /* another one may have published just before */
        TRY(published_read(&c->reader, c->why, &c->newest));
    }
    view.stores = ARENA_ARRAY(&c->arena, struct draft_store, made->store_count + 1);
    if (view.stores == NULL) {
        return ERR(ARENA_FULL);
    }
    for (size_t i = 0; i < made->store_count; i++) {
        view.stores[i] = made->stores[i];
    }
    if (view.messaging) {
        TRY(setup_integration(&c->steps, &view.setup, &result));
        TRY(setup_board(&c->steps, &result));
    }
    if (view.tickets) {
        TRY(setup_webhooks(&c->steps, &view.setup_tickets));
    }
    TRY(connect_view_take(&view, &result, c->why));
    TRY(publish(c, &view));
    if (view.tickets) {
        TRY(setup_triggers(&c->steps, &view.setup_tickets));
    }
    if (view.messaging) {
        TRY(setup_line(&c->steps, &view.setup, &result));
        TRY(setup_responder(&c->steps, &view.setup, &result));
    }
    return err_ok();
}

/* Rows 24, 26, 41: the addresses, and what the triggers send. */
static void tell_addresses(const struct connect *c)
{
    const struct connect_view *view = &c->view;
    if (c->talk.json) {
        struct out_line o;
        out_begin(&o, stdout);
        json_put_text(&o.json, "connected", c->connect.account);
        json_put_int(&o.json, "steps", (int64_t)c->steps.changes);
        json_put_text(&o.json, "conversations_webhook_url",
                      view->messaging ? view->setup.target : "");
        json_key(&o.json, "ticket_webhook_urls");
        json_object(&o.json);
        for (size_t i = 0; i < view->setup_tickets.store_count; i++) {
            json_put_text(&o.json, view->setup_tickets.stores[i].name,
                          view->setup_tickets.stores[i].target);
        }
        json_end(&o.json);
        out_end(&o);
        return;
    }
    out_quiet();
    (void)printf("%s is connected.\n", c->connect.account);
    if (view->messaging) {
        (void)printf("  webhook of the integration  %s\n", view->setup.target);
    }
    for (size_t i = 0; i < view->setup_tickets.store_count; i++) {
        (void)printf("  webhook for tickets         %s (bearer token: the first of the store's)\n",
                     view->setup_tickets.stores[i].target);
    }
    for (size_t i = 0; i < TRIGGER_COUNT && view->tickets; i++) {
        char body[TRIGGER_BODY_BYTES];
        trigger_body(i, body);
        (void)printf("  %-26s  %s\n", i == 0 ? "what its triggers send" : "", body);
    }
}

/* What will be stored is tried too, where an administrator's login does the work. */
static err_t log_in(struct connect *c, struct login *login)
{
    bool as_admin = false;
    struct login admin = *login;
    TRY(login_as_admin(c->options, c->why, &admin, &as_admin));
    c->steps.at = STEP_LOGIN;
    TRY(zendesk_open(&login->zendesk, &c->arena, c->why, &c->zendesk));
    if (!as_admin || c->zendesk.support == NULL) {
        return err_ok();
    }
    TRY(connect_login_works(&c->steps));
    zendesk_close(&c->zendesk);
    c->zendesk.why = c->why;
    login->zendesk = admin.zendesk;
    return zendesk_open(&login->zendesk, &c->arena, c->why, &c->zendesk);
}

static err_t connect_account(struct connect *c, const struct config_file *file, int *ret_status)
{
    struct login login;
    bool done = false;
    TRY(public_url(c));
    TRY(connect_view_make(file, &c->connect, &c->arena, c->why, &c->view));
    TRY(login_from_draft(&c->view.account, &c->arena, c->why, &login));
    TRY(log_in(c, &login));
    TRY(connect_ready(&c->steps, &c->view));
    if (!c->talk.json) {
        out_quiet();
        (void)printf("Credentials%s are fine.\n",
                     c->view.tickets ? ", the bot's user, brands and widgets" : " and widgets");
    }
    TRY(step_talk_go(&c->talk, &c->steps, c->options, set_up, c, ret_status, &done));
    if (done) {
        tell_addresses(c);
    }
    return err_ok();
}

static err_t run_with(struct connect *c, struct config_file *file, int *ret_status)
{
    CLEANUP(reader_kafka)
    struct reader_kafka kafka = {.options = &c->startup.kafka, .log = c->log};
    c->reader = where_reader(&kafka);
    c->lease = (struct lease){.kafka = &c->startup.kafka,
                              .reader = &c->reader,
                              .log = c->log,
                              .account = c->connect.account,
                              .takes_over = options_switch(c->options, "take-over"),
                              .why = c->why};
    c->steps.lease = &c->lease;
    TRY(published_read(&c->reader, c->why, &c->published));
    TRY(published_check_here(&c->published, c->why));
    TRY(config_rules_check(file, c->published.set));
    problems_print(&file->problems, c->talk.json, c->talk.json ? stdout : stderr);
    if (file->problems.errors > 0) {
        *ret_status = EXIT_DATA;
        return err_ok();
    }
    const char *keys = options_text(c->options, "keys");
    if (keys != NULL) {
        TRY(keys_read(keys, c->why, &c->keys));
        c->has_keys = true;
    }
    return connect_account(c, file, ret_status);
}

static err_t run(struct connect *c, int *ret_status)
{
    struct config_file file;
    TRY(seal_init(true));
    TRY(where_options(c->options, &c->arena, c->why, &c->startup));
    TRY(where_cluster(&c->startup, c->why));
    err_t e = config_file_read(options_word(c->options, 1), SECRETS_NEEDED, c->why, &file);
    e = err_failed(e) ? e : run_with(c, &file, ret_status);
    config_file_deinit(&file);
    return e;
}

static int connect_and_clean(const struct options *options)
{
    int status = 0;
    struct why why = {""};
    struct connect c = {
        .options = options,
        .connect = {.account = options_word(options, 0),
                    .name = options_text(options, "name"),
                    .no_messaging = options_switch(options, "tickets-only"),
                    .no_tickets = options_switch(options, "messaging-only")},
        .log = command_log(program, options),
        .why = &why,
    };
    arena_init(&c.arena, ARENA_BYTES_MAX);
    c.zendesk.why = &why;
    steps_init(&c.steps, &c.zendesk);
    step_talk_init(&c.talk, program, options, &c.steps);
    stop_install();
    err_t e = run(&c, &status);
    status = err_failed(e) ? step_talk_failed(&c.talk, &c.steps, e) : status;
    steps_deinit(&c.steps);
    zendesk_close(&c.zendesk);
    published_deinit(&c.newest);
    published_deinit(&c.published);
    arena_deinit(&c.arena);
    log_free(c.log);
    return status;
}

static const struct option_row rows[] = {
    STARTUP_ROWS,
    {"url", OPTION_TEXT, NULL, false, false, "URL",
     "where Zendesk reaches ingest; needed the first time, then remembered"},
    {"keys", OPTION_TEXT, NULL, false, false, "FILE",
     "public.json of `tieline keygen`: needed the first time"},
    LOGIN_ADMIN_ROWS,
    {"name", OPTION_TEXT, "Tieline", false, false, "NAME",
     "begins the name of all that is made in Zendesk, and finds it again"},
    {"messaging-only", OPTION_SWITCH, NULL, false, false, NULL, "nothing for tickets"},
    {"tickets-only", OPTION_SWITCH, NULL, false, false, NULL, "nothing for messaging"},
    STEP_TALK_ROWS,
};

int command_connect(int argc, char *const *argv)
{
    struct options *options = NULL;
    bool done = false;
    int status = 0;
    options_parse(program,
                  "Makes the Zendesk of an account ready, and publishes the account with what "
                  "Zendesk gave.\n"
                  "FILE is the configuration file that names it. Credentials are tried first, and "
                  "each step is shown\nbefore it is done. What is there is adopted: run again, it "
                  "changes only what differs.",
                  rows, sizeof rows / sizeof rows[0], "ACCOUNT FILE", argc, argv, &options, &done,
                  &status);
    if (!done && !command_words(program, options, 2)) {
        done = true;
        status = EXIT_USAGE;
    }
    if (!done) {
        status = connect_and_clean(options);
    }
    options_free(options);
    return status;
}
