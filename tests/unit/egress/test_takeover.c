/* A partition changes hands: restarts, kills, lost offsets, commits of unknown outcome. */
#include "base/rng.h"
#include "tests/unit/egress/rig.h"

#include <stdio.h>
#include <string.h>

static struct rig rig;

/* Zendesk as far as it matters: it applies each post, and shows what it has. */
struct zendesk {
    char stamps[256][40];
    size_t count;
    const char *slow; /* path part whose posts take an hour to answer; applied at once */
    size_t gets;
};

static struct peer_reply zendesk(void *arg, const struct peer_seen *seen, size_t index)
{
    struct zendesk *z = arg;
    static char body[32 * 1024];
    (void)index;
    if (slice_equal(seen->method, SLICE("POST"))) {
        const char *stamp = strstr(seen->body.ptr, "\"tieline.effect\":\"");
        EXPECT("stamped, and room", stamp != NULL && z->count < COUNT_OF(z->stamps));
        (void)snprintf(z->stamps[z->count++], sizeof z->stamps[0], "%.32s", stamp + 18);
        bool is_slow = z->slow != NULL && strstr(seen->url.ptr, z->slow) != NULL;
        return (struct peer_reply){.status = 201,
                                   .body = "{\"messages\":[{\"id\":\"m\"}]}",
                                   .after = span_ms(is_slow ? 3600 * 1000 : 5)};
    }
    z->gets++;
    size_t at = (size_t)snprintf(body, sizeof body, "{\"messages\":[");
    for (size_t i = 0; i < z->count; i++) {
        at += (size_t)snprintf(body + at, sizeof body - at,
                               "%s{\"id\":\"m\",\"author\":{\"type\":\"business\"},\"metadata\":"
                               "{\"tieline.effect\":\"%s\"}}",
                               i == 0 ? "" : ",", z->stamps[i]);
    }
    (void)snprintf(body + at, sizeof body - at, "]}");
    return (struct peer_reply){.status = 200, .body = body};
}

static bool each_applied_once(const struct zendesk *z)
{
    for (size_t i = 0; i < z->count; i++) {
        for (size_t j = i + 1; j < z->count; j++) {
            if (strcmp(z->stamps[i], z->stamps[j]) == 0) {
                return false;
            }
        }
    }
    return true;
}

static void say(const char *conversation, int times)
{
    for (int i = 0; i < times; i++) {
        (void)rig_message(&rig, &(struct rig_message){.account = "acme",
                                                      .conversation = conversation,
                                                      .voice = VOICE_CUSTOMER});
    }
}

static void test_a_drain_leaves_nothing_in_doubt(void **state)
{
    (void)state;
    struct zendesk z = {.slow = "/c1/"};
    rig_init(&rig, 1, zendesk, &z);
    rig.options.call_timeout = span_s(1);
    rig.options.settle = span_s(3600);
    rig_start(&rig);
    say("c2", 3);
    EXPECT_OK("run", rig_run(&rig, span_ms(100)));
    say("c2", 4); /* never read before the drain */
    rig_drain(&rig);
    int64_t committed = 0;
    struct horizon_text text = rig_committed(&rig, 0, &committed);
    EXPECT("closed at what was started", committed <= text.horizon && text.horizon <= 7);
    rig_start(&rig);
    EXPECT_OK("run", rig_run(&rig, span_ms(200)));
    EXPECT("each once, nothing looked for", z.count == 7 && z.gets == 0 && each_applied_once(&z));
    text = rig_committed(&rig, 0, &committed);
    EXPECT("passed by the second owner", committed == 7 && text.incarnation == 2);
    rig_deinit(&rig);
}

