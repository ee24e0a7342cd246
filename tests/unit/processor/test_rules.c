/* rules.c as a truth table. Feature rows 71-78, 80, 81. */
#include "event/reason.h"
#include "processor/core/rules.h"
#include "tests/support/unit.h"

static const struct bot_answer plain = {.confidence = -1};
static const struct bot_answer wants_human = {.confidence = -1, .handoff = true};
static const struct bot_answer less_sure = {.confidence = 0.59};
static const struct bot_answer sure = {.confidence = 0.60};
static const struct bot_answer no_help = {.confidence = -1, .resolved_given = true};
static const struct bot_answer helped = {
    .confidence = -1, .resolved_given = true, .resolved = true};
static const struct bot_answer all_at_once = {
    .confidence = 0.1, .resolved_given = true, .handoff = true};
static const struct bot_answer angry = {.confidence = -1, .sentiment = {"Angry", 5}};
static const struct bot_answer content = {.confidence = -1, .sentiment = {"neutral", 7}};
static const struct slice listed[] = {{"refund", 6}, {"cancel", 6}};
static const struct slice fired[] = {{"looked_up", 9}, {"refund", 6}};
static const struct bot_answer refunds = {.confidence = -1, .actions = fired, .action_count = 2};
static const struct bot_answer looks_up = {.confidence = -1, .actions = fired, .action_count = 1};
static const struct slice own[] = {{"operator", 8}};

