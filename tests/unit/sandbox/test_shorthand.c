#include "sandbox/shorthand.h"
#include "tests/support/unit.h"

enum { SCRATCH_BYTES = 64 * 1024 };

static void buttons_are_taken_out(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text, *rest, *type, *label, *target; /* of the last button */
        size_t count;
    } rows[] = {
        {"a link", "a %[L](http://x) b", "a  b", "link", "L", "http://x", 1},
        {"a reply", "%[Yes](reply:Y)", "", "reply", "Yes", "Y", 1},
        {"a postback", "%[P](postback:a b)", "", "postback", "P", "a b", 1},
        {"two", "%[A](b)%[C](d)", "", "link", "C", "d", 2},
        {"a Markdown link is none", "[L](http://x)", "[L](http://x)", NULL, NULL, NULL, 0},
        {"no target", "%[L]()", "%[L]()", NULL, NULL, NULL, 0},
        {"no label", "%[](x)", "%[](x)", NULL, NULL, NULL, 0},
        {"not closed", "%[L](x", "%[L](x", NULL, NULL, NULL, 0},
        {"something between", "%[L] (x)", "%[L] (x)", NULL, NULL, NULL, 0},
        {"a percent alone, blanks kept", " 5 % ", " 5 % ", NULL, NULL, NULL, 0},
        {"nothing", "", "", NULL, NULL, NULL, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena) struct arena arena = {0};
        struct shorthand found = {.count = 0};
        struct slice rest = {0};
        arena_init(&arena, SCRATCH_BYTES);
        EXPECT_OK(rows[i].why, shorthand_take(&arena, slice_of(rows[i].text), &found, &rest));
        EXPECT_SLICE(rows[i].why, rest, slice_of(rows[i].rest));
        EXPECT(rows[i].why, found.count == rows[i].count);
        if (rows[i].count > 0) {
            const struct shorthand_action *last = &found.actions[rows[i].count - 1];
            EXPECT_SLICE(rows[i].why, last->type, slice_of(rows[i].type));
            EXPECT_SLICE(rows[i].why, last->label, slice_of(rows[i].label));
            EXPECT_SLICE(rows[i].why, last->target, slice_of(rows[i].target));
        }
    }
}

static void what_does_not_fit_stays(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    struct shorthand found = {.count = SHORTHAND_ACTIONS_MAX};
    struct slice rest = {0};
    arena_init(&arena, SCRATCH_BYTES);
    EXPECT_OK("full", shorthand_take(&arena, SLICE("%[A](b)"), &found, &rest));
    EXPECT_SLICE("stays", rest, SLICE("%[A](b)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buttons_are_taken_out),
        cmocka_unit_test(what_does_not_fit_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
