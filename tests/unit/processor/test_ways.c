/* ways.c as a truth table over sets of reasons. Feature rows 77, 78, 81. */
#include "processor/core/ways.h"
#include "tests/support/unit.h"

static struct arena arena;

#define T(text)                                                                                    \
    {                                                                                              \
        "" text, sizeof(text) - 1                                                                  \
    }
static const struct rule_outcome outcomes[] = {
    {REASON_LOW_RATING, WAY_TICKET, PRIORITY_HIGH, T("rating, unhappy"), T("")},
    {REASON_UNRESOLVED, WAY_MESSAGE, PRIORITY_URGENT, T("open"), T("We will look into it.")},
    {REASON_FRUSTRATED, WAY_LIVE, PRIORITY_NORMAL, T("unhappy,frustrated"), T("")},
    {REASON_BOT, WAY_TICKET, PRIORITY_LOW, T("bot"), T("")},
    {REASON_MANUAL, WAY_MESSAGE, PRIORITY_UNSET, T(""), T("never")},
};
static const struct bot_answer wish = {.confidence = -1,
                                       .handoff = true,
                                       .handoff_way = WAY_LIVE,
                                       .handoff_priority = PRIORITY_URGENT,
                                       .handoff_tags = T("vip")};
static const struct bot_answer no_wish = {.confidence = -1, .handoff = true};

#define R(name) REASON_BIT(REASON_##name)
static const struct {
    const char *why;
    bool live;
    bool preferences;
    uint32_t reasons;
    const struct bot_answer *answer;
    enum way way;
    enum priority priority;
    struct slice tags;
} rows[] = {
    {"nothing", true, false, 0, NULL, WAY_UNSET, PRIORITY_UNSET, T("")},
    {"as the store does it", true, false, R(ASKED), NULL, WAY_LIVE, PRIORITY_UNSET, T("")},
    {"as the store does it", false, false, R(ASKED), NULL, WAY_TICKET, PRIORITY_UNSET, T("")},
    {"its own", true, false, R(LOW_RATING), NULL, WAY_TICKET, PRIORITY_HIGH, T("rating,unhappy")},
    {"only a text", true, false, R(UNRESOLVED), NULL, WAY_MESSAGE, PRIORITY_UNSET, T("")},
    {"row 78: the strongest way, the highest priority, the tags of all, none twice", true, false,
     R(LOW_RATING) | R(FRUSTRATED), NULL, WAY_LIVE, PRIORITY_HIGH, T("rating,unhappy,frustrated")},
    {"a text says nothing of the ticket", true, false, R(LOW_RATING) | R(UNRESOLVED), NULL,
     WAY_TICKET, PRIORITY_HIGH, T("rating,unhappy")},
    {"row 75: by hand is always a call", false, false, R(MANUAL), NULL, WAY_TICKET, PRIORITY_UNSET,
     T("")},
    {"row 81: a wish that does not count", true, false, R(BOT), &wish, WAY_TICKET, PRIORITY_LOW,
     T("bot")},
    {"row 81: one that does", true, true, R(BOT), &wish, WAY_LIVE, PRIORITY_URGENT, T("bot,vip")},
    {"one that says nothing", true, true, R(BOT), &no_wish, WAY_TICKET, PRIORITY_LOW, T("bot")},
    {"a wish is the reason BOT's alone", true, true, R(LOW_RATING), &wish, WAY_TICKET,
     PRIORITY_HIGH, T("rating,unhappy")},
    {"a reason of a newer version", false, false, UINT32_C(1) << 31, NULL, WAY_TICKET,
     PRIORITY_UNSET, T("")},
};

static void what_follows_from_reasons(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct store store = {.handoff_live = rows[i].live,
                              .handoff_preferences = rows[i].preferences,
                              .outcomes = outcomes,
                              .outcome_count = sizeof outcomes / sizeof outcomes[0]};
        struct ways ways = {0};
        EXPECT_OK(rows[i].why, ways_judge(&arena, &store, rows[i].reasons, rows[i].answer, &ways));
        EXPECT(rows[i].why, ways.way == rows[i].way);
        EXPECT(rows[i].why, ways.priority == rows[i].priority);
        EXPECT_SLICE(rows[i].why, ways.tags, rows[i].tags);
        EXPECT(rows[i].why, ways_call(&store, rows[i].reasons) == (rows[i].way >= WAY_TICKET));
    }
}

static void what_is_told(void **state)
{
    (void)state;
    struct store store = {.outcomes = outcomes,
                          .outcome_count = sizeof outcomes / sizeof outcomes[0]};
    EXPECT_SLICE("its text", ways_text(&store, REASON_UNRESOLVED), SLICE("We will look into it."));
    EXPECT_SLICE("of a call none", ways_text(&store, REASON_LOW_RATING), SLICE(""));
    EXPECT_SLICE("by hand none", ways_text(&store, REASON_MANUAL), SLICE(""));
    EXPECT_SLICE("without an outcome none", ways_text(&store, REASON_ASKED), SLICE(""));
}

static void tags_are_joined_within_a_limit(void **state)
{
    (void)state;
    char many[LIMIT_LABEL_BYTES_MAX];
    struct slice joined = {0};
    memset(many, 'x', sizeof many);
    EXPECT_OK("join", ways_join_tags(&arena, SLICE(" a ,,b,"), SLICE("b,  ,c"), &joined));
    EXPECT_SLICE("trimmed, none twice, none empty", joined, SLICE("a,b,c"));
    EXPECT_OK("join", ways_join_tags(&arena, SLICE("a"), slice_from(many, sizeof many), &joined));
    EXPECT_SLICE("what does not fit is left out whole", joined, SLICE("a"));
    EXPECT_OK("join", ways_join_tags(&arena, slice_from(many, sizeof many), SLICE("a"), &joined));
    EXPECT("as much as a label takes", joined.len == LIMIT_LABEL_BYTES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_follows_from_reasons),
        cmocka_unit_test(what_is_told),
        cmocka_unit_test(tags_are_joined_within_a_limit),
    };
    arena_init(&arena, 1024 * 1024);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
