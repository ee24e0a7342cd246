#include "base/limits.h"
#include "egress/core/ticket_answer.h"
#include "tests/support/unit.h"

#include <string.h>

static struct arena arena;

static const struct json *json_of(const char *text)
{
    const struct json *root = NULL;
    EXPECT_OK("JSON", json_parse(&arena, slice_of(text), NULL, NULL, &root));
    return root;
}

#define TICKET                                                                                     \
    "{\"id\":35436,\"brand_id\":360002783572,\"assignee_id\":null,\"status\":\"open\","            \
    "\"updated_at\":\"2026-09-14T09:31:42Z\",\"external_id\":null,\"requester_id\":\"20978392\","  \
    "\"subject\":\"Order 1042\",\"from_messaging_channel\":false,\"tags\":[\"a\",\"b\"]}"

static void test_a_ticket_is_cut_down(void **state)
{
    (void)state;
    CLEANUP(buf) struct buf out = {0};
    buf_init(&out, TICKET_BYTES_MAX);
    EXPECT_OK("put",
              ticket_answer_put(json_of("{\"ticket\":{\"url\":\"https://x\",\"id\":35436,"
                                        "\"brand_id\":360002783572,\"assignee_id\":null,"
                                        "\"status\":\"open\",\"updated_at\":\"2026-09-14T09:31:"
                                        "42Z\",\"description\":\"long\",\"requester_id\":"
                                        "\"20978392\",\"subject\":\"Order 1042\",\"tags\":[\"a\","
                                        "\"b\",7]}}"),
                                &out));
    EXPECT_SLICE("row 45: ids as they came, the rest left out", buf_slice(&out), SLICE(TICKET));
    EXPECT_CODE("no ticket", ticket_answer_put(json_of("{\"tickets\":[]}"), &out), ERR_MISSING);
    EXPECT_CODE("no JSON", ticket_answer_put(NULL, &out), ERR_MISSING);
}

static void test_what_a_ticket_says_of_itself(void **state)
{
    (void)state;
    struct ticket_seen seen = {0};
    EXPECT_OK("read", ticket_seen_read(json_of("{\"ticket\":{\"id\":1,\"assignee_id\":900,"
                                               "\"updated_at\":\"1970-01-01T00:00:07Z\"}}"),
                                       &seen));
    EXPECT_SLICE("id", seen.id, SLICE("1"));
    EXPECT_SLICE("whose", seen.assignee_id, SLICE("900"));
    EXPECT("when", seen.updated.ms == 7000);
    EXPECT_OK("nobody's", ticket_seen_read(json_of("{\"ticket\":{\"assignee_id\":null}}"), &seen));
    EXPECT("nobody's", slice_empty(seen.assignee_id) && !wall_known(seen.updated));
    EXPECT_CODE("none", ticket_seen_read(json_of("{}"), &seen), ERR_MISSING);
}

#define USERS "\"users\":[{\"id\":5,\"role\":\"end-user\"},{\"id\":900,\"role\":\"agent\"}]"

static struct slice whole_of(const char *ticket, const char *answer)
{
    CLEANUP(buf) struct buf out = {0};
    struct slice text = {0};
    buf_init(&out, TICKET_FETCHED_BYTES_MAX + TICKET_BYTES_MAX);
    EXPECT_OK("whole", ticket_answer_whole(&arena, slice_of(ticket), json_of(answer), &out));
    EXPECT_OK("copy", arena_copy(&arena, buf_slice(&out), &text));
    (void)json_of(text.ptr);
    return text;
}

static void test_comments(void **state)
{
    (void)state;
    EXPECT_SLICE(
        "row 43: newest first, with roles",
        whole_of(TICKET,
                 "{\"comments\":[{\"id\":8,\"author_id\":900,\"public\":false,\"body\":\"**n**\","
                 "\"created_at\":\"2026-09-14T09:31:42Z\"},{\"id\":\"7\",\"author_id\":5,"
                 "\"public\":true,\"body\":\"b\",\"plain_body\":\"hello\",\"created_at\":"
                 "\"2026-09-14T09:31:40Z\"}]," USERS ",\"meta\":{\"has_more\":false}}"),
        SLICE("{\"ticket\":" TICKET
              ",\"comments\":[{\"id\":8,\"author_id\":900,\"author_role\":\"agent\",\"public\":"
              "false,\"created_at\":\"2026-09-14T09:31:42Z\",\"text\":\"**n**\",\"automatic\":"
              "false},{\"id\":\"7\",\"author_id\":5,\"author_role\":\"end-user\",\"public\":true,"
              "\"created_at\":\"2026-09-14T09:31:40Z\",\"text\":\"hello\",\"automatic\":false}],"
              "\"more\":false}"));
    EXPECT_SLICE("none", whole_of("{}", "{\"comments\":[],\"meta\":{\"has_more\":true}}"),
                 SLICE("{\"ticket\":{},\"comments\":[],\"more\":true}"));
    CLEANUP(buf) struct buf out = {0};
    buf_init(&out, TICKET_FETCHED_BYTES_MAX);
    EXPECT_CODE("no list", ticket_answer_whole(&arena, SLICE("{}"), json_of("{}"), &out),
                ERR_MISSING);
}

