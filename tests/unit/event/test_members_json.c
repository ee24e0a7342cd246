/* members_json.c: files of a bot or its platform, read strictly. Row 105. */
#include "event/members_json.h"
#include "tests/support/unit.h"

static void test_attachments(void **state)
{
    static const struct {
        const char *why, *json;
        size_t count;
        int error; /* ERR_OK = 0 */
    } rows[] = {
        {"none", "{}", 0, ERR_OK},
        {"null", "{\"attachments\":null}", 0, ERR_OK},
        {"an empty list", "{\"attachments\":[]}", 0, ERR_OK},
        {"one", "{\"attachments\":[{\"url\":\"https://f/1\",\"name\":\"x\"}]}", 1, ERR_OK},
        {"no list", "{\"attachments\":{}}", 0, ERR_WRONG_TYPE},
        {"no object in it", "{\"attachments\":[1]}", 0, ERR_WRONG_TYPE},
        {"without an address", "{\"attachments\":[{\"name\":\"x\"}]}", 0, ERR_MISSING},
        {"no web address", "{\"attachments\":[{\"url\":\"file:///x\"}]}", 0, ERR_RANGE},
        {"a name with a NUL", "{\"attachments\":[{\"url\":\"https://f\",\"name\":\"\\u0000\"}]}", 0,
         ERR_RANGE},
        {"eleven", "{\"attachments\":[{},{},{},{},{},{},{},{},{},{},{}]}", 0, ERR_TOO_LARGE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena) struct arena arena = {0};
        const struct json *root = NULL;
        const struct attachment *files = NULL;
        size_t count = 0;
        struct why why = {{0}};
        arena_init(&arena, 64 * 1024);
        EXPECT_OK(rows[i].why, json_parse(&arena, slice_of(rows[i].json), NULL, NULL, &root));
        err_t e = members_attachments(&arena, root, &why, &files, &count);
        EXPECT(rows[i].why, (int)e.code == rows[i].error && count == rows[i].count);
        EXPECT(rows[i].why, !err_failed(e) || why.text[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_attachments)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
