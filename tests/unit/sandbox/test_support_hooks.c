#include "sandbox/support_hooks.h"
#include "tests/support/unit.h"

#include <sodium.h>

static void signatures_as_published(void **state)
{
    (void)state;
    static const struct {
        const char *why, *secret, *timestamp, *body, *signature;
    } rows[] = {
        {"a body", "HRkRd4BeOAoUkfZr-mhauJT64rvBASlJRoIyPsd3zeA=", "2021-07-25T10:00:00Z",
         "{\"say\": \"hello\"}", "Rry/4TtIdFyawtXXp8QdI6tlAUUQ/5kL1OTp5qo/ZIk="},
        {"no body", "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==", "2026-09-14T09:31:41Z", "",
         "zuqeBCmghx0gWpCBzeqrUCg8c8Vbm6tBB9DL1IDE1xA="},
    };
    assert_true(sodium_init() >= 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char signature[SUPPORT_HOOKS_SIGNATURE_BYTES];
        support_hooks_sign(slice_of(rows[i].secret), slice_of(rows[i].timestamp),
                           slice_of(rows[i].body), signature);
        EXPECT(rows[i].why, strcmp(signature, rows[i].signature) == 0);
    }
}

struct seen {
    char lines[16][256];
    size_t count;
};

static err_t keep(void *context, const char *line)
{
    struct seen *seen = context;
    (void)snprintf(seen->lines[seen->count++], sizeof seen->lines[0], "%s", line);
    return err_ok();
}

static bool has(const struct seen *seen, const char *start)
{
    for (size_t i = 0; i < seen->count; i++) {
        if (strncmp(seen->lines[i], start, strlen(start)) == 0) {
            return true;
        }
    }
    return false;
}

static void headers_of_each_login(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        enum hook_login login;
        const char *header;
    } rows[] = {
        {"bearer", LOGIN_BEARER, "authorization: Bearer secret"},
        {"basic", LOGIN_BASIC, "authorization: Basic bmFtZTpzZWNyZXQ="},
        {"a key", LOGIN_API_KEY, "name: secret"},
        {"none", LOGIN_NONE, "x-zendesk-webhook-id: 01ABC"},
    };
    assert_true(sodium_init() >= 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct seen seen = {.count = 0};
        struct support_hook hook = {.hook = {.id = SLICE("01ABC"), .secret = SLICE("s")},
                                    .login = rows[i].login,
                                    .login_name = SLICE("name"),
                                    .login_secret = SLICE("secret"),
                                    .headers_json =
                                        SLICE("{\"X-A\":\"1\",\"X-B\":\"a\\nX-C: 2\"}")};
        hook.hook.support = &hook;
        struct delivery d = {.webhook = &hook.hook};
        buf_init(&d.event_ids, 64);
        EXPECT_OK("id", buf_append(&d.event_ids, SLICE("01INV")));
        EXPECT_OK(rows[i].why, support_hooks_headers(&d, SLICE("{}"), keep, &seen));
        EXPECT(rows[i].why, has(&seen, rows[i].header));
        EXPECT("invocation", has(&seen, "x-zendesk-webhook-invocation-id: 01INV"));
        EXPECT("a header of its own", has(&seen, "X-A: 1"));
        EXPECT("no header within a header", !has(&seen, "X-B"));
        EXPECT("nobody else's login", rows[i].login != LOGIN_NONE || !has(&seen, "authorization"));
        buf_deinit(&d.event_ids);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_as_published),
        cmocka_unit_test(headers_of_each_login),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
