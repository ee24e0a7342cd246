/* `tieline disconnect`: the way back from `tieline connect` (rows 36 to 38). */
#include "ctl/command.h"
#include "ctl/disconnect_steps.h"
#include "ctl/one_account.h"
#include "ctl/out.h"
#include "ctl/plan.h"
#include "ctl/publish.h"
#include "ctl/step_talk.h"
#include "ctl/text.h"
#include "ctl/where.h"
#include "rt/stop.h"

#include <stdio.h>

enum { ARENA_BYTES_MAX = 256 * 1024 * 1024, WHAT_BYTES = 1024 };

static const char program[] = "tieline disconnect";

static const struct option_row rows[] = {
    STARTUP_ROWS,
    {"store", OPTION_TEXT, NULL, false, false, "NAME",
     "this store alone; what the account's stores share goes with the last"},
    {"key-file", OPTION_TEXT, NULL, false, false, "FILE",
     "egress's private key, to log in with what is published"},
    LOGIN_ADMIN_ROWS,
    {"name", OPTION_TEXT, "Tieline", false, false, "NAME", "as it was given to connect"},
    {"responder", OPTION_TEXT, NULL, false, false, "NAME",
     "of the switchboard's line that answers first then; zd-agentWorkspace when not given"},
    {"forget", OPTION_SWITCH, NULL, false, false, NULL,
     "take account and stores out of the configuration too"},
    STEP_TALK_ROWS,
};

struct leave {
    const struct options *options;
    struct log *log;
    struct arena arena;
    struct why *why;
    struct one_account one;
    struct published newest; /* read again under the lease; set NULL before */
    struct reader_port reader;
    struct disconnect what;
    struct steps steps;
    struct step_talk talk;
};

static bool is_going(const struct leave *l, struct slice name)
{
    for (size_t i = 0; i < l->what.store_count; i++) {
        if (slice_equal(l->what.stores[i]->name, name)) {
            return true;
        }
    }
    return false;
}

/* A store of the account that nobody takes away, and that is in use. */
static bool is_one_staying(const struct leave *l, const struct config_set *set)
{
    for (size_t i = 0; i < config_store_count(set); i++) {
        const struct store *store = config_store_at(set, i);
        if (store->enabled && slice_equal(store->account, l->one.account.name) &&
            !is_going(l, store->name)) {
            return true;
        }
    }
    for (size_t i = 0; i < l->one.store_count; i++) {
        const struct store *store = l->one.stores[i];
        if (store->enabled && config_store(set, store->name) == NULL && !is_going(l, store->name)) {
            return true;
        }
    }
    return false;
}

/* Which stores go: only such as were known at first, since nobody was asked about others. */
static err_t choose_stores(struct leave *l, const struct config_set *set)
{
    const char *only = options_text(l->options, "store");
    const struct store **going =
        ARENA_ARRAY(&l->arena, const struct store *, l->one.store_count + 1);
    if (going == NULL) {
        return ERR(ARENA_FULL);
    }
    l->what.stores = going;
    l->what.store_count = 0;
    for (size_t i = 0; i < l->one.store_count; i++) {
        const struct store *store = l->one.stores[i];
        const struct store *now = config_store(set, store->name);
        bool is_moved = now != NULL && !slice_equal(now->account, l->one.account.name);
        if (!is_moved && (only == NULL || slice_equal(store->name, slice_of(only)))) {
            going[l->what.store_count++] = l->one.has_file || now == NULL ? store : now;
        }
    }
    if (only != NULL && l->what.store_count == 0) {
        why_set(l->why, "the account has no store \"%s\"", only);
        return ERR(CONFIG);
    }
    return err_ok();
}

/* Which stores go, and whether one stays, by what is published. */
static err_t choose(struct leave *l, const struct config_set *set)
{
    const struct deployment *deployment = config_deployment(set);
    const struct account *account = config_account(set, l->one.account.name);
    struct slice url = {NULL, 0};
    TRY(choose_stores(l, set));
    if (!l->one.has_file && account != NULL) {
        l->one.account = *account;
    }
    if (deployment != NULL && deployment->public_url.len > 0) {
        TRY(arena_copy(&l->arena, deployment->public_url, &url));
    }
    l->what.public_url = url.ptr == NULL ? "" : url.ptr;
    l->what.name = options_text(l->options, "name");
    l->what.responder = options_text(l->options, "responder");
    l->what.account = &l->one.account;
    l->what.shared = !is_one_staying(l, set);
    return err_ok();
}

/* Under the lease: another one may have published while a person was asked. What it did stays. */
static err_t choose_again(struct leave *l)
{
    TRY(published_read(&l->reader, l->why, &l->newest));
    TRY(published_check_here(&l->newest, l->why));
    return choose(l, l->newest.set);
}