static void test_a_drain_waits_for_what_is_out(void **state)
{
    (void)state;
    struct zendesk z = {0};
    rig_init(&rig, 1, zendesk, &z);
    rig_start(&rig);
    for (int i = 0; i < 10; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "c%d", i);
        say(name, 2);
    }
    for (int i = 0; i < 100 && rig.peer.in_flight < 10; i++) {
        span_ms_t wait = {0};
        EXPECT_OK("turn", egress_loop_turn(rig.loop, &rig.why, &wait));
    }
    EXPECT("ten are out", rig.peer.in_flight == 10);
    rig_drain(&rig);
    int64_t committed = 0;
    struct horizon_text text = rig_committed(&rig, 0, &committed);
    EXPECT("what stood before something sent was sent too, and no more", z.count == 19);
    EXPECT("so nothing is in doubt", text.horizon == 19 && committed == 19);
    rig_start(&rig);
    EXPECT_OK("run", rig_run(&rig, span_ms(200)));
    EXPECT("the others follow", z.count == 20 && z.gets == 0 && each_applied_once(&z));
    rig_deinit(&rig);
}

static void test_outcomes_beyond_the_mark_are_not_run_again(void **state)
{
    (void)state;
    struct zendesk z = {.slow = "/c1/"};
    rig_init(&rig, 1, zendesk, &z);
    rig_start(&rig);
    say("c1", 2);
    say("c2", 5);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("the first holds back the mark", rig.log->committed[0].offset == 0 && z.count == 6);
    rig_kill(&rig);
    z.slow = NULL;
    rig_start(&rig);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    const struct outcome *found = rig_outcome(&rig, 0, 0);
    EXPECT("the one without outcome was looked for and found",
           found != NULL && found->result == OUTCOME_APPLIED && found->tries == 0);
    EXPECT("its successor waits in doubt", z.count == 6);
    EXPECT_OK("run", rig_run(&rig, span_s(70)));
    EXPECT("each once", z.count == 7 && each_applied_once(&z));
    int64_t committed = 0;
    struct horizon_text text = rig_committed(&rig, 0, &committed);
    EXPECT("all passed", committed == 7 && text.incarnation == 2);
    rig_deinit(&rig);
}

/* Fetches are answered at once; the two messages are slow, the second one for ever. */
static struct peer_reply two_slow(void *arg, const struct peer_seen *seen, size_t index)
{
    (void)arg;
    (void)index;
    if (slice_equal(seen->method, SLICE("POST"))) {
        bool is_first = strstr(seen->url.ptr, "/c0/") != NULL;
        return (struct peer_reply){.status = 201,
                                   .body = "{\"messages\":[{\"id\":\"m\"}]}",
                                   .after = span_s(is_first ? 1 : 3600)};
    }
    return (struct peer_reply){.status = 200, .body = "{\"conversation\":{\"id\":\"c\"}}"};
}

/* What may be repeated is not looked for: only its outcome in the log says that it is done. */
static void test_a_moving_mark_keeps_the_outcomes_behind_it(void **state)
{
    (void)state;
    enum { FETCHES = 4 };
    rig_init(&rig, 1, two_slow, NULL);
    rig_start(&rig);
    EXPECT_OK("run", rig_run(&rig, span_ms(50)));
    say("c0", 1);
    say("c1", 1);
    for (int i = 0; i < FETCHES; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "f%d", i);
        struct command c = rig_base(&rig, EFFECT_FETCH_ACTIVE, "acme", name);
        c.method = METHOD_GET;
        (void)rig_command(&rig, &c);
    }
    EXPECT_OK("run", rig_run(&rig, span_s(2)));
    EXPECT("the mark has moved to the second", rig.log->committed[0].offset == 1);
    EXPECT("all went out", rig.peer.seen_count == FETCHES + 2);
    rig_kill(&rig);
    rig_start(&rig);
    EXPECT_OK("run", rig_run(&rig, span_s(2)));
    size_t fetched = 0;
    for (size_t i = 0; i < rig.peer.seen_count; i++) {
        fetched += strstr(rig.peer.seen[i].url.ptr, "/conversations/f") != NULL ? 1 : 0;
    }
    EXPECT("no fetch a second time", fetched == FETCHES);
    rig_deinit(&rig);
}

