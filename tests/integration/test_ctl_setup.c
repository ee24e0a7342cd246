/* ctl/setup.c and ctl/setup_tickets.c against the sandbox: what is made once is adopted ever after.
 * Also child.c, which runs the sandbox, and rest.c, which speaks to it. */
#include "ctl/child.h"
#include "ctl/rest.h"
#include "ctl/setup.h"
#include "ctl/setup_tickets.h"
#include "ctl/text.h"
#include "rt/stop.h"
#include "tests/support/unit.h"

#include <string.h>

static const char *sandbox_path; /* argv[1] */

struct world {
    struct arena arena;
    char folder[32];
    struct child sandbox;
    struct zendesk_login login;
    struct setup_request request;
    struct setup_tickets_request tickets;
    struct setup_tickets_store stores[2];
    struct setup_tickets_given given[2];
};

static void world_tickets(struct world *w, const struct json *ready)
{
    const struct json *brand = json_find(ready, "brands")->first;
    w->stores[0] = (struct setup_tickets_store){
        .name = "shoes",
        .brand_id = json_id(json_find(brand, "id")),
        .token = SLICE("token-1"),
        .target = "http://127.0.0.1:9/api/v1/stores/shoes/tickets",
        .ret = &w->given[0],
    };
    w->stores[1] = (struct setup_tickets_store){
        .name = "hats",
        .brand_id = json_id(json_find(brand->next, "id")),
        .token = SLICE("token-2"),
        .target = "http://127.0.0.1:9/api/v1/stores/hats/tickets",
        .ret = &w->given[1],
    };
    w->tickets = (struct setup_tickets_request){
        .name = "Tieline",
        .bot_user_id = json_id(json_find(ready, "bot_user_id")),
        .stores = w->stores,
        .store_count = COUNT_OF(w->stores),
    };
}

static void world_start(struct world *w, const char *scenario)
{
    *w = (struct world){.folder = "/tmp/test-setup-XXXXXX"};
    struct why why = {""};
    const struct json *ready = NULL;
    static char path[64];
    arena_init(&w->arena, 16 * 1024 * 1024);
    EXPECT("a folder", mkdtemp(w->folder) != NULL);
    child_init(&w->sandbox, "sandbox", sandbox_path, w->folder);
    child_flag(&w->sandbox, "--listen", "127.0.0.1:0");
    child_flag(&w->sandbox, "--admin", "127.0.0.1:0");
    if (scenario != NULL) {
        (void)snprintf(path, sizeof path, "%s/scenario", w->folder);
        FILE *file = fopen(path, "w");
        EXPECT("written", file != NULL && fputs(scenario, file) >= 0 && fclose(file) == 0);
        child_flag(&w->sandbox, "--scenario", path);
    }
    EXPECT_OK(why.text, child_start(&w->sandbox, (mono_ms_t){0}, &why));
    EXPECT_OK(why.text, child_wait_ready(&w->sandbox, span_s(20), &w->arena, &why, &ready));
    w->login = (struct zendesk_login){
        .support_url = json_string(json_find(ready, "support_url")).ptr,
        .client_id = json_string(json_find(ready, "oauth.client_id")).ptr,
        .client_secret = json_string(json_find(ready, "oauth.client_secret")).ptr,
        .email = json_string(json_find(ready, "email")).ptr,
        .api_token = json_string(json_find(ready, "api_token")).ptr,
        .conversations_url = json_string(json_find(ready, "conversations_url")).ptr,
        .app_id = json_string(json_find(ready, "app_id")).ptr,
        .key_id = json_string(json_find(ready, "key_id")).ptr,
        .key_secret = json_string(json_find(ready, "key_secret")).ptr,
    };
    w->request = (struct setup_request){
        .name = "Tieline",
        .target = "http://127.0.0.1:9/api/v1/connectors/acme/webhook",
        .line_name = "tieline",
        .default_responder = true,
    };
    world_tickets(w, ready);
}

static void world_stop(struct world *w)
{
    char path[64];
    child_stop(&w->sandbox, span_s(10));
    EXPECT("it ended by itself", w->sandbox.pid == 0 && WIFEXITED(w->sandbox.status));
    (void)snprintf(path, sizeof path, "%s/sandbox.log", w->folder);
    unlink(path);
    (void)snprintf(path, sizeof path, "%s/scenario", w->folder);
    unlink(path);
    rmdir(w->folder);
    arena_deinit(&w->arena);
}

