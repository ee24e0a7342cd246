#include "base/arena.h"
#include "json/json_read.h"
#include "tests/support/unit.h"

#include <float.h>
#include <string.h>

enum { ARENA_BYTES = 1024 * 1024 };

static const struct json *parse(struct arena *a, const char *text)
{
    const struct json *root = NULL;
    struct why why = {{0}};
    err_t error = json_parse(a, slice_of(text), NULL, &why, &root);
    if (err_failed(error)) {
        fail_msg("%s: %s", text, why.text);
    }
    return root;
}

static void every_type_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum json_type type;
        const char *value; /* of strings and numbers */
        size_t offset;
    } rows[] = {
        {"null", JSON_NULL, "", 0},
        {" true", JSON_BOOL, "", 1},
        {"false ", JSON_BOOL, "", 0},
        {"0", JSON_NUMBER, "0", 0},
        {"-0", JSON_NUMBER, "-0", 0},
        {"  12", JSON_NUMBER, "12", 2},
        {"  12  ", JSON_NUMBER, "12", 2},
        {"1.50", JSON_NUMBER, "1.50", 0},
        {"1E+05", JSON_NUMBER, "1E+05", 0},
        {"-1e-7", JSON_NUMBER, "-1e-7", 0},
        {"12345678901234567", JSON_NUMBER, "12345678901234567", 0},
        {"99999999999999999999999999999999", JSON_NUMBER, "99999999999999999999999999999999", 0},
        {"1e400", JSON_NUMBER, "1e400", 0},
        {"\"\"", JSON_STRING, "", 0},
        {"\n\"a\"", JSON_STRING, "a", 1},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", JSON_STRING, "\"\\/\b\f\n\r\t", 0},
        {"\"\\u0041\\u00e4\\u20AC\\uD83D\\ude00\"", JSON_STRING,
         "A\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", 0},
        {"\"\\uDBFF\\uDFFF\"", JSON_STRING, "\xF4\x8F\xBF\xBF", 0},
        {"\"\\uFFFF\\uFEFF\"", JSON_STRING, "\xEF\xBF\xBF\xEF\xBB\xBF", 0},
        {"\"\\\\ud800\"", JSON_STRING, "\\ud800", 0},
        {"\"\x7F\xC3\xA4/\"", JSON_STRING, "\x7F\xC3\xA4/", 0},
        {"[]", JSON_ARRAY, "", 0},
        {" { } ", JSON_OBJECT, "", 1},
        {"\r\n\t []", JSON_ARRAY, "", 4},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena) struct arena a = {0};
        arena_init(&a, ARENA_BYTES);
        const struct json *root = parse(&a, rows[i].text);
        EXPECT(rows[i].text, root->type == rows[i].type);
        EXPECT_SLICE(rows[i].text, root->text, slice_of(rows[i].value));
        EXPECT(rows[i].text, root->offset == rows[i].offset);
        EXPECT(rows[i].text, root->text.ptr == NULL || root->text.ptr[root->text.len] == '\0');
        EXPECT(rows[i].text, root->count == 0 && root->first == NULL && root->next == NULL);
    }
}

static void a_tree_keeps_order_and_places(void **state)
{
    (void)state;
    static const char text[] = "{\"b\" : [1, \"\\\"x\", {}],\n \"a\\u0062\":null , \"\":true}";
    CLEANUP(arena) struct arena a = {0};
    arena_init(&a, ARENA_BYTES);
    const struct json *root = parse(&a, text);
    assert_int_equal(root->count, 3);
    static const struct {
        const char *key;
        const char *begins; /* the text from its key on */
        enum json_type type;
    } members[] = {
        {"b", "\"b\"", JSON_ARRAY}, {"ab", "\"a\\u0062\"", JSON_NULL}, {"", "\"\":", JSON_BOOL}};
    size_t i = 0;
    JSON_EACH(member, root)
    {
        EXPECT_SLICE("key", member->key, slice_of(members[i].key));
        EXPECT(members[i].key, member->type == members[i].type);
        EXPECT(members[i].key,
               (size_t)(strstr(text, members[i].begins) - text) == member->key_offset);
        i++;
    }
    static const char *const elements[] = {"1,", "\"\\\"x", "{}"};
    i = 0;
    JSON_EACH(element, json_find(root, "b"))
    {
        EXPECT(elements[i], (size_t)(strstr(text, elements[i]) - text) == element->offset);
        EXPECT(elements[i], element->key_offset == 0 && slice_empty(element->key));
        i++;
    }
    assert_int_equal(i, 3);
    EXPECT("key with an escape", json_member(root, SLICE("ab"))->type == JSON_NULL);
    EXPECT("empty key", json_bool(json_member(root, SLICE("")), false));
}

