#include "base/limits.h"
#include "egress/core/jwt.h"
#include "tests/support/unit.h"

#include <sodium.h>

#include <string.h>

/* As Python's hmac and base64 make them of the same key. */
static const struct {
    const char *why, *key_id, *token;
} rows[] = {
    {"an app's key", "app_6ac7d3e5",
     "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImFwcF82YWM3ZDNlNSJ9."
     "eyJzY29wZSI6ImFwcCIsImlhdCI6MTc4OTk5OTk0MCwiZXhwIjoxNzkwMDAzNjAwfQ."
     "6PTEMVb2gK1dR31jUwDCHThpwxzXndGKm6E-TCbF_nI"},
    {"an integration's: its scope is implied", "int_6ac7d3e5",
     "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImludF82YWM3ZDNlNSJ9."
     "eyJpYXQiOjE3ODk5OTk5NDAsImV4cCI6MTc5MDAwMzYwMH0."
     "satU6YZX95uW5fvGGgBV70jXLBSOOnOGPGiN7IGTrgg"},
};

static void test_tokens(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char token[JWT_BYTES_MAX];
        size_t len = 0;
        EXPECT_OK(rows[i].why, jwt_make(slice_of(rows[i].key_id), SLICE("hush-hush"),
                                        (wall_ms_t){1790000000999}, token, &len));
        EXPECT_SLICE(rows[i].why, slice_from(token, len), slice_of(rows[i].token));
    }
}

static void test_ids_that_cannot_be_told(void **state)
{
    (void)state;
    static char longest[LIMIT_ID_BYTES_MAX + 2];
    memset(longest, 'x', sizeof longest - 1);
    char token[JWT_BYTES_MAX];
    size_t len = 0;
    static const char *const bad[] = {"", "app_\"", "app_\\", "app_\n", "app_ü", longest};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        EXPECT_CODE(bad[i], jwt_make(slice_of(bad[i]), SLICE("hush"), (wall_ms_t){0}, token, &len),
                    ERR_SYNTAX);
    }
    EXPECT_OK("the longest", jwt_make(slice_from(longest, LIMIT_ID_BYTES_MAX), SLICE("hush"),
                                      (wall_ms_t){INT64_MAX / 2}, token, &len));
    EXPECT("fits", len < JWT_BYTES_MAX);
}

int main(void)
{
    if (sodium_init() < 0) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_ids_that_cannot_be_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
