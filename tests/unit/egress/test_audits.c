/* Updates of tickets, found by their comments or by their audits. */
#include "egress/core/audits.h"
#include "tests/support/unit.h"

#define STAMP "00112233445566778899aabbccddeeff"
#define OURS "\"tieline.effect\":\"" STAMP "\""
#define ANOTHER "\"tieline.effect\":\"ff112233445566778899aabbccddeeff\""
#define MADE(custom, channel, author, at)                                                          \
    "\"created_at\":\"" at "\",\"author_id\":" author ",\"via\":{\"channel\":\"" channel           \
    "\"},\"metadata\":{\"custom\":{" custom "}}"
#define AUDIT(id, custom, channel, author, at)                                                     \
    "{\"id\":" id ",\"ticket_id\":17," MADE(custom, channel, author, at) "}"
#define COMMENT(id, audit, custom, channel, author, at)                                            \
    "{\"id\":" id ",\"audit_id\":" audit "," MADE(custom, channel, author, at) "}"
#define LATER "2025-06-01T12:30:00Z"
#define LONG_AGO "2024-01-01T00:00:00Z"

static struct arena arena;
static const struct account acme = {.bot_user_id = {"900", 3}};

struct row {
    const char *why, *cursor, *answer;
    enum verify_result want;
    const char *next; /* cursor */
};

static struct command update(const char *body)
{
    struct command c = {.effect = EFFECT_TICKET_UPDATE,
                        .api = API_SUPPORT,
                        .path = SLICE("/api/v2/tickets/17"),
                        .remote_id = SLICE("17"),
                        .body = slice_of(body)};
    EXPECT_OK("stamp", effect_id_parse(SLICE(STAMP), &c.effect_id));
    EXPECT_OK("time", instant_parse_iso8601(SLICE("2025-06-01T12:00:00Z"), &c.created));
    return c;
}

static struct verify_ask ask_of(const struct command *command, const char *cursor)
{
    return (struct verify_ask){
        .arena = &arena, .command = command, .account = &acme, .cursor = slice_of(cursor)};
}

static void expect_path(const struct command *command, const char *cursor, uint32_t failures,
                        const char *want)
{
    struct slice path = {0};
    struct verify_ask ask = ask_of(command, cursor);
    ask.failures = failures;
    EXPECT_OK(want, verify_path(&ask, &path));
    EXPECT_SLICE(want, path, slice_of(want));
}

static void expect_rows(const struct command *command, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct json *root = NULL;
        struct verify_found found = {0};
        struct verify_ask ask = ask_of(command, rows[i].cursor);
        EXPECT_OK(rows[i].why, json_parse(&arena, slice_of(rows[i].answer), NULL, NULL, &root));
        EXPECT_OK(rows[i].why, verify_read(&ask, root, &found));
        EXPECT(rows[i].why, found.result == rows[i].want);
        EXPECT_SLICE(rows[i].why, found.cursor, slice_of(rows[i].next));
        EXPECT_SLICE(rows[i].why, found.remote_id,
                     slice_of(rows[i].want == VERIFY_PRESENT ? "17" : ""));
    }
}

#define MORE_COMMENTS ",\"meta\":{\"has_more\":true,\"after_cursor\":\"n x\"}}"