static void test_kills_at_any_moment(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct zendesk z = {0};
        struct rng rng;
        rng_seed(&rng, seed);
        rig_init(&rig, 2, zendesk, &z);
        rig.options.settle = span_ms(400);
        rig.options.call_timeout = span_ms(100);
        int said = 0;
        for (int round = 0; round < 8; round++) {
            rig_start(&rig);
            rig.bus.holds_deliveries = rng_below(&rng, 4) == 0;
            uint64_t turns = rng_below(&rng, 60);
            for (uint64_t i = 0; i < turns; i++) {
                span_ms_t wait = {0};
                if (said < 100 && rng_below(&rng, 3) == 0) {
                    char name[16];
                    (void)snprintf(name, sizeof name, "c%d", (int)rng_below(&rng, 6));
                    say(name, 1);
                    said++;
                }
                EXPECT_OK("turn", egress_loop_turn(rig.loop, &rig.why, &wait));
                clock_double_advance(&rig.clock, span_ms((int64_t)rng_below(&rng, 4)));
            }
            rig_kill(&rig);
        }
        rig_start(&rig);
        EXPECT_OK("run", rig_run(&rig, span_s(30)));
        static const struct outcome *all[RIG_OUTCOMES_MAX];
        size_t count = rig_outcomes(&rig, 0, all) + rig_outcomes(&rig, 1, all);
        EXPECT("each applied once", z.count == (size_t)said && each_applied_once(&z));
        EXPECT("each has an outcome", count >= (size_t)said);
        for (int32_t p = 0; p < 2; p++) {
            EXPECT("all passed", rig.log->committed[p].offset ==
                                     (int64_t)log_double_count(rig.log, TOPIC_COMMANDS, p));
        }
        rig_deinit(&rig);
    }
}

static void test_missing_offsets_are_an_error(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t offset;
        const char *metadata;
        const char *remedy;
    } rows[] = {
        {"no offset at all", -1, "", "start once with --recover"},
        {"an offset without metadata", 0, "", "start once with --recover"},
        {"metadata of another tool", 0, "hello", "start once with --recover"},
        {"a flipped digit", 0, "v=2;inc=0;hor=0;ev=1;at=0;crc=549737c9",
         "start once with --recover"},
        {"of a newer release, before this one was taken back", 0,
         "v=3;inc=0;hor=0;ev=0;at=0;more=1;crc=549737c9", "do not help yourself with --recover"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct zendesk z = {0};
        rig_init(&rig, 1, zendesk, &z);
        say("c1", 1);
        struct bus_offset bad = {0, rows[i].offset, slice_of(rows[i].metadata)};
        log_double_commit(rig.log, &bad);
        rig_start(&rig);
        EXPECT_CODE(rows[i].why, rig_run(&rig, span_ms(100)), ERR_NO_OFFSET);
        EXPECT(rows[i].why, strstr(rig.why.text, rows[i].remedy) != NULL);
        EXPECT("nothing was sent", z.count == 0);
        rig_deinit(&rig);
    }
}

static void test_recover_doubts_everything(void **state)
{
    (void)state;
    struct zendesk z = {0};
    rig_init(&rig, 1, zendesk, &z);
    rig_start(&rig);
    say("c1", 3);
    say("c2", 3);
    EXPECT_OK("run", rig_run(&rig, span_ms(200)));
    rig_kill(&rig);
    /* The offsets are lost, and with them the outcomes of the last two commands. */
    struct bus_offset none = {0, -1, SLICE("")};
    log_double_commit(rig.log, &none);
    say("c3", 1);
    rig.options.recover = true;
    rig_start(&rig);
    EXPECT_OK("run", rig_run(&rig, span_s(70)));
    EXPECT("nothing twice, the new one sent", z.count == 7 && each_applied_once(&z));
    EXPECT("it was looked for first", z.gets >= 1);
    int64_t committed = 0;
    struct horizon_text text = rig_committed(&rig, 0, &committed);
    EXPECT("offsets are back", committed == 7);
    EXPECT("above every owner that was met", text.incarnation == 2);
    rig_deinit(&rig);
}

