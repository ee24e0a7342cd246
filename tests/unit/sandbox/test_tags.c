#include "base/buf.h"
#include "sandbox/tags.h"
#include "tests/support/unit.h"

static void sets_of_words(void **state)
{
    (void)state;
    static const struct {
        const char *why, *tags, *add, *remove, *want;
    } rows[] = {
        {"sorted, once, in lower case", "b A b", "", "", "a b"},
        {"commas part words too", "x,y , z", "", "", "x y z"},
        {"added", "a c", "b B", "", "a b c"},
        {"removed", "a b c", "", "B x", "a c"},
        {"all of them", "a", "", "a", ""},
        {"from nothing", "", "t", "", "t"},
        {"no part of a word", "ab", "", "a", "ab"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena) struct arena arena = {0};
        struct slice tags = {0};
        arena_init(&arena, 1024 * 1024);
        EXPECT_OK(rows[i].why, tags_set(&arena, slice_of(rows[i].tags), &tags));
        EXPECT_OK(rows[i].why, tags_add(&arena, tags, slice_of(rows[i].add), &tags));
        EXPECT_OK(rows[i].why, tags_remove(&arena, tags, slice_of(rows[i].remove), &tags));
        EXPECT(rows[i].why, slice_equal(tags, slice_of(rows[i].want)));
    }
}

static void words_of_json(void **state)
{
    (void)state;
    static const struct {
        const char *why, *json, *want;
        bool fine;
    } rows[] = {
        {"a list", "[\"a\",\"b c\"]", "a b c", true},
        {"a text", "\"a b\"", "a b", true},
        {"null", "null", "", true},
        {"an empty list", "[]", "", true},
        {"a number", "1", "", false},
        {"a number in a list", "[1]", "", false},
        {"an object", "{}", "", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena) struct arena arena = {0};
        const struct json *value = NULL;
        struct slice words = {0};
        struct slice tags = {0};
        arena_init(&arena, 1024 * 1024);
        EXPECT_OK("json", json_parse(&arena, slice_of(rows[i].json), NULL, NULL, &value));
        err_t e = tags_read(&arena, value, &words);
        EXPECT(rows[i].why, rows[i].fine ? !err_failed(e) : err_is(e, ERR_WRONG_TYPE));
        if (rows[i].fine) {
            EXPECT_OK(rows[i].why, tags_set(&arena, words, &tags));
            EXPECT(rows[i].why, slice_equal(tags, slice_of(rows[i].want)));
        }
    }
}

static void membership(void **state)
{
    (void)state;
    struct slice tags = SLICE("ai_bot tieline_x vip");
    EXPECT("one", tags_has(tags, SLICE("vip")));
    EXPECT("in any case", tags_has(tags, SLICE("VIP")));
    EXPECT("no part", !tags_has(tags, SLICE("tieline")));
    EXPECT("any of them", tags_has_any(tags, SLICE("x vip")));
    EXPECT("none of them", !tags_has_any(tags, SLICE("x y")));
    EXPECT("of nothing", !tags_has_any(tags, SLICE("")));
}

static void too_many(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    CLEANUP(buf) struct buf words = {0};
    struct slice tags = {0};
    arena_init(&arena, 16 * 1024 * 1024);
    buf_init(&words, 1024 * 1024);
    for (unsigned i = 0; i <= TAGS_MAX; i++) {
        EXPECT_OK("word", buf_printf(&words, "t%u ", i));
    }
    EXPECT("refused", err_is(tags_set(&arena, buf_slice(&words), &tags), ERR_TOO_LARGE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_of_words),
        cmocka_unit_test(words_of_json),
        cmocka_unit_test(membership),
        cmocka_unit_test(too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