static void test_by_comments(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"ours may be the newest: its audit tells", "",
         "{\"comments\":[" COMMENT("3", "30", "", "api", "900", LATER) "]}", VERIFY_MORE, "30;"},
        {"all of ours", "",
         "{\"comments\":[" COMMENT("4", "40", "", "web", "900", LATER) "," COMMENT(
             "3", "30", "", "api", "7", LATER) "]" MORE_COMMENTS,
         VERIFY_MORE, "40,30;n x"},
        {"the comment itself tells", "",
         "{\"comments\":[" COMMENT("3", "30", OURS, "api", "900", LATER) "]}", VERIFY_PRESENT, ""},
        {"the comment itself tells that it is another's", "",
         "{\"comments\":[" COMMENT("3", "30", ANOTHER, "api", "900", LATER) "]}", VERIFY_ABSENT,
         ""},
        {"customers and agents", "",
         "{\"comments\":[" COMMENT("4", "40", "", "email", "5",
                                   LATER) "," COMMENT("3", "30", OURS, "web", "7", LATER) "]}",
         VERIFY_ABSENT, ""},
        {"nobody's of ours, and there are more", "",
         "{\"comments\":[" COMMENT("4", "40", "", "email", "5", LATER) "]" MORE_COMMENTS,
         VERIFY_MORE, ";n x"},
        {"older than the command, and so are all further ones", "",
         "{\"comments\":[" COMMENT("4", "40", "", "email", "5", LATER) "," COMMENT(
             "3", "30", "", "api", "900", LONG_AGO) "]" MORE_COMMENTS,
         VERIFY_ABSENT, ""},
        {"a server that sorts the other way: nothing follows from age", "",
         "{\"comments\":[" COMMENT("3", "30", "", "api", "900", LONG_AGO) "," COMMENT(
             "4", "40", "", "email", "5", LATER) "]" MORE_COMMENTS,
         VERIFY_MORE, ";n x"},
        {"none at all", "", "{\"comments\":[]}", VERIFY_ABSENT, ""},
        {"there are more, and it is not told where", "",
         "{\"comments\":[],\"next_page\":\"https://x\"}", VERIFY_UNREADABLE, ""},
        {"an audit that is no id", "",
         "{\"comments\":[" COMMENT("3", "\"../1\"", "", "api", "900", LATER) "]}",
         VERIFY_UNREADABLE, ""},
        {"no list", "", "{\"error\":\"x\"}", VERIFY_UNREADABLE, ""},

        {"the audit is ours", "30;", "{\"audit\":" AUDIT("30", OURS, "api", "900", LATER) "}",
         VERIFY_PRESENT, ""},
        {"it is another's: the next", "40,30;n x",
         "{\"audit\":" AUDIT("40", ANOTHER, "api", "900", LATER) "}", VERIFY_MORE, "30;n x"},
        {"it is another's: more comments", "40;n x",
         "{\"audit\":" AUDIT("40", "", "api", "900", LATER) "}", VERIFY_MORE, ";n x"},
        {"it is another's, and was the last", "40;",
         "{\"audit\":" AUDIT("40", "", "api", "900", LATER) "}", VERIFY_ABSENT, ""},
        {"a stamp that an agent copied", "40;",
         "{\"audit\":" AUDIT("40", OURS, "web", "7", LATER) "}", VERIFY_ABSENT, ""},
        {"not the audit that was asked for", "40;",
         "{\"audit\":" AUDIT("41", OURS, "api", "900", LATER) "}", VERIFY_UNREADABLE, ""},
        {"no audit", "40;", "{\"comments\":[]}", VERIFY_UNREADABLE, ""},
    };
    struct command c = update("{\"ticket\":{\"comment\":{\"body\":\"hi\"}}}");
    expect_rows(&c, rows, COUNT_OF(rows));
    expect_path(&c, "", 0,
                "/api/v2/tickets/17/comments?sort=-created_at&include=users&page%5Bsize%5D=30");
    expect_path(&c, "", 1,
                "/api/v2/tickets/17/comments?sort=-created_at&include=users&page%5Bsize%5D=10");
    expect_path(&c, ";n x", 0,
                "/api/v2/tickets/17/comments?sort=-created_at&include=users&page%5Bsize%5D=30"
                "&page%5Bafter%5D=n%20x");
    expect_path(&c, "40,30;n x", 0, "/api/v2/tickets/17/audits/40");
}

#define NEXT ",\"next_page\":\"https://x\",\"count\":5}"

