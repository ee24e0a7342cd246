/* verify_made.c: the user and the conversation that a command may have made are found again.
 * Row 88. */
#include "egress/core/verify.h"
#include "egress/core/verify_made.h"
#include "tests/support/unit.h"

#define STAMP "00112233445566778899aabbccddeeff"
#define MADE "{\"id\":\"c2\",\"metadata\":{\"tieline.effect\":\"" STAMP "\"}}"

static struct arena arena;

static struct command user(const char *body)
{
    return (struct command){.effect = EFFECT_USER_CREATE,
                            .api = API_CONVERSATIONS,
                            .path = SLICE("/users"),
                            .body = slice_of(body)};
}

static struct command conversation(void)
{
    struct command c = {
        .effect = EFFECT_CONVERSATION_CREATE,
        .api = API_CONVERSATIONS,
        .path = SLICE("/conversations"),
        .body = SLICE("{\"type\":\"personal\",\"participants\":[{\"userId\":\"u/1\"}]}")};
    EXPECT_OK("stamp", effect_id_parse(SLICE(STAMP), &c.effect_id));
    return c;
}

static void expect_path(const char *why, const struct command *command, const char *cursor,
                        const char *want)
{
    struct slice path = {0};
    struct verify_ask ask = {.arena = &arena, .command = command, .cursor = slice_of(cursor)};
    EXPECT("it can be looked for", verify_can_look(command));
    EXPECT_OK(why, verify_path(&ask, &path));
    EXPECT_SLICE(why, path, slice_of(want));
}

static void test_where_to_look(void **state)
{
    (void)state;
    struct command u = user("{\"externalId\":\"shop/77 ü\"}");
    struct command c = conversation();
    struct command none = user("{}");
    struct slice path = {0};
    struct verify_ask ask = {.arena = &arena, .command = &none};
    expect_path("a user, by its own id", &u, "", "/users/shop%2F77%20%C3%BC");
    expect_path("all of a user's", &c, "", "/conversations?filter%5BuserId%5D=u%2F1");
    expect_path("and further", &c, "c9",
                "/conversations?filter%5BuserId%5D=u%2F1&page%5Bafter%5D=c9");
    EXPECT("nobody is named", err_is(verify_path(&ask, &path), ERR_MISSING));
    ask.command = &u;
    EXPECT("one request tells of a user", verify_requests_max(&ask) == 1);
    ask.command = &c;
    EXPECT("a list has pages", verify_requests_max(&ask) == VERIFY_MADE_PAGES_MAX);
}

static void test_what_the_answer_says(void **state)
{
    (void)state;
    struct command u = user("{\"externalId\":\"shop-77\"}");
    struct command c = conversation();
    const struct {
        const char *why;
        const struct command *command;
        const char *cursor, *answer;
        enum verify_result want;
        const char *id, *next;
    } rows[] = {
        {"the user", &u, "", "{\"user\":{\"id\":\"u1\"}}", VERIFY_PRESENT, "u1", ""},
        {"no user", &u, "", "{\"user\":null}", VERIFY_UNREADABLE, "", ""},
        {"ours among others", &c, "", "{\"conversations\":[{\"id\":\"c1\"}," MADE "]}",
         VERIFY_PRESENT, "c2", ""},
        {"others only", &c, "", "{\"conversations\":[{\"id\":\"c1\",\"metadata\":{}}]}",
         VERIFY_ABSENT, "", ""},
        {"none at all", &c, "", "{\"conversations\":[]}", VERIFY_ABSENT, "", ""},
        {"more to come", &c, "",
         "{\"conversations\":[{\"id\":\"c1\"}],\"meta\":{\"hasMore\":true,\"afterCursor\":\"x\"}}",
         VERIFY_MORE, "", "x"},
        {"more, by a link", &c, "",
         "{\"conversations\":[{\"id\":\"c1\"}],\"links\":{\"next\":\"http://y\"}}", VERIFY_MORE, "",
         "c1"},
        {"more, and no way on", &c, "c1",
         "{\"conversations\":[{\"id\":\"c1\"}],\"meta\":{\"hasMore\":true}}", VERIFY_UNREADABLE, "",
         ""},
        {"no list", &c, "", "{\"conversations\":{}}", VERIFY_UNREADABLE, "", ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct json *root = NULL;
        struct verify_found found = {0};
        struct verify_ask ask = {
            .arena = &arena, .command = rows[i].command, .cursor = slice_of(rows[i].cursor)};
        EXPECT_OK(rows[i].why, json_parse(&arena, slice_of(rows[i].answer), NULL, NULL, &root));
        EXPECT_OK(rows[i].why, verify_read(&ask, root, &found));
        EXPECT(rows[i].why, found.result == rows[i].want);
        EXPECT_SLICE(rows[i].why, found.remote_id, slice_of(rows[i].id));
        EXPECT_SLICE(rows[i].why, found.cursor, slice_of(rows[i].next));
    }
}

static void test_who_is_not_found_is_not_there(void **state)
{
    (void)state;
    EXPECT("a user", verify_made_is_absent(EFFECT_USER_CREATE, 404));
    EXPECT("not for other reasons", !verify_made_is_absent(EFFECT_USER_CREATE, 403));
    EXPECT("a list is there", !verify_made_is_absent(EFFECT_CONVERSATION_CREATE, 404));
}

int main(void)
{
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_where_to_look),
        cmocka_unit_test(test_what_the_answer_says),
        cmocka_unit_test(test_who_is_not_found_is_not_there),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
