/* attempts.c, and what the loop makes of it: a program that really dies of an event, again and
 * again, in a process of its own, on a log that outlives it. */
#include "processor/attempts.h"
#include "tests/unit/processor/rig.h"

#include <string.h>

static const char good[] = "acme/messaging/c1";
static const char bad[] = "acme/messaging/c2";

static void it_reads_as_written(void **unused)
{
    (void)unused;
    static const struct attempts rows[] = {
        {0, false, 0}, {0x9f3c06a1d2e4b578, true, 2}, {UINT64_MAX, true, UINT32_MAX}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[ATTEMPTS_TEXT_BYTES];
        struct attempts back = {0};
        attempts_format(&rows[i], text);
        EXPECT_OK(text, attempts_parse(slice_of(text), &back));
        EXPECT("the same", back.owner == rows[i].owner && back.is_open == rows[i].is_open &&
                               back.tries == rows[i].tries);
    }
}

static void one_form_only_is_read(void **unused)
{
    (void)unused;
    char text[ATTEMPTS_TEXT_BYTES];
    struct attempts a = {.owner = 0x9f3c06a1d2e4b578, .is_open = true, .tries = 1};
    attempts_format(&a, text);
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        char kept = text[i];
        text[i] = kept == '0' ? '1' : '0';
        EXPECT_CODE("a byte changed", attempts_parse(slice_of(text), &a), ERR_SYNTAX);
        text[i] = kept;
        EXPECT_CODE("cut short", attempts_parse(slice_from(text, i), &a), ERR_SYNTAX);
    }
    static const struct {
        const char *why, *text;
    } rows[] = {
        {"what egress writes", "v=2;inc=7;hor=1204;ev=88120;at=6;crc=5f3a90c1"},
        {"no number", "v=1;by=0000000000000000;end=open;tries=x;sum=00000000"},
        {"a number too large", "v=1;by=0000000000000000;end=open;tries=4294967296;sum=00000000"},
        {"more digits", "v=1;by=00000000000000000;end=open;tries=1;sum=00000000"},
        {"no digits", "v=1;by=000000000000000G;end=open;tries=1;sum=00000000"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT_CODE(rows[i].why, attempts_parse(slice_of(rows[i].text), &a), ERR_SYNTAX);
    }
}

/* How often the program dies before it comes to its end. */
static size_t deaths(struct rig *r)
{
    size_t count = 0;
    while (count < 20 && !rig_child(r, false)) {
        count++;
    }
    return count;
}

static void expect_dead_letter(struct rig *r, const char *key, uint32_t tries)
{
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    int32_t p = log_double_partition(r->log, slice_of(key));
    EXPECT("one", rig_records(r, TOPIC_DEAD) == 1);
    struct dead dead = {0};
    EXPECT_OK("readable", codec_dead_decode(&arena, log_double_at(r->log, TOPIC_DEAD, p, 0)->value,
                                            NULL, &dead));
    EXPECT_SLICE("why", dead.reason, SLICE("CRASHED"));
    EXPECT("how often", dead.tries == tries);
    const struct log_record *event = log_double_at(r->log, TOPIC_EVENTS, p, (size_t)dead.offset);
    EXPECT_SLICE("the original bytes", dead.value, event->value);
    EXPECT_SLICE("and its key", dead.key, slice_of(key));
}

static void an_event_that_crashes_the_program_is_set_aside(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    EXPECT("nothing yet", rig_child(r, false));
    r->poison = "m2";
    rig_customer_writes(r, bad, "m2");
    EXPECT("it dies of it three times", deaths(r) == 3);
    expect_dead_letter(r, bad, 3);
    EXPECT("nothing was decided", rig_commands(r, EFFECT_BOT_TURN) == 0);

    rig_customer_writes(r, good, "m3");
    rig_customer_writes(r, bad, "m4");
    EXPECT("all is well", rig_child(r, false));
    EXPECT("the others go on", rig_commands(r, EFFECT_BOT_TURN) == 1);
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    const struct conversation *halted = rig_state(r, &arena, bad);
    EXPECT("it waits for an operator, its words are kept",
           halted->halted && halted->pending_count == 1);

    rig_operator_calls(r, bad, "order");
    EXPECT("all is well", rig_child(r, false));
    EXPECT("a human is called", rig_commands(r, EFFECT_PASS_CONTROL) == 1);
    EXPECT("it waits no longer", !rig_state(r, &arena, bad)->halted);
}

/* The culprit stands behind others in a batch: one more death finds it, and costs them nothing. */
static void the_culprit_is_found_among_others(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    EXPECT("nothing yet", rig_child(r, false));
    r->poison = "bad";
    char key[32];
    char id[16];
    int32_t partition = log_double_partition(r->log, slice_of(bad));
    size_t others = 0;
    for (int i = 0; i < 20; i++) {
        (void)snprintf(key, sizeof key, "acme/messaging/x%d", i);
        (void)snprintf(id, sizeof id, "m%d", i);
        if (log_double_partition(r->log, slice_of(key)) == partition) {
            rig_customer_writes(r, key, id);
            if (++others == 3) {
                rig_customer_writes(r, bad, "bad");
            }
        }
    }
    EXPECT("some on both sides", others > 4);
    EXPECT("one in a batch, three alone", deaths(r) == 4);
    expect_dead_letter(r, bad, 3);
    EXPECT("each of the others once", rig_commands(r, EFFECT_BOT_TURN) == others);
}

