#include "egress/core/horizon.h"
#include "tests/support/unit.h"

static struct horizon_text text_of(uint64_t incarnation, int64_t horizon, int64_t events,
                                   uint64_t counts)
{
    return (struct horizon_text){incarnation, horizon, events, counts};
}

/* An owner who has read both logs: takeover record at `mark`, `found` of his predecessors. */
static struct horizon_keeper owner(struct horizon_text read, int64_t mark, int64_t found,
                                   int64_t commands_end)
{
    struct horizon_keeper k;
    horizon_take_over(&k, &read);
    horizon_marked(&k, mark);
    horizon_found(&k, found);
    horizon_commands_read(&k, commands_end);
    return k;
}

static struct horizon_text asked(struct horizon_keeper *k, int64_t floor)
{
    char text[HORIZON_TEXT_BYTES];
    struct horizon_text value = {0};
    horizon_ask(k, floor, text);
    EXPECT_OK(text, horizon_text_parse(slice_of(text), &value));
    return value;
}

static void test_first_owner(void **state)
{
    (void)state;
    struct horizon_text first = {0};
    EXPECT_OK("first", horizon_text_parse(slice_of(horizon_first_metadata()), &first));
    struct horizon_keeper k = owner(first, 0, 0, 90);
    EXPECT("first incarnation", k.incarnation == 1);
    EXPECT("nothing was ever sent", !horizon_in_doubt(&k, 0));
    EXPECT("nothing may be before a commit", !horizon_lets(&k, 0, 0));
    struct horizon_text value = asked(&k, INT64_MAX);
    EXPECT("what was found", value.horizon == 0 && value.incarnation == 1 && value.events == 0);
    horizon_commit_accepted(&k);
    EXPECT("nor behind one that does not cover it", !horizon_lets(&k, 0, 0));
}

static void test_a_command_is_sent_below_an_accepted_horizon_only(void **state)
{
    (void)state;
    struct horizon_keeper k = owner(text_of(3, 41, 50, 3), 60, 41, 90);
    (void)asked(&k, INT64_MAX);
    horizon_commit_accepted(&k);
    EXPECT("in doubt: below", horizon_in_doubt(&k, 40) && !horizon_in_doubt(&k, 41));
    EXPECT("what was inherited is not recorded as ours", !horizon_lets(&k, 40, 0));
    horizon_recorded(&k, 45);
    EXPECT("it is now", horizon_lets(&k, 40, 0));
    EXPECT("recorded is not enough", !horizon_lets(&k, 41, 0));
    EXPECT("told", asked(&k, INT64_MAX).horizon == 45);
    EXPECT("nor is asked", !horizon_lets(&k, 41, 0));
    horizon_recorded(&k, 60);
    horizon_commit_accepted(&k);
    EXPECT("what that commit carried", horizon_lets(&k, 44, 0) && !horizon_lets(&k, 45, 0));
}

static void test_a_proof_is_a_commit_asked_for_afterwards(void **state)
{
    (void)state;
    struct horizon_keeper k = owner(text_of(0, 0, 0, 0), 0, 10, 90);
    horizon_recorded(&k, 10);
    (void)asked(&k, INT64_MAX);
    uint64_t since = horizon_next_commit(&k);
    horizon_commit_accepted(&k);
    EXPECT("the one asked for before", horizon_lets(&k, 5, 0) && !horizon_lets(&k, 5, since));
    (void)asked(&k, INT64_MAX);
    (void)asked(&k, INT64_MAX); /* that one was refused, this one */
    horizon_commit_accepted(&k);
    EXPECT("any later one", horizon_lets(&k, 5, since));
}

