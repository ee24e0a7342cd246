/* What waits for the horizon, and for whose commit. */
#include "tests/unit/egress/rig.h"

#include <stdio.h>
#include <string.h>

static struct rig rig;

/* What the other side does with posts and with look-ups. */
struct script {
    struct peer_reply posts[4]; /* the first, the second …; the last for all others */
    struct peer_reply gets;
};

static struct peer_reply scripted(void *arg, const struct peer_seen *seen, size_t index)
{
    const struct script *s = arg;
    (void)index;
    if (!slice_equal(seen->method, SLICE("POST"))) {
        return s->gets;
    }
    size_t posts = 0;
    for (size_t i = 0; i < rig.peer.seen_count; i++) {
        posts += slice_equal(rig.peer.seen[i].method, SLICE("POST")) ? 1 : 0;
    }
    return s->posts[posts <= COUNT_OF(s->posts) ? posts - 1 : COUNT_OF(s->posts) - 1];
}

static const struct peer_reply made = {.status = 201, .body = "{\"messages\":[{\"id\":\"m\"}]}"};
static const struct peer_reply nothing = {.status = 200, .body = "{\"messages\":[]}"};

static size_t posts(void)
{
    size_t count = 0;
    for (size_t i = 0; i < rig.peer.seen_count; i++) {
        count += slice_equal(rig.peer.seen[i].method, SLICE("POST")) ? 1 : 0;
    }
    return count;
}

static int64_t say(void)
{
    return rig_message(&rig, &(struct rig_message){
                                 .account = "acme", .conversation = "c1", .voice = VOICE_CUSTOMER});
}

static void begin(struct script *script)
{
    rig_init(&rig, 1, scripted, script);
    rig.options.call_timeout = span_s(1);
    rig.options.settle = span_s(10);
    rig_start(&rig);
    EXPECT_OK("run", rig_run(&rig, span_ms(50)));
}

static void test_nothing_is_sent_before_its_horizon_stands(void **state)
{
    (void)state;
    struct script script = {{made, made, made, made}, nothing};
    begin(&script);
    rig.bus.delivery_fails = ERR(TIMEOUT);
    (void)say();
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("not recorded", posts() == 0);
    rig.bus.delivery_fails = err_ok();
    rig.bus.holds_commits = true;
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("recorded, not accepted", posts() == 0 && rig.bus.commit_is_out);
    rig.bus.holds_commits = false;
    rig.bus.is_expelled = true;
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("accepted, but we are no member any more", posts() == 0);
    rig.bus.is_expelled = false;
    EXPECT_OK("run", rig_run(&rig, span_s(2)));
    EXPECT("all is well", posts() == 1);
    rig_deinit(&rig);
}

static void test_commits_refused_for_a_session_start_over(void **state)
{
    (void)state;
    struct script script = {{made, made, made, made}, nothing};
    begin(&script);
    rig.bus.commit_refused = ERR(FENCED);
    (void)say();
    EXPECT_OK("run", rig_run(&rig, span_s(40)));
    EXPECT("the group may still tell us", rig.bus.rejoins == 0 && posts() == 0);
    EXPECT_OK("run", rig_run(&rig, span_s(10)));
    EXPECT("it has not", rig.bus.rejoins == 1);
    rig.bus.commit_refused = err_ok();
    EXPECT_OK("run", rig_run(&rig, span_s(90)));
    EXPECT("sent as a new member", posts() == 1);
    rig_deinit(&rig);
}

static void test_who_is_no_member_marks_nothing(void **state)
{
    (void)state;
    struct script script = {{made, made, made, made}, nothing};
    rig_init(&rig, 1, scripted, &script);
    rig_start(&rig);
    rig.bus.holds_commits = true;
    EXPECT_OK("run", rig_run(&rig, span_ms(50)));
    EXPECT("not accepted yet", log_double_count(rig.log, TOPIC_EVENTS, 0) == 0);
    rig.bus.holds_commits = false;
    rig.bus.is_expelled = true;
    EXPECT_OK("run", rig_run(&rig, span_s(2)));
    EXPECT("accepted, and expelled since", log_double_count(rig.log, TOPIC_EVENTS, 0) == 0);
    rig_deinit(&rig);
}