static void test_a_long_ticket_stays_within_its_limit(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        size_t count, text, kept;
        char filler;
    } rows[] = {
        {"many", 150, 10, 100, 'x'},
        {"long", 20, 60000, 4, 'x'},
        {"every byte escaped", 20, 60000, 2, '\x01'},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf) struct buf answer = {0};
        buf_init(&answer, 16 * 1024 * 1024);
        EXPECT_OK("head", buf_append_text(&answer, "{\"comments\":["));
        for (size_t n = 0; n < rows[i].count; n++) {
            EXPECT_OK("one", buf_printf(&answer, "%s{\"id\":%zu,\"body\":\"", n > 0 ? "," : "", n));
            for (size_t b = 0; b < rows[i].text; b++) {
                EXPECT_OK("text", rows[i].filler == 'x' ? buf_append_char(&answer, 'x')
                                                        : buf_append_text(&answer, "\\u0001"));
            }
            EXPECT_OK("end", buf_append_text(&answer, "\"}"));
        }
        EXPECT_OK("tail", buf_append_text(&answer, "]}"));
        struct slice whole = whole_of("{}", buf_text(&answer));
        const struct json *root = json_of(whole.ptr);
        EXPECT(rows[i].why, whole.len <= TICKET_FETCHED_BYTES_MAX);
        EXPECT(rows[i].why, json_member(root, SLICE("comments"))->count >= rows[i].kept);
        EXPECT("and says so", json_bool(json_member(root, SLICE("more")), false));
    }
}

