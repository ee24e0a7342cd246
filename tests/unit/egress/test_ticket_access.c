/* When calls may go out: access tokens, limits, and words that came late. */
#include "tests/unit/egress/desk_rig.h"

#include <string.h>

static struct rig rig;

/* ---- access tokens */

static void test_tokens(void **state)
{
    (void)state;
    struct desk d = {0};
    desk_begin(&rig, &d, true);
    struct command c = desk_command(&rig, EFFECT_FETCH_TICKET, METHOD_GET, VOICE_NONE);
    struct command other = rig_base(&rig, EFFECT_FETCH_TICKET, "acme", "c2");
    other.api = API_SUPPORT;
    other.method = METHOD_GET;
    other.path = c.path;
    int64_t first = rig_command(&rig, &c);
    (void)rig_command(&rig, &other);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("both are fetched with one token",
           desk_has_outcome(&rig, first) && d.gets == 2 && d.tokens == 1);
    EXPECT("it came first", slice_ends_with(rig.peer.seen[0].url, SLICE("/oauth/tokens")));
    EXPECT("used", strstr(rig.peer.seen[1].headers.ptr, "Bearer t1\n") != NULL);
    EXPECT_OK("run", rig_run(&rig, span_s(850)));
    EXPECT("nobody asks while nothing is to do", d.tokens == 1);
    (void)rig_command(&rig, &c);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("renewed early, beside a call", d.tokens == 2 && d.gets == 3);
    d.unauthorized = 1;
    (void)rig_command(&rig, &c);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("refused once: a new one, at once", d.tokens == 3 && d.gets == 4);
    rig_deinit(&rig);
}

static void test_no_token(void **state)
{
    (void)state;
    struct desk d = {.token_status = 401};
    desk_begin(&rig, &d, true);
    struct command c = desk_command(&rig, EFFECT_FETCH_TICKET, METHOD_GET, VOICE_NONE);
    int64_t fetch = rig_command(&rig, &c);
    int64_t word = rig_message(
        &rig, &(struct rig_message){.account = "acme", .conversation = "c2", .voice = VOICE_BOT});
    EXPECT_OK("run", rig_run(&rig, span_s(10)));
    EXPECT("no hammering", d.tokens == 1 && !desk_has_outcome(&rig, fetch));
    EXPECT("messaging goes on",
           rig_outcome(&rig, rig_partition(&rig, "acme", "c2"), word)->result == OUTCOME_APPLIED);
    d.token_status = 0;
    EXPECT_OK("run", rig_run(&rig, span_s(60)));
    EXPECT("mended",
           desk_has_outcome(&rig, fetch) && desk_outcome(&rig, fetch)->result == OUTCOME_APPLIED);
    rig_deinit(&rig);
}

/* ---- limits */

static void test_a_limited_ticket_delays_no_other(void **state)
{
    (void)state;
    struct desk d = {.status = 429, .wait = {300 * 1000}, .remaining = "398"};
    desk_begin(&rig, &d, false);
    struct command c = desk_command(&rig, EFFECT_TICKET_UPDATE, METHOD_PUT, VOICE_NOTICE);
    int64_t limited = rig_command(&rig, &c);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    d.status = 0;
    struct command other = rig_base(&rig, EFFECT_TICKET_UPDATE, "acme", "c2");
    other.api = API_SUPPORT;
    other.method = METHOD_PUT;
    other.path = SLICE("/api/v2/tickets/18");
    other.body = c.body;
    int64_t free_one = rig_command(&rig, &other);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("it waits", !desk_has_outcome(&rig, limited));
    EXPECT("the other does not",
           rig_outcome(&rig, rig_partition(&rig, "acme", "c2"), free_one) != NULL);
    rig_deinit(&rig);
}

static void test_the_31st_update_waits_here(void **state)
{
    (void)state;
    struct desk d = {0};
    desk_begin(&rig, &d, false);
    int64_t last = 0;
    for (int i = 0; i < 31; i++) {
        struct command c = desk_command(&rig, EFFECT_TICKET_UPDATE, METHOD_PUT, VOICE_NONE);
        last = rig_command(&rig, &c);
    }
    EXPECT_OK("run", rig_run(&rig, span_s(60)));
    EXPECT("thirty", d.puts == 30 && !desk_has_outcome(&rig, last));
    EXPECT_OK("run", rig_run(&rig, span_s(545)));
    EXPECT("after ten minutes", d.puts == 31 && desk_has_outcome(&rig, last));
    rig_deinit(&rig);
}

