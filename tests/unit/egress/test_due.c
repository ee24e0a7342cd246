#include "base/rng.h"
#include "egress/core/due.h"
#include "tests/support/unit.h"

enum { ENTRIES = 64 };

static void test_due_as_the_naive_model(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct rng rng;
        rng_seed(&rng, seed);
        struct due d;
        struct due_entry entries[ENTRIES] = {0};
        due_init(&d, ENTRIES);
        for (int step = 0; step < 2000; step++) {
            struct due_entry *e = &entries[rng_below(&rng, ENTRIES)];
            uint64_t way = rng_below(&rng, 4);
            if (way == 0) {
                due_remove(&d, e);
            } else if (way == 1) {
                mono_ms_t now = {(int64_t)rng_below(&rng, 1000)};
                struct due_entry *taken = due_take(&d, now);
                EXPECT("taken is due", taken == NULL || taken->at.ms <= now.ms);
            } else {
                EXPECT_OK("put", due_put(&d, e, (mono_ms_t){(int64_t)rng_below(&rng, 1000)}));
            }
            size_t count = 0;
            int64_t soonest = INT64_MAX;
            for (size_t i = 0; i < ENTRIES; i++) {
                bool is_in = entries[i].place != 0;
                count += is_in ? 1 : 0;
                soonest = is_in && entries[i].at.ms < soonest ? entries[i].at.ms : soonest;
            }
            EXPECT("count", due_count(&d) == count);
            EXPECT("soonest first",
                   count == 0 ? due_first(&d) == NULL : due_first(&d)->at.ms == soonest);
        }
        due_deinit(&d);
    }
}

static void test_full_is_said(void **state)
{
    (void)state;
    struct due d;
    struct due_entry entries[3] = {0};
    due_init(&d, 2);
    EXPECT_OK("one", due_put(&d, &entries[0], (mono_ms_t){3}));
    EXPECT_OK("two", due_put(&d, &entries[1], (mono_ms_t){2}));
    EXPECT_CODE("three", due_put(&d, &entries[2], (mono_ms_t){1}), ERR_BUF_FULL);
    EXPECT_OK("moving needs no room", due_put(&d, &entries[0], (mono_ms_t){1}));
    EXPECT("moved", due_take(&d, (mono_ms_t){1}) == &entries[0]);
    due_deinit(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_due_as_the_naive_model),
        cmocka_unit_test(test_full_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