static void test_a_loop_that_stood_still_gives_up_all(void **state)
{
    (void)state;
    struct script script = {{made, made, made, made}, nothing};
    rig_init(&rig, 1, scripted, &script);
    rig_start(&rig);
    EXPECT_OK("run", rig_run(&rig, span_ms(100)));
    clock_double_advance(&rig.clock, span_s(24)); /* more than half of 45 s, asked for 1 at most */
    (void)say();
    span_ms_t wait = {0};
    EXPECT_OK("turn", egress_loop_turn(rig.loop, &rig.why, &wait));
    EXPECT("joins anew before anything else", rig.bus.rejoins == 1 && posts() == 0);
    EXPECT_OK("run", rig_run(&rig, span_s(90)));
    EXPECT("then goes on", posts() == 1);
    rig_deinit(&rig);
}

/* Stopped for half a minute right after the first call was begun. */
static struct peer_reply stops(void *arg, const struct peer_seen *seen, size_t index)
{
    (void)seen;
    if (index == 0) {
        clock_double_advance(arg, span_s(30));
    }
    return (struct peer_reply){.status = 201, .body = "{}"};
}

static void test_a_stop_between_two_calls_is_noticed(void **state)
{
    (void)state;
    rig_init(&rig, 1, stops, &rig.clock);
    rig_start(&rig);
    EXPECT_OK("run", rig_run(&rig, span_ms(100)));
    (void)rig_message(&rig, &(struct rig_message){.account = "acme", .conversation = "c1"});
    (void)rig_message(&rig, &(struct rig_message){.account = "acme", .conversation = "c2"});
    for (int i = 0; i < 20 && rig.peer.seen_count == 0; i++) {
        span_ms_t wait = {0};
        EXPECT_OK("turn", egress_loop_turn(rig.loop, &rig.why, &wait));
    }
    EXPECT("the second call is not begun", rig.peer.seen_count == 1);
    span_ms_t wait = {0};
    EXPECT_OK("turn", egress_loop_turn(rig.loop, &rig.why, &wait));
    EXPECT("all is given up", rig.bus.rejoins == 1 && rig.peer.seen_count == 1);
    rig_deinit(&rig);
}

static void test_many_share_one_horizon(void **state)
{
    (void)state;
    struct script script = {{made, made, made, made}, nothing};
    begin(&script);
    for (int i = 0; i < 50; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "c%d", i);
        (void)rig_message(&rig, &(struct rig_message){.account = "acme", .conversation = name});
    }
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    size_t horizons = 0;
    for (size_t i = 0; i < log_double_count(rig.log, TOPIC_EVENTS, 0); i++) {
        horizons +=
            slice_starts_with(log_double_at(rig.log, TOPIC_EVENTS, 0, i)->ce_id, SLICE("horizon/"))
                ? 1
                : 0;
    }
    EXPECT("all went out behind one record", posts() == 50 && horizons == 1);
    rig_deinit(&rig);
}

static void test_what_follows_a_refusal_needs_a_commit_of_its_time(void **state)
{
    (void)state;
    struct script script = {{{.status = 422, .after = span_ms(100)}, made, made, made}, nothing};
    begin(&script);
    (void)say();
    (void)say();
    EXPECT_OK("run", rig_run(&rig, span_ms(50)));
    EXPECT("the first is out, both are covered", posts() == 1);
    rig.bus.holds_commits = true;
    EXPECT_OK("run", rig_run(&rig, span_s(2)));
    EXPECT("refused, and its outcome stands", rig_outcome(&rig, 0, 0) != NULL);
    EXPECT("the second waits", posts() == 1 && rig.bus.commit_is_out);
    rig.bus.holds_commits = false;
    EXPECT_OK("run", rig_run(&rig, span_s(2)));
    EXPECT("and goes", posts() == 2);
    rig_deinit(&rig);
}

static void test_what_follows_something_applied_does_not(void **state)
{
    (void)state;
    struct peer_reply slow = made;
    slow.after = span_ms(100);
    struct script script = {{slow, made, made, made}, nothing};
    begin(&script);
    (void)say();
    (void)say();
    EXPECT_OK("run", rig_run(&rig, span_ms(50)));
    rig.bus.holds_commits = true;
    EXPECT_OK("run", rig_run(&rig, span_s(2)));
    EXPECT("both went", posts() == 2);
    rig_deinit(&rig);
}