static void test_the_target_goes_ahead_but_not_past_what_was_fetched(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t wanted, fetched_end, target;
    } rows[] = {
        {"idle: the only one there is", 7, 8, 8},
        {"some wait", 7, 20, 20},
        {"a crash must not put a whole backlog into doubt", 7, 100000, 264},
    };
    struct horizon_keeper k = owner(text_of(0, 0, 0, 0), 0, 12, 90);
    EXPECT("never below what was inherited", horizon_target(&k, 7, 9) == 12);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        k = owner(text_of(0, 0, 0, 0), 0, 0, 90);
        EXPECT(rows[i].why,
               horizon_target(&k, rows[i].wanted, rows[i].fetched_end) == rows[i].target);
    }
}

static void test_events_position_never_passes_what_is_needed(void **state)
{
    (void)state;
    struct horizon_keeper k = owner(text_of(4, 0, 10, 3), 20, 0, 0);
    struct horizon_text value = asked(&k, INT64_MAX);
    EXPECT("before the mark: as it was read", value.events == 10 && value.counts == 3);
    horizon_acked(&k, 34);
    horizon_commit_accepted(&k); /* asked for when the mark was the newest */
    value = asked(&k, INT64_MAX);
    EXPECT("behind the mark we count", value.events == 21 && value.counts == 5);
    value = asked(&k, 15);
    EXPECT("an outcome before the mark that the offset has not passed: as it was read",
           value.events == 10 && value.counts == 3);
    value = asked(&k, 21);
    EXPECT("one behind it", value.events == 21 && value.counts == 5);
    horizon_commit_accepted(&k);
    EXPECT("what was acknowledged when that was asked for", asked(&k, INT64_MAX).events == 35);
    horizon_acked(&k, 12);
    EXPECT("never back", asked(&k, INT64_MAX).events == 35);
}

static void test_incarnations_rise_above_all_met(void **state)
{
    (void)state;
    struct horizon_keeper k;
    struct horizon_text read = text_of(7, 0, 0, 7);
    horizon_take_over(&k, &read);
    horizon_marked(&k, 5);
    EXPECT("older owners", !horizon_raise(&k, 7) && k.incarnation == 8 && k.mark == 5);
    EXPECT("our own number, taken by one who never committed",
           horizon_raise(&k, 8) && k.incarnation == 9 && k.mark == -1);
    EXPECT("higher ones", horizon_raise(&k, 20) && k.incarnation == 21);
    EXPECT("there is no higher one", !horizon_raise(&k, UINT64_MAX));
}

static void test_a_drain_closes_at_what_was_sent(void **state)
{
    (void)state;
    struct horizon_keeper k = owner(text_of(0, 30, 0, 0), 0, 30, 90);
    EXPECT("nothing recorded", !horizon_must_close(&k));
    horizon_recorded(&k, 80);
    EXPECT("nothing sent: as it was inherited", horizon_must_close(&k));
    EXPECT("what predecessors sent", horizon_closed(&k) == 30);
    horizon_started(&k, 44);
    horizon_started(&k, 42);
    EXPECT("what we sent", horizon_closed(&k) == 45);
    horizon_close(&k);
    EXPECT("told", !horizon_must_close(&k) && asked(&k, INT64_MAX).horizon == 45);
}

static void test_recovering_puts_all_that_is_there_into_doubt(void **state)
{
    (void)state;
    struct horizon_keeper k = owner(text_of(0, 0, 0, 0), 0, INT64_MAX, 40);
    EXPECT("what was there", horizon_in_doubt(&k, 39));
    EXPECT("what comes now is ours alone", !horizon_in_doubt(&k, 40));
    EXPECT("and stays in doubt for the next", asked(&k, INT64_MAX).horizon == 40);
}

/* ---- what a new owner finds */

enum kind { TAKEOVER, HORIZON, CLOSES, SENT, ENDED };
struct step {
    enum kind kind;
    uint64_t incarnation;
    int64_t offset;
    bool counts;
};

static void step_take(struct horizon_history *h, const struct step *s, const char *why)
{
    switch (s->kind) {
    case TAKEOVER: horizon_history_takeover(h, s->incarnation); break;
    case HORIZON:
    case CLOSES: horizon_history_horizon(h, s->incarnation, s->offset, s->kind == CLOSES); break;
    case SENT:
    case ENDED:
        EXPECT(why,
               horizon_history_outcome(h, s->incarnation, s->offset, s->kind == SENT) == s->counts);
    }
}

