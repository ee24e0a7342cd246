/* json_parse.c and json_keys.c at their limits: depth, values, length, members, arena, heap. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "json/json_read.h"
#include "tests/support/failing_heap.h"
#include "tests/support/unit.h"

#include <string.h>
#include <time.h>

enum { BIG = 64 * 1024 * 1024 };

static void repeat(struct buf *b, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        EXPECT_OK("test text", buf_append_text(b, text));
    }
}

static enum err_code parse(const struct buf *b, struct why *why)
{
    CLEANUP(arena) struct arena a = {0};
    arena_init(&a, BIG);
    const struct json *root = NULL;
    return json_parse(&a, buf_slice(b), NULL, why, &root).code;
}

static void depth_has_a_limit(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        const char *open;
        const char *inside;
        const char *close;
        size_t depth;
        enum err_code code;
    } rows[] = {
        {"arrays at the limit", "[", "", "]", LIMIT_JSON_DEPTH_MAX, ERR_OK},
        {"a value at the limit", "[", "1", "]", LIMIT_JSON_DEPTH_MAX, ERR_OK},
        {"arrays beyond", "[", "", "]", LIMIT_JSON_DEPTH_MAX + 1, ERR_TOO_DEEP},
        {"objects at the limit", "{\"a\":", "1", "}", LIMIT_JSON_DEPTH_MAX, ERR_OK},
        {"objects beyond", "{\"a\":", "1", "}", LIMIT_JSON_DEPTH_MAX + 1, ERR_TOO_DEEP},
        {"a million, never closed", "[", "", "", 1000 * 1000, ERR_TOO_DEEP},
        {"a million, closed", "{\"a\":", "1", "}", 1000 * 1000, ERR_TOO_DEEP},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf) struct buf b = {0};
        buf_init(&b, BIG);
        repeat(&b, rows[i].open, rows[i].depth);
        repeat(&b, rows[i].inside, 1);
        repeat(&b, rows[i].close, rows[i].depth);
        EXPECT(rows[i].why, parse(&b, NULL) == rows[i].code);
    }
    CLEANUP(buf) struct buf b = {0};
    buf_init(&b, BIG);
    repeat(&b, "[", LIMIT_JSON_DEPTH_MAX + 1);
    struct why why = {{0}};
    EXPECT("too deep", parse(&b, &why) == ERR_TOO_DEEP);
    EXPECT_TEXT("its place", why.text, "line 1, column 33: nested more than 32 deep");
}

static void values_have_a_limit(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        const char *item;
        size_t items;
        enum err_code code;
    } rows[] = {
        {"the array itself counts", "1,", LIMIT_JSON_VALUES_MAX - 2, ERR_OK},
        {"one more", "1,", LIMIT_JSON_VALUES_MAX - 1, ERR_TOO_LARGE},
        {"containers count", "[],", LIMIT_JSON_VALUES_MAX - 1, ERR_TOO_LARGE},
        {"strings count", "\"\",", LIMIT_JSON_VALUES_MAX - 1, ERR_TOO_LARGE},
        {"literals count", "null,", LIMIT_JSON_VALUES_MAX - 1, ERR_TOO_LARGE},
        {"far more", "{},", 1000 * 1000, ERR_TOO_LARGE},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf) struct buf b = {0};
        buf_init(&b, BIG);
        repeat(&b, "[", 1);
        repeat(&b, rows[i].item, rows[i].items);
        repeat(&b, "0]", 1);
        struct why why = {{0}};
        EXPECT(rows[i].why, parse(&b, &why) == rows[i].code);
        EXPECT(rows[i].why, rows[i].code == ERR_OK || strstr(why.text, "more than 100000") != NULL);
    }
}

static void long_values_are_whole(void **state)
{
    (void)state;
    enum { LONG = 300 * 1000 };
    static const struct {
        const char *why;
        const char *begin;
        const char *item;
        const char *end;
        size_t len; /* of an item, read */
    } rows[] = {
        {"plain text", "\"", "a", "\"", 1},
        {"escapes", "\"", "\\n", "\"", 1},
        {"backslashes", "\"", "\\\\", "\"", 1},
        {"quotes", "\"", "\\\"", "\"", 1},
        {"surrogate pairs", "\"", "\\ud83d\\ude00", "\"", 4},
        {"NULs", "\"", "\\u0000", "\"", 1},
        {"digits", "1", "2", "3", 1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf) struct buf b = {0};
        buf_init(&b, BIG);
        repeat(&b, rows[i].begin, 1);
        repeat(&b, rows[i].item, LONG);
        repeat(&b, rows[i].end, 1);
        CLEANUP(arena) struct arena a = {0};
        arena_init(&a, BIG);
        const struct json *root = NULL;
        EXPECT_OK(rows[i].why, json_parse(&a, buf_slice(&b), NULL, NULL, &root));
        size_t quotes = root->type == JSON_NUMBER ? 2 : 0;
        EXPECT(rows[i].why, root->text.len == LONG * rows[i].len + quotes);
        EXPECT(rows[i].why, root->offset == 0);
    }
}