static void the_tree_borrows_nothing(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena a = {0};
    arena_init(&a, ARENA_BYTES);
    char text[] = "{\"key\":[\"value\",17]}";
    const struct json *root = parse(&a, text);
    memset(text, 'x', sizeof text);
    const struct json *list = json_find(root, "key");
    EXPECT("key", list != NULL);
    EXPECT_SLICE("value", json_string(list->first), SLICE("value"));
    EXPECT("number", json_i64(list->first->next, 0) == 17);
}

static void nul_is_a_character_of_values(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena a = {0};
    arena_init(&a, ARENA_BYTES);
    const struct json *root = parse(&a, "[\"a\\u0000b\"]");
    EXPECT_SLICE("with its length", json_string(root->first), slice_from("a\0b", 3));
    EXPECT_SLICE("but of no id", json_id(root->first), SLICE(""));
}

static void members_are_found_by_path(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena a = {0};
    arena_init(&a, ARENA_BYTES);
    const struct json *root = parse(
        &a, "{\"a\":{\"b\":{\"c\":1},\"n\":null},\"a.b\":2,\"list\":[{\"b\":3}],\"\":{\"\":4}}");
    static const struct {
        const char *path;
        int64_t found; /* 0 = NULL */
    } rows[] = {
        {"a.b.c", 1}, {"a.b.c.d", 0}, {"a.b.x", 0}, {"x.b.c", 0}, {"list.b", 0}, {"a.", 0},
        {".", 4},     {"..", 0},      {"a.n.x", 0}, {"A.b.c", 0}, {"a.b.", 0},   {"list.0.b", 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct json *found = json_find(root, rows[i].path);
        EXPECT(rows[i].path, (found == NULL) == (rows[i].found == 0));
        EXPECT(rows[i].path, json_i64(found, 0) == rows[i].found);
    }
    EXPECT("null is a value", json_find(root, "a.n")->type == JSON_NULL);
    EXPECT("a dot in a key: by name", json_i64(json_member(root, SLICE("a.b")), 0) == 2);
    EXPECT("in nothing", json_find(NULL, "a") == NULL && json_member(NULL, SLICE("a")) == NULL);
    EXPECT("in an array", json_member(json_find(root, "list"), SLICE("b")) == NULL);
    size_t seen = 0;
    JSON_EACH(item, json_find(root, "absent"))
    {
        seen += item->count + 1;
    }
    EXPECT("each of nothing", seen == 0);
}

static void readers_fall_back(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *string;
        const char *id;
        bool boolean;
        int64_t i64;
        double number;
    } rows[] = {
        {"null", "", "", true, -7, -7},
        {"false", "", "", false, -7, -7},
        {"\"x\"", "x", "x", true, -7, -7},
        {"\"12\"", "12", "12", true, -7, -7},
        {"12", "", "12", true, 12, 12},
        {"-12", "", "-12", true, -12, -12},
        {"1.5", "", "1.5", true, -7, 1.5},
        {"1e3", "", "1e3", true, -7, 1000},
        {"1e400", "", "1e400", true, -7, -7},
        {"-1e400", "", "-1e400", true, -7, -7},
        {"1e-400", "", "1e-400", true, -7, 0},
        {"9223372036854775807", "", "9223372036854775807", true, INT64_MAX, 9223372036854775807.0},
        {"9223372036854775808", "", "9223372036854775808", true, -7, 9223372036854775808.0},
        {"12345678901234567", "", "12345678901234567", true, 12345678901234567,
         12345678901234568.0},
        {"[1]", "", "", true, -7, -7},
        {"{\"a\":1}", "", "", true, -7, -7},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena) struct arena a = {0};
        arena_init(&a, ARENA_BYTES);
        const struct json *root = parse(&a, rows[i].text);
        EXPECT_SLICE(rows[i].text, json_string(root), slice_of(rows[i].string));
        EXPECT_SLICE(rows[i].text, json_id(root), slice_of(rows[i].id));
        EXPECT(rows[i].text, json_bool(root, true) == rows[i].boolean);
        EXPECT(rows[i].text, json_i64(root, -7) == rows[i].i64);
        double difference = json_double(root, -7) - rows[i].number;
        EXPECT(rows[i].text, difference > -DBL_MIN && difference < DBL_MIN);
    }
    EXPECT("of nothing", slice_empty(json_string(NULL)) && slice_empty(json_id(NULL)));
    EXPECT("of nothing", json_bool(NULL, true) && json_i64(NULL, 5) == 5);
}