static void test_an_owner_whose_commits_are_lost_is_outnumbered(void **state)
{
    (void)state;
    struct zendesk z = {0};
    rig_init(&rig, 1, zendesk, &z);
    rig_start(&rig);
    say("c1", 1);
    EXPECT_OK("run", rig_run(&rig, span_ms(200)));
    rig_kill(&rig);
    /* As if one without membership had committed into the empty group, backwards. */
    struct bus_offset old = {0, 0, slice_of(horizon_first_metadata())};
    log_double_commit(rig.log, &old);
    rig_start(&rig);
    say("c1", 1);
    EXPECT_OK("run", rig_run(&rig, span_ms(200)));
    int64_t committed = 0;
    EXPECT("number 2, by what stands in events",
           rig_committed(&rig, 0, &committed).incarnation == 2);
    EXPECT("nothing twice", committed == 2 && z.count == 2 && each_applied_once(&z));
    rig_deinit(&rig);
}

static void test_nothing_is_sent_before_the_commit(void **state)
{
    (void)state;
    struct zendesk z = {0};
    rig_init(&rig, 1, zendesk, &z);
    say("c1", 1);
    rig_start(&rig);
    rig.bus.holds_commits = true;
    EXPECT_OK("run", rig_run(&rig, span_s(5)));
    EXPECT("waits", z.count == 0);
    rig.bus.holds_commits = false;
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("goes", z.count == 1);
    rig_deinit(&rig);
}

static void test_commits_of_unknown_outcome_and_refused_ones(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        enum err_code refused, fails;
        bool stored;
        size_t rejoins;
    } rows[] = {
        {"unknown, not stored: a new member starts over", ERR_OK, ERR_TIMEOUT, false, 1},
        {"unknown, stored", ERR_OK, ERR_UNAVAILABLE, true, 1},
        {"fenced: waits to be told", ERR_OK, ERR_FENCED, false, 0},
        {"refused here", ERR_FENCED, ERR_OK, false, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct zendesk z = {0};
        rig_init(&rig, 1, zendesk, &z);
        rig.options.settle = span_s(2);
        rig.options.call_timeout = span_s(1);
        rig_start(&rig);
        EXPECT_OK("run", rig_run(&rig, span_ms(50)));
        rig.bus.commit_refused = (err_t){rows[i].refused, NULL};
        rig.bus.commit_fails = (err_t){rows[i].fails, NULL};
        rig.bus.commit_stores_anyway = rows[i].stored;
        say("c1", 2);
        for (int n = 0; n < 30; n++) {
            span_ms_t wait = {0};
            EXPECT_OK("turn", egress_loop_turn(rig.loop, &rig.why, &wait));
            clock_double_advance(&rig.clock, span_ms(1));
        }
        EXPECT(rows[i].why, rows[i].rejoins == 0 ? rig.bus.rejoins == 0 : rig.bus.rejoins >= 1);
        rig.bus.commit_refused = err_ok();
        rig.bus.commit_fails = err_ok();
        EXPECT_OK("run", rig_run(&rig, span_s(10)));
        EXPECT("each once", z.count == 2 && each_applied_once(&z));
        EXPECT("passed in the end", rig.log->committed[0].offset == 2);
        rig_deinit(&rig);
    }
}

/* Turns, in no time, until so many requests went out. */
static void turns_until_seen(size_t count)
{
    for (int i = 0; i < 20 && rig.peer.seen_count < count; i++) {
        span_ms_t wait = {0};
        EXPECT_OK("turn", egress_loop_turn(rig.loop, &rig.why, &wait));
    }
    EXPECT("went out", rig.peer.seen_count == count);
}

