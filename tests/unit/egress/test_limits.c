/* What an account's headers and refusals are followed by, in the loop. */
#include "tests/unit/egress/rig.h"

#include <stdio.h>
#include <string.h>

static struct rig rig;
static char made[] = "{\"messages\":[{\"id\":\"m1\"}],\"ticket\":{\"id\":7},\"tags\":[\"x\"]}";

/* ---- a budget a minute, as Zendesk counts it */

enum { LIMIT_A_MINUTE = 200, MINUTES = 6 };

static struct {
    int64_t window; /* number of the minute */
    int64_t used;
    size_t refused;      /* in all */
    size_t refused_late; /* after the first minute */
} desk;

static struct peer_reply counted(void *arg, const struct peer_seen *seen, size_t index)
{
    static char remaining[24];
    static char reset[24];
    (void)arg;
    int64_t now = seen->at.ms + 21 * 1000; /* its minutes are not ours */
    if (now / 60000 != desk.window) {
        desk.window = now / 60000;
        desk.used = 0;
    }
    bool is_fine = desk.used < LIMIT_A_MINUTE;
    desk.used += is_fine ? 1 : 0;
    int64_t resets = 60 - now % 60000 / 1000;
    desk.refused += is_fine ? 0 : 1;
    desk.refused_late += is_fine || seen->at.ms < 60 * 1000 ? 0 : 1;
    (void)snprintf(remaining, sizeof remaining, "%lld", (long long)(LIMIT_A_MINUTE - desk.used));
    (void)snprintf(reset, sizeof reset, "%lld", (long long)resets);
    return (struct peer_reply){
        .status = is_fine ? 201 : 429,
        .body = made,
        .retry_after = span_s(is_fine ? 0 : resets),
        .rate_remaining = remaining,
        .rate_limit = "200",
        .rate_reset = reset,
        .after = span_ms(80 + (int64_t)(index * 37 % 150)),
    };
}

static void write_words(int conversations, int words)
{
    for (int i = 0; i < conversations * words; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "c%d", i % conversations);
        (void)rig_message(&rig, &(struct rig_message){.account = "acme",
                                                      .conversation = name,
                                                      .voice = VOICE_CUSTOMER});
    }
}

static void test_a_budget_is_used_to_its_end_and_not_beyond(void **state)
{
    (void)state;
    memset(&desk, 0, sizeof desk);
    rig_init(&rig, 1, counted, NULL);
    rig.clock.mono = (mono_ms_t){0};
    rig_start(&rig);
    write_words(50, 40);
    EXPECT_OK("run", rig_run(&rig, span_s((int64_t)60 * MINUTES)));
    size_t granted = (size_t)LIMIT_A_MINUTE * MINUTES;
    size_t used = rig.peer.seen_count - desk.refused;
    if (used * 100 < granted * 95 || desk.refused_late > 0) {
        fail_msg("%zu of %zu used, %zu refused", used, granted, desk.refused_late);
    }
    rig_deinit(&rig);
}

/* ---- one endpoint */

static struct peer_reply tags_are_used_up(void *arg, const struct peer_seen *seen, size_t index)
{
    (void)arg;
    (void)index;
    bool is_tags = strstr(seen->url.ptr, "/tags") != NULL;
    return (struct peer_reply){
        .status = 200,
        .body = made,
        .rate_remaining = "300",
        .rate_endpoint = is_tags ? "total=5; remaining=0; resets=40" : NULL,
    };
}

static int64_t write_tags(const char *conversation)
{
    struct command c = rig_base(&rig, EFFECT_TICKET_TAGS, "acme", conversation);
    c.api = API_SUPPORT;
    c.method = METHOD_PUT;
    c.path = SLICE("/api/v2/tickets/17/tags");
    c.body = SLICE("{\"tags\":[\"x\"]}");
    return rig_command(&rig, &c);
}

static size_t seen_of(const char *part)
{
    size_t count = 0;
    for (size_t i = 0; i < rig.peer.seen_count; i++) {
        count += strstr(rig.peer.seen[i].url.ptr, part) != NULL ? 1 : 0;
    }
    return count;
}

static void test_an_endpoint_that_is_used_up_waits_alone(void **state)
{
    (void)state;
    rig_init(&rig, 1, tags_are_used_up, NULL);
    rig_start(&rig);
    (void)write_tags("c1");
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    (void)write_tags("c2");
    struct command create = rig_base(&rig, EFFECT_TICKET_CREATE, "acme", "c3");
    create.api = API_SUPPORT;
    create.path = SLICE("/api/v2/tickets");
    create.body = SLICE("{\"ticket\":{\"subject\":\"x\",\"external_id\":\"tieline:k:1\"}}");
    (void)rig_command(&rig, &create);
    EXPECT_OK("run", rig_run(&rig, span_s(30)));
    EXPECT("one, which said that it was the last", seen_of("/tags") == 1);
    EXPECT("another endpoint is not held up", seen_of("/tickets") == 2);
    EXPECT_OK("run", rig_run(&rig, span_s(15)));
    EXPECT("when its window has ended", seen_of("/tags") == 2);
    rig_deinit(&rig);
}

/* ---- a login that is let in and may do nothing */

static struct peer_reply forbidden(void *arg, const struct peer_seen *seen, size_t index)
{
    const char *only = arg; /* "" = all */
    (void)index;
    bool is_refused = only != NULL && strstr(seen->url.ptr, only) != NULL;
    return (struct peer_reply){.status = is_refused ? 403 : 201, .body = made};
}

static size_t ended(enum outcome_result result)
{
    static const struct outcome *all[RIG_OUTCOMES_MAX];
    size_t found = rig_outcomes(&rig, 0, all);
    size_t count = 0;
    for (size_t i = 0; i < found; i++) {
        count += all[i]->result == result ? 1 : 0;
    }
    return count;
}

static void test_rights_that_are_gone_stop_all(void **state)
{
    (void)state;
    rig_init(&rig, 1, forbidden, (void *)(uintptr_t) "/messages");
    rig_start(&rig);
    for (int i = 0; i < 40; i++) {
        write_words(1, 1); /* one after the other, of one conversation */
        EXPECT_OK("run", rig_run(&rig, span_ms(100)));
    }
    EXPECT("the first are taken for what they say", ended(OUTCOME_REFUSED) == 2);
    EXPECT("then nothing is sent any more", rig.peer.seen_count == 3);
    rig.peer.arg = NULL;
    EXPECT_OK("new set", config_log_at(rig.config_log, 3, &rig.config));
    egress_loop_configure(rig.loop, rig.config);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("nothing else is lost", ended(OUTCOME_APPLIED) == 38);
    rig_deinit(&rig);
}

static void test_one_object_does_not_stop_an_account(void **state)
{
    (void)state;
    rig_init(&rig, 1, forbidden, (void *)(uintptr_t) "/c0/messages");
    rig_start(&rig);
    write_words(1, 6);
    EXPECT_OK("run", rig_run(&rig, span_ms(100)));
    (void)rig_message(&rig, &(struct rig_message){.account = "acme", .conversation = "c1"});
    EXPECT_OK("run", rig_run(&rig, span_s(300)));
    EXPECT("it has ended, and so have those behind it", ended(OUTCOME_REFUSED) == 6);
    EXPECT("another conversation goes on", ended(OUTCOME_APPLIED) == 1);
    rig_deinit(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_budget_is_used_to_its_end_and_not_beyond),
        cmocka_unit_test(test_an_endpoint_that_is_used_up_waits_alone),
        cmocka_unit_test(test_rights_that_are_gone_stop_all),
        cmocka_unit_test(test_one_object_does_not_stop_an_account),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
