#include "egress/core/support.h"
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
        const char *why, *base, *subdomain, *path, *want;
        enum err_code code;
    } rows[] = {
        {"a Zendesk account", "", "acme", "/api/v2/tickets/17",
         "https://acme.zendesk.com/api/v2/tickets/17", ERR_OK},
        {"an address of its own", "http://127.0.0.1:81/", "acme", "/oauth/tokens",
         "http://127.0.0.1:81/oauth/tokens", ERR_OK},
        {"no address", "", "", "/api/v2/tickets", NULL, ERR_MISSING},
        {"a subdomain that leads elsewhere", "", "evil.example/", "/x", NULL, ERR_SYNTAX},
        {"a path that climbs", "", "acme", "/api/v2/tickets/..", NULL, ERR_SYNTAX},
        {"no path", "", "acme", "", NULL, ERR_SYNTAX},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct account account = {.support_url = slice_of(rows[i].base),
                                  .subdomain = slice_of(rows[i].subdomain)};
        struct slice url = {0};
        EXPECT_CODE(rows[i].why, support_url(&arena, &account, slice_of(rows[i].path), &url),
                    rows[i].code);
        EXPECT_SLICE(rows[i].why, url, slice_of(rows[i].want));
    }
}

static void test_paths(void **state)
{
    (void)state;
    const struct slice ticket = SLICE("/api/v2/tickets/17");
    struct slice path = {0};
    struct slice id = {0};
    EXPECT_OK("comments", support_comments_path(&arena, ticket, 0, (struct slice){0}, &path));
    EXPECT_SLICE("newest first, with their authors", path,
                 SLICE("/api/v2/tickets/17/comments?sort=-created_at&include=users"
                       "&page%5Bsize%5D=100"));
    EXPECT_OK("fewer", support_comments_path(&arena, ticket, 99, (struct slice){0}, &path));
    EXPECT("the fewest", slice_ends_with(path, SLICE("=3")));
    EXPECT_OK("more", support_comments_path(&arena, ticket, 1, SLICE("a b"), &path));
    EXPECT("from where the last ended", slice_ends_with(path, SLICE("=30&page%5Bafter%5D=a%20b")));
    EXPECT_OK("audits", support_audits_path(&arena, ticket, 0, 2, &path));
    EXPECT_SLICE("audits", path,
                 SLICE("/api/v2/tickets/17/audits?sort_order=desc&per_page=100&page=2"));
    EXPECT_OK("tickets",
              support_external_path(
                  &arena, SLICE("{\"ticket\":{\"external_id\":\"tieline:acme/chat/\xC3\xA4:0a\"}}"),
                  &path, &id));
    EXPECT_SLICE("encoded", path,
                 SLICE("/api/v2/tickets?external_id=tieline%3Aacme%2Fchat%2F%C3%A4%3A0a"));
    EXPECT_SLICE("as it is", id, SLICE("tieline:acme/chat/\xC3\xA4:0a"));
    EXPECT_CODE("none", support_external_path(&arena, SLICE("{\"ticket\":{}}"), &path, &id),
                ERR_MISSING);
    EXPECT_CODE("no JSON", support_external_path(&arena, SLICE("{"), &path, &id), ERR_SYNTAX);
}

static void test_stamps(void **state)
{
    (void)state;
    static const struct {
        const char *why, *body, *want;
        enum err_code code;
    } rows[] = {
        {"row 2: before all else", "{\"ticket\":{\"comment\":{\"body\":\"hi\"}}}",
         "{\"ticket\":{\"updated_stamp\":\"2026-09-14T09:31:40Z\",\"safe_update\":true,"
         "\"comment\":{\"body\":\"hi\"}}}",
         ERR_OK},
        {"nothing else", "{\"ticket\":{}}",
         "{\"ticket\":{\"updated_stamp\":\"2026-09-14T09:31:40Z\",\"safe_update\":true}}", ERR_OK},
        {"no update of a ticket", "{\"tags\":[]}", NULL, ERR_SYNTAX},
        {"cut short", "{\"ticket\":{", NULL, ERR_SYNTAX},
        {"empty", "", NULL, ERR_SYNTAX},
    };
    wall_ms_t at = {0};
    EXPECT_OK("time", instant_parse_iso8601(SLICE("2026-09-14T09:31:40Z"), &at));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice body = {0};
        EXPECT_CODE(rows[i].why, support_stamped(&arena, slice_of(rows[i].body), at, &body),
                    rows[i].code);
        EXPECT_SLICE(rows[i].why, body, slice_of(rows[i].want));
    }
}

static void test_a_stamp_has_to_be_two_seconds_old(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t updated, read, want;
    } rows[] = {
        {"changed just now", 50000, 50000, 2000},
        {"a second ago", 50000, 51000, 1000},
        {"two", 50000, 52000, 0},
        {"an hour", 50000, 3650000, 0},
        {"clocks that differ", 90000, 50000, 2000},
        {"when it was read is not told", 50000, 0, 2000},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        span_ms_t wait =
            support_stamp_wait((wall_ms_t){rows[i].updated}, (wall_ms_t){rows[i].read});
        EXPECT(rows[i].why, wait.ms == rows[i].want);
    }
}

static void test_keys_and_ids(void **state)
{
    (void)state;
    wall_ms_t created = {1000};
    EXPECT("stands", support_key_stands(created, (wall_ms_t){1000 + 89 * 60 * 1000}));
    EXPECT("no more", !support_key_stands(created, (wall_ms_t){1000 + 90 * 60 * 1000}));
    EXPECT("age unknown", !support_key_stands((wall_ms_t){0}, created));
    EXPECT("taken", support_key_taken(json_of("{\"error\":\"IdempotentRequestError\"}")));
    EXPECT("another 400", !support_key_taken(json_of("{\"error\":\"BadRequest\"}")));
    EXPECT("no JSON", !support_key_taken(NULL));
    EXPECT_SLICE("a number of 17 digits",
                 support_ticket_id(json_of("{\"ticket\":{\"id\":12345678901234567}}")),
                 SLICE("12345678901234567"));
    EXPECT_SLICE("none", support_ticket_id(NULL), SLICE(""));
}

int main(void)
{
    arena_init(&arena, 4 * 1024 * 1024);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_stamps),
        cmocka_unit_test(test_a_stamp_has_to_be_two_seconds_old),
        cmocka_unit_test(test_keys_and_ids),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
