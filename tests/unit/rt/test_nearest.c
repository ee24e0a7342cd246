#include "rt/nearest.h"
#include "tests/support/unit.h"

static void distance_counts_single_slips(void **state)
{
    (void)state;
    static const struct {
        const char *why, *a, *b;
        size_t distance;
    } rows[] = {
        {"equal", "widget", "widget", 0},
        {"one letter left out", "widge", "widget", 1},
        {"one letter more", "widgett", "widget", 1},
        {"one letter other", "wodget", "widget", 1},
        {"neighbours swapped", "wigdet", "widget", 1},
        {"both empty", "", "", 0},
        {"one empty", "", "abc", 3},
        {"nothing in common", "abc", "xyz", 3},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT(rows[i].why,
               nearest_distance(slice_of(rows[i].a), slice_of(rows[i].b)) == rows[i].distance);
        EXPECT(rows[i].why,
               nearest_distance(slice_of(rows[i].b), slice_of(rows[i].a)) == rows[i].distance);
    }
}

static void the_name_that_was_meant(void **state)
{
    (void)state;
    static const char *const names[] = {"subdomain", "enabled", "conversations", "support", "url"};
    static const struct {
        const char *why, *word, *name;
    } rows[] = {
        {"a swap", "subdoamin", "subdomain"},
        {"a plural", "supports", "support"},
        {"a typo in a short word", "ulr", "url"},
        {"nothing near", "password", NULL},
        {"too long to be a name",
         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *found = nearest_name(slice_of(rows[i].word), names, COUNT_OF(names));
        EXPECT_TEXT(rows[i].why, found == NULL ? "-" : found,
                    rows[i].name == NULL ? "-" : rows[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distance_counts_single_slips),
        cmocka_unit_test(the_name_that_was_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
