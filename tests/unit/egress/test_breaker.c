#include "egress/core/breaker.h"
#include "tests/support/unit.h"

static struct rng rng;

static void fail_times(struct breaker *b, int times, int64_t now)
{
    for (int i = 0; i < times; i++) {
        breaker_failed(b, 0, (mono_ms_t){now}, &rng);
    }
}

static void test_opens_after_failures_in_a_row(void **state)
{
    (void)state;
    struct breaker b = {0};
    fail_times(&b, BREAKER_FAILURES_MAX - 1, 0);
    breaker_answered(&b, 0);
    fail_times(&b, BREAKER_FAILURES_MAX - 1, 0);
    EXPECT("an answer between them ends the row", breaker_allows(&b, (mono_ms_t){0}));
    fail_times(&b, 1, 0);
    EXPECT("open", !breaker_allows(&b, (mono_ms_t){0}));
    mono_ms_t opens = breaker_opens(&b, (mono_ms_t){0});
    EXPECT("for half to one base",
           opens.ms >= BREAKER_DELAY_MS / 2 && opens.ms <= BREAKER_DELAY_MS);
    fail_times(&b, 3, 1);
    EXPECT("calls that were out change nothing", breaker_opens(&b, (mono_ms_t){1}).ms == opens.ms);
}

static void test_one_probe_at_a_time(void **state)
{
    (void)state;
    struct breaker b = {0};
    fail_times(&b, BREAKER_FAILURES_MAX, 0);
    mono_ms_t later = {BREAKER_DELAY_MS};
    EXPECT("a probe may go", breaker_allows(&b, later));
    uint32_t probe = breaker_started(&b);
    EXPECT("one", probe != 0 && !breaker_allows(&b, later));
    EXPECT("only its answer helps", breaker_opens(&b, later).ms == later.ms);
    breaker_cancelled(&b, probe);
    EXPECT("it did not go after all", breaker_allows(&b, later));
    probe = breaker_started(&b);
    breaker_failed(&b, probe, later, &rng);
    EXPECT("open again at once", !breaker_allows(&b, later));
    EXPECT("and for longer", breaker_opens(&b, later).ms - later.ms >= BREAKER_DELAY_MS);
    mono_ms_t last = {later.ms + 4 * BREAKER_DELAY_MS};
    EXPECT("next probe", breaker_allows(&b, last));
    probe = breaker_started(&b);
    breaker_answered(&b, probe);
    EXPECT("closed", breaker_allows(&b, last));
    EXPECT("no probe any more", breaker_started(&b) == 0);
    EXPECT("for all", breaker_allows(&b, last));
}

static void test_what_was_out_before_is_no_probe(void **state)
{
    (void)state;
    struct breaker b = {0};
    EXPECT("closed", breaker_started(&b) == 0);
    fail_times(&b, BREAKER_FAILURES_MAX, 0);
    mono_ms_t later = {BREAKER_DELAY_MS};
    EXPECT("a probe may go", breaker_allows(&b, later));
    uint32_t probe = breaker_started(&b);
    breaker_cancelled(&b, 0);
    EXPECT("an older call's end lets no second one go", !breaker_allows(&b, later));
    breaker_failed(&b, 0, later, &rng);
    EXPECT("nor does its failure", !breaker_allows(&b, later) && b.state == BREAKER_PROBING);
    EXPECT("one that goes beside it is none", breaker_started(&b) == 0);
    breaker_credential(&b, 0, later, &rng);
    mono_ms_t last = breaker_opens(&b, later);
    EXPECT("a refused login opens it, and the probe is still out", !breaker_allows(&b, last));
    breaker_cancelled(&b, probe);
    EXPECT("until it comes back", breaker_allows(&b, last));
    uint32_t next = breaker_started(&b);
    breaker_reset(&b);
    fail_times(&b, BREAKER_FAILURES_MAX, last.ms);
    last = breaker_opens(&b, last);
    EXPECT("a third", breaker_allows(&b, last));
    EXPECT("with a number of its own", breaker_started(&b) != next);
    breaker_cancelled(&b, next);
    EXPECT("the second's end does not count for it", !breaker_allows(&b, last));
}