static void test_histories(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct horizon_text read;
        struct step steps[6];
        int64_t found;
    } rows[] = {
        {"nothing since the commit", {4, 41, 100, 4}, {{0}}, 41},
        {"a record that no commit carried", {4, 41, 100, 4}, {{HORIZON, 4, 60, 0}}, 60},
        {"older records are read again",
         {4, 41, 100, 4},
         {{HORIZON, 4, 20, 0}, {HORIZON, 4, 41, 0}},
         41},
        {"the last word of one who left in peace",
         {4, 80, 100, 4},
         {{HORIZON, 4, 80, 0}, {CLOSES, 4, 45, 0}},
         45},
        {"a record that came to the log late",
         {4, 10, 100, 4},
         {{HORIZON, 4, 60, 0}, {HORIZON, 4, 50, 0}},
         60},
        {"the metadata of a member without membership, older than the log",
         {3, 10, 100, 3},
         {{TAKEOVER, 4, 0, 0}, {HORIZON, 4, 60, 0}},
         60},
        {"one who does not know that he was succeeded raises",
         {5, 41, 100, 5},
         {{HORIZON, 4, 70, 0}},
         70},
        {"and lowers nothing", {5, 41, 100, 5}, {{HORIZON, 5, 50, 0}, {CLOSES, 4, 20, 0}}, 50},
        {"nor does he when the successor has recorded nothing yet",
         {4, 41, 100, 4},
         {{HORIZON, 4, 60, 0}, {TAKEOVER, 5, 0, 0}, {CLOSES, 4, 42, 0}},
         60},
        {"the newest writer's lowering does not undo another's",
         {4, 41, 100, 4},
         {{HORIZON, 4, 60, 0}, {TAKEOVER, 5, 0, 0}, {HORIZON, 5, 70, 0}, {CLOSES, 5, 42, 0}},
         60},
        {"outcomes count", {4, 41, 100, 4}, {{SENT, 4, 40, true}, {ENDED, 4, 60, true}}, 41},
        {"of the one before, until we read that he was succeeded",
         {4, 41, 100, 3},
         {{SENT, 3, 20, true}, {TAKEOVER, 4, 0, 0}, {SENT, 3, 21, false}, {SENT, 4, 22, true}},
         41},
        {"behind the position at which the newest counts",
         {4, 41, 100, 4},
         {{SENT, 3, 20, false}},
         41},
        {"sent, but no horizon covers it", {4, 41, 100, 4}, {{SENT, 4, 41, true}}, INT64_MAX},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct horizon_history h;
        horizon_history_begin(&h, &rows[i].read);
        for (size_t j = 0; j < COUNT_OF(rows[i].steps) && rows[i].steps[j].incarnation > 0; j++) {
            step_take(&h, &rows[i].steps[j], rows[i].why);
        }
        bool contradicts = false;
        EXPECT(rows[i].why, horizon_history_result(&h, &contradicts) == rows[i].found);
        EXPECT(rows[i].why, contradicts == (rows[i].found == INT64_MAX));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_owner),
        cmocka_unit_test(test_a_command_is_sent_below_an_accepted_horizon_only),
        cmocka_unit_test(test_a_proof_is_a_commit_asked_for_afterwards),
        cmocka_unit_test(test_the_target_goes_ahead_but_not_past_what_was_fetched),
        cmocka_unit_test(test_events_position_never_passes_what_is_needed),
        cmocka_unit_test(test_incarnations_rise_above_all_met),
        cmocka_unit_test(test_a_drain_closes_at_what_was_sent),
        cmocka_unit_test(test_recovering_puts_all_that_is_there_into_doubt),
        cmocka_unit_test(test_histories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
