#include "base/rng.h"
#include "tests/support/unit.h"

static void a_seed_repeats_its_numbers(void **state)
{
    (void)state;
    struct rng a;
    struct rng b;
    struct rng other;
    rng_seed(&a, 42);
    rng_seed(&b, 42);
    rng_seed(&other, 43);
    unsigned same = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t drawn = rng_next(&a);
        EXPECT("same seed, same number", drawn == rng_next(&b));
        same += drawn == rng_next(&other) ? 1U : 0U;
    }
    EXPECT("another seed, other numbers", same == 0);
}

static void the_generator_is_the_published_one(void **state)
{
    (void)state;
    /* Worked out by hand from the definition, for the state 1, 2, 3, 4. */
    struct rng rng = {{1, 2, 3, 4}};
    static const uint64_t first[] = {11520, 0, 1509978240, UINT64_C(1215971899390074240)};
    for (size_t i = 0; i < COUNT_OF(first); i++) {
        EXPECT("xoshiro256**", rng_next(&rng) == first[i]);
    }
}

static void the_zero_seed_works_too(void **state)
{
    (void)state;
    struct rng rng;
    rng_seed(&rng, 0);
    EXPECT("not stuck", rng_next(&rng) != rng_next(&rng));
}

static void below_is_below_and_even(void **state)
{
    (void)state;
    struct rng rng;
    rng_seed(&rng, 1);
    unsigned counts[7] = {0};
    for (int i = 0; i < 70000; i++) {
        counts[rng_below(&rng, 7)]++;
    }
    for (size_t i = 0; i < 7; i++) {
        EXPECT("a seventh, by four sigma", counts[i] > 9600 && counts[i] < 10400);
    }
    EXPECT("one has only zero below it", rng_below(&rng, 1) == 0);
    /* Without drawing again, the lowest third would come up half the time. */
    uint64_t third = UINT64_C(1) << 62;
    unsigned low = 0;
    for (int i = 0; i < 30000; i++) {
        uint64_t drawn = rng_below(&rng, 3 * third);
        EXPECT("large bound", drawn < 3 * third);
        low += drawn < third ? 1U : 0U;
    }
    EXPECT("a third, by four sigma", low > 9670 && low < 10330);
    EXPECT("largest bound", rng_below(&rng, UINT64_MAX) < UINT64_MAX);
}

static void abort_on_bound(void)
{
    struct rng rng;
    rng_seed(&rng, 1);
    (void)rng_below(&rng, 0);
}

static void nothing_is_below_zero(void **state)
{
    (void)state;
    EXPECT("bound 0", unit_aborts(abort_on_bound));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seed_repeats_its_numbers),
        cmocka_unit_test(the_generator_is_the_published_one),
        cmocka_unit_test(the_zero_seed_works_too),
        cmocka_unit_test(below_is_below_and_even),
        cmocka_unit_test(nothing_is_below_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
