/* ctl/setup.c against the sandbox: what is made once is adopted ever after. Also child.c, which
 * runs the sandbox, and rest.c, which speaks to it. */
#include "ctl/child.h"
#include "ctl/rest.h"
#include "ctl/setup.h"
#include "rt/stop.h"
#include "tests/support/unit.h"

#include <string.h>

static const char *sandbox_path; /* argv[1] */

struct world {
    struct arena arena;
    char folder[32];
    struct child sandbox;
    struct setup_request request;
};

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
    w->request = (struct setup_request){
        .conversations_url = json_string(json_find(ready, "conversations_url")).ptr,
        .app_id = json_string(json_find(ready, "app_id")).ptr,
        .key_id = json_string(json_find(ready, "key_id")).ptr,
        .key_secret = json_string(json_find(ready, "key_secret")).ptr,
        .name = "Tieline",
        .target = "http://127.0.0.1:9/api/v1/connectors/acme/webhook",
        .default_responder = true,
    };
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

static void run(struct world *w, struct setup_result *ret)
{
    struct why why = {""};
    err_t e = setup_messaging(&w->request, &w->arena, &why, ret);
    EXPECT_OK(why.text, e);
}

static void check_again(struct world *w)
{
    struct setup_result first;
    struct setup_result again;
    run(w, &first);
    EXPECT("something was made", first.changes > 0);
    EXPECT("a secret for X-API-Key", first.webhook_secret.len > 0 && first.line.len > 0);
    EXPECT_SLICE("the humans' line", first.agent_target, SLICE("zd-agentWorkspace"));
    run(w, &again);
    EXPECT("row 55: run again, nothing to change", again.changes == 0);
    EXPECT_SLICE("the same integration", again.integration_id, first.integration_id);
    EXPECT_SLICE("the same secret", again.webhook_secret, first.webhook_secret);
    EXPECT_SLICE("the same line", again.line, first.line);

    w->request.target = "http://127.0.0.1:10/api/v1/connectors/acme/webhook";
    run(w, &again);
    EXPECT("row 57: ingest has moved, one correction", again.changes == 1);
    EXPECT_SLICE("in place", again.integration_id, first.integration_id);
    w->request.name = "Tieline of the shop";
    run(w, &again);
    EXPECT("found by where its webhook goes", again.changes == 0);
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
    struct setup_request request = w.request;
    request.key_secret = "wrong";
    EXPECT_CODE("wrong secret", setup_messaging(&request, &w.arena, &why, &result), ERR_CONFIG);
    EXPECT("row 123: step", strstr(why.text, "could not list the integrations") != NULL);
    EXPECT("row 123: status and cause",
           strstr(why.text, "401") != NULL && strstr(why.text, "key id and secret") != NULL);
    EXPECT("no secret in it", strstr(why.text, "wrong") == NULL);
    request = w.request;
    request.app_id = "000000000000000000000000";
    EXPECT_CODE("wrong app", setup_messaging(&request, &w.arena, &why, &result), ERR_CONFIG);
    request.conversations_url = "http://127.0.0.1:9";
    EXPECT_CODE("nobody there", setup_messaging(&request, &w.arena, &why, &result),
                ERR_UNAVAILABLE);
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
