#include "egress/quotas.h"
#include "tests/support/unit.h"

#include <stdio.h>

static mono_ms_t at(int64_t ms)
{
    return (mono_ms_t){ms};
}

static const struct budget_part alone = {0};
static const struct slice acme = {"acme", 4};

static void test_a_ticket_waits_alone(void **state)
{
    (void)state;
    struct quotas all = {0};
    struct quotas *q = &all;
    EXPECT_OK("new", quotas_init(q, 3));
    for (int i = 0; i < 30; i++) {
        EXPECT("open", !mono_before(at(i), quotas_open(q, acme, SLICE("/t/1"), alone, at(i))));
        quotas_use(q, acme, SLICE("/t/1"), at(i));
    }
    EXPECT("the 31st waits for the first to be ten minutes old",
           quotas_open(q, acme, SLICE("/t/1"), alone, at(100)).ms == 600 * 1000);
    EXPECT("another ticket does not",
           quotas_open(q, acme, SLICE("/t/2"), alone, at(100)).ms <= 100);
    EXPECT("nor another account's",
           quotas_open(q, SLICE("globex"), SLICE("/t/1"), alone, at(100)).ms <= 100);
    quotas_deinit(q);
}

static void test_an_account_has_a_hundred_a_minute(void **state)
{
    (void)state;
    struct quotas q = {0};
    EXPECT_OK("new", quotas_init(&q, 3));
    for (int i = 0; i < 100; i++) {
        char path[32];
        (void)snprintf(path, sizeof path, "/t/%d", i);
        quotas_use(&q, acme, slice_of(path), at(1000 + i));
    }
    EXPECT("the next", quotas_open(&q, acme, SLICE("/t/x"), alone, at(2000)).ms == 61 * 1000);
    EXPECT("another account's",
           quotas_open(&q, SLICE("globex"), SLICE("/t/x"), alone, at(2000)).ms <= 2000);
    quotas_deinit(&q);
}

static void test_copies_share_an_accounts_updates(void **state)
{
    (void)state;
    struct quotas q = {0};
    const struct budget_part quarter = {4, 16};
    EXPECT_OK("new", quotas_init(&q, 3));
    for (int i = 0; i < 25; i++) {
        EXPECT("open", quotas_open(&q, acme, SLICE("/t/1"), quarter, at(1000 + i)).ms <= 1000 + i);
        quotas_use(&q, acme, SLICE("/t/1"), at(1000 + i));
    }
    EXPECT("the 26th is another copy's",
           quotas_open(&q, acme, SLICE("/t/2"), quarter, at(2000)).ms == 61 * 1000);
    EXPECT("which has gone", quotas_open(&q, acme, SLICE("/t/2"), alone, at(2000)).ms <= 2000);
    EXPECT("a ticket's are all ours",
           quotas_open(&q, acme, SLICE("/t/1"), alone, at(2000)).ms <= 2000);
    quotas_deinit(&q);
}

static void test_an_endpoint_is_closed_alone(void **state)
{
    (void)state;
    struct quotas q = {0};
    EXPECT_OK("new", quotas_init(&q, 3));
    quotas_close(&q, acme, EFFECT_TICKET_TAGS, at(1000), at(30 * 1000));
    EXPECT("closed", quotas_reopen(&q, acme, EFFECT_TICKET_TAGS, at(1000)).ms == 30 * 1000);
    EXPECT("no other", quotas_reopen(&q, acme, EFFECT_TICKET_UPDATE, at(1000)).ms <= 1000);
    EXPECT("nor another account's",
           quotas_reopen(&q, SLICE("globex"), EFFECT_TICKET_TAGS, at(1000)).ms <= 1000);
    quotas_close(&q, acme, EFFECT_TICKET_TAGS, at(1000), at(90 * 1000));
    EXPECT("the newest counts",
           quotas_reopen(&q, acme, EFFECT_TICKET_TAGS, at(40 * 1000)).ms == 90 * 1000);
    quotas_deinit(&q);
}

static void test_what_is_old_is_forgotten(void **state)
{
    (void)state;
    struct quotas q = {0};
    EXPECT_OK("new", quotas_init(&q, 3));
    for (int64_t i = 0; i < 20000; i++) {
        char path[32];
        (void)snprintf(path, sizeof path, "/t/%lld", (long long)i);
        quotas_use(&q, acme, slice_of(path), at(i * 10 * 1000));
        EXPECT("bounded", table_count(q.by_name) < 1000);
    }
    quotas_deinit(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_ticket_waits_alone),
        cmocka_unit_test(test_an_account_has_a_hundred_a_minute),
        cmocka_unit_test(test_copies_share_an_accounts_updates),
        cmocka_unit_test(test_an_endpoint_is_closed_alone),
        cmocka_unit_test(test_what_is_old_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
