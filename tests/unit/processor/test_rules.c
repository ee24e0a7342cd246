/* rules.c as a truth table. Feature rows 71, 75, 77, 81. */
#include "event/reason.h"
#include "processor/core/rules.h"
#include "tests/support/unit.h"

static const struct bot_answer plain = {.confidence = -1};
static const struct bot_answer wants_human = {.confidence = -1, .handoff = true};
static const struct slice own[] = {{"operator", 8}};

static const struct {
    const char *why;
    uint32_t off;
    struct rules_case happened;
    uint32_t reasons;
} rows[] = {
    {"row 71: asked, on by default",
     0,
     {.what = HAPPENING_CUSTOMER_WROTE, .text = {"talk to a human", 15}},
     REASON_BIT(REASON_ASKED)},
    {"row 71: toggle off",
     REASON_BIT(REASON_ASKED),
     {.what = HAPPENING_CUSTOMER_WROTE, .text = {"talk to a human", 15}},
     0},
    {"a phrase of the store",
     0,
     {.what = HAPPENING_CUSTOMER_WROTE, .text = {"Operator!", 9}},
     REASON_BIT(REASON_ASKED)},
    {"an ordinary question", 0, {.what = HAPPENING_CUSTOMER_WROTE, .text = {"hello", 5}}, 0},
    {"row 81: the bot's handoff",
     0,
     {.what = HAPPENING_BOT_ANSWERED, .answer = &wants_human},
     REASON_BIT(REASON_BOT)},
    {"the bot's handoff, off",
     REASON_BIT(REASON_BOT),
     {.what = HAPPENING_BOT_ANSWERED, .answer = &wants_human},
     0},
    {"an answer without", 0, {.what = HAPPENING_BOT_ANSWERED, .answer = &plain}, 0},
    {"failed",
     0,
     {.what = HAPPENING_BOT_ENDED, .result = OUTCOME_FAILED},
     REASON_BIT(REASON_BOT_FAILED)},
    {"refused is failed",
     0,
     {.what = HAPPENING_BOT_ENDED, .result = OUTCOME_REFUSED},
     REASON_BIT(REASON_BOT_FAILED)},
    {"too slow",
     0,
     {.what = HAPPENING_BOT_ENDED, .result = OUTCOME_TIMED_OUT},
     REASON_BIT(REASON_BOT_TIMED_OUT)},
    {"row 75: by hand, whatever is off",
     UINT32_MAX,
     {.what = HAPPENING_OPERATOR_CALLED},
     REASON_BIT(REASON_MANUAL)},
    {"row 77: all off, nobody",
     UINT32_MAX,
     {.what = HAPPENING_BOT_ENDED, .result = OUTCOME_FAILED},
     0},
};

static void which_reasons_hold(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct store store = {.reasons_off = rows[i].off, .phrases = own, .phrase_count = 1};
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
