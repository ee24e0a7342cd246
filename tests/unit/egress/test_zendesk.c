#include "egress/core/zendesk.h"
#include "tests/support/unit.h"

static struct arena arena;

static const struct json *json_of(const char *text)
{
    const struct json *root = NULL;
    EXPECT_OK(text, json_parse(&arena, slice_of(text), NULL, NULL, &root));
    return root;
}

static void test_error_texts_let_codes_through_only(void **state)
{
    (void)state;
    static const struct {
        const char *why, *answer, *want;
    } rows[] = {
        {"Conversations",
         "{\"errors\":[{\"code\":\"conversation_not_found\",\"title\":\"Jane Doe\"}]}",
         "HTTP 404, conversation_not_found"},
        {"Support", "{\"error\":\"RecordNotFound\",\"description\":\"Not found\"}",
         "HTTP 404, RecordNotFound"},
        {"a code that is a sentence", "{\"error\":\"no ticket of jane@example.com\"}", "HTTP 404"},
        {"the field that is wrong",
         "{\"error\":\"RecordInvalid\",\"details\":{\"status\":[{\"description\":\"Jane\"}]}}",
         "HTTP 404, RecordInvalid (status)"},
        {"a field that is no name", "{\"error\":\"RecordInvalid\",\"details\":{\"a b\":[]}}",
         "HTTP 404, RecordInvalid"},
        {"no code", "{}", "HTTP 404"},
        {"something else", "[1]", "HTTP 404"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice text = {0};
        EXPECT_OK(rows[i].why, zendesk_error_text(&arena, 404, json_of(rows[i].answer), &text));
        EXPECT_SLICE(rows[i].why, text, slice_of(rows[i].want));
    }
}

static void test_rate_headers(void **state)
{
    (void)state;
    static const struct {
        const char *why, *header;
        int64_t want;
    } rows[] = {
        {"plain", "123", 123},
        {"none left", " 0 ", 0},
        {"per endpoint", "total=100; remaining=12; resets=30", 12},
        {"empty", "", -1},
        {"no number", "many", -1},
        {"negative", "-3", -1},
        {"no remaining", "total=100; resets=30", -1},
        {"absurd", "99999999999999999999", -1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT(rows[i].why, zendesk_rate_remaining(slice_of(rows[i].header)) == rows[i].want);
    }
    struct slice endpoint = SLICE("total=100; remaining=12; resets=30");
    EXPECT("when it resets", zendesk_rate_member(endpoint, "resets") == 30);
    EXPECT("of how many", zendesk_rate_member(endpoint, "total") == 100);
    EXPECT("a plain number is whatever it stands for",
           zendesk_rate_member(SLICE("41"), "resets") == 41);
    EXPECT("not told", zendesk_rate_member(endpoint, "since") == -1);
}

int main(void)
{
    arena_init(&arena, 4 * 1024 * 1024);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_texts_let_codes_through_only),
        cmocka_unit_test(test_rate_headers),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