static void two_culprits_in_a_row_are_both_found(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    r->poison = "bad";
    rig_customer_writes(r, bad, "bad");
    rig_customer_writes(r, bad, "bad");
    rig_customer_writes(r, good, "m1");
    EXPECT("three times each", deaths(r) == 6);
    EXPECT("both are kept", rig_records(r, TOPIC_DEAD) == 2);
    EXPECT("on it goes", rig_commands(r, EFFECT_BOT_TURN) == 1);
}

static void a_kill_while_nothing_is_in_hand_counts_for_nothing(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_customer_writes(r, good, "m1");
    for (int i = 0; i < 6; i++) {
        EXPECT("killed", !rig_child(r, true));
    }
    rig_customer_writes(r, good, "m2");
    rig_customer_writes(r, bad, "m3");
    EXPECT("well", rig_child(r, false));
    EXPECT("nothing is set aside", rig_records(r, TOPIC_DEAD) == 0);
    EXPECT("all is decided", rig_commands(r, EFFECT_BOT_TURN) == 2);
}

static bool is_open(struct rig *r, const char *key)
{
    struct attempts a = {0};
    EXPECT_OK("a mark", attempts_parse(rig_committed(r, key).metadata, &a));
    return a.is_open;
}

static void whoever_leaves_in_peace_says_so(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_start(r);
    rig_customer_writes(r, good, "m1");
    rig_run(r);
    EXPECT("a crash would be seen", is_open(r, good));
    rig_finish(r);
    EXPECT("left in peace", !is_open(r, good));
    rig_stop(r);

    size_t before = r->committed;
    rig_start(r);
    rig_customer_writes(r, good, "m2");
    rig_customer_writes(r, good, "m3");
    rig_run(r);
    EXPECT("a mark, then both in one", r->committed == before + 2 && is_open(r, good));
    bus_double_revoke(&r->bus, false);
    rig_run(r);
    EXPECT("given away in peace", !is_open(r, good));

    bus_double_assign(&r->bus);
    rig_customer_writes(r, good, "m4");
    rig_run(r);
    bus_double_revoke(&r->bus, true);
    rig_run(r);
    EXPECT("lost: nothing may be said", is_open(r, good));
}

static void after_an_unclean_end_each_has_a_transaction(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_start(r);
    rig_customer_writes(r, good, "m1");
    rig_run(r);
    rig_stop(r);
    rig_start(r);
    size_t before = r->committed;
    for (int i = 0; i < 5; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "n%d", i);
        rig_customer_writes(r, good, id);
    }
    rig_run(r);
    EXPECT("one that counts the try, then one each", r->committed == before + 6);
    EXPECT("nothing is set aside", rig_records(r, TOPIC_DEAD) == 0);
}

static void starting_over_is_no_crash(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_start(r);
    rig_run(r);
    rig_customer_writes(r, good, "m1");
    for (int i = 0; i < 6; i++) {
        size_t unknown = r->unknown;
        r->bus.txn_fails = ERR(TXN_UNKNOWN);
        for (int turn = 0; turn < 50 && r->unknown == unknown; turn++) {
            rig_turn(r);
        }
        EXPECT("it failed", r->unknown == unknown + 1);
        r->bus.txn_fails = err_ok();
    }
    rig_run(r);
    EXPECT("nothing is set aside", rig_records(r, TOPIC_DEAD) == 0);
    EXPECT("decided once", rig_commands(r, EFFECT_BOT_TURN) == 1);
}

/* What stands there cannot be read: nobody left it in peace. */
static void a_mark_that_is_none_asks_for_care(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_start(r);
    rig_customer_writes(r, good, "m1");
    rig_run(r);
    rig_stop(r);
    struct bus_offset spoilt = rig_committed(r, good);
    spoilt.metadata = SLICE("v=9;what=ever");
    log_double_commit(r->log, &spoilt);
    rig_start(r);
    size_t before = r->committed;
    rig_customer_writes(r, good, "m2");
    rig_customer_writes(r, good, "m3");
    rig_run(r);
    EXPECT("a try, and one each", r->committed == before + 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_reads_as_written),
        cmocka_unit_test(one_form_only_is_read),
        RIG_TEST(an_event_that_crashes_the_program_is_set_aside),
        RIG_TEST(the_culprit_is_found_among_others),
        RIG_TEST(two_culprits_in_a_row_are_both_found),
        RIG_TEST(a_kill_while_nothing_is_in_hand_counts_for_nothing),
        RIG_TEST(whoever_leaves_in_peace_says_so),
        RIG_TEST(after_an_unclean_end_each_has_a_transaction),
        RIG_TEST(starting_over_is_no_crash),
        RIG_TEST(a_mark_that_is_none_asks_for_care),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
