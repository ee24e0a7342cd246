/* walk.c and what it needs of apply.c, partition.c and restore.c: a gap is met once, whatever
 * happens to the processor, and its conversations are told one after the other. */
#include "tests/unit/processor/rig.h"

static const int64_t gap_s = 120;

static void open_conversations(struct rig *r, int count)
{
    static char names[64][32];
    for (int i = 0; i < count; i++) {
        char id[32];
        (void)snprintf(names[i], sizeof names[i], "acme/messaging/c%d", i);
        (void)snprintf(id, sizeof id, "m%d", i);
        rig_customer_writes(r, names[i], id);
    }
    rig_run(r);
}

/* How many events of this type stand in the log. */
static size_t events(struct rig *r, enum event_type type)
{
    size_t count = 0;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    for (int32_t p = 0; p < RIG_PARTITIONS; p++) {
        for (size_t i = 0; i < log_double_count(r->log, TOPIC_EVENTS, p); i++) {
            struct event event = {0};
            arena_reset(&arena);
            const struct log_record *record = log_double_at(r->log, TOPIC_EVENTS, p, i);
            EXPECT_OK("event", codec_event_decode(&arena, record->value, NULL, &event));
            count += event.type == type ? 1 : 0;
        }
    }
    return count;
}

static void begin(struct rig *r, int conversations)
{
    rig_configure(r);
    rig_start(r);
    open_conversations(r, conversations);
    rig_alive(r);
    rig_run(r);
    clock_double_advance(&r->clock, span_s(gap_s));
}

static void what_is_open_is_told_once_after_a_gap(void **state)
{
    struct rig *r = *state;
    begin(r, 2);
    rig_alive(r);
    rig_run(r);
    EXPECT("each conversation", rig_commands(r, EFFECT_FETCH_MESSAGES) == 2);
    EXPECT("who has it", rig_commands(r, EFFECT_FETCH_ACTIVE) == 2);
    EXPECT("one search of the account", rig_commands(r, EFFECT_SEARCH_TICKETS) == 1);
    rig_alive(r);
    rig_run(r);
    EXPECT("no more", rig_commands(r, EFFECT_FETCH_MESSAGES) == 2);
    rig_stop(r);
    rig_start(r);
    rig_alive(r);
    rig_run(r);
    EXPECT("nor after a restart", rig_commands(r, EFFECT_FETCH_MESSAGES) == 2 &&
                                      events(r, EVENT_MISSED) == 2 + RIG_PARTITIONS);
}

static void one_partition_alone_has_the_account_searched(void **state)
{
    struct rig *r = *state;
    begin(r, 0);
    for (int32_t alone = 0; alone < RIG_PARTITIONS; alone++) {
        rig_alive(r);
        rig_run(r);
        if (rig_commands(r, EFFECT_SEARCH_TICKETS) > 0) { /* of begin(), or of the one before */
            rig_outcome(r, EFFECT_SEARCH_TICKETS, OUTCOME_REFUSED, 0);
            rig_run(r);
        }
        size_t before = rig_commands(r, EFFECT_SEARCH_TICKETS);
        for (int i = 0; i < 4; i++) {
            clock_double_advance(&r->clock, span_s(gap_s / 2));
            for (int32_t p = 0; p < RIG_PARTITIONS; p++) {
                if (p != alone) {
                    rig_alive_in(r, p);
                }
            }
            rig_run(r);
        }
        EXPECT("the others met no gap", rig_commands(r, EFFECT_SEARCH_TICKETS) == before);
        rig_alive_in(r, alone);
        rig_run(r);
        EXPECT("whichever it is", rig_commands(r, EFFECT_SEARCH_TICKETS) == before + 1);
    }
}

/* One partition has more than are looked at in a turn, the first of them long silent: it wakes up
 * while the active ones are planned. */
static void who_wakes_up_during_the_walk_is_told(void **state)
{
    enum { MANY = 2200 };
    struct rig *r = *state;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    rig_configure(r);
    rig_start(r);
    for (int i = 0; i < MANY; i++) {
        char key[40];
        char id[24];
        (void)snprintf(key, sizeof key, "acme/messaging/c%d", i);
        (void)snprintf(id, sizeof id, "m%d", i);
        rig_customer_writes(r, key, id);
    }
    for (int i = 0; i < 20; i++) {
        rig_run(r);
    }
    clock_double_advance(&r->clock, span_s(3 * 86400));
    rig_alive(r);
    rig_run(r);
    clock_double_advance(&r->clock, span_s(gap_s));
    rig_alive(r);
    for (int i = 0; i < RIG_ROUNDS && events(r, EVENT_MISSED) == 0; i++) {
        rig_turn(r);
    }
    rig_turn(r); /* its pass has begun: the last was looked at, the first was not */
    rig_customer_writes(r, "acme/messaging/c2199", "again1");
    rig_customer_writes(r, "acme/messaging/c1100", "again2");
    rig_customer_writes(r, "acme/messaging/c0", "again3");
    for (int i = 0; i < 60; i++) {
        rig_run(r);
        clock_double_advance(&r->clock, span_s(60));
    }
    EXPECT("each of them", rig_commands(r, EFFECT_FETCH_MESSAGES) == MANY);
}

