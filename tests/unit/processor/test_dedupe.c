/* dedupe against the dumbest model: a list of all that was ever told. */
#include "base/rng.h"
#include "processor/core/dedupe.h"
#include "tests/support/unit.h"

#include <string.h>

static struct event message(const char *id, int64_t at)
{
    struct event event = {.type = EVENT_MESSAGE, .id = SLICE("delivery"), .occurred = {at + 1}};
    event.body.conversations.message_id = slice_of(id);
    event.body.conversations.received = (wall_ms_t){at};
    return event;
}

static void a_message_is_known_by_its_own_id(void **unused)
{
    (void)unused;
    static struct conversation state;
    state = (struct conversation){0};
    struct event first = message("m1", 1000);
    struct event again = message("m1", 1000);
    again.id = SLICE("another delivery");
    EXPECT("first sight", dedupe(&state, &first) == DEDUPE_FRESH);
    EXPECT("row 44: told again by another delivery", dedupe(&state, &again) == DEDUPE_SEEN);
    struct event deleted = message("m1", 1000);
    deleted.body.conversations.deleted = true;
    EXPECT("its deletion is another thing", dedupe(&state, &deleted) == DEDUPE_FRESH);
    struct event other = {.type = EVENT_POSTBACK, .id = SLICE("e9"), .occurred = {1500}};
    EXPECT("others by event id", dedupe(&state, &other) == DEDUPE_FRESH);
    EXPECT("others by event id, again", dedupe(&state, &other) == DEDUPE_SEEN);
}

static void late_is_acted_on_above_the_watermark_only(void **unused)
{
    (void)unused;
    static struct conversation state;
    static char ids[LIMIT_SEEN_IDS_MAX + 1][16];
    state = (struct conversation){0};
    for (int i = 0; i <= LIMIT_SEEN_IDS_MAX; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "m%d", i);
        struct event event = message(ids[i], 1000 + i * 10);
        EXPECT("fresh", dedupe(&state, &event) == DEDUPE_FRESH);
    }
    EXPECT("the first fell out and set the watermark", state.watermark.ms == 1000);
    struct event old = message("late", 1000);
    EXPECT("at the watermark: may be the one that fell out",
           dedupe(&state, &old) == DEDUPE_TOO_OLD);
    struct event late = message("late", 1001);
    EXPECT("above it: new, however late", dedupe(&state, &late) == DEDUPE_FRESH);
    struct event timeless = {.type = EVENT_POSTBACK, .id = SLICE("no time")};
    EXPECT("without a time only the id counts", dedupe(&state, &timeless) == DEDUPE_FRESH);
    struct event absorb = {.type = EVENT_ABSORB, .id = SLICE("absorb/1"), .occurred = {1}};
    EXPECT("another conversation's words are never too late",
           dedupe(&state, &absorb) == DEDUPE_FRESH);
    EXPECT("and come once", dedupe(&state, &absorb) == DEDUPE_SEEN);
}

static void never_twice_whatever_is_told(void **unused)
{
    (void)unused;
    enum { IDS = 400, TOLD = 20000 };
    static struct conversation state;
    static bool acted[IDS];
    static char ids[IDS][16];
    struct rng rng;
    rng_seed(&rng, 44);
    state = (struct conversation){0};
    memset(acted, 0, sizeof acted);
    for (int told = 0; told < TOLD; told++) {
        uint64_t newest = (uint64_t)told * IDS / TOLD + 1;
        size_t i = (size_t)rng_below(&rng, newest);
        (void)snprintf(ids[i], sizeof ids[i], "m%zu", i);
        struct event event = message(ids[i], 1000 + (int64_t)i * 7);
        if (dedupe(&state, &event) == DEDUPE_FRESH) {
            EXPECT("acted on once", !acted[i]);
            acted[i] = true;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_known_by_its_own_id),
        cmocka_unit_test(late_is_acted_on_above_the_watermark_only),
        cmocka_unit_test(never_twice_whatever_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