/* Row 36: first nothing more is sent; last, where that is asked for, nothing more is known. */
static err_t publish(struct leave *l, bool gone)
{
    struct plan plan;
    char what[WHAT_BYTES] = "";
    const struct config_set *set = l->newest.set != NULL ? l->newest.set : l->one.published.set;
    TRY(plan_off(&l->arena, set, l->what.shared ? l->what.account : NULL, l->what.stores,
                 l->what.store_count, gone, l->why, &plan));
    l->steps.at = STEP_PUBLISH;
    text_set(what, sizeof what, gone ? "take out of the configuration:" : "switch off:");
    for (size_t i = 0; i < plan.count; i++) {
        if (plan.entries[i].change != PLAN_SAME) {
            text_add(what, sizeof what, " %.*s", SLICE_ARG(plan.entries[i].key));
        }
    }
    if (plan.changes == 0) {
        return err_ok();
    }
    TRY(steps_say(&l->steps, STEP_PUBLISH, what));
    return l->steps.dry ? err_ok() : publish_plan(&l->one.startup.kafka, &plan, l->log, l->why);
}

static err_t go_through(void *arg)
{
    struct leave *l = arg;
    TRY(l->steps.dry ? choose(l, l->one.published.set) : choose_again(l));
    TRY(publish(l, false));
    if (l->one.zendesk.support != NULL) {
        TRY(disconnect_tickets(&l->steps, &l->what));
    }
    if (l->one.zendesk.conversations != NULL) {
        TRY(disconnect_messaging(&l->steps, &l->what));
    }
    return options_switch(l->options, "forget") ? publish(l, true) : err_ok();
}

/* Rows 37, 38. */
static void tell_left(const struct leave *l)
{
    const char *name = options_word(l->options, 0);
    if (l->talk.json) {
        struct out_line o;
        out_begin(&o, stdout);
        json_put_text(&o.json, "disconnected", name);
        json_put_int(&o.json, "steps", (int64_t)l->steps.changes);
        json_put_bool(&o.json, "shared_in_use", !l->what.shared);
        out_end(&o);
        return;
    }
    if (!l->what.shared) {
        (void)printf("Left, as other stores of %s use them: the integration, its line of the "
                     "switchboard, the default responder.\n",
                     name);
        return;
    }
    (void)printf("Left in Zendesk, to be removed by hand if nobody needs them: the bot's user "
                 "(%.*s), the OAuth client or API token, the Conversations API key, the "
                 "switchboard with Agent Workspace.\n",
                 SLICE_ARG(l->one.account.bot_user_id));
}

static err_t leave(struct leave *l, int *ret_status)
{
    bool done = false;
    CLEANUP(reader_kafka)
    struct reader_kafka kafka = {.options = &l->one.startup.kafka, .log = l->log};
    l->reader = where_reader(&kafka);
    struct lease lease = {.kafka = &l->one.startup.kafka,
                          .reader = &l->reader,
                          .log = l->log,
                          .account = options_word(l->options, 0),
                          .takes_over = options_switch(l->options, "take-over"),
                          .why = l->why};
    l->steps.lease = &lease;
    TRY(step_talk_go(&l->talk, &l->steps, l->options, go_through, l, ret_status, &done));
    if (done) {
        tell_left(l);
    }
    return err_ok();
}

static int run(const struct options *options)
{
    int status = 0;
    struct why why = {""};
    struct leave l = {
        .options = options,
        .log = command_log(program, options),
        .why = &why,
    };
    arena_init(&l.arena, ARENA_BYTES_MAX);
    stop_install();
    steps_init(&l.steps, &l.one.zendesk);
    step_talk_init(&l.talk, program, options, &l.steps);
    err_t e = one_account_open(options, true, l.log, &l.arena, &why, &l.one);
    l.steps.at = l.one.zendesk.failure.status != 0 ? STEP_LOGIN : STEP_NONE;
    e = err_failed(e) ? e : leave(&l, &status);
    status = err_failed(e) ? step_talk_failed(&l.talk, &l.steps, e) : status;
    steps_deinit(&l.steps);
    published_deinit(&l.newest);
    one_account_deinit(&l.one);
    arena_deinit(&l.arena);
    log_free(l.log);
    return status;
}

int command_disconnect(int argc, char *const *argv)
{
    return one_account_main(program,
                            "Takes out of Zendesk what `tieline connect` made for an account, in "
                            "the reverse order, and nothing else.\n"
                            "The account is switched off first: nothing is sent for it any more. "
                            "Tickets and conversations stay as they are.",
                            rows, sizeof rows / sizeof rows[0], argc, argv, run);
}