static void comments_stand_where_blanks_may(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err_code code;
    } rows[] = {
        {"// one\n{ /* two */ \"a\" /**/ : // three\n [ /* / * */ 1 /***/ , 2 ] } // end", ERR_OK},
        {"/* \" */ \"/* no comment */\"", ERR_OK},
        {"1 // at the end of the text", ERR_OK},
        {"1/**/", ERR_OK},
        {"12//", ERR_OK},
        {"/*\\*/\"a\"", ERR_OK},
        {"1 /* not closed", ERR_SYNTAX},
        {"1 /* not closed *", ERR_SYNTAX},
        {"/* not closed", ERR_SYNTAX},
        {"1 /", ERR_SYNTAX},
        {"1 / 2", ERR_SYNTAX},
        {"[1 # 2\n]", ERR_SYNTAX},
        {"// nothing else", ERR_SYNTAX},
        {"1 // more\n 2", ERR_SYNTAX},
        {"[1, // comma before the end\n]", ERR_SYNTAX},
        {"1 /\xC3* */", ERR_UTF8},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena) struct arena a = {0};
        arena_init(&a, ARENA_BYTES);
        const struct json_options with = {.comments = true};
        const struct json *root = NULL;
        struct slice text = slice_of(rows[i].text);
        EXPECT_CODE(rows[i].text, json_parse(&a, text, &with, NULL, &root), rows[i].code);
        EXPECT(rows[i].text, (root != NULL) == (rows[i].code == ERR_OK));
        const struct json_options without = {.comments = false};
        root = NULL;
        EXPECT(rows[i].text, err_failed(json_parse(&a, text, &without, NULL, &root)) ||
                                 strstr(rows[i].text, "no comment") == NULL);
    }
}

static void comments_need_the_option(void **state)
{
    (void)state;
    static const char *const texts[] = {"// a\n1", "1 // a", "[1 /* a */]", "{/**/}", "1/**/"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        CLEANUP(arena) struct arena a = {0};
        arena_init(&a, ARENA_BYTES);
        const struct json *root = NULL;
        EXPECT_CODE(texts[i], json_parse(&a, slice_of(texts[i]), NULL, NULL, &root), ERR_SYNTAX);
    }
}

static void a_place_is_a_line_and_a_column(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t offset;
        size_t line;
        size_t column;
    } rows[] = {
        {"", 0, 1, 1},          {"abc", 2, 1, 3},    {"a\nb", 1, 1, 2},
        {"a\nb", 2, 2, 1},      {"a\r\nb", 3, 2, 1}, {"\n\n\nx", 3, 4, 1},
        {"\xC3\xA4x", 2, 1, 3}, {"abc", 99, 1, 4},   {"a\n", 2, 2, 1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t line = 0;
        size_t column = 0;
        json_place(slice_of(rows[i].text), rows[i].offset, &line, &column);
        EXPECT(rows[i].text, line == rows[i].line && column == rows[i].column);
    }
    EXPECT_TEXT("types have names", json_type_name(JSON_OBJECT), "an object");
    EXPECT_TEXT("types have names", json_type_name(JSON_NULL), "null");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_read),
        cmocka_unit_test(a_tree_keeps_order_and_places),
        cmocka_unit_test(the_tree_borrows_nothing),
        cmocka_unit_test(nul_is_a_character_of_values),
        cmocka_unit_test(members_are_found_by_path),
        cmocka_unit_test(readers_fall_back),
        cmocka_unit_test(comments_stand_where_blanks_may),
        cmocka_unit_test(comments_need_the_option),
        cmocka_unit_test(a_place_is_a_line_and_a_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