static void test_delays_are_capped(void **state)
{
    (void)state;
    struct breaker b = {0};
    mono_ms_t now = {0};
    fail_times(&b, BREAKER_FAILURES_MAX, 0);
    for (int i = 0; i < 40; i++) {
        now = breaker_opens(&b, now);
        EXPECT("probe", breaker_allows(&b, now));
        breaker_failed(&b, breaker_started(&b), now, &rng);
        int64_t wait = breaker_opens(&b, now).ms - now.ms;
        EXPECT("within bounds", wait >= BREAKER_DELAY_MS / 2 && wait <= BREAKER_DELAY_MS_MAX);
    }
}

static void test_a_wrong_credential_opens_at_once_and_long(void **state)
{
    (void)state;
    struct breaker b = {0};
    breaker_credential(&b, 0, (mono_ms_t){0}, &rng);
    EXPECT("open", !breaker_allows(&b, (mono_ms_t){BREAKER_CREDENTIAL_DELAY_MS / 2 - 1}));
    EXPECT("it is known why", b.credential);
    breaker_reset(&b);
    EXPECT("a new configuration is another chance", breaker_allows(&b, (mono_ms_t){0}));
}

static void test_one_403_is_about_an_object_many_are_about_us(void **state)
{
    (void)state;
    struct breaker b = {0};
    EXPECT("one", !breaker_forbidden(&b));
    EXPECT("two", !breaker_forbidden(&b));
    breaker_permitted(&b);
    for (int i = 1; i < BREAKER_FORBIDDEN_MAX; i++) {
        EXPECT("not in a row", !breaker_forbidden(&b));
    }
    EXPECT("in a row", breaker_forbidden(&b) && breaker_forbidden(&b));
    breaker_credential(&b, 0, (mono_ms_t){0}, &rng);
    EXPECT("still", breaker_forbidden(&b));
    breaker_reset(&b);
    EXPECT("a new configuration is another chance", !breaker_forbidden(&b));
}

static void test_who_may_read_may_not_write_for_that(void **state)
{
    (void)state;
    struct breaker b = {0};
    for (int i = 1; i < BREAKER_FORBIDDEN_MAX; i++) {
        breaker_answered(&b, 0); /* each write begins with a reading */
        EXPECT("not yet", !breaker_forbidden(&b));
    }
    breaker_answered(&b, 0);
    EXPECT("in a row, whatever was read between", breaker_forbidden(&b));
    breaker_credential(&b, 0, (mono_ms_t){0}, &rng);
    breaker_answered(&b, 0);
    EXPECT("one that was out does not close it", !breaker_allows(&b, (mono_ms_t){1}));
    mono_ms_t later = breaker_opens(&b, (mono_ms_t){1});
    EXPECT("a probe", breaker_allows(&b, later));
    breaker_answered(&b, breaker_started(&b));
    EXPECT("which only read: the next is one too", breaker_allows(&b, later));
    uint32_t probe = breaker_started(&b);
    EXPECT("one", !breaker_allows(&b, later));
    breaker_permitted(&b);
    breaker_answered(&b, probe);
    EXPECT("which wrote: closed", breaker_allows(&b, later) && b.state == BREAKER_CLOSED);
}

int main(void)
{
    rng_seed(&rng, 11);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opens_after_failures_in_a_row),
        cmocka_unit_test(test_one_probe_at_a_time),
        cmocka_unit_test(test_what_was_out_before_is_no_probe),
        cmocka_unit_test(test_delays_are_capped),
        cmocka_unit_test(test_a_wrong_credential_opens_at_once_and_long),
        cmocka_unit_test(test_one_403_is_about_an_object_many_are_about_us),
        cmocka_unit_test(test_who_may_read_may_not_write_for_that),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