/* Messaging, tickets, or both; what was to be changed. */
static err_t connect_as(struct world *w, const struct zendesk_login *login, bool dry,
                        const struct setup_request *messaging,
                        const struct setup_tickets_request *tickets, struct why *why,
                        struct setup_result *ret, unsigned *ret_changes)
{
    CLEANUP(zendesk) struct zendesk zendesk = {.login = login};
    CLEANUP(steps) struct steps steps;
    steps_init(&steps, &zendesk);
    steps.dry = dry;
    TRY(zendesk_open(login, &w->arena, why, &zendesk));
    if (messaging != NULL) {
        TRY(setup_messaging(&steps, messaging, ret));
    }
    if (tickets != NULL) {
        TRY(setup_tickets(&steps, tickets));
    }
    *ret_changes = steps.changes;
    return err_ok();
}

static unsigned run_dry(struct world *w, bool dry, struct setup_result *ret)
{
    struct why why = {""};
    unsigned changes = 0;
    EXPECT_OK(why.text, connect_as(w, &w->login, dry, &w->request, NULL, &why, ret, &changes));
    return changes;
}

static unsigned run(struct world *w, struct setup_result *ret)
{
    return run_dry(w, false, ret);
}

static void check_again(struct world *w)
{
    struct setup_result first;
    struct setup_result again;
    unsigned wanted = run_dry(w, true, &first);
    EXPECT("a dry run says what it would make, each time", run_dry(w, true, &first) == wanted);
    EXPECT("and that is what is made", wanted > 0 && run(w, &first) == wanted);
    EXPECT("a secret for X-API-Key", first.webhook_secret.len > 0 && first.line.len > 0);
    EXPECT_SLICE("the humans' line", first.agent_target, SLICE("zd-agentWorkspace"));
    EXPECT("row 55: run again, nothing to change", run(w, &again) == 0);
    EXPECT_SLICE("the same integration", again.integration_id, first.integration_id);
    EXPECT_SLICE("the same secret", again.webhook_secret, first.webhook_secret);
    EXPECT_SLICE("the same line", again.line, first.line);

    w->request.target = "http://127.0.0.1:10/api/v1/connectors/acme/webhook";
    EXPECT("row 57: ingest has moved, one correction", run(w, &again) == 1);
    EXPECT_SLICE("in place", again.integration_id, first.integration_id);
    w->request.name = "Tieline of the shop";
    EXPECT("found by where its webhook goes", run(w, &again) == 0);
}

static void made_once_adopted_ever_after(void **state)
{
    (void)state;
    struct world w;
    world_start(&w, NULL);
    check_again(&w);
    world_stop(&w);
}

static void an_account_without_a_switchboard_gets_one(void **state)
{
    (void)state;
    struct world w;
    world_start(&w, "{\"switchboard\":false}");
    check_again(&w);
    world_stop(&w);
}

static void refusals_name_step_status_and_cause(void **state)
{
    (void)state;
    struct world w;
    struct setup_result result;
    struct why why = {""};
    world_start(&w, NULL);
    struct zendesk_login login = w.login;
    unsigned changes = 0;
    login.key_secret = "wrong";
    EXPECT_CODE("wrong secret",
                connect_as(&w, &login, false, &w.request, NULL, &why, &result, &changes),
                ERR_PERMISSION);
    EXPECT("row 123: step", strstr(why.text, "could not list the integrations") != NULL);
    EXPECT("row 123: status and cause",
           strstr(why.text, "401") != NULL && strstr(why.text, "key id and secret") != NULL);
    EXPECT("no secret in it", strstr(why.text, "wrong") == NULL);
    login = w.login;
    login.app_id = "000000000000000000000000";
    EXPECT_CODE("wrong app",
                connect_as(&w, &login, false, &w.request, NULL, &why, &result, &changes),
                ERR_CONFIG);
    login.conversations_url = "http://127.0.0.1:9";
    EXPECT_CODE("nobody there",
                connect_as(&w, &login, false, &w.request, NULL, &why, &result, &changes),
                ERR_UNAVAILABLE);
    world_stop(&w);
}