/* Objects of many members: `shared` bytes that all keys begin with, then a number. */
static void object_of(struct buf *b, size_t members, size_t shared)
{
    repeat(b, "{", 1);
    for (size_t i = 0; i < members; i++) {
        repeat(b, i == 0 ? "\"" : ",\"", 1);
        repeat(b, "k", shared);
        EXPECT_OK("key", buf_printf(b, "%zu\":0", i * 7919 % members));
    }
}

static void doubled_keys_are_found_in_large_objects(void **state)
{
    (void)state;
    for (size_t members = 1; members < 40; members++) {
        for (size_t twice = 0; twice < members; twice++) {
            CLEANUP(buf) struct buf good = {0};
            CLEANUP(buf) struct buf bad = {0};
            buf_init(&good, BIG);
            buf_init(&bad, BIG);
            object_of(&good, members, 1);
            size_t len = good.len;
            EXPECT_OK("same", buf_append(&bad, buf_slice(&good)));
            EXPECT_OK("end", buf_append_char(&good, '}'));
            EXPECT("all differ", parse(&good, NULL) == ERR_OK);
            EXPECT_OK("twice", buf_printf(&bad, ",\"k%zu\":1,\"k%zu\":2}", twice, twice));
            struct why why = {{0}};
            EXPECT("twice", parse(&bad, &why) == ERR_DUPLICATE);
            char says[64];
            (void)snprintf(says, sizeof says, "line 1, column %zu: the key \"k%zu\"", len + 2,
                           twice);
            EXPECT(why.text, slice_starts_with(slice_of(why.text), slice_of(says)));
        }
    }
}

static void many_keys_take_no_quadratic_time(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        size_t members;
        size_t shared;
    } rows[] = {
        {"short keys", 90 * 1000, 0},
        {"keys with a long common beginning", 4000, 900},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf) struct buf b = {0};
        buf_init(&b, BIG);
        object_of(&b, rows[i].members, rows[i].shared);
        EXPECT_OK("end", buf_append_char(&b, '}'));
        clock_t begin = clock();
        EXPECT(rows[i].why, parse(&b, NULL) == ERR_OK);
        /* Pair by pair would be 4 billion comparisons. */
        EXPECT(rows[i].why, clock() - begin < 2 * CLOCKS_PER_SEC);
    }
}

static const char story[] =
    "{\"a\":[1,2.5,\"three\",\"f\\u00f6ur\",null,true],\"b\":{\"c\":\"d\"},"
    "\"k0\":0,\"k1\":1,\"k2\":2,\"k3\":3,\"k4\":4,\"k5\":5,\"k6\":6,\"k7\":7,"
    "\"k8\":8,\"k9\":9,\"ka\":10,\"kb\":11,\"kc\":12,\"kd\":13,\"ke\":14}";

static void every_smaller_arena_is_full(void **state)
{
    (void)state;
    size_t needed = 0;
    for (size_t cap = 0; needed == 0; cap++) {
        CLEANUP(arena) struct arena a = {0};
        arena_init(&a, cap);
        const struct json *root = NULL;
        struct why why = {{0}};
        err_t e = json_parse(&a, slice_of(story), NULL, &why, &root);
        if (!err_failed(e)) {
            needed = cap;
            EXPECT("the object itself is sorted", a.used < cap);
            continue;
        }
        EXPECT("full and nothing else", err_is(e, ERR_ARENA_FULL) && root == NULL);
        EXPECT("says so", strstr(why.text, "needs more memory than its limit") != NULL);
        EXPECT("gives back what it took", a.used == 0);
        EXPECT("there is an end", cap < 100 * sizeof story);
    }
}

static void every_failing_allocation_is_the_heaps(void **state)
{
    (void)state;
    CLEANUP(buf) struct buf b = {0};
    buf_init(&b, BIG);
    repeat(&b, "[", 1);
    repeat(&b, "{\"a\":[\"text\",1]},", 2000);
    repeat(&b, "0]", 1);
    unsigned failures = 0;
    for (unsigned n = 1;; n++) {
        CLEANUP(arena) struct arena a = {0};
        arena_init(&a, BIG);
        const struct json *root = NULL;
        failing_heap_arm(n);
        err_t e = json_parse(&a, buf_slice(&b), NULL, NULL, &root);
        if (!failing_heap_disarm()) {
            EXPECT_OK("none failed", e);
            break;
        }
        EXPECT_CODE("one failed", e, ERR_NO_MEMORY);
        failures++;
    }
    EXPECT("there were chunks to fail", failures > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(values_have_a_limit),
        cmocka_unit_test(long_values_are_whole),
        cmocka_unit_test(doubled_keys_are_found_in_large_objects),
        cmocka_unit_test(many_keys_take_no_quadratic_time),
        cmocka_unit_test(every_smaller_arena_is_full),
        cmocka_unit_test(every_failing_allocation_is_the_heaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
