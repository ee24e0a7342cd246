/* A file on its way: under which type and name it goes on, what hands it over, how it is named.
 * Row 105. */
#include "egress/core/carry.h"
#include "tests/support/unit.h"

#include <string.h>

enum { ROOM = 64 * 1024 };

static void test_types(void **state)
{
    static const struct {
        const char *why, *told, *expected, *want;
    } rows[] = {
        {"an image", "image/png", "", "image/png"},
        {"parameters go", "text/plain; charset=utf-8", "", "text/plain"},
        {"a document of an office",
         "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "",
         "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
        {"the server knows nothing: what was told of it", "application/octet-stream", "image/jpeg",
         "image/jpeg"},
        {"likewise where it says nothing", "", "audio/mpeg", "audio/mpeg"},
        {"nobody can name it", "", "", ""},
        {"a login page", "text/html; charset=utf-8", "image/png", ""},
        {"a drawing may have scripts in it", "image/svg+xml", "image/png", ""},
        {"in any case", "image/SVG+xml", "image/png", ""},
        {"also as it was expected", "application/octet-stream", "Image/Svg", ""},
        {"a script", "text/javascript", "", ""},
        {"a program", "application/x-msdownload", "", ""},
        {"no token: it would end the header", "image/png\r\nX: y", "", ""},
        {"nor with a quote", "image/\"png", "", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice got = carry_type(slice_of(rows[i].told), slice_of(rows[i].expected));
        EXPECT_SLICE(rows[i].why, got, slice_of(rows[i].want));
    }
}

static void test_names(void **state)
{
    static const struct {
        const char *why, *name, *url, *want;
    } rows[] = {
        {"its own", "bill.pdf", "https://x.example/a/1", "bill.pdf"},
        {"of its address", "", "https://x.example/a/box.png?sig=1", "box.png"},
        {"neither", "", "https://x.example/a/", "file"},
        {"nothing that ends a quoted text or climbs", "a\"b/../c\r\nd", "https://x.example/",
         "a_b_.._c__d"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena) struct arena arena = {0};
        arena_init(&arena, ROOM);
        struct carried_file file = {.url = slice_of(rows[i].url), .name = slice_of(rows[i].name)};
        struct slice name = {0};
        EXPECT_OK(rows[i].why, carry_name(&arena, &file, &name));
        EXPECT_SLICE(rows[i].why, name, slice_of(rows[i].want));
    }
}

static struct command command_of(enum effect_kind effect, enum api api, const char *body)
{
    return (struct command){
        .effect = effect,
        .api = api,
        .effect_id = {{1, 2, 3}},
        .remote_id = SLICE("c/1"),
        .body = slice_of(body),
    };
}

static void test_uploads(void **state)
{
    CLEANUP(arena) struct arena arena = {0};
    CLEANUP(buf) struct buf out = {0};
    struct carried_file file = {.url = SLICE("https://x.example/a"), .name = SLICE("a b.png")};
    struct command support = command_of(EFFECT_TICKET_UPDATE, API_SUPPORT, "");
    struct command message = command_of(EFFECT_MESSAGE, API_CONVERSATIONS, "");
    struct slice path = {0};
    (void)state;
    arena_init(&arena, ROOM);
    buf_init(&out, ROOM);
    EXPECT_OK("ticket", carry_upload_path(&arena, &support, &file, &path));
    EXPECT_SLICE("ticket", path, SLICE("/api/v2/uploads?filename=a%20b.png"));
    EXPECT_OK("message", carry_upload_path(&arena, &message, &file, &path));
    EXPECT_SLICE("message", path,
                 SLICE("/attachments?access=public&for=message&conversationId=c%2F1"));
    EXPECT_OK("bytes alone", carry_upload_body(&arena, &support, &file, SLICE("image/png"),
                                               SLICE("\x89PNG"), &out));
    EXPECT_SLICE("bytes alone", buf_slice(&out), SLICE("\x89PNG"));
    buf_reset(&out);
    EXPECT_OK("a form", carry_upload_body(&arena, &message, &file, SLICE("image/png"),
                                          SLICE("\x89PNG"), &out));
    EXPECT_SLICE("a form", buf_slice(&out),
                 SLICE("--tieline-01020300000000000000000000000000\r\n"
                       "Content-Disposition: form-data; name=\"source\"; filename=\"a b.png\"\r\n"
                       "Content-Type: image/png\r\n\r\n\x89PNG\r\n"
                       "--tieline-01020300000000000000000000000000--\r\n"));
    buf_reset(&out);
    EXPECT("a file that would end the form",
           err_is(carry_upload_body(&arena, &message, &file, SLICE("image/png"),
                                    SLICE("x\r\n--tieline-01020300000000000000000000000000"), &out),
                  ERR_RANGE));
}

static void test_handed_over(void **state)
{
    static const struct {
        const char *why;
        enum api api;
        const char *answer, *want;
    } rows[] = {
        {"a token", API_SUPPORT, "{\"upload\":{\"token\":\"6bk\"}}", "6bk"},
        {"an address", API_CONVERSATIONS, "{\"attachment\":{\"mediaUrl\":\"https://z/1\"}}",
         "https://z/1"},
        {"the other's", API_CONVERSATIONS, "{\"upload\":{\"token\":\"6bk\"}}", ""},
        {"with a NUL in it", API_SUPPORT, "{\"upload\":{\"token\":\"6\\u0000k\"}}", ""},
        {"none", API_SUPPORT, "{}", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena) struct arena arena = {0};
        const struct json *root = NULL;
        struct command command = command_of(EFFECT_MESSAGE, rows[i].api, "");
        arena_init(&arena, ROOM);
        EXPECT_OK(rows[i].why, json_parse(&arena, slice_of(rows[i].answer), NULL, NULL, &root));
        EXPECT_SLICE(rows[i].why, carry_handed_over(&command, root), slice_of(rows[i].want));
    }
    struct command command = command_of(EFFECT_MESSAGE, API_CONVERSATIONS, "");
    EXPECT_SLICE("no JSON", carry_handed_over(&command, NULL), SLICE(""));
}

static void test_bodies(void **state)
{
    static const struct {
        const char *why;
        enum effect_kind effect;
        const char *body;
        const char *refs; /* with commas for NULs */
        const char *want; /* NULL = SYNTAX */
    } rows[] = {
        {"a message", EFFECT_MESSAGE, "{\"content\":{\"type\":\"file\"},\"author\":{}}",
         "https://z/\"1,",
         "{\"content\":{\"mediaUrl\":\"https://z/\\\"1\",\"type\":\"file\"},\"author\":{}}"},
        {"two files of a comment", EFFECT_TICKET_UPDATE,
         "{\"ticket\":{\"comment\":{\"body\":\"x\"}}}", "t1,t2,",
         "{\"ticket\":{\"comment\":{\"uploads\":[\"t1\",\"t2\"],\"body\":\"x\"}}}"},
        {"nothing to name", EFFECT_TICKET_UPDATE, "{\"ticket\":{}}", "", "{\"ticket\":{}}"},
        {"no place for it", EFFECT_TICKET_UPDATE, "{\"ticket\":{\"status\":\"open\"}}", "t1,",
         NULL},
        {"an empty one", EFFECT_MESSAGE, "{\"content\":{}}", "u,", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena) struct arena arena = {0};
        struct command command = command_of(rows[i].effect, API_SUPPORT, rows[i].body);
        struct slice body = {0};
        char refs[32] = "";
        size_t len = strlen(rows[i].refs);
        for (size_t j = 0; j < len; j++) {
            refs[j] = rows[i].refs[j];
            refs[j] = refs[j] == ',' ? '\0' : refs[j];
        }
        arena_init(&arena, ROOM);
        err_t e = carry_put(&arena, &command, command.body, slice_from(refs, len), &body);
        EXPECT(rows[i].why, rows[i].want == NULL ? err_is(e, ERR_SYNTAX) : !err_failed(e));
        EXPECT_SLICE(rows[i].why, body, slice_of(rows[i].want == NULL ? "" : rows[i].want));
    }
}

static void test_notices(void **state)
{
    CLEANUP(buf) struct buf out = {0};
    struct command command =
        command_of(EFFECT_BOT_NOTICE, API_BOT, "{\"message\":{\"attachments\":[{\"url\":\"u\"}]}}");
    (void)state;
    buf_init(&out, ROOM);
    EXPECT_OK("with its bytes", carry_notice_body(&command, SLICE("abcd"), &out));
    EXPECT_SLICE(
        "with its bytes", buf_slice(&out),
        SLICE("{\"message\":{\"attachments\":[{\"url\":\"u\",\"content\":\"YWJjZA==\"}]}}"));
    command.body = SLICE("{\"message\":{\"attachments\":[]}}");
    EXPECT("none to put it with",
           err_is(carry_notice_body(&command, SLICE("abcd"), &out), ERR_SYNTAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),   cmocka_unit_test(test_names),
        cmocka_unit_test(test_uploads), cmocka_unit_test(test_handed_over),
        cmocka_unit_test(test_bodies),  cmocka_unit_test(test_notices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
