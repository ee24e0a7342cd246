/* gaps.c: when ingest was away for too long, by the log's clock; and how what is open is spread. */
#include "processor/core/gaps.h"
#include "tests/support/unit.h"

enum { DISTANCE_MS = GAPS_DISTANCE_MS, MARGIN_MS = 15 * 60 * 1000 };
static const int64_t begin = 1772438400000;

static void more_than_the_distance_is_a_gap(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t before, after; /* from the beginning; before < 0 = there was none */
        bool want;
    } rows[] = {
        {"the first sign of life ever", -1, 1000 * DISTANCE_MS, false},
        {"as it should be", 0, 15 * 1000, false},
        {"five are missing", 0, 6 * 15 * 1000 - 1, false},
        {"exactly the distance", 0, DISTANCE_MS, false},
        {"a millisecond more", 0, DISTANCE_MS + 1, true},
        {"a day", 0, INT64_C(24) * 3600 * 1000, true},
        {"the same time again", 0, 0, false},
        {"a clock that went back", DISTANCE_MS * 2, 0, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct gaps g = {0};
        if (rows[i].before >= 0) {
            EXPECT(rows[i].why,
                   !gaps_alive(&g, (wall_ms_t){begin + rows[i].before}, span_ms(DISTANCE_MS)));
        }
        bool got = gaps_alive(&g, (wall_ms_t){begin + rows[i].after}, span_ms(DISTANCE_MS));
        EXPECT(rows[i].why, got == rows[i].want && gaps_open(&g) == rows[i].want);
        EXPECT(rows[i].why, g.alive.ms == begin + rows[i].after);
        EXPECT(rows[i].why, !got || g.since.ms == begin + rows[i].before - MARGIN_MS);
        EXPECT(rows[i].why, !got || g.until.ms == begin + rows[i].after);
    }
}

static void a_gap_is_read_for_a_fortnight(void **state)
{
    (void)state;
    const int64_t day_ms = INT64_C(24) * 3600 * 1000;
    struct gaps g = {.alive = {begin}};
    EXPECT("a gap", gaps_alive(&g, (wall_ms_t){begin + 60 * day_ms}, span_ms(DISTANCE_MS)));
    EXPECT("no more than a person's order", g.since.ms == begin + 46 * day_ms);
}

static void two_at_once_are_one(void **state)
{
    (void)state;
    struct gaps g = {0};
    gaps_order(&g, (wall_ms_t){500}, (wall_ms_t){1000}, SLICE("acme"));
    EXPECT("of one account", gaps_concern(&g, SLICE("acme")) && !gaps_concern(&g, SLICE("globex")));
    gaps_order(&g, (wall_ms_t){600}, (wall_ms_t){1100}, SLICE("acme"));
    EXPECT("the earlier begin", g.since.ms == 500);
    EXPECT("the later end", g.until.ms == 1100);
    EXPECT("still of one", !gaps_concern(&g, SLICE("globex")));
    gaps_order(&g, (wall_ms_t){400}, (wall_ms_t){1050}, SLICE("globex"));
    EXPECT("of both, so of all",
           gaps_concern(&g, SLICE("acme")) && gaps_concern(&g, SLICE("globex")));
    EXPECT("both ends", g.since.ms == 400 && g.until.ms == 1100);
    g.alive = (wall_ms_t){1100};
    gaps_close(&g);
    EXPECT("made up for", !gaps_open(&g) && !gaps_concern(&g, SLICE("acme")));
    EXPECT("the sign of life stays", g.alive.ms == 1100);
    EXPECT("the next one is its own",
           gaps_alive(&g, (wall_ms_t){1101 + DISTANCE_MS}, span_ms(DISTANCE_MS)) &&
               gaps_concern(&g, SLICE("acme")));
}

static void many_are_no_storm(void **state)
{
    (void)state;
    const wall_ms_t now = {begin};
    for (uint32_t rank = 0; rank < GAPS_AT_ONCE; rank++) {
        EXPECT("the first few at once", gaps_due(now, rank, 16).ms == begin);
    }
    EXPECT("then one after the other", gaps_due(now, GAPS_AT_ONCE, 16).ms == begin + 8000);
    EXPECT("at the same distance", gaps_due(now, GAPS_AT_ONCE + 9, 16).ms == begin + 80 * 1000);
    EXPECT("faster where one partition has all",
           gaps_due(now, GAPS_AT_ONCE, 1).ms == begin + 60 * 1000 / LIMIT_MISSED_PER_MINUTE);
    int64_t last = gaps_due(now, 100 * 1000 / 16, 16).ms - begin;
    EXPECT("a hundred thousand take half a day",
           last > 13 * 3600 * 1000 && last < 14 * 3600 * 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_than_the_distance_is_a_gap),
        cmocka_unit_test(a_gap_is_read_for_a_fortnight),
        cmocka_unit_test(two_at_once_are_one),
        cmocka_unit_test(many_are_no_storm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
