/* A commit whose outcome is unknown: a new producer, a new member, everything rebuilt from the log,
 * whether it had been stored or not. */
#include "tests/unit/processor/rig.h"

static const char one[] = "acme/messaging/c1";
static const char two[] = "acme/messaging/c2";

/* Runs until the loop has seen one more unknown outcome. */
static void until_unknown(struct rig *r)
{
    size_t before = r->unknown;
    for (int i = 0; i < 50 && r->unknown == before; i++) {
        rig_turn(r);
    }
    EXPECT("an unknown outcome", r->unknown == before + 1);
    EXPECT("nothing in memory is trusted", loop_conversations(r->loop) == 0);
}

static void expect_all_once(struct rig *r, const char *why)
{
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    EXPECT(why, rig_commands(r, EFFECT_BOT_TURN) == 2);
    EXPECT(why, rig_records(r, TOPIC_DEAD) == 0);
    EXPECT(why, loop_conversations(r->loop) == 2);
    EXPECT(why, rig_state(r, &arena, one)->pending_count == 2);
    EXPECT(why, rig_state(r, &arena, two)->pending_count == 1);
    EXPECT("states and offset agree", r->canaries == 0);
}

static void all_is_read_again_stored_or_not(void **state)
{
    struct rig *r = *state;
    static const struct {
        const char *why;
        bool is_stored;
    } rows[] = {{"it had not been stored", false}, {"it had been stored", true}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct rig *own = r;
        void *fresh = NULL;
        if (i > 0) {
            EXPECT("another world", rig_open(&fresh) == 0);
            own = fresh;
        }
        rig_configure(own);
        rig_start(own);
        rig_customer_writes(own, one, "m1");
        rig_run(own);
        own->commit_unknown_but_stored = rows[i].is_stored;
        own->bus.txn_fails = rows[i].is_stored ? err_ok() : ERR(TXN_UNKNOWN);
        rig_customer_writes(own, one, "m2");
        rig_customer_writes(own, two, "m3");
        until_unknown(own);
        own->commit_unknown_but_stored = false;
        own->bus.txn_fails = err_ok();
        rig_run(own);
        EXPECT("a new producer, a new member", own->bus.renewals == 1 && own->bus.rejoins == 1);
        expect_all_once(own, rows[i].why);
        if (i > 0) {
            EXPECT("all is closed", rig_close(&fresh) == 0);
        }
    }
}

static void again_and_again(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_start(r);
    rig_customer_writes(r, one, "m1");
    rig_customer_writes(r, one, "m2");
    rig_customer_writes(r, two, "m3");
    for (int i = 0; i < 8; i++) {
        r->commit_unknown_but_stored = true; /* each commit takes one step and says nothing */
        rig_customer_writes(r, one, "m2");
        until_unknown(r);
    }
    r->commit_unknown_but_stored = false;
    rig_run(r);
    expect_all_once(r, "in however many pieces");
}

/* An outage that outlasts a commit: nothing that was ready ends because of its broker. */
static void it_waits_for_its_broker(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_start(r);
    rig_run(r);
    r->bus.txn_fails = ERR(TXN_UNKNOWN);
    r->bus.renew_fails = ERR(UNAVAILABLE);
    rig_customer_writes(r, one, "m1");
    rig_run(r);
    EXPECT("nothing in memory is trusted", r->unknown == 1 && loop_conversations(r->loop) == 0);
    EXPECT("nor is anything decided", rig_commands(r, EFFECT_BOT_TURN) == 0);
    r->bus.txn_fails = err_ok();
    r->bus.renew_fails = err_ok();
    rig_run(r);
    EXPECT("a new producer, a new member", r->bus.renewals == 1 && r->bus.rejoins == 1);
    EXPECT("then once", rig_commands(r, EFFECT_BOT_TURN) == 1);
}

static void so_is_an_abort_that_may_have_failed(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_start(r);
    rig_run(r);
    r->bus.txn_fails = ERR(TXN_ABORT);
    r->abort_unknown = true;
    rig_customer_writes(r, one, "m1");
    until_unknown(r);
    r->bus.txn_fails = err_ok();
    r->abort_unknown = false;
    rig_run(r);
    EXPECT("a new producer, a new member", r->bus.renewals == 1 && r->bus.rejoins == 1);
    EXPECT("then once", rig_commands(r, EFFECT_BOT_TURN) == 1);
}

/* While partitions are given away: they are another's, with what was stored. */
static void so_is_the_last_commit_of_an_owner(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_start(r);
    rig_customer_writes(r, one, "m1");
    rig_run(r);
    r->commit_unknown_but_stored = true;
    bus_double_revoke(&r->bus, false);
    until_unknown(r);
    r->commit_unknown_but_stored = false;
    rig_customer_writes(r, two, "m2");
    rig_run(r);
    EXPECT("each once", rig_commands(r, EFFECT_BOT_TURN) == 2 && rig_records(r, TOPIC_DEAD) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(all_is_read_again_stored_or_not),   RIG_TEST(again_and_again),
        RIG_TEST(it_waits_for_its_broker),           RIG_TEST(so_is_an_abort_that_may_have_failed),
        RIG_TEST(so_is_the_last_commit_of_an_owner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
