/* typing.c: what is shown of a turn that is out costs no call that counts anything. */
#include "tests/unit/egress/rig.h"

#include <string.h>

#define ANSWER "{\"messages\":[{\"markdown\":\"Hello\"}]}"

static struct rig rig;

/* How Zendesk answers the showing; the bot answers after five seconds. */
static struct peer_reply shown;

static bool is_showing(const struct peer_seen *seen)
{
    return strstr(seen->url.ptr, "/activity") != NULL;
}

static struct peer_reply reply(void *arg, const struct peer_seen *seen, size_t index)
{
    bool is_bots = strstr(seen->url.ptr, "/conversations/") == NULL;
    (void)arg;
    (void)index;
    if (is_showing(seen)) {
        return shown;
    }
    return is_bots ? (struct peer_reply){.status = 200, .body = ANSWER, .after = span_s(5)}
                   : (struct peer_reply){.status = 201, .body = "{\"messages\":[{\"id\":\"m1\"}]}"};
}

static void begin(void)
{
    shown = (struct peer_reply){.status = 200, .body = "{}"};
    rig_init(&rig, 1, reply, NULL);
    rig_start(&rig);
}

static struct command turn_of(const char *conversation)
{
    struct command c = rig_base(&rig, EFFECT_BOT_TURN, "acme", conversation);
    c.api = API_BOT;
    c.slot = SLOT_TURN;
    c.path = (struct slice){0};
    c.body = SLICE("{\"type\":\"turn\"}");
    c.turn = SLICE("t-1");
    c.deadline = span_s(20);
    c.typing = true;
    return c;
}

static size_t showings(void)
{
    size_t count = 0;
    for (size_t i = 0; i < rig.peer.seen_count; i++) {
        count += is_showing(&rig.peer.seen[i]) ? 1 : 0;
    }
    return count;
}

static void test_it_is_shown_while_the_bot_is_asked(void **state)
{
    (void)state;
    begin();
    struct command c = turn_of("c 1");
    int64_t offset = rig_command(&rig, &c);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("the bot first", rig.peer.seen_count == 2 && !is_showing(&rig.peer.seen[0]));
    const struct peer_seen *seen = &rig.peer.seen[1];
    EXPECT("of that conversation", strstr(seen->url.ptr, "/conversations/c%201/activity") != NULL);
    EXPECT_SLICE("posted", seen->method, SLICE("POST"));
    EXPECT_SLICE("as Zendesk documents it", seen->body,
                 SLICE("{\"author\":{\"type\":\"business\"},\"type\":\"typing:start\"}"));
    EXPECT("with the account's key", strstr(seen->headers.ptr, "Authorization:") != NULL);
    EXPECT_OK("run", rig_run(&rig, span_s(10)));
    const struct outcome *o = rig_outcome(&rig, 0, offset);
    EXPECT("the turn is answered", o != NULL && o->result == OUTCOME_APPLIED && o->tries == 1);
    EXPECT("shown once", showings() == 1);
    const struct outcome *all[RIG_OUTCOMES_MAX];
    EXPECT("and no outcome of its own", rig_outcomes(&rig, 0, all) == 1);
    rig_deinit(&rig);
}

static void test_a_turn_that_does_not_want_it_shows_nothing(void **state)
{
    (void)state;
    begin();
    struct command c = turn_of("c1");
    c.typing = false;
    (void)rig_command(&rig, &c);
    EXPECT_OK("run", rig_run(&rig, span_s(10)));
    EXPECT("nothing", showings() == 0);
    rig_deinit(&rig);
}

static void test_its_failures_are_nobodys(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct peer_reply reply;
    } rows[] = {
        {"it was refused", {.status = 404}},
        {"a wrong key", {.status = 401}},
        {"not allowed", {.status = 403}},
        {"no answer", {.result = PEER_LOST}},
        {"too slow", {.result = PEER_TIMED_OUT, .after = {5000}}},
        {"an error", {.status = 503}},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        begin();
        shown = rows[i].reply;
        for (int turn = 0; turn < 8; turn++) { /* more than a breaker would take */
            struct command c = turn_of("c1");
            (void)rig_command(&rig, &c);
        }
        EXPECT_OK("run", rig_run(&rig, span_s(60)));
        EXPECT(rows[i].why, showings() == 8);
        int64_t offset = rig_message(&rig, &(struct rig_message){.account = "acme",
                                                                 .conversation = "c2",
                                                                 .voice = VOICE_CUSTOMER});
        EXPECT_OK("run", rig_run(&rig, span_ms(200)));
        const struct outcome *o = rig_outcome(&rig, 0, offset);
        EXPECT(rows[i].why, o != NULL && o->result == OUTCOME_APPLIED);
        rig_deinit(&rig);
    }
}

static void test_who_is_limited_is_left_alone(void **state)
{
    (void)state;
    begin();
    shown = (struct peer_reply){.status = 429, .retry_after = span_s(30)};
    struct command c = turn_of("c1");
    (void)rig_command(&rig, &c);
    EXPECT_OK("run", rig_run(&rig, span_s(6)));
    for (int turn = 0; turn < 3; turn++) {
        c = turn_of("c1");
        (void)rig_command(&rig, &c);
    }
    EXPECT_OK("run", rig_run(&rig, span_s(20)));
    EXPECT("not tried again, and not for others", showings() == 1);
    rig_deinit(&rig);
}

static void test_little_that_is_left_is_for_words(void **state)
{
    (void)state;
    begin();
    shown.rate_remaining = "40";
    shown.rate_limit = "100";
    shown.rate_reset = "30";
    struct command c = turn_of("c1");
    (void)rig_command(&rig, &c);
    EXPECT_OK("run", rig_run(&rig, span_s(6)));
    c = turn_of("c1");
    (void)rig_command(&rig, &c);
    EXPECT_OK("run", rig_run(&rig, span_s(6)));
    EXPECT("less than half is left", showings() == 1);
    rig_deinit(&rig);
}

static void test_nothing_is_shown_where_a_human_is(void **state)
{
    (void)state;
    begin();
    struct command turn = turn_of("c1");
    turn.epoch = 1;
    struct command fence = rig_base(&rig, EFFECT_FENCE, "acme", "c1");
    fence.api = API_NONE;
    fence.method = METHOD_NONE;
    fence.path = (struct slice){0};
    fence.body = (struct slice){0};
    fence.epoch = 2;
    (void)rig_command(&rig, &turn);
    (void)rig_command(&rig, &fence);
    EXPECT_OK("run", rig_run(&rig, span_s(10)));
    EXPECT("nothing", showings() == 0);
    rig_deinit(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_shown_while_the_bot_is_asked),
        cmocka_unit_test(test_a_turn_that_does_not_want_it_shows_nothing),
        cmocka_unit_test(test_its_failures_are_nobodys),
        cmocka_unit_test(test_who_is_limited_is_left_alone),
        cmocka_unit_test(test_little_that_is_left_is_for_words),
        cmocka_unit_test(test_nothing_is_shown_where_a_human_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