static void test_rights_that_are_gone_show_though_each_write_begins_with_a_reading(void **state)
{
    (void)state;
    struct desk d = {.status = 403};
    desk_begin(&rig, &d, false);
    int64_t updates[6];
    for (size_t i = 0; i < COUNT_OF(updates); i++) {
        struct command c = desk_command(&rig, EFFECT_TICKET_UPDATE, METHOD_PUT, VOICE_NOTICE);
        updates[i] = rig_command(&rig, &c);
    }
    EXPECT_OK("run", rig_run(&rig, span_s(5)));
    EXPECT("each was read before", d.gets >= 3);
    EXPECT("three are about us", d.puts == 3 && !desk_has_outcome(&rig, updates[2]));
    EXPECT("the first two are not", desk_outcome(&rig, updates[1])->result == OUTCOME_REFUSED);
    d.status = 0;
    EXPECT_OK("run", rig_run(&rig, span_s(60)));
    EXPECT("mended", desk_outcome(&rig, updates[5])->result == OUTCOME_APPLIED && d.puts == 7);
    rig_deinit(&rig);
}

/* ---- late words in messaging */

static void test_late_words_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *why, *active;
        enum voice voice;
        bool asked;
        int64_t age_s;
        enum outcome_result want;
        size_t checks;
    } rows[] = {
        {"fresh", NULL, VOICE_BOT, false, 0, OUTCOME_APPLIED, 0},
        {"late, ours", "bot1", VOICE_BOT, false, 6, OUTCOME_APPLIED, 1},
        {"late, nobody's", NULL, VOICE_BOT, false, 6, OUTCOME_APPLIED, 1},
        {"row 10: late, a human's", "zd-agentWorkspace", VOICE_BOT, false, 6, OUTCOME_SUPERSEDED,
         1},
        {"the first after a release", "zd-agentWorkspace", VOICE_BOT, true, 0, OUTCOME_SUPERSEDED,
         1},
        {"that a session is over, where it is not", "zd-agentWorkspace", VOICE_NOTICE, true, 0,
         OUTCOME_SUPERSEDED, 1},
        {"row 103: it is over, and nobody has it", NULL, VOICE_NOTICE, true, 0, OUTCOME_APPLIED, 1},
        {"a customer's words pass", "zd-agentWorkspace", VOICE_CUSTOMER, false, 60, OUTCOME_APPLIED,
         0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct desk d = {.active = rows[i].active};
        desk_begin(&rig, &d, false);
        struct command c = rig_base(&rig, EFFECT_MESSAGE, "acme", "c1");
        c.path = SLICE("/conversations/c1/messages");
        c.body = SLICE("{}");
        c.voice = rows[i].voice;
        c.check_owner = rows[i].asked;
        c.created = wall_add(c.created, span_s(-rows[i].age_s));
        int64_t offset = rig_command(&rig, &c);
        EXPECT_OK("run", rig_run(&rig, span_s(1)));
        EXPECT(rows[i].why, desk_has_outcome(&rig, offset) &&
                                desk_outcome(&rig, offset)->result == rows[i].want);
        EXPECT(rows[i].why, d.checks == rows[i].checks);
        EXPECT(rows[i].why, d.posts == (rows[i].want == OUTCOME_APPLIED ? 1 : 0));
        rig_deinit(&rig);
    }
}

static void test_a_word_that_was_answered_409_is_checked(void **state)
{
    (void)state;
    struct desk d = {.conflicts = 1, .active = "zd-agentWorkspace"};
    desk_begin(&rig, &d, false);
    int64_t offset = rig_message(
        &rig, &(struct rig_message){.account = "acme", .conversation = "c1", .voice = VOICE_BOT});
    EXPECT_OK("run", rig_run(&rig, span_s(3)));
    EXPECT("once, then asked", d.posts == 1 && d.checks == 1);
    EXPECT("not said", desk_outcome(&rig, offset)->result == OUTCOME_SUPERSEDED);
    EXPECT_SLICE("why", desk_outcome(&rig, offset)->detail, SLICE("another has the conversation"));
    rig_deinit(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_no_token),
        cmocka_unit_test(test_a_limited_ticket_delays_no_other),
        cmocka_unit_test(test_the_31st_update_waits_here),
        cmocka_unit_test(test_rights_that_are_gone_show_though_each_write_begins_with_a_reading),
        cmocka_unit_test(test_late_words_are_checked),
        cmocka_unit_test(test_a_word_that_was_answered_409_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
