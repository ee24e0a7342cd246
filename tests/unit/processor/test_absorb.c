/* core/absorb.c, in the loop: two conversations that Zendesk makes one. No word is lost, whenever
 * the merge comes and whatever is under way. */
#include "processor/core/absorb.h"
#include "tests/unit/processor/rig.h"

static const char goes[] = "acme/messaging/c2";
static const char stays[] = "acme/messaging/c1";

static void merge(struct rig *r, const char *id, const char *discarded, const char *surviving)
{
    struct event event = {.type = EVENT_USER_MERGED,
                          .source = EVENT_FROM_CONVERSATIONS,
                          .id = slice_of(id),
                          .account = SLICE("acme"),
                          .conversation = SLICE("acme/user/u1"),
                          .occurred = r->clock.wall};
    event.body.conversations =
        (struct conversations_event){.type = SLICE("user:merge"),
                                     .customer = {.user_id = SLICE("u1")},
                                     .discarded_user_id = SLICE("u2"),
                                     .surviving_conversation_id = slice_of(surviving),
                                     .discarded_conversation_id = slice_of(discarded)};
    rig_tell(r, &event);
}

static void begin(struct rig *r)
{
    rig_configure(r);
    rig_start(r);
    rig_customer_writes(r, stays, "m1");
    rig_run(r);
    rig_answer(r, stays);
    rig_run(r);
}

static const struct conversation *look(struct rig *r, struct arena *arena, const char *key)
{
    const struct conversation *state = rig_state(r, arena, key);
    EXPECT(key, state != NULL);
    return state;
}

static void words_wait_for_outcomes_and_go_across(void **unused)
{
    struct rig *r = *unused;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    begin(r);
    rig_customer_writes(r, goes, "m2"); /* its turn is under way */
    rig_run(r);
    EXPECT("asked", rig_commands(r, EFFECT_BOT_TURN) == 2);
    merge(r, "e1", "c2", "c1");
    rig_customer_writes(r, goes, "m3");
    rig_run(r);
    const struct conversation *from = look(r, &arena, goes);
    EXPECT("it has ended", from->phase == PHASE_ENDED && from->turn.state == TURN_NONE);
    EXPECT("and waits", !from->absorb_told && from->pending_count == 2);
    EXPECT("the other knows nothing yet", look(r, &arena, stays)->pending_count == 0);
    EXPECT("the bot is not asked there again", rig_commands(r, EFFECT_BOT_TURN) == 2);

    rig_answer(r, goes); /* stale: only noted */
    rig_run(r);
    from = look(r, &arena, goes);
    EXPECT("told", from->absorb_told && from->pending_count == 0 && from->outstanding_count == 0);
    EXPECT("said to nobody", rig_commands(r, EFFECT_MESSAGE) == 0);
    const struct conversation *into = look(r, &arena, stays);
    EXPECT("who has it is asked", into->evidence_asked);
    EXPECT("both words are there", into->pending_count == 2);
    EXPECT_SLICE("in order", into->pending[0].id, SLICE("m2"));
    EXPECT_SLICE("the later one", into->pending[1].id, SLICE("m3"));
    EXPECT("its own is remembered", into->history_count > 0);
}

static void late_words_follow_and_known_ones_do_not_return(void **unused)
{
    struct rig *r = *unused;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    begin(r);
    rig_customer_writes(r, goes, "m2");
    rig_run(r);
    rig_answer(r, goes);
    rig_run(r);
    merge(r, "e1", "c2", "c1");
    rig_run(r);
    const struct conversation *into = look(r, &arena, stays);
    EXPECT("nothing was unanswered", into->pending_count == 0);
    rig_customer_writes(r, stays, "m2");
    rig_run(r);
    EXPECT("what was answered there is known here", look(r, &arena, stays)->pending_count == 0);
    rig_customer_writes(r, goes, "m9");
    rig_run(r);
    into = look(r, &arena, stays);
    EXPECT("what comes later follows", into->pending_count == 1);
    EXPECT_SLICE("it", into->pending[0].id, SLICE("m9"));
    merge(r, "e1", "c2", "c1");
    merge(r, "e2", "c2", "c1");
    rig_run(r);
    EXPECT("told again, once", look(r, &arena, stays)->pending_count == 1);
    EXPECT("nothing is set aside", r->dead == 0);
}