static void test_outcomes_that_are_not_acknowledged_are_written_again(void **state)
{
    (void)state;
    struct zendesk z = {0};
    rig_init(&rig, 1, zendesk, &z);
    rig_start(&rig);
    EXPECT_OK("run", rig_run(&rig, span_ms(50)));
    say("c1", 2);
    turns_until_seen(1);
    rig.bus.delivery_fails = ERR(TIMEOUT);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("one call, not finished", z.count == 1 && rig.log->committed[0].offset == 0);
    rig.bus.delivery_fails = err_ok();
    rig.bus.produce_fails = ERR(QUEUE_FULL);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("nor now", z.count == 1);
    rig.bus.produce_fails = err_ok();
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    static const struct outcome *all[RIG_OUTCOMES_MAX];
    EXPECT("both finished, each called once", z.count == 2 && rig_outcomes(&rig, 0, all) == 2);
    rig_deinit(&rig);
}

static void test_a_rebalance_takes_the_lanes_along(void **state)
{
    (void)state;
    struct zendesk z = {.slow = "/c1/"};
    rig_init(&rig, 2, zendesk, &z);
    rig.options.settle = span_s(2);
    rig.options.call_timeout = span_s(5);
    rig_start(&rig);
    say("c1", 2);
    say("c2", 2);
    EXPECT_OK("run", rig_run(&rig, span_ms(100)));
    bus_double_revoke(&rig.bus, false);
    EXPECT_OK("run", rig_run(&rig, span_ms(100)));
    struct egress_figures figures = {0};
    egress_loop_figures(rig.loop, &figures);
    EXPECT("nothing is held", figures.shares == 0 && figures.bytes_held == 0);
    bus_double_assign(&rig.bus);
    z.slow = NULL;
    EXPECT_OK("run", rig_run(&rig, span_s(30)));
    EXPECT("each once", z.count == 4 && each_applied_once(&z));
    rig_deinit(&rig);
}

static void test_a_second_takeover_reads_little(void **state)
{
    (void)state;
    struct zendesk z = {0};
    rig_init(&rig, 1, zendesk, &z);
    rig_start(&rig);
    EXPECT_OK("run", rig_run(&rig, span_ms(100)));
    int64_t committed = 0;
    EXPECT("from its mark on", rig_committed(&rig, 0, &committed).events == 1 && committed == 0);
    rig_deinit(&rig);
}

static void test_events_that_are_deleted_are_not_missed(void **state)
{
    (void)state;
    struct zendesk z = {0};
    rig_init(&rig, 1, zendesk, &z);
    rig_start(&rig);
    say("c1", 2);
    EXPECT_OK("run", rig_run(&rig, span_ms(200)));
    rig_kill(&rig);
    rig.log->topics[TOPIC_EVENTS][0].first = 3; /* by age, after a long holiday */
    rig_start(&rig);
    EXPECT_OK("run", rig_run(&rig, span_ms(100)));
    say("c1", 1);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("at work", z.count == 3);
    rig_deinit(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_drain_leaves_nothing_in_doubt),
        cmocka_unit_test(test_a_drain_waits_for_what_is_out),
        cmocka_unit_test(test_outcomes_beyond_the_mark_are_not_run_again),
        cmocka_unit_test(test_a_moving_mark_keeps_the_outcomes_behind_it),
        cmocka_unit_test(test_kills_at_any_moment),
        cmocka_unit_test(test_missing_offsets_are_an_error),
        cmocka_unit_test(test_recover_doubts_everything),
        cmocka_unit_test(test_an_owner_whose_commits_are_lost_is_outnumbered),
        cmocka_unit_test(test_nothing_is_sent_before_the_commit),
        cmocka_unit_test(test_commits_of_unknown_outcome_and_refused_ones),
        cmocka_unit_test(test_outcomes_that_are_not_acknowledged_are_written_again),
        cmocka_unit_test(test_a_rebalance_takes_the_lanes_along),
        cmocka_unit_test(test_a_second_takeover_reads_little),
        cmocka_unit_test(test_events_that_are_deleted_are_not_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
