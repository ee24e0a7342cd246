#include "egress/core/conversations.h"
#include "tests/support/unit.h"

static struct arena arena;

static const struct json *json_of(const char *text)
{
    const struct json *root = NULL;
    EXPECT_OK(text, json_parse(&arena, slice_of(text), NULL, NULL, &root));
    return root;
}

static void test_urls(void **state)
{
    (void)state;
    static const struct {
        const char *why, *base, *subdomain, *app, *path, *want;
        enum err_code code;
    } rows[] = {
        {"a Zendesk account", "", "acme", "65f1c0a4d2b7e93a4c8f1e20", "/conversations/66/messages",
         "https://acme.zendesk.com/sc/v2/apps/65f1c0a4d2b7e93a4c8f1e20/conversations/66/messages",
         ERR_OK},
        {"an address of its own", "http://127.0.0.1:8081/", "acme", "app1", "/conversations/66",
         "http://127.0.0.1:8081/v2/apps/app1/conversations/66", ERR_OK},
        {"encoded ids stay encoded", "https://x", "", "app1", "/users/a%2Fb%40c",
         "https://x/v2/apps/app1/users/a%2Fb%40c", ERR_OK},
        {"query", "https://x", "", "app1", "/messages?page[before]=..",
         "https://x/v2/apps/app1/messages?page[before]=..", ERR_OK},
        {"no messaging", "", "acme", "", "/c", NULL, ERR_MISSING},
        {"no address", "", "", "app1", "/c", NULL, ERR_MISSING},
        {"subdomain that leads elsewhere", "", "evil.example/", "app1", "/c", NULL, ERR_SYNTAX},
        {"app id that climbs", "https://x", "", "../../v3", "/c", NULL, ERR_SYNTAX},
        {"path that climbs", "https://x", "", "app1", "/conversations/../../apps/other", NULL,
         ERR_SYNTAX},
        {"encoded dots", "https://x", "", "app1", "/conversations/%2E%2e/x", NULL, ERR_SYNTAX},
        {"a header in the path", "https://x", "", "app1", "/c HTTP/1.1\r\nX: y", NULL, ERR_SYNTAX},
        {"no slash", "https://x", "", "app1", "c", NULL, ERR_SYNTAX},
        {"empty", "https://x", "", "app1", "", NULL, ERR_SYNTAX},
        {"fragment", "https://x", "", "app1", "/c#d", NULL, ERR_SYNTAX},
        {"backslash", "https://x", "", "app1", "/c\\d", NULL, ERR_SYNTAX},
        {"bytes above ASCII", "https://x", "", "app1", "/c\xC3\xA4", NULL, ERR_SYNTAX},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct account account = {.conversations_url = slice_of(rows[i].base),
                                  .subdomain = slice_of(rows[i].subdomain),
                                  .app_id = slice_of(rows[i].app)};
        struct slice url = {0};
        EXPECT_CODE(rows[i].why, conversations_url(&arena, &account, slice_of(rows[i].path), &url),
                    rows[i].code);
        EXPECT_SLICE(rows[i].why, url, slice_of(rows[i].want));
    }
}

static void test_message_ids(void **state)
{
    (void)state;
    static const struct {
        const char *why, *answer, *want;
    } rows[] = {
        {"row 4: one message made", "{\"messages\":[{\"id\":\"66aa\",\"received\":\"x\"}]}",
         "66aa"},
        {"several: the first", "{\"messages\":[{\"id\":\"1\"},{\"id\":\"2\"}]}", "1"},
        {"none", "{\"messages\":[]}", ""},
        {"not a list", "{\"messages\":{\"id\":\"1\"}}", ""},
        {"something else", "[]", ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT_SLICE(rows[i].why, conversations_message_id(json_of(rows[i].answer)),
                     slice_of(rows[i].want));
    }
    EXPECT_SLICE("no JSON at all", conversations_message_id(NULL), SLICE(""));
}

static void test_active_integration(void **state)
{
    (void)state;
    struct integration active = {0};
    EXPECT_OK("bot active",
              conversations_active(
                  json_of("{\"conversation\":{\"id\":\"c\",\"activeSwitchboardIntegration\":"
                          "{\"id\":\"s1\",\"name\":\"acme-bot\",\"integrationId\":\"i1\","
                          "\"integrationType\":\"custom\"}}}"),
                  &active));
    EXPECT("present", active.present);
    EXPECT_SLICE("id", active.id, SLICE("s1"));
    EXPECT_SLICE("name", active.name, SLICE("acme-bot"));
    EXPECT_SLICE("integration", active.integration_id, SLICE("i1"));
    EXPECT_SLICE("type", active.type, SLICE("custom"));
    EXPECT_OK("nobody",
              conversations_active(json_of("{\"conversation\":{\"id\":\"c\"}}"), &active));
    EXPECT("absent", !active.present);
    EXPECT_OK("null",
              conversations_active(
                  json_of("{\"conversation\":{\"activeSwitchboardIntegration\":null}}"), &active));
    EXPECT("null is absent", !active.present);
    EXPECT_CODE("no conversation", conversations_active(json_of("{}"), &active), ERR_MISSING);
    EXPECT_CODE("no JSON", conversations_active(NULL, &active), ERR_MISSING);
}

int main(void)
{
    arena_init(&arena, 4 * 1024 * 1024);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_message_ids),
        cmocka_unit_test(test_active_integration),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