static void test_automatic_mail(void **state)
{
    (void)state;
    static const struct {
        const char *why, *comment;
        bool want;
    } rows[] = {
        {"a person's", "{\"via\":{\"channel\":\"email\"},\"metadata\":{\"system\":{}}}", false},
        {"marked by Zendesk", "{\"metadata\":{\"flags\":[2,4]}}", true},
        {"other marks", "{\"metadata\":{\"flags\":[0,2,3]}}", false},
        {"RFC 3834", "{\"metadata\":{\"system\":{\"auto_submitted\":\"auto-replied\"}}}", true},
        {"as a header", "{\"metadata\":{\"headers\":{\"Auto-Submitted\":\"auto-generated\"}}}",
         true},
        {"by hand", "{\"metadata\":{\"system\":{\"auto_submitted\":\"no\"}}}", false},
        {"bulk", "{\"via\":{\"source\":{\"headers\":{\"Precedence\":\"bulk\"}}}}", true},
        {"first class", "{\"metadata\":{\"headers\":{\"Precedence\":\"first-class\"}}}", false},
        {"a rule of the account", "{\"via\":{\"channel\":\"rule\"}}", true},
        {"nothing known", "{}", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT(rows[i].why, ticket_comment_is_automatic(json_of(rows[i].comment)) == rows[i].want);
    }
    static const char mail[] =
        "{\"comments\":[{\"id\":2,\"body\":\"b\"},{\"id\":1,\"body\":\"a\"}]}";
    struct slice whole = whole_of("{\"subject\":\"Automatic reply: Hi\"}", mail);
    const struct json *root = json_of(whole.ptr);
    const struct json *newest = json_member(root, SLICE("comments"))->first;
    EXPECT("what came later is a person's", !json_bool(json_find(newest, "automatic"), true));
    EXPECT("an absence that opened a ticket",
           json_bool(json_find(newest->next, "automatic"), false));
    whole = whole_of("{\"subject\":\"My automatic door\"}", mail);
    root = json_of(whole.ptr);
    EXPECT("only at the front",
           !json_bool(json_find(json_member(root, SLICE("comments"))->first->next, "automatic"),
                      true));
}

/* What came with a comment, for the bot: rows 43, 49. */
static void test_attachments(void **state)
{
    (void)state;
    static const struct {
        const char *why, *files, *want;
    } rows[] = {
        {"none", "[]", ""},
        {"no list", "7", ""},
        {"one",
         "[{\"id\":1,\"file_name\":\"box.png\",\"content_url\":\"https://x/box.png\","
         "\"content_type\":\"image/png\",\"size\":3,\"deleted\":false,"
         "\"malware_scan_result\":\"malware_not_found\"}]",
         "\"attachments\":[{\"url\":\"https://x/box.png\",\"media_type\":\"image/png\","
         "\"name\":\"box.png\"}],"},
        {"what is gone, or harmful, or nowhere",
         "[{\"content_url\":\"https://x/1\",\"deleted\":true},{\"content_url\":\"https://x/2\","
         "\"malware_scan_result\":\"malware_found\"},{\"file_name\":\"a\"},7]",
         ""},
        {"ten at most",
         "[{\"content_url\":\"u\"},{\"content_url\":\"u\"},{\"content_url\":\"u\"},"
         "{\"content_url\":\"u\"},{\"content_url\":\"u\"},{\"content_url\":\"u\"},"
         "{\"content_url\":\"u\"},{\"content_url\":\"u\"},{\"content_url\":\"u\"},"
         "{\"content_url\":\"u\"},{\"content_url\":\"eleven\"}]",
         "\"attachments\":[{\"url\":\"u\"},{\"url\":\"u\"},{\"url\":\"u\"},{\"url\":\"u\"},"
         "{\"url\":\"u\"},{\"url\":\"u\"},{\"url\":\"u\"},{\"url\":\"u\"},{\"url\":\"u\"},"
         "{\"url\":\"u\"}],"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice body = {0};
        struct slice want = {0};
        EXPECT_OK("body", arena_printf(&arena, &body,
                                       "{\"comments\":[{\"id\":5,\"public\":true,\"plain_body\":"
                                       "\"hi\",\"attachments\":%s}]}",
                                       rows[i].files));
        EXPECT_OK("want", arena_printf(&arena, &want,
                                       "{\"ticket\":{},\"comments\":[{\"id\":5,\"author_id\":"
                                       "null,\"author_role\":\"\",\"public\":true,\"created_at\":"
                                       "null,\"text\":\"hi\",%s\"automatic\":false}],\"more\":"
                                       "false}",
                                       rows[i].want));
        EXPECT_SLICE(rows[i].why, whole_of("{}", body.ptr), want);
    }
}

/* Rows 43, 45: whoever answers a machine is answered for ever. */
static void test_machines(void **state)
{
    (void)state;
    static const struct {
        const char *why, *subject, *user;
        bool automatic;
    } rows[] = {
        {"a person", "Order 1042", "\"email\":\"jane@x.example\"", false},
        {"a person with a name that only begins so", "Order", "\"email\":\"noreply2@x\"", false},
        {"a mailer", "Order", "\"email\":\"MAILER-DAEMON@x.example\"", true},
        {"an address that nobody reads", "Order", "\"email\":\"no-reply@x.example\"", true},
        {"whom Zendesk has suspended", "Order", "\"suspended\":true", true},
        {"not suspended, without an address", "Order", "\"suspended\":false,\"email\":null", false},
        {"came back", "Undelivered Mail Returned to Sender", "\"x\":1", true},
        {"on holiday, in Dutch", "Automatisch antwoord: weg", "\"x\":1", true},
        {"on holiday, in Polish", "Odpowied\u017A automatyczna: nie ma mnie", "\"x\":1", true},
        {"on holiday, in Japanese", "\u81EA\u52D5\u5FDC\u7B54: \u4E0D\u5728", "\"x\":1", true},
        {"speaks of it only", "Re: your automatic reply", "\"x\":1", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char ticket[256];
        char answer[512];
        (void)snprintf(ticket, sizeof ticket, "{\"subject\":\"%s\"}", rows[i].subject);
        (void)snprintf(answer, sizeof answer,
                       "{\"comments\":[{\"id\":1,\"author_id\":5,\"public\":true,\"body\":\"b\"}],"
                       "\"users\":[{\"id\":5,\"role\":\"end-user\",%s}]}",
                       rows[i].user);
        struct slice whole = whole_of(ticket, answer);
        const struct json *comments = json_find(json_of(whole.ptr), "comments");
        EXPECT(rows[i].why,
               json_bool(json_find(comments->first, "automatic"), false) == rows[i].automatic);
    }
}

int main(void)
{
    arena_init(&arena, 256 * 1024 * 1024);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_ticket_is_cut_down),
        cmocka_unit_test(test_what_a_ticket_says_of_itself),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_a_long_ticket_stays_within_its_limit),
        cmocka_unit_test(test_automatic_mail),
        cmocka_unit_test(test_attachments),
        cmocka_unit_test(test_machines),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
