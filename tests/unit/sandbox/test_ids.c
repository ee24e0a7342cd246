#include "sandbox/clock.h"
#include "sandbox/ids.h"
#include "tests/support/unit.h"

enum { SCRATCH_BYTES = 64 * 1024 };

static void ids_depend_on_the_seed_alone(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    struct ids a, b, other;
    struct slice first = {0};
    struct slice same = {0};
    struct slice next = {0};
    struct slice different = {0};
    arena_init(&arena, SCRATCH_BYTES);
    ids_init(&a, 7);
    ids_init(&b, 7);
    ids_init(&other, 8);
    EXPECT_OK("first", ids_next(&a, &arena, &first));
    EXPECT_OK("same", ids_next(&b, &arena, &same));
    EXPECT_OK("next", ids_next(&a, &arena, &next));
    EXPECT_OK("other", ids_next(&other, &arena, &different));
    EXPECT("24 digits", first.len == IDS_ID_BYTES);
    EXPECT_SLICE("same seed", first, same);
    EXPECT("in order", slice_compare(first, next) < 0);
    EXPECT("other seed", !slice_equal(first, different));
}

static void secrets_depend_on_seed_and_purpose(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    struct ids a, other;
    struct slice one = {0};
    struct slice again = {0};
    struct slice two = {0};
    struct slice three = {0};
    arena_init(&arena, SCRATCH_BYTES);
    ids_init(&a, 7);
    ids_init(&other, 8);
    EXPECT_OK("one", ids_secret(&a, &arena, SLICE("x"), &one));
    EXPECT_OK("again", ids_secret(&a, &arena, SLICE("x"), &again));
    EXPECT_OK("two", ids_secret(&a, &arena, SLICE("y"), &two));
    EXPECT_OK("three", ids_secret(&other, &arena, SLICE("x"), &three));
    EXPECT_SLICE("same", one, again);
    EXPECT("43 letters", one.len == 43);
    EXPECT("other purpose", !slice_equal(one, two));
    EXPECT("other seed", !slice_equal(one, three));
}

static void the_clock_moves_forward_only(void **state)
{
    (void)state;
    struct clock clock = {.newest = {0}};
    wall_ms_t before = clock_now(&clock);
    clock_advance(&clock, span_s(3600));
    wall_ms_t after = clock_now(&clock);
    EXPECT("advanced", wall_since(after, before).ms >= 3600000);
    clock.offset = span_ms(0);
    EXPECT("never back", !wall_before(clock_now(&clock), after));
    clock_fix(&clock, (wall_ms_t){5});
    EXPECT("fixed", clock_now(&clock).ms == 5);
    clock_fix(&clock, (wall_ms_t){0});
    EXPECT("runs again, not before what it showed", !wall_before(clock_now(&clock), after));
}

static void an_http_date_is_written(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *want;
    } rows[] = {
        {784111777000, "Sun, 06 Nov 1994 08:49:37 GMT"},
        {1709210096999, "Thu, 29 Feb 2024 12:34:56 GMT"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[CLOCK_HTTP_DATE_BYTES];
        clock_http_date((wall_ms_t){rows[i].ms}, text);
        EXPECT_TEXT("date", text, rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_depend_on_the_seed_alone),
        cmocka_unit_test(secrets_depend_on_seed_and_purpose),
        cmocka_unit_test(the_clock_moves_forward_only),
        cmocka_unit_test(an_http_date_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
