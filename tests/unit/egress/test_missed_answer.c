/* missed_answer.c: what is kept of lists of messages and of searches. */
#include "base/limits.h"
#include "egress/core/missed_answer.h"
#include "tests/support/unit.h"

#include <stdlib.h>
#include <string.h>

static struct arena arena;
static struct buf out;

static const struct json *json_of(struct slice text)
{
    const struct json *root = NULL;
    EXPECT_OK("JSON", json_parse(&arena, text, NULL, NULL, &root));
    return root;
}

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, (size_t)64 * 1024 * 1024);
    buf_init(&out, MISSED_FETCHED_BYTES_MAX + 1024);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_deinit(&arena);
    buf_deinit(&out);
    return 0;
}

static void test_messages_are_cut_down(void **state)
{
    (void)state;
    static const struct {
        const char *why, *answer, *want;
    } rows[] = {
        {"none", "{\"messages\":[]}", "{\"messages\":[],\"more\":false}"},
        {"the newest first, whatever the order",
         "{\"messages\":[{\"id\":\"1\",\"received\":\"2026-09-14T09:00:00Z\"},{\"id\":\"2\","
         "\"received\":\"2026-09-14T09:00:02Z\"}],\"meta\":{\"hasMore\":true}}",
         "{\"messages\":[{\"id\":\"2\",\"received\":\"2026-09-14T09:00:02Z\"},{\"id\":\"1\","
         "\"received\":\"2026-09-14T09:00:00Z\"}],\"more\":true}"},
        {"a customer's words",
         "{\"messages\":[{\"id\":\"1\",\"received\":\"x\",\"author\":{\"type\":\"user\",\"userId\":"
         "\"u\",\"displayName\":\"Jane\"},\"content\":{\"type\":\"text\",\"text\":\"hi\",\"x\":1},"
         "\"source\":{\"type\":\"web\",\"integrationId\":\"w\"}}]}",
         "{\"messages\":[{\"id\":\"1\",\"received\":\"x\",\"author\":\"user\",\"user_id\":\"u\","
         "\"source_type\":\"web\",\"widget_id\":\"w\",\"text\":\"hi\"}],\"more\":false}"},
        {"a file, and our stamp",
         "{\"messages\":[{\"author\":{\"type\":\"business\"},\"content\":{\"type\":\"image\","
         "\"mediaUrl\":\"https://x\",\"mediaType\":\"image/png\",\"altText\":\"a\",\"caption\":"
         "\"see\"},\"metadata\":{\"tieline.effect\":\"d6\"}}]}",
         "{\"messages\":[{\"author\":\"business\",\"text\":\"see\",\"type\":\"image\",\"url\":"
         "\"https://x\","
         "\"media_type\":\"image/png\",\"name\":\"a\",\"effect\":\"d6\"}],\"more\":false}"},
        {"what was deleted says so",
         "{\"messages\":[{\"id\":\"1\",\"deleted\":true,\"content\":{\"text\":\"gone\"}},{\"id\":"
         "\"2\","
         "\"deleted\":false}]}",
         "{\"messages\":[{\"id\":\"1\",\"text\":\"gone\",\"deleted\":true},{\"id\":\"2\"}],"
         "\"more\":false}"},
        {"what is none is left out", "{\"messages\":[7,null,[]]}",
         "{\"messages\":[],\"more\":false}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        buf_reset(&out);
        EXPECT_OK(rows[i].why, missed_messages_put(json_of(slice_of(rows[i].answer)), &out));
        EXPECT_SLICE(rows[i].why, buf_slice(&out), slice_of(rows[i].want));
    }
    EXPECT_CODE("no list", missed_messages_put(json_of(SLICE("{}")), &out), ERR_MISSING);
    EXPECT_CODE("no JSON", missed_messages_put(NULL, &out), ERR_MISSING);
}

static void test_tickets_are_cut_down(void **state)
{
    (void)state;
    static const struct {
        const char *why, *answer, *want;
    } rows[] = {
        {"none", "{\"results\":[],\"next_page\":null}",
         "{\"tickets\":[],\"more\":false,\"size\":20}"},
        {"id and time",
         "{\"results\":[{\"id\":17,\"updated_at\":\"t\",\"description\":\"long\",\"result_type\":"
         "\"ticket\"},{\"id\":\"18\",\"updated_at\":\"u\"}],\"next_page\":\"https://x\"}",
         "{\"tickets\":[{\"id\":\"17\",\"updated_at\":\"t\"},{\"id\":\"18\",\"updated_at\":\"u\"}],"
         "\"more\":true,\"size\":20}"},
        {"of another kind", "{\"results\":[{\"id\":1,\"result_type\":\"user\"},{},7]}",
         "{\"tickets\":[],\"more\":false,\"size\":20}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        buf_reset(&out);
        EXPECT_OK(rows[i].why, missed_tickets_put(json_of(slice_of(rows[i].answer)), 20, &out));
        EXPECT_SLICE(rows[i].why, buf_slice(&out), slice_of(rows[i].want));
    }
    EXPECT_CODE("no results", missed_tickets_put(json_of(SLICE("{}")), 20, &out), ERR_MISSING);
}

static void test_a_long_list_is_cut_at_its_end(void **state)
{
    (void)state;
    enum { COUNT = 150, TEXT = 6000 };
    CLEANUP(buf) struct buf answer = {0};
    char *text = calloc(1, TEXT + 1);
    EXPECT("room", text != NULL);
    memset(text, 'x', TEXT);
    buf_init(&answer, 4 * 1024 * 1024);
    EXPECT_OK("begin", buf_append_text(&answer, "{\"messages\":["));
    for (int i = 0; i < COUNT; i++) {
        EXPECT_OK("one", buf_printf(&answer, "%s{\"id\":\"%d\",\"content\":{\"text\":\"%s\"}}",
                                    i == 0 ? "" : ",", i, text));
    }
    EXPECT_OK("end", buf_append_text(&answer, "]}"));
    free(text);
    buf_reset(&out);
    EXPECT_OK("put", missed_messages_put(json_of(buf_slice(&answer)), &out));
    EXPECT("bounded", out.len <= MISSED_FETCHED_BYTES_MAX);
    EXPECT("said so", json_bool(json_find(json_of(buf_slice(&out)), "more"), false));
}

static void test_a_search_asks_for_less_where_that_was_too_much(void **state)
{
    (void)state;
    static const char *const want[] = {"/x?q=1&per_page=50", "/x?q=1&per_page=20",
                                       "/x?q=1&per_page=10", "/x?q=1&per_page=3",
                                       "/x?q=1&per_page=3"};
    for (uint32_t i = 0; i < COUNT_OF(want); i++) {
        struct slice path = {0};
        EXPECT_OK("path", missed_search_path(&arena, SLICE("/x?q=1"), i, &path));
        EXPECT_SLICE("size", path, slice_of(want[i]));
    }
}

static void test_a_later_page_is_of_the_size_of_the_first(void **state)
{
    (void)state;
    static const struct {
        const char *why, *path;
        uint32_t failures;
        const char *want;
    } rows[] = {
        {"as asked for", "/x?page=2&per_page=20", 0, "/x?page=2&per_page=20"},
        {"or less", "/x?page=2&per_page=20", 1, "/x?page=2&per_page=10"},
        {"as little as can be", "/x?page=2&per_page=20", 9, "/x?page=2&per_page=3"},
        {"the least", "/x?page=9&per_page=3", 0, "/x?page=9&per_page=3"},
        {"the most", "/x?page=9&per_page=50", 3, "/x?page=9&per_page=3"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice path = {0};
        EXPECT_OK("path",
                  missed_search_path(&arena, slice_of(rows[i].path), rows[i].failures, &path));
        EXPECT_SLICE(rows[i].why, path, slice_of(rows[i].want));
        char size[24];
        (void)snprintf(size, sizeof size, "=%u",
                       (unsigned)missed_search_size(slice_of(rows[i].path), rows[i].failures));
        EXPECT(rows[i].why, slice_ends_with(path, slice_of(size)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages_are_cut_down),
        cmocka_unit_test(test_tickets_are_cut_down),
        cmocka_unit_test(test_a_long_list_is_cut_at_its_end),
        cmocka_unit_test(test_a_search_asks_for_less_where_that_was_too_much),
        cmocka_unit_test(test_a_later_page_is_of_the_size_of_the_first),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