static void a_gap_is_met_over_a_restart(void **state)
{
    struct rig *r = *state;
    begin(r, 2);
    rig_stop(r);
    rig_start(r);
    rig_alive(r);
    rig_run(r);
    EXPECT("the last sign of life was kept", rig_commands(r, EFFECT_FETCH_MESSAGES) == 2);
    EXPECT("the checkpoint stands", r->canaries == 0);
}

static void no_gap_without_a_distance(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_start(r);
    open_conversations(r, 1);
    for (int i = 0; i < 10; i++) {
        rig_alive(r);
        rig_run(r);
        clock_double_advance(&r->clock, span_s(80));
    }
    EXPECT("nothing was missed", events(r, EVENT_MISSED) == 0);
}

static void many_are_told_one_after_the_other(void **state)
{
    enum { MANY = 40 };
    struct rig *r = *state;
    begin(r, MANY);
    rig_alive(r);
    rig_run(r);
    size_t at_once = rig_commands(r, EFFECT_FETCH_MESSAGES);
    EXPECT("a few of each partition at once", at_once >= 4 && at_once < MANY / 2);
    size_t before = at_once;
    for (int i = 0; i < MANY && before < MANY; i++) {
        clock_double_advance(&r->clock, span_s(1));
        rig_run(r);
        size_t now = rig_commands(r, EFFECT_FETCH_MESSAGES);
        EXPECT("never many", now - before <= 6);
        before = now;
        if (i == 3) { /* a restart on the way makes the plan anew */
            rig_stop(r);
            rig_start(r);
            rig_run(r);
            before = rig_commands(r, EFFECT_FETCH_MESSAGES);
        }
    }
    EXPECT("all of them once", rig_commands(r, EFFECT_FETCH_MESSAGES) == MANY);
    EXPECT("one search", rig_commands(r, EFFECT_SEARCH_TICKETS) == 1);
}

static void an_abort_tells_again_what_nobody_saw(void **state)
{
    struct rig *r = *state;
    begin(r, 3);
    r->bus.txn_fails = ERR(TXN_ABORT);
    rig_alive(r);
    rig_run(r);
    EXPECT("nothing visible", events(r, EVENT_MISSED) == 0 && r->aborted > 0);
    r->bus.txn_fails = err_ok();
    rig_run(r);
    EXPECT("then once", rig_commands(r, EFFECT_FETCH_MESSAGES) == 3);
}

static void a_lag_comes_first(void **state)
{
    struct rig *r = *state;
    begin(r, 2);
    r->bus.lag_fails = ERR(UNAVAILABLE);
    rig_alive(r);
    rig_run(r);
    EXPECT("nobody knows of the lag", events(r, EVENT_MISSED) == 0);
    r->bus.lag_fails = err_ok();
    rig_run(r);
    EXPECT("then", rig_commands(r, EFFECT_FETCH_MESSAGES) == 2);
}

static void a_person_has_it_done(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_start(r);
    open_conversations(r, 2);
    rig_backfill(r, wall_add(r->clock.wall, span_s(-3600)));
    rig_run(r);
    EXPECT("as after a gap", rig_commands(r, EFFECT_FETCH_MESSAGES) == 2 &&
                                 rig_commands(r, EFFECT_SEARCH_TICKETS) == 1);
    clock_double_advance(&r->clock, span_s(1));
    rig_outcome(r, EFFECT_SEARCH_TICKETS, OUTCOME_REFUSED, 0);
    rig_run(r);
    rig_backfill(r, wall_add(r->clock.wall, span_s(-3600)));
    rig_run(r);
    EXPECT("twice is twice", rig_commands(r, EFFECT_SEARCH_TICKETS) == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(what_is_open_is_told_once_after_a_gap),
        RIG_TEST(one_partition_alone_has_the_account_searched),
        RIG_TEST(who_wakes_up_during_the_walk_is_told),
        RIG_TEST(a_gap_is_met_over_a_restart),
        RIG_TEST(no_gap_without_a_distance),
        RIG_TEST(many_are_told_one_after_the_other),
        RIG_TEST(an_abort_tells_again_what_nobody_saw),
        RIG_TEST(a_lag_comes_first),
        RIG_TEST(a_person_has_it_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
