#include "base/check.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "tests/support/unit.h"

#include <string.h>

static void every_code_has_a_class_a_status_and_a_text(void **state)
{
    (void)state;
    for (int code = 0; code < ERR_COUNT; code++) {
        err_t e = {(enum err_code)code, NULL};
        const char *why = err_name(e);
        int status = err_exit_status(e);
        EXPECT(why, strlen(err_text(e)) > 0);
        EXPECT(why, err_text(e)[strlen(err_text(e)) - 1] != '.');
        EXPECT(why, (code == ERR_OK) == (err_class(e) == ERR_CLASS_OK));
        EXPECT(why, code == ERR_OK ? status == 0 : status >= 64 && status <= 78);
        EXPECT(why, strlen(err_class_name(err_class(e))) > 0);
    }
    EXPECT_TEXT("the name is the code's", err_name(ERR(NO_TOPIC)), "NO_TOPIC");
    EXPECT("the place is told", strstr(ERR(NO_TOPIC).where, "test_err.c:") != NULL);
}

static err_t fails(bool really)
{
    return really ? ERR(TIMEOUT) : err_ok();
}
static err_t tries(bool really, bool *ret_passed)
{
    TRY(fails(really));
    *ret_passed = true;
    return err_ok();
}

static void try_returns_the_error_and_nothing_else(void **state)
{
    (void)state;
    bool passed = false;
    EXPECT_CODE("a failure leaves at once", tries(true, &passed), ERR_TIMEOUT);
    EXPECT("nothing behind it ran", !passed);
    EXPECT_OK("success goes on", tries(false, &passed));
    EXPECT("what is behind it ran", passed);
}

static void why_is_cut_at_its_limit(void **state)
{
    (void)state;
    struct why why = {{0}};
    why_set(NULL, "no one wants to know %d", 1);
    why_prefix(NULL, "no one");
    why_set(&why, "must be %s", "a number");
    why_prefix(&why, "field `%s`: ", "x");
    EXPECT_TEXT("prefix stands before", why.text, "field `x`: must be a number");

    char lots[2 * WHY_BYTES];
    memset(lots, 'a', sizeof lots - 1);
    lots[sizeof lots - 1] = '\0';
    why_set(&why, "%s", lots);
    assert_int_equal(strlen(why.text), WHY_BYTES - 1);
    why_prefix(&why, "b");
    assert_int_equal(strlen(why.text), WHY_BYTES - 1);
    EXPECT("the prefix survives the cut", why.text[0] == 'b' && why.text[1] == 'a');
    why_prefix(&why, "%s", lots);
    assert_int_equal(strlen(why.text), WHY_BYTES - 1);
}

static void abort_on_check(void)
{
    CHECK(1 + 1 == 3);
}
static void abort_on_bug(void)
{
    BUG("never here");
}
static void abort_on_class(void)
{
    (void)err_class((err_t){(enum err_code)ERR_COUNT, NULL});
}
struct thing {
    uint32_t magic;
};
static void abort_on_magic(void)
{
    struct thing thing = {.magic = 1};
    (void)MAGIC_CAST(struct thing, 2, &thing);
}
static void abort_on_null(void)
{
    (void)MAGIC_CAST(struct thing, 2, NULL);
}

static void a_broken_rule_of_ours_aborts(void **state)
{
    (void)state;
    EXPECT("CHECK", unit_aborts(abort_on_check));
    EXPECT("BUG", unit_aborts(abort_on_bug));
    EXPECT("a code outside the table", unit_aborts(abort_on_class));
    EXPECT("another magic", unit_aborts(abort_on_magic));
    EXPECT("no object at all", unit_aborts(abort_on_null));
    struct thing thing = {.magic = 7};
    EXPECT("the right magic", MAGIC_CAST(struct thing, 7, &thing) == &thing);
}

static void take_moves_a_pointer_out(void **state)
{
    (void)state;
    CLEANUP_PTR(heap) char *owned = malloc(1);
    char *moved = TAKE(owned);
    EXPECT("the source is empty", owned == NULL);
    EXPECT("the pointer went out", moved != NULL);
    free(moved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_class_a_status_and_a_text),
        cmocka_unit_test(try_returns_the_error_and_nothing_else),
        cmocka_unit_test(why_is_cut_at_its_limit),
        cmocka_unit_test(a_broken_rule_of_ours_aborts),
        cmocka_unit_test(take_moves_a_pointer_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
