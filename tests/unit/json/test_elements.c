/* Elements of an array as bytes, of texts that are good, bad within an element, and bad beyond it.
 */
#include "base/arena.h"
#include "json/json_elements.h"
#include "json/json_escape.h"
#include "json/json_read.h"
#include "tests/support/unit.h"

#include <stdio.h>

static const struct {
    const char *why;
    const char *text;
    enum err_code code;
    const char *found; /* the elements, each in angle brackets */
} rows[] = {
    {"one", "{\"events\":[{}]}", ERR_OK, "<{}>"},
    {"none", "{\"events\":[ ]}", ERR_OK, ""},
    {"all types", "{\"events\":[1,\"a\",{},[],null , true]}", ERR_OK,
     "<1><\"a\"><{}><[]><null><true>"},
    {"among other members", "{\"a\":[1,2],\"events\":[3],\"b\":{\"events\":[4]}}", ERR_OK, "<3>"},
    {"blanks everywhere", "\n{ \"events\"\t:\r[ {} ,\n{} ] } ", ERR_OK, "<{}><{}>"},
    {"brackets and commas in texts", "{\"events\":[\"],}\",\"a\\\"]\",\"\\\\\"]}", ERR_OK,
     "<\"],}\"><\"a\\\"]\"><\"\\\\\">"},
    {"half of a pair", "{\"events\":[\"\\ud800\",1]}", ERR_OK, "<\"\\ud800\"><1>"},
    {"a doubled key", "{\"events\":[{\"a\":1,\"a\":2},1]}", ERR_OK, "<{\"a\":1,\"a\":2}><1>"},
    {"another member that stands twice", "{\"a\":1,\"events\":[1],\"a\":2}", ERR_OK, "<1>"},
    {"no UTF-8", "{\"events\":[\"\xFF\",1]}", ERR_OK, "<\"\xFF\"><1>"},
    {"a word that is none", "{\"events\":[nil,1]}", ERR_OK, "<nil><1>"},
    {"two words", "{\"events\":[1 2,3]}", ERR_OK, "<1 2><3>"},
    {"a broken object", "{\"events\":[{\"a\" 1,},2]}", ERR_OK, "<{\"a\" 1,}><2>"},
    {"brackets of the wrong kind", "{\"events\":[{\"a\":[1}},2]}", ERR_OK, "<{\"a\":[1}}><2>"},
    {"a line feed in a text", "{\"events\":[\"a\nb\",1]}", ERR_OK, "<\"a\nb\"><1>"},
    {"nothing", "", ERR_WRONG_TYPE, NULL},
    {"an array", "[]", ERR_WRONG_TYPE, NULL},
    {"no such member", "{\"a\":1}", ERR_MISSING, NULL},
    {"an empty object", "{}", ERR_MISSING, NULL},
    {"written another way", "{\"\\u0065vents\":[1]}", ERR_MISSING, NULL},
    {"no array", "{\"events\":{}}", ERR_WRONG_TYPE, NULL},
    {"two of them", "{\"events\":[1],\"events\":[2]}", ERR_DUPLICATE, NULL},
    {"not closed", "{\"events\":[{}", ERR_SYNTAX, NULL},
    {"the object is not closed", "{\"events\":[{}]", ERR_SYNTAX, NULL},
    {"a text is not closed", "{\"events\":[\"a]}", ERR_SYNTAX, NULL},
    {"closed once too often", "{\"events\":[{}}]}", ERR_SYNTAX, NULL},
    {"no comma", "{\"events\":[{}{}]}", ERR_SYNTAX, NULL},
    {"a comma at the end", "{\"events\":[1,]}", ERR_SYNTAX, NULL},
    {"a comma at the beginning", "{\"events\":[,1]}", ERR_SYNTAX, NULL},
    {"two commas", "{\"events\":[1,,2]}", ERR_SYNTAX, NULL},
    {"a colon", "{\"events\":[1:2]}", ERR_SYNTAX, NULL},
    {"no colon", "{\"events\" [1]}", ERR_SYNTAX, NULL},
    {"no key", "{[1]}", ERR_SYNTAX, NULL},
    {"a comma behind the members", "{\"events\":[1],}", ERR_SYNTAX, NULL},
    {"something behind it", "{\"events\":[1]} x", ERR_SYNTAX, NULL},
    {"a quote within a text that nobody escaped", "{\"events\":[\"a\"b\"]}", ERR_SYNTAX, NULL},
};