static void test_what_was_in_doubt_needs_a_commit_of_its_time(void **state)
{
    (void)state;
    struct script script = {{{.result = PEER_LOST}, made, made, made}, nothing};
    begin(&script);
    (void)say();
    EXPECT_OK("run", rig_run(&rig, span_s(5)));
    rig.bus.holds_commits = true;
    EXPECT_OK("run", rig_run(&rig, span_s(60)));
    EXPECT("found absent, not sent again", posts() == 1 && rig.bus.commit_is_out);
    rig.bus.holds_commits = false;
    EXPECT_OK("run", rig_run(&rig, span_s(2)));
    const struct outcome *o = rig_outcome(&rig, 0, 0);
    EXPECT("sent", posts() == 2 && o != NULL && o->result == OUTCOME_APPLIED && o->tries == 2);
    rig_deinit(&rig);
}

static void test_what_may_be_under_way_does_not_end(void **state)
{
    (void)state;
    struct script script = {{{.result = PEER_LOST}, made, made, made}, {.status = 403}};
    begin(&script);
    (void)say();
    EXPECT_OK("run", rig_run(&rig, span_s(5)));
    EXPECT("it cannot be looked up, and may still arrive", rig_outcome(&rig, 0, 0) == NULL);
    EXPECT_OK("run", rig_run(&rig, span_s(10)));
    const struct outcome *o = rig_outcome(&rig, 0, 0);
    EXPECT("nothing of it can arrive any more", o != NULL && o->result == OUTCOME_UNDECIDED);
    EXPECT("a person must look", log_double_count(rig.log, TOPIC_DEAD, 0) == 1);
    rig_deinit(&rig);
}

/* Its report says "time-out", but it was stored: the processor goes by it. */
static void test_a_record_stored_without_a_word_is_not_passed(void **state)
{
    (void)state;
    struct script script = {{{.status = 422, .after = span_ms(5)}, made, made, made}, nothing};
    begin(&script);
    (void)say();
    rig.bus.stores_anyway = true;
    for (int i = 0; i < 20 && posts() == 0; i++) {
        EXPECT_OK("run", rig_run(&rig, span_ms(1)));
    }
    rig.bus.delivery_fails = ERR(TIMEOUT);
    EXPECT_OK("run", rig_run(&rig, span_ms(50)));
    EXPECT("it stands", rig_outcome(&rig, 0, 0) != NULL);
    size_t before = rig.bus.commits;
    rig.bus.delivery_fails = err_ok();
    rig.bus.produce_fails = ERR(QUEUE_FULL); /* it cannot be written again */
    EXPECT_OK("run", rig_run(&rig, span_s(2)));
    int64_t committed = 0;
    int64_t place = (int64_t)log_double_count(rig.log, TOPIC_EVENTS, 0) - 1;
    EXPECT("a successor reads it", rig_committed(&rig, 0, &committed).events <= place);
    EXPECT("nothing is passed", committed == 0 && rig.bus.commits >= before);
    rig_kill(&rig);
    rig.bus.stores_anyway = false;
    rig_start(&rig);
    EXPECT_OK("run", rig_run(&rig, span_s(60)));
    EXPECT("refused is refused", posts() == 1);
    rig_deinit(&rig);
}

static void test_a_fence_ends_what_is_held(void **state)
{
    (void)state;
    struct script script = {{made, made, made, made}, nothing};
    begin(&script);
    rig.bus.holds_commits = true;
    (void)rig_message(&rig,
                      &(struct rig_message){
                          .account = "acme", .conversation = "c1", .voice = VOICE_BOT, .epoch = 1});
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("held", posts() == 0 && rig.bus.commit_is_out);
    struct command fence = rig_base(&rig, EFFECT_FENCE, "acme", "c1");
    fence.epoch = 2;
    fence.api = API_NONE;
    fence.method = METHOD_NONE;
    fence.path = (struct slice){0};
    fence.body = (struct slice){0};
    (void)rig_command(&rig, &fence);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    const struct outcome *o = rig_outcome(&rig, 0, 0);
    EXPECT("not spoken", o != NULL && o->result == OUTCOME_SUPERSEDED);
    rig.bus.holds_commits = false;
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("nor later", posts() == 0);
    rig_deinit(&rig);
}