static const struct {
    const char *why;
    uint32_t off;
    uint32_t on;
    struct rules_case happened;
    uint32_t reasons;
} rows[] = {
    {"row 71: asked, on by default",
     0,
     0,
     {.what = HAPPENING_CUSTOMER_WROTE, .text = {"talk to a human", 15}},
     REASON_BIT(REASON_ASKED)},
    {"row 71: toggle off",
     REASON_BIT(REASON_ASKED),
     0,
     {.what = HAPPENING_CUSTOMER_WROTE, .text = {"talk to a human", 15}},
     0},
    {"a phrase of the store",
     0,
     0,
     {.what = HAPPENING_CUSTOMER_WROTE, .text = {"Operator!", 9}},
     REASON_BIT(REASON_ASKED)},
    {"an ordinary question",
     0,
     UINT32_MAX,
     {.what = HAPPENING_CUSTOMER_WROTE, .text = {"hello", 5}},
     0},
    {"row 81: the bot's handoff",
     0,
     0,
     {.what = HAPPENING_BOT_ANSWERED, .answer = &wants_human},
     REASON_BIT(REASON_BOT)},
    {"the bot's handoff, off",
     REASON_BIT(REASON_BOT),
     0,
     {.what = HAPPENING_BOT_ANSWERED, .answer = &wants_human},
     0},
    {"an answer without", 0, UINT32_MAX, {.what = HAPPENING_BOT_ANSWERED, .answer = &plain}, 0},
    {"failed",
     0,
     0,
     {.what = HAPPENING_BOT_ENDED, .result = OUTCOME_FAILED},
     REASON_BIT(REASON_BOT_FAILED)},
    {"refused is failed",
     0,
     0,
     {.what = HAPPENING_BOT_ENDED, .result = OUTCOME_REFUSED},
     REASON_BIT(REASON_BOT_FAILED)},
    {"too slow",
     0,
     0,
     {.what = HAPPENING_BOT_ENDED, .result = OUTCOME_TIMED_OUT},
     REASON_BIT(REASON_BOT_TIMED_OUT)},
    {"row 75: by hand, whatever is off",
     UINT32_MAX,
     0,
     {.what = HAPPENING_OPERATOR_CALLED},
     REASON_BIT(REASON_MANUAL)},
    {"row 77: all off, nobody",
     UINT32_MAX,
     0,
     {.what = HAPPENING_BOT_ENDED, .result = OUTCOME_FAILED},
     0},
    {"row 72: 0.59 at 0.60",
     0,
     REASON_BIT(REASON_LOW_CONFIDENCE),
     {.what = HAPPENING_BOT_ANSWERED, .answer = &less_sure},
     REASON_BIT(REASON_LOW_CONFIDENCE)},
    {"row 72: 0.60 at 0.60",
     0,
     REASON_BIT(REASON_LOW_CONFIDENCE),
     {.what = HAPPENING_BOT_ANSWERED, .answer = &sure},
     0},
    {"row 72: off until a store asks for it",
     0,
     0,
     {.what = HAPPENING_BOT_ANSWERED, .answer = &less_sure},
     0},
    {"row 80: resolved is false",
     0,
     REASON_BIT(REASON_UNRESOLVED),
     {.what = HAPPENING_BOT_ANSWERED, .answer = &no_help},
     REASON_BIT(REASON_UNRESOLVED)},
    {"row 80: resolved is true",
     0,
     REASON_BIT(REASON_UNRESOLVED),
     {.what = HAPPENING_BOT_ANSWERED, .answer = &helped},
     0},
    {"row 80: off until a store asks for it",
     0,
     0,
     {.what = HAPPENING_BOT_ANSWERED, .answer = &no_help},
     0},
    {"row 76: the bot's sentiment",
     0,
     REASON_BIT(REASON_FRUSTRATED),
     {.what = HAPPENING_BOT_ANSWERED, .answer = &angry},
     REASON_BIT(REASON_FRUSTRATED)},
    {"row 76: another sentiment",
     0,
     REASON_BIT(REASON_FRUSTRATED),
     {.what = HAPPENING_BOT_ANSWERED, .answer = &content},
     0},
    {"row 76: off until a store asks for it",
     0,
     0,
     {.what = HAPPENING_BOT_ANSWERED, .answer = &angry},
     0},
    {"row 76: said a third time",
     0,
     REASON_BIT(REASON_FRUSTRATED),
     {.what = HAPPENING_CUSTOMER_WROTE, .text = {"hello", 5}, .repeats = 3},
     REASON_BIT(REASON_FRUSTRATED)},
    {"row 76: said twice",
     0,
     REASON_BIT(REASON_FRUSTRATED),
     {.what = HAPPENING_CUSTOMER_WROTE, .text = {"hello", 5}, .repeats = 2},
     0},
    {"row 73: two stars at 2",
     0,
     REASON_BIT(REASON_LOW_RATING),
     {.what = HAPPENING_RATED, .rating = 2, .text = {"stars", 5}},
     REASON_BIT(REASON_LOW_RATING)},
    {"row 73: three stars at 2",
     0,
     REASON_BIT(REASON_LOW_RATING),
     {.what = HAPPENING_RATED, .rating = 3},
     0},
    {"row 73: a thumb down",
     0,
     REASON_BIT(REASON_LOW_RATING),
     {.what = HAPPENING_RATED, .rating = -1, .text = {"Thumbs", 6}},
     REASON_BIT(REASON_LOW_RATING)},
    {"row 73: a thumb up, though it is below 2",
     0,
     REASON_BIT(REASON_LOW_RATING),
     {.what = HAPPENING_RATED, .rating = 1, .text = {"thumbs", 6}},
     0},
    {"row 73: off until a store asks for it", 0, 0, {.what = HAPPENING_RATED, .rating = 1}, 0},
    {"row 74: a listed action in an answer",
     0,
     REASON_BIT(REASON_ACTION),
     {.what = HAPPENING_BOT_ANSWERED, .answer = &refunds},
     REASON_BIT(REASON_ACTION)},
    {"row 74: another one",
     0,
     REASON_BIT(REASON_ACTION),
     {.what = HAPPENING_BOT_ANSWERED, .answer = &looks_up},
     0},
    {"row 74: a listed one on its own",
     0,
     REASON_BIT(REASON_ACTION),
     {.what = HAPPENING_BOT_ACTED, .text = {"cancel", 6}},
     REASON_BIT(REASON_ACTION)},
    {"row 74: an unlisted one",
     0,
     REASON_BIT(REASON_ACTION),
     {.what = HAPPENING_BOT_ACTED, .text = {"cancelled", 9}},
     0},
    {"row 74: off until a store asks for it",
     0,
     0,
     {.what = HAPPENING_BOT_ANSWERED, .answer = &refunds},
     0},
    {"rows 77, 78: each of them holds",
     0,
     UINT32_MAX,
     {.what = HAPPENING_BOT_ANSWERED, .answer = &all_at_once},
     REASON_BIT(REASON_BOT) | REASON_BIT(REASON_LOW_CONFIDENCE) | REASON_BIT(REASON_UNRESOLVED)},
    {"row 77: each on its own toggle",
     REASON_BIT(REASON_BOT),
     REASON_BIT(REASON_UNRESOLVED),
     {.what = HAPPENING_BOT_ANSWERED, .answer = &all_at_once},
     REASON_BIT(REASON_UNRESOLVED)},
};

static void which_reasons_hold(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct store store = {.reasons_off = rows[i].off,
                              .reasons_on = rows[i].on,
                              .low_confidence = 0.60,
                              .low_rating = 2,
                              .actions = listed,
                              .action_count = 2,
                              .phrases = own,
                              .phrase_count = 1};
        EXPECT(rows[i].why, rules_hold(&store, &rows[i].happened) == rows[i].reasons);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_reasons_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