static void elements_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_elements elements = {.count = 0};
        err_t error = json_elements_find(slice_of(rows[i].text), SLICE("events"), &elements);
        EXPECT_CODE(rows[i].why, error, rows[i].code);
        if (err_failed(error)) {
            continue;
        }
        char found[256] = "";
        size_t at = 0;
        size_t count = 0;
        struct slice element = {0};
        while (json_elements_next(&elements, &element)) {
            at += (size_t)snprintf(found + at, sizeof found - at, "<%.*s>", SLICE_ARG(element));
            count++;
        }
        EXPECT_TEXT(rows[i].why, found, rows[i].found);
        EXPECT(rows[i].why, count == elements.count);
    }
}

/* However it is cut, it ends. */
static void any_beginning_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice text = slice_of(rows[i].text);
        for (size_t len = 0; len < text.len; len++) {
            struct json_elements elements = {.count = 0};
            err_t error = json_elements_find(slice_sub(text, 0, len), SLICE("events"), &elements);
            bool only_blanks_are_missing = slice_trim(slice_sub(text, len, text.len)).len == 0;
            EXPECT(rows[i].why,
                   err_failed(error) || only_blanks_are_missing || rows[i].code == ERR_SYNTAX);
        }
    }
}

#define FFFD "\xEF\xBF\xBD"

static const struct {
    const char *why;
    const char *text;
    struct slice read;
} mended[] = {
    {"the first half", "\"a\\ud800b\"", {"a" FFFD "b", 5}},
    {"the second half", "\"\\uDC00\"", {FFFD, 3}},
    {"the wrong way round", "\"\\ude00\\ud83d\"", {FFFD FFFD, 6}},
    {"half before a pair", "\"\\ud83d\\ud83d\\ude00\"", {FFFD "\xF0\x9F\x98\x80", 7}},
    {"half before another escape", "\"\\ud83d\\n\\u00e4\"", {FFFD "\n\xC3\xA4", 6}},
    {"every other escape beside it",
     "\"\\ud83d\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u20ac\\u0000\"",
     {FFFD "\"\\/\b\f\n\r\tA\xE2\x82\xAC\0", 16}},
    {"the last character", "\"\\ud800\\uDBFF\\uDFFF\"", {FFFD "\xF4\x8F\xBF\xBF", 7}},
    {"what is written as it is", "\"\xC3\xA4\\udfff\"", {"\xC3\xA4" FFFD, 5}},
    {"none: read as ever", "\"\\ud83d\\ude00\\n\"", {"\xF0\x9F\x98\x80\n", 5}},
};

static void halves_are_mended_where_asked(void **state)
{
    (void)state;
    const struct json_options mend = {.mend_surrogates = true};
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, 64 * 1024);
    for (size_t i = 0; i < COUNT_OF(mended); i++) {
        struct slice text = slice_of(mended[i].text);
        const struct json *root = NULL;
        EXPECT_OK(mended[i].why, json_parse(&arena, text, &mend, NULL, &root));
        EXPECT_SLICE(mended[i].why, root->text, mended[i].read);
        EXPECT(mended[i].why, slice_is_utf8(root->text));
        EXPECT(mended[i].why, root->offset == 0 && root->end == text.len);
        bool whole = json_escape_lone(text) == text.len;
        err_t error = json_parse(&arena, text, NULL, NULL, &root);
        EXPECT_CODE(mended[i].why, error, whole ? ERR_OK : ERR_UTF8);
    }
    const struct json *root = NULL;
    EXPECT_CODE("not in a key", json_parse(&arena, SLICE("{\"\\ud800\":1}"), &mend, NULL, &root),
                ERR_UTF8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_are_found),
        cmocka_unit_test(any_beginning_ends),
        cmocka_unit_test(halves_are_mended_where_asked),
    };
    return cmocka_run_group_tests_name("json/elements", tests, NULL, NULL);
}