static void a_merge_without_conversations_changes_none(void **unused)
{
    struct rig *r = *unused;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    begin(r);
    static const struct {
        const char *why, *id, *discarded, *surviving;
    } cases[] = {
        {"no conversations", "e1", "", ""},
        {"no survivor", "e2", "c1", ""},
        {"one and the same", "e3", "c1", "c1"},
        {"an id that cannot be one", "e4", "c/1", "c2"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        merge(r, cases[i].id, cases[i].discarded, cases[i].surviving);
        rig_run(r);
        EXPECT(cases[i].why, look(r, &arena, stays)->phase == PHASE_BOT);
        EXPECT(cases[i].why, r->dead == 0);
    }
}

static void the_other_may_be_unknown_yet(void **unused)
{
    struct rig *r = *unused;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    rig_configure(r);
    rig_start(r);
    rig_customer_writes(r, goes, "m2");
    rig_run(r);
    merge(r, "e1", "c2", "c7");
    rig_run(r);
    rig_answer(r, goes);
    rig_run(r);
    const struct conversation *into = look(r, &arena, "acme/messaging/c7");
    EXPECT_SLICE("its store came along", into->store, SLICE("shoes"));
    EXPECT_SLICE("its own id", into->remote_id, SLICE("c7"));
    EXPECT("the word, too", into->pending_count == 1 && into->evidence_asked);
}

static void two_that_point_at_each_other_do_not_send_for_ever(void **unused)
{
    struct rig *r = *unused;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    begin(r);
    rig_customer_writes(r, goes, "m2");
    rig_run(r);
    rig_answer(r, goes);
    rig_run(r);
    merge(r, "e1", "c2", "c1");
    rig_run(r);
    merge(r, "e2", "c1", "c2");
    rig_customer_writes(r, goes, "m3");
    rig_run(r);
    size_t events = rig_records(r, TOPIC_EVENTS);
    rig_run(r);
    EXPECT("quiet", rig_records(r, TOPIC_EVENTS) == events);
}

/* Transactions are lost, and the program starts anew now and then. */
static void bad_weather(struct rig *r)
{
    for (int i = 0; i < 24; i++) {
        r->bus.txn_fails = i % 3 == 0 ? ERR(TXN_ABORT) : err_ok();
        for (int turn = 0; turn < 4; turn++) {
            rig_turn(r);
        }
        if (i % 5 == 4) {
            r->bus.txn_fails = err_ok();
            rig_stop(r);
            rig_start(r);
        }
    }
    r->bus.txn_fails = err_ok();
    rig_run(r);
}

static void nothing_is_lost_by_aborts_and_restarts(void **unused)
{
    struct rig *r = *unused;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    begin(r);
    rig_customer_writes(r, goes, "m2");
    rig_run(r);
    merge(r, "e1", "c2", "c1");
    rig_customer_writes(r, goes, "m3");
    bad_weather(r);
    EXPECT("waits", look(r, &arena, goes)->pending_count == 2);
    rig_answer(r, goes);
    rig_customer_writes(r, goes, "m4");
    bad_weather(r);
    const struct conversation *into = look(r, &arena, stays);
    EXPECT("all three", into->pending_count == 3);
    static const char *const ids[] = {"m2", "m3", "m4"};
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        EXPECT_SLICE("in order, once", into->pending[i].id, slice_of(ids[i]));
    }
    EXPECT("none is left behind", look(r, &arena, goes)->pending_count == 0);
    EXPECT("nothing is set aside", r->dead == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(words_wait_for_outcomes_and_go_across),
        RIG_TEST(late_words_follow_and_known_ones_do_not_return),
        RIG_TEST(a_merge_without_conversations_changes_none),
        RIG_TEST(the_other_may_be_unknown_yet),
        RIG_TEST(two_that_point_at_each_other_do_not_send_for_ever),
        RIG_TEST(nothing_is_lost_by_aborts_and_restarts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