static int64_t say_in(int number)
{
    char name[16];
    (void)snprintf(name, sizeof name, "of-%d", number);
    return rig_message(&rig, &(struct rig_message){
                                 .account = "acme", .conversation = name, .voice = VOICE_CUSTOMER});
}

/* Two of seven are answered later. */
static struct peer_reply by_turns(void *arg, const struct peer_seen *seen, size_t index)
{
    (void)arg, (void)seen;
    struct peer_reply reply = made;
    reply.after = span_ms(index % 7 < 5 ? 20 : 100);
    return reply;
}

/* Five outcomes are on their way, two wait for them. Returns how many records there were before. */
static size_t five_and_two(void)
{
    rig_init(&rig, 1, by_turns, NULL);
    rig_start(&rig);
    for (int i = 0; i < 7; i++) {
        (void)say_in(i);
    }
    EXPECT_OK("run", rig_run(&rig, span_ms(10)));
    EXPECT("all are out", posts() == 7);
    size_t before = rig.bus.produced;
    rig.bus.holds_deliveries = true;
    EXPECT_OK("run", rig_run(&rig, span_ms(50)));
    EXPECT("five leave together", rig.bus.produced == before + 5 && rig.bus.of_many == 5);
    EXPECT_OK("run", rig_run(&rig, span_ms(100)));
    EXPECT("two wait for them", rig.bus.produced == before + 5);
    return before;
}

static void test_many_outcomes_leave_together(void **state)
{
    (void)state;
    const struct outcome *outcomes[RIG_OUTCOMES_MAX];
    size_t before = five_and_two();
    rig.bus.holds_deliveries = false;
    EXPECT_OK("run", rig_run(&rig, span_ms(10)));
    EXPECT("and are few", rig.bus.produced == before + 7 && rig.bus.of_many == 5);
    EXPECT("all are told once", rig_outcomes(&rig, 0, outcomes) == 7);
    rig_deinit(&rig);
}

/* Should a report be lost, say with its handle. */
static void test_outcomes_do_not_wait_for_ever(void **state)
{
    (void)state;
    size_t before = five_and_two();
    EXPECT_OK("run", rig_run(&rig, span_s(40)));
    EXPECT("the bus may still tell", rig.bus.produced == before + 5);
    EXPECT_OK("run", rig_run(&rig, span_s(10)));
    EXPECT("it does not", rig.bus.produced >= before + 7);
    rig.bus.holds_deliveries = false;
    rig_deinit(&rig);
}

static void test_what_waits_leaves_before_its_partition(void **state)
{
    (void)state;
    size_t before = five_and_two();
    bus_double_revoke(&rig.bus, false);
    EXPECT_OK("run", rig_run(&rig, span_ms(10)));
    EXPECT("handed over", rig.bus.produced == before + 7 && rig.bus.of_many == 5);
    rig.bus.holds_deliveries = false;
    rig_deinit(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_outcomes_leave_together),
        cmocka_unit_test(test_outcomes_do_not_wait_for_ever),
        cmocka_unit_test(test_what_waits_leaves_before_its_partition),
        cmocka_unit_test(test_nothing_is_sent_before_its_horizon_stands),
        cmocka_unit_test(test_commits_refused_for_a_session_start_over),
        cmocka_unit_test(test_who_is_no_member_marks_nothing),
        cmocka_unit_test(test_a_loop_that_stood_still_gives_up_all),
        cmocka_unit_test(test_a_stop_between_two_calls_is_noticed),
        cmocka_unit_test(test_many_share_one_horizon),
        cmocka_unit_test(test_what_follows_a_refusal_needs_a_commit_of_its_time),
        cmocka_unit_test(test_what_follows_something_applied_does_not),
        cmocka_unit_test(test_what_was_in_doubt_needs_a_commit_of_its_time),
        cmocka_unit_test(test_what_may_be_under_way_does_not_end),
        cmocka_unit_test(test_a_record_stored_without_a_word_is_not_passed),
        cmocka_unit_test(test_a_fence_ends_what_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