static void test_by_audits(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"ours", "", "{\"audits\":[" AUDIT("1", OURS, "api", "7", LATER) "]}", VERIFY_PRESENT, ""},
        {"ours, by the user we are", "", "{\"audits\":[" AUDIT("1", OURS, "web", "900", LATER) "]}",
         VERIFY_PRESENT, ""},
        {"a stamp that came by mail", "",
         "{\"audits\":[" AUDIT("1", OURS, "email", "5", LATER) "]}", VERIFY_ABSENT, ""},
        {"another's", "", "{\"audits\":[" AUDIT("1", "", "api", "900", LATER) "]}", VERIFY_ABSENT,
         ""},
        {"more, newest first", "",
         "{\"audits\":[" AUDIT("9", "", "api", "900", LATER) "," AUDIT("8", "", "api", "900",
                                                                       LATER) "]" NEXT,
         VERIFY_MORE, "d2"},
        {"more, newest first, and older than the command", "",
         "{\"audits\":[" AUDIT("9", "", "api", "900", LATER) "," AUDIT("8", "", "api", "900",
                                                                       LONG_AGO) "]" NEXT,
         VERIFY_ABSENT, ""},
        {"nothing happened since", "",
         "{\"audits\":[" AUDIT("9", "", "api", "900", LONG_AGO) "," AUDIT(
             "8", "", "api", "900", "2023-01-01T00:00:00Z") "]" NEXT,
         VERIFY_ABSENT, ""},
        {"more, oldest first: the newest are on the last page", "",
         "{\"audits\":[" AUDIT("1", "", "api", "900", LONG_AGO) "," AUDIT("2", "", "api", "900",
                                                                          LATER) "]" NEXT,
         VERIFY_MORE, "u3"},
        {"oldest first, and it is not told how many", "",
         "{\"audits\":[" AUDIT("1", "", "api", "900", LONG_AGO) "," AUDIT(
             "2", "", "api", "900", LATER) "],\"next_page\":\"https://x\"}",
         VERIFY_UNREADABLE, ""},
        {"oldest first, all on one page", "",
         "{\"audits\":[" AUDIT("1", "", "api", "900", LONG_AGO) "," AUDIT("2", "", "api", "900",
                                                                          LATER) "]}",
         VERIFY_ABSENT, ""},
        {"one alone tells no order", "",
         "{\"audits\":[" AUDIT("1", "", "api", "900", LONG_AGO) "]" NEXT, VERIFY_MORE, "d2"},
        {"further down", "d2",
         "{\"audits\":[" AUDIT("7", "", "api", "900", LATER) "," AUDIT("6", "", "api", "900",
                                                                       LATER) "]" NEXT,
         VERIFY_MORE, "d3"},
        {"further down, to the end", "d3", "{\"audits\":[" AUDIT("5", "", "api", "900", LATER) "]}",
         VERIFY_ABSENT, ""},
        {"from the end up", "u3", "{\"audits\":[" AUDIT("5", "", "api", "900", LATER) "]}",
         VERIFY_MORE, "u2"},
        {"from the end up, to what was read first", "u2",
         "{\"audits\":[" AUDIT("3", "", "api", "900", LATER) "," AUDIT("4", "", "api", "900",
                                                                       LATER) "]" NEXT,
         VERIFY_ABSENT, ""},
        {"from the end up, to what is older", "u9",
         "{\"audits\":[" AUDIT("3", "", "api", "900", LONG_AGO) "," AUDIT("4", "", "api", "900",
                                                                          LATER) "]" NEXT,
         VERIFY_ABSENT, ""},
        {"from the end up: ours", "u9", "{\"audits\":[" AUDIT("5", OURS, "api", "900", LATER) "]}",
         VERIFY_PRESENT, ""},
        {"no place", "x1", "{\"audits\":[]}", VERIFY_UNREADABLE, ""},
        {"no list", "", "{\"error\":\"x\"}", VERIFY_UNREADABLE, ""},
    };
    struct command c = update("{\"ticket\":{\"assignee_id\":null}}");
    expect_rows(&c, rows, COUNT_OF(rows));
    expect_path(&c, "", 0, "/api/v2/tickets/17/audits?sort_order=desc&per_page=100&page=1");
    expect_path(&c, "d2", 1, "/api/v2/tickets/17/audits?sort_order=desc&per_page=30&page=2");
    expect_path(&c, "u7", 0, "/api/v2/tickets/17/audits?sort_order=desc&per_page=100&page=7");
    struct slice path = {0};
    struct verify_ask ask = ask_of(&c, "x1");
    EXPECT_CODE("no place", verify_path(&ask, &path), ERR_SYNTAX);
}

int main(void)
{
    arena_init(&arena, 4 * 1024 * 1024);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_comments),
        cmocka_unit_test(test_by_audits),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