static unsigned run_tickets(struct world *w)
{
    struct why why = {""};
    unsigned changes = 0;
    EXPECT_OK(why.text, connect_as(w, &w->login, false, NULL, &w->tickets, &why, NULL, &changes));
    return changes;
}

/* One call of the Support API, as an admin of the account would make it. */
static const struct json *admin(struct world *w, const char *method, const char *path,
                                const char *body)
{
    char user[128];
    struct why why = {""};
    struct rest_answer answer = {0, NULL};
    CLEANUP_PTR(rest) struct rest *rest = NULL;
    text_set(user, sizeof user, "%s/token", w->login.email);
    const struct rest_login login = {REST_TOKEN, user, w->login.api_token};
    EXPECT_OK("client", rest_new(w->login.support_url, &login, &rest));
    EXPECT_OK(why.text,
              rest_call(rest, "look", method, path, slice_of(body), &w->arena, &why, &answer));
    return answer.body;
}

static size_t count_of(struct world *w, const char *what)
{
    char path[64];
    text_set(path, sizeof path, "/api/v2/%s", what);
    const struct json *list = json_find(admin(w, "GET", path, ""), what);
    return list == NULL ? 0 : list->count;
}

/* Puts one thing out of order; the next run must correct it in place, by one call. */
static void bend(struct world *w, const char *why, const char *list, size_t index, const char *body)
{
    char path[256];
    text_set(path, sizeof path, "/api/v2/%s", list);
    const struct json *item = json_find(admin(w, "GET", path, ""), list)->first;
    for (; index > 0; index--) {
        item = item->next;
    }
    text_add(path, sizeof path, "/%.*s", SLICE_ARG(json_id(json_find(item, "id"))));
    bool is_webhook = strcmp(list, "webhooks") == 0;
    (void)admin(w, is_webhook ? "PATCH" : "PUT", path, body);
    EXPECT(why, run_tickets(w) == 1);
    EXPECT(why, run_tickets(w) == 0);
}

static void webhook_and_triggers_of_each_store(void **state)
{
    (void)state;
    struct world w;
    world_start(&w, NULL);
    EXPECT("a webhook and three triggers for each of two", run_tickets(&w) == 8);
    EXPECT("rows 42, 43: run again, nothing to change", run_tickets(&w) == 0);
    w.login.client_id = "";
    EXPECT("the same by mail address and token", run_tickets(&w) == 0);
    EXPECT("two webhooks", count_of(&w, "webhooks") == 2);
    EXPECT("six triggers", count_of(&w, "triggers") == 6);
    const struct json *trigger =
        json_find(admin(&w, "GET", "/api/v2/triggers", ""), "triggers")->first;
    EXPECT_SLICE("title", json_string(json_find(trigger, "title")),
                 SLICE("Tieline shoes: ticket created"));
    const struct json *action = json_find(trigger, "actions")->first;
    EXPECT_SLICE("row 64: assigns first", json_string(json_find(action, "field")),
                 SLICE("assignee_id"));
    /* row 41: the body is a template of ids, so that no text can break it */
    EXPECT_SLICE("row 39: ids alone", json_string(json_find(action->next, "value")->first->next),
                 SLICE("{\"event\":\"ticket_created\",\"ticket_id\":\"{{ticket.id}}\",\"brand_id\":"
                       "\"{{ticket.brand.id}}\","
                       "\"current_user_id\":\"{{current_user.id}}\",\"updated_at\":\"{{ticket."
                       "updated_at_with_timestamp}}\","
                       "\"latest_comment_id\":\"{{ticket.latest_comment.id}}\"}"));
    bend(&w, "a webhook that was switched off", "webhooks", 1,
         "{\"webhook\":{\"status\":\"inactive\"}}");
    bend(&w, "one that was renamed", "webhooks", 0,
         "{\"webhook\":{\"name\":\"bridge\",\"status\":\"inactive\"}}");
    bend(&w, "a trigger that was switched off", "triggers", 1, "{\"trigger\":{\"active\":false}}");
    bend(&w, "row 46: one that lost its conditions", "triggers", 2,
         "{\"trigger\":{\"conditions\":{\"all\":[{\"field\":\"update_type\",\"operator\":\"is\","
         "\"value\":\"Change\"}]}}}");
    bend(&w, "one that was renamed and switched off", "triggers", 3,
         "{\"trigger\":{\"title\":\"bridge\",\"active\":false}}");
    w.stores[1].token = SLICE("token-3");
    EXPECT("another token, one correction", run_tickets(&w) == 1);
    w.stores[1].target = "http://127.0.0.1:10/api/v1/stores/hats/tickets";
    EXPECT("row 57: ingest has moved, one correction", run_tickets(&w) == 1);
    EXPECT("all was in place", count_of(&w, "webhooks") == 2 && count_of(&w, "triggers") == 6);
    world_stop(&w);
}

