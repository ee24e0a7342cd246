#include "egress/core/token.h"
#include "tests/support/unit.h"

static struct arena arena;

static void test_a_request(void **state)
{
    (void)state;
    CLEANUP(buf) struct buf out = {0};
    buf_init(&out, TOKEN_REQUEST_BYTES_MAX);
    EXPECT_OK("request", token_request(SLICE("tieline"), SLICE("a\"b"), &out));
    EXPECT_SLICE("as documented", buf_slice(&out),
                 SLICE("{\"grant_type\":\"client_credentials\",\"client_id\":\"tieline\","
                       "\"client_secret\":\"a\\\"b\",\"scope\":\"read write\"}"));
}

static void test_answers(void **state)
{
    (void)state;
    static const struct {
        const char *why, *answer, *token;
        int64_t life_s;
        enum err_code code;
    } rows[] = {
        {"a token", "{\"access_token\":\"abc.def\",\"expires_in\":600}", "abc.def", 600, ERR_OK},
        {"its life is not told", "{\"access_token\":\"t\",\"expires_in\":null}", "t", 1800, ERR_OK},
        {"no life at all", "{\"access_token\":\"t\",\"expires_in\":0}", "t", 1800, ERR_OK},
        {"for ever", "{\"access_token\":\"t\",\"expires_in\":99999999}", "t", 48 * 3600, ERR_OK},
        {"none", "{\"error\":\"invalid_client\"}", NULL, 0, ERR_MISSING},
        {"empty", "{\"access_token\":\"\"}", NULL, 0, ERR_MISSING},
        {"another header in it", "{\"access_token\":\"a\\r\\nX: y\"}", NULL, 0, ERR_SYNTAX},
        {"no object", "[]", NULL, 0, ERR_MISSING},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct json *root = NULL;
        struct token token = {0};
        EXPECT_OK(rows[i].why, json_parse(&arena, slice_of(rows[i].answer), NULL, NULL, &root));
        EXPECT_CODE(rows[i].why, token_read(root, &token), rows[i].code);
        EXPECT_SLICE(rows[i].why, token.access, slice_of(rows[i].token));
        EXPECT(rows[i].why, token.life.ms == rows[i].life_s * 1000);
    }
    struct token token = {0};
    EXPECT_CODE("no JSON", token_read(NULL, &token), ERR_MISSING);
}

static void test_times(void **state)
{
    (void)state;
    mono_ms_t got = {1000};
    EXPECT("renewed early", token_renew_at(got, span_s(100)).ms == 81 * 1000);
    EXPECT("not used to the last moment", token_ends_at(got, span_s(100)).ms == 99 * 1000);
}

int main(void)
{
    arena_init(&arena, 1024 * 1024);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_times),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
