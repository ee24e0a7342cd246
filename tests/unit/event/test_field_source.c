/* field_source.c. Row 97. */
#include "event/field_source.h"
#include "tests/support/unit.h"

static void sources_by_name(void **state)
{
    (void)state;
    struct slice key = SLICE("left over");
    size_t count = 0;
    const char *const *names = field_source_names(&count);
#define X(name, text)                                                                              \
    EXPECT(text, field_source_named(SLICE(text), &key) == FIELD_##name && key.len == 0);
    FIELD_SOURCE_TABLE(X)
#undef X
    EXPECT("all of them", count == FIELD_DATA - 1);
    EXPECT_TEXT("in order", names[FIELD_RATING - 1], "rating");
    EXPECT("data", field_source_named(SLICE("data.order.id"), &key) == FIELD_DATA);
    EXPECT_SLICE("its key, dots and all", key, SLICE("order.id"));
    EXPECT("data of nothing", field_source_named(SLICE("data."), &key) == FIELD_NONE);
    EXPECT("row 97: unknown", field_source_named(SLICE("ratings"), &key) == FIELD_NONE);
    EXPECT("empty", field_source_named(SLICE(""), &key) == FIELD_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sources_by_name)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