static void what_support_refuses_is_said(void **state)
{
    (void)state;
    struct world w;
    struct zendesk_login login;
    struct why why = {""};
    unsigned changes = 0;
    world_start(&w, NULL);
    login = w.login;
    login.client_secret = "wrong-secret";
    EXPECT_CODE("wrong secret",
                connect_as(&w, &login, false, NULL, &w.tickets, &why, NULL, &changes),
                ERR_PERMISSION);
    EXPECT("row 123: step and cause", strstr(why.text, "could not log in to Support") != NULL &&
                                          strstr(why.text, "OAuth client right?") != NULL);
    EXPECT("no secret in it", strstr(why.text, "wrong-secret") == NULL);
    login = w.login;
    login.client_id = "";
    login.api_token = "wrong-token";
    EXPECT_CODE("wrong token",
                connect_as(&w, &login, false, NULL, &w.tickets, &why, NULL, &changes),
                ERR_PERMISSION);
    EXPECT("row 123", strstr(why.text, "401") != NULL && strstr(why.text, "wrong-token") == NULL);
    struct setup_tickets_request request = w.tickets;
    request.bot_user_id = SLICE("999");
    EXPECT_CODE("no such bot",
                connect_as(&w, &w.login, false, NULL, &request, &why, NULL, &changes), ERR_CONFIG);
    EXPECT("which trigger of which store",
           strstr(why.text, "make the trigger for new tickets of shoes") != NULL);
    (void)admin(&w, "POST", "/api/v2/webhooks",
                "{\"webhook\":{\"name\":\"Tieline "
                "boots\",\"status\":\"active\",\"endpoint\":\"http://127.0.0.1:9/x\","
                "\"http_method\":\"POST\",\"request_format\":\"json\",\"subscriptions\":[\"zen:"
                "event-type:ticket.created\"]}}");
    w.stores[0].name = "boots";
    EXPECT_CODE("of the other kind",
                connect_as(&w, &w.login, false, NULL, &w.tickets, &why, NULL, &changes),
                ERR_CONFIG);
    EXPECT("what to do",
           strstr(why.text, "\"Tieline boots\" exists but is subscribed to events") != NULL);
    world_stop(&w);
}

static void who_ends_early_says_why(void **state)
{
    (void)state;
    struct world w;
    struct child c;
    struct why why = {""};
    world_start(&w, NULL);
    child_init(&c, "broken", sandbox_path, w.folder);
    child_argument(&c, "--no-such-flag");
    EXPECT_OK(why.text, child_start(&c, (mono_ms_t){0}, &why));
    EXPECT_CODE("ended", child_wait_ready(&c, span_s(20), &w.arena, &why, NULL), ERR_UNAVAILABLE);
    EXPECT("its status", strstr(why.text, "exit status 64") != NULL);
    EXPECT("the end of its log",
           strstr(why.text, "broken.log says: ") != NULL && strstr(why.text, "--seed N") != NULL);
    unlink(c.log_path);
    world_stop(&w);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_once_adopted_ever_after),
        cmocka_unit_test(an_account_without_a_switchboard_gets_one),
        cmocka_unit_test(refusals_name_step_status_and_cause),
        cmocka_unit_test(webhook_and_triggers_of_each_store),
        cmocka_unit_test(what_support_refuses_is_said),
        cmocka_unit_test(who_ends_early_says_why),
    };
    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s PATH-OF-tieline-sandbox\n", argv[0]);
        return 64;
    }
    sandbox_path = argv[1];
    stop_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
