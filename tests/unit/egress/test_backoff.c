#include "egress/core/backoff.h"
#include "tests/support/unit.h"

static const struct backoff policy = {{100}, {5000}};

static void test_delays_stay_under_a_doubling_ceiling(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint32_t tries;
        int64_t ceiling;
    } rows[] = {
        {"first failure: the base", 1, 100},
        {"doubled", 2, 200},
        {"and again", 3, 400},
        {"not beyond the cap", 7, 5000},
        {"never, whatever is asked", 200, 5000},
        {"nor at the largest count", UINT32_MAX, 5000},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct rng rng;
        rng_seed(&rng, i + 1);
        int64_t least = INT64_MAX;
        int64_t most = 0;
        for (int draw = 0; draw < 3000; draw++) {
            int64_t ms = backoff_delay(&policy, rows[i].tries, span_ms(0), &rng).ms;
            least = ms < least ? ms : least;
            most = ms > most ? ms : most;
        }
        EXPECT(rows[i].why, least >= 0 && most <= rows[i].ceiling);
        EXPECT("full jitter reaches both ends",
               least < rows[i].ceiling / 20 && most > rows[i].ceiling * 19 / 20);
    }
}

static void test_retry_after_is_kept_in_full(void **state)
{
    (void)state;
    struct rng rng;
    rng_seed(&rng, 3);
    for (int draw = 0; draw < 1000; draw++) {
        int64_t ms = backoff_delay(&policy, 2, span_s(30), &rng).ms;
        EXPECT("not a moment less", ms >= 30 * 1000);
        EXPECT("jitter on top", ms <= 30 * 1000 + 200);
    }
    EXPECT("a nonsense header counts as none",
           backoff_delay(&policy, 1, span_ms(-5), &rng).ms <= 100);
}

static void test_one_draw_a_delay(void **state)
{
    (void)state;
    struct rng used;
    struct rng drawn;
    rng_seed(&used, 9);
    rng_seed(&drawn, 9);
    (void)backoff_delay(&policy, 3, span_ms(0), &used);
    (void)rng_below(&drawn, 401);
    EXPECT("the same place afterwards", rng_next(&used) == rng_next(&drawn));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delays_stay_under_a_doubling_ceiling),
        cmocka_unit_test(test_retry_after_is_kept_in_full),
        cmocka_unit_test(test_one_draw_a_delay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
