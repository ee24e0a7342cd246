/* Refused requests in the log: the first of a kind is said, the others are counted, none is lost.
 */
#include "base/limits.h"
#include "ingest/core/refusals.h"
#include "tests/support/unit.h"

enum { T = LIMIT_REFUSAL_LINE_MS, SAY = 1, KEEP = 0, REST = 2, NO_REST = 3 };

/* One after the other, with the same counts. */
static const struct {
    const char *why;
    int64_t at;
    enum endpoint endpoint;
    unsigned status;
    int then;
    uint64_t count;
} steps[] = {
    {"the first is said", 0, ENDPOINT_EVENTS, 401, SAY, 0},
    {"the second is not", 0, ENDPOINT_EVENTS, 401, KEEP, 0},
    {"another status is another kind", 1, ENDPOINT_EVENTS, 400, SAY, 0},
    {"so is another door", 1, ENDPOINT_TICKETS, 401, SAY, 0},
    {"nor the third", T - 1, ENDPOINT_EVENTS, 401, KEEP, 0},
    {"too soon for the rest", T - 1, ENDPOINT_NONE, 0, NO_REST, 0},
    {"not before the rest was said", T, ENDPOINT_EVENTS, 401, KEEP, 0},
    {"the rest", T, ENDPOINT_EVENTS, 401, REST, 3},
    {"was said, and nothing else was kept back", T, ENDPOINT_NONE, 0, NO_REST, 0},
    {"the rest counts as said", T + 1, ENDPOINT_EVENTS, 401, KEEP, 0},
    {"one of another kind, late", T + 1, ENDPOINT_EVENTS, 400, SAY, 0},
    {"the rest of the rest", 2 * T, ENDPOINT_EVENTS, 401, REST, 1},
    {"all is said", 9 * T, ENDPOINT_NONE, 0, NO_REST, 0},
    {"after a silence it is the first again", 9 * T, ENDPOINT_EVENTS, 401, SAY, 0},
    {"the last status of all", 9 * T, ENDPOINT_NONE, 599, SAY, 0},
};

static void few_are_said_and_all_are_counted(void **state)
{
    (void)state;
    static struct refusals r;
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        mono_ms_t now = {steps[i].at};
        if (steps[i].then == SAY || steps[i].then == KEEP) {
            bool said = refusals_say(&r, steps[i].endpoint, steps[i].status, now);
            EXPECT(steps[i].why, said == (steps[i].then == SAY));
            continue;
        }
        struct refusals_rest rest = {ENDPOINT_NONE, 0, 0};
        EXPECT(steps[i].why, refusals_next(&r, now, &rest) == (steps[i].then == REST));
        EXPECT(steps[i].why, rest.endpoint == steps[i].endpoint && rest.count == steps[i].count);
        EXPECT(steps[i].why, rest.status == steps[i].status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(few_are_said_and_all_are_counted)};
    return cmocka_run_group_tests_name("ingest/refusals", tests, NULL, NULL);
}
