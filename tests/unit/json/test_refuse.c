/* What json_parse.c refuses, with the place and the words for it. */
#include "base/arena.h"
#include "json/json_read.h"
#include "tests/support/unit.h"

#include <string.h>

#define TEXT(literal) literal, sizeof(literal) - 1

static const struct {
    const char *text;
    size_t len;
    enum err_code code;
    const char *says; /* how the text for people begins */
} rows[] = {
    /* ends too early */
    {TEXT(""), ERR_SYNTAX, "line 1, column 1: expected a value, found the end of the text"},
    {TEXT(" \n "), ERR_SYNTAX, "line 2, column 2: expected a value, found the end"},
    {TEXT("["), ERR_SYNTAX, "line 1, column 2: expected a value or ']', found the end"},
    {TEXT("[1"), ERR_SYNTAX, "line 1, column 3: expected ',' or ']', found the end"},
    {TEXT("[1,"), ERR_SYNTAX, "line 1, column 4: expected a value, found the end"},
    {TEXT("{"), ERR_SYNTAX, "line 1, column 2: expected a key in quotes or '}', found the end"},
    {TEXT("{\"a\""), ERR_SYNTAX, "line 1, column 5: expected ':' after the key"},
    {TEXT("{\"a\":"), ERR_SYNTAX, "line 1, column 6: expected a value"},
    {TEXT("{\"a\":1"), ERR_SYNTAX, "line 1, column 7: expected ',' or '}'"},
    {TEXT("{\"a\":1,"), ERR_SYNTAX, "line 1, column 8: expected a key in quotes"},
    {TEXT("\"abc"), ERR_SYNTAX, "line 1, column 5: expected the closing quote"},
    {TEXT("\"abc\\"), ERR_SYNTAX, "line 1, column 6: expected one of"},
    {TEXT("\"abc\\\""), ERR_SYNTAX, "line 1, column 7: expected the closing quote"},
    {TEXT("\"\\u12"), ERR_SYNTAX, "line 1, column 6: expected four hexadecimal digits"},
    {TEXT("-"), ERR_SYNTAX, "line 1, column 2: expected a digit"},
    {TEXT("1."), ERR_SYNTAX, "line 1, column 3: expected a digit"},
    {TEXT("1e"), ERR_SYNTAX, "line 1, column 3: expected a digit"},
    {TEXT("1e+"), ERR_SYNTAX, "line 1, column 4: expected a digit"},
    {TEXT("tru"), ERR_SYNTAX, "line 1, column 1: expected a value, found 't'"},
    /* something behind the value, also what a streaming parser would still wait for */
    {TEXT("{}{}"), ERR_SYNTAX, "line 1, column 3: expected the end of the text"},
    {TEXT("1 2"), ERR_SYNTAX, "line 1, column 3: expected the end of the text"},
    {TEXT("{} \"abc"), ERR_SYNTAX, "line 1, column 4: expected the end of the text"},
    {TEXT("{}\ntru"), ERR_SYNTAX, "line 2, column 1: expected the end of the text"},
    {TEXT("[]]"), ERR_SYNTAX, "line 1, column 3: expected the end of the text"},
    {TEXT("[],"), ERR_SYNTAX, "line 1, column 3: expected the end of the text"},
    {TEXT("1\0"), ERR_SYNTAX,
     "line 1, column 2: expected the end of the text after the value, "
     "found byte 0x00"},
    {TEXT("[]\f"), ERR_SYNTAX, "line 1, column 3: expected the end of the text"},
    /* the wrong thing */
    {TEXT("[1 2]"), ERR_SYNTAX, "line 1, column 4: expected ',' or ']', found '2'"},
    {TEXT("[,1]"), ERR_SYNTAX, "line 1, column 2: expected a value or ']', found ','"},
    {TEXT("[1,,2]"), ERR_SYNTAX, "line 1, column 4: expected a value, found ','"},
    {TEXT("[1,]"), ERR_SYNTAX, "line 1, column 4: expected a value, found ']'"},
    {TEXT("[1}"), ERR_SYNTAX, "line 1, column 3: expected ',' or ']', found '}'"},
    {TEXT("]"), ERR_SYNTAX, "line 1, column 1: expected a value, found ']'"},
    {TEXT("{a:1}"), ERR_SYNTAX, "line 1, column 2: expected a key in quotes or '}', found 'a'"},
    {TEXT("{'a':1}"), ERR_SYNTAX, "line 1, column 2: expected a key in quotes or '}'"},
    {TEXT("{1:1}"), ERR_SYNTAX, "line 1, column 2: expected a key in quotes or '}'"},
    {TEXT("{\"a\" 1}"), ERR_SYNTAX, "line 1, column 6: expected ':' after the key, found '1'"},
    {TEXT("{\"a\"=1}"), ERR_SYNTAX, "line 1, column 5: expected ':' after the key, found '='"},
    {TEXT("{\"a\":1 \"b\":2}"), ERR_SYNTAX, "line 1, column 8: expected ',' or '}', found '\"'"},
    {TEXT("{\"a\":1,}"), ERR_SYNTAX, "line 1, column 8: expected a key in quotes, found '}'"},
    {TEXT("{\n  \"a\": 1,\n  \"b\" 2\n}"), ERR_SYNTAX, "line 3, column 7: expected ':'"},
    {TEXT("{\r\n\t\"a\": x\r\n}"), ERR_SYNTAX, "line 2, column 7: expected a value, found 'x'"},
    {TEXT("True"), ERR_SYNTAX, "line 1, column 1: expected a value, found 'T'"},
    {TEXT("NaN"), ERR_SYNTAX, "line 1, column 1: expected a value"},
    {TEXT("-Infinity"), ERR_SYNTAX, "line 1, column 2: expected a digit, found 'I'"},
    {TEXT("nulll"), ERR_SYNTAX, "line 1, column 5: expected the end of the text"},
    {TEXT("undefined"), ERR_SYNTAX, "line 1, column 1: expected a value"},
    /* numbers */
    {TEXT("+1"), ERR_SYNTAX, "line 1, column 1: expected a value, found '+'"},
    {TEXT("01"), ERR_SYNTAX, "line 1, column 2: expected no further digit after a leading zero"},
    {TEXT("-01"), ERR_SYNTAX, "line 1, column 3: expected no further digit"},
    {TEXT(".5"), ERR_SYNTAX, "line 1, column 1: expected a value, found '.'"},
    {TEXT("[1.]"), ERR_SYNTAX, "line 1, column 4: expected a digit, found ']'"},
    {TEXT("[1.e1]"), ERR_SYNTAX, "line 1, column 4: expected a digit, found 'e'"},
    {TEXT("[1e]"), ERR_SYNTAX, "line 1, column 4: expected a digit"},
    {TEXT("[--1]"), ERR_SYNTAX, "line 1, column 3: expected a digit"},
    {TEXT("0x10"), ERR_SYNTAX, "line 1, column 2: expected the end of the text"},
    {TEXT("1_000"), ERR_SYNTAX, "line 1, column 2: expected the end of the text"},
    /* strings */
    {TEXT("\"a\nb\""), ERR_SYNTAX, "line 1, column 3: expected an escape, since control"},
    {TEXT("\"a\0b\""), ERR_SYNTAX, "line 1, column 3: expected an escape"},
    {TEXT("\"\x1F\""), ERR_SYNTAX, "line 1, column 2: expected an escape"},
    {TEXT("\"a\fb\""), ERR_SYNTAX, "line 1, column 3: expected an escape"},
    {TEXT("\"\\x41\""), ERR_SYNTAX, "line 1, column 3: expected one of \" \\ / b f n r t u"},
    {TEXT("\"\\U0041\""), ERR_SYNTAX, "line 1, column 3: expected one of"},
    {TEXT("\"\\\0\""), ERR_SYNTAX, "line 1, column 3: expected one of"},
    {TEXT("\"\\u00g0\""), ERR_SYNTAX, "line 1, column 6: expected four hexadecimal digits"},
    {TEXT("\"\\u 041\""), ERR_SYNTAX, "line 1, column 4: expected four hexadecimal digits"},
    {TEXT("'a'"), ERR_SYNTAX, "line 1, column 1: expected a value, found '''"},
    /* blanks that are none, and the byte order mark */
    {TEXT("\v1"), ERR_SYNTAX, "line 1, column 1: expected a value, found byte 0x0B"},
    {TEXT("[1,\f2]"), ERR_SYNTAX, "line 1, column 4: expected a value, found byte 0x0C"},
    {TEXT("\xC2\xA0[]"), ERR_SYNTAX, "line 1, column 1: expected a value, found byte 0xC2"},
    {TEXT("\xE2\x80\xA8[]"), ERR_SYNTAX, "line 1, column 1: expected a value, found byte 0xE2"},
    {TEXT("\xEF\xBB\xBF{}"), ERR_SYNTAX, "line 1, column 1: expected a value, found a byte order"},
    {TEXT("[\xEF\xBB\xBF]"), ERR_SYNTAX, "line 1, column 2: expected a value or ']'"},
    {TEXT("\xFF\xFE[\0]\0"), ERR_UTF8, "line 1, column 1: expected UTF-8, found byte 0xFF"},
    {TEXT("[\0]\0"), ERR_SYNTAX, "line 1, column 2: expected a value or ']', found byte 0x00"},
    /* UTF-8 */
    {TEXT("[\"\xC0\x80\"]"), ERR_UTF8, "line 1, column 3: expected UTF-8, found byte 0xC0"},
    {TEXT("[\"a\xE0\x80\xAF\"]"), ERR_UTF8, "line 1, column 4: expected UTF-8"},
    {TEXT("[\"\xED\xA0\x80\"]"), ERR_UTF8, "line 1, column 3: expected UTF-8"},
    {TEXT("[\"\xF4\x90\x80\x80\"]"), ERR_UTF8, "line 1, column 3: expected UTF-8"},
    {TEXT("[\n\"\xC3\"]"), ERR_UTF8, "line 2, column 2: expected UTF-8, found byte 0xC3"},
    {TEXT("{\"\x80\":1}"), ERR_UTF8, "line 1, column 3: expected UTF-8"},
    {TEXT("\"a\xE4\x62\""), ERR_UTF8, "line 1, column 3: expected UTF-8, found byte 0xE4"},
    /* surrogates */
    {TEXT("\"\\ud800\""), ERR_UTF8, "line 1, column 2: half of a surrogate pair"},
    {TEXT("\"\\udc00\""), ERR_UTF8, "line 1, column 2: half of a surrogate pair"},
    {TEXT("[1,\n\"ab\\uD800cd\"]"), ERR_UTF8, "line 2, column 4: half of a surrogate pair"},
    {TEXT("\"\\ud83d\\u0041\""), ERR_UTF8, "line 1, column 2: half"},
    {TEXT("\"\\ud83d\\ue000\""), ERR_UTF8, "line 1, column 2: half"},
    {TEXT("\"\\ud83d\\n\""), ERR_UTF8, "line 1, column 2: half"},
    {TEXT("\"\\ud83d\\ud83d\\ude00\""), ERR_UTF8, "line 1, column 2: half"},
    {TEXT("\"\\ud83d\\ude00\\ude00\""), ERR_UTF8, "line 1, column 14: half"},
    {TEXT("\"\\\\\\\"\\ude00\""), ERR_UTF8, "line 1, column 6: half"},
    {TEXT("{\"\\ud800\":1}"), ERR_UTF8, "line 1, column 3: half"},
    /* keys */
    {TEXT("{\"a\":1,\"b\":2,\"a\":3}"), ERR_DUPLICATE,
     "line 1, column 14: the key \"a\" stands twice in its object"},
    {TEXT("{\"a\":1,\n \"\\u0061\":2}"), ERR_DUPLICATE, "line 2, column 2: the key \"a\""},
    {TEXT("[{\"\":1,\"\":2}]"), ERR_DUPLICATE, "line 1, column 8: the key \"\""},
    {TEXT("{\"a\":{\"b\":1,\"b\":1}}"), ERR_DUPLICATE, "line 1, column 13: the key \"b\""},
    {TEXT("{\"a\\u0000\":1}"), ERR_SYNTAX, "line 1, column 2: a key may not contain NUL"},
    {TEXT("{\"x\":0,\"\\u0000\":1}"), ERR_SYNTAX, "line 1, column 8: a key may not contain NUL"},
};

static void each_says_what_and_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena) struct arena a = {0};
        arena_init(&a, 64 * 1024);
        struct why why = {{0}};
        const struct json *root = NULL;
        struct slice text = slice_from(rows[i].text, rows[i].len);
        EXPECT_CODE(rows[i].says, json_parse(&a, text, NULL, &why, &root), rows[i].code);
        if (!slice_starts_with(slice_of(why.text), slice_of(rows[i].says))) {
            fail_msg("%s: says \"%s\", expected \"%s\"", rows[i].text, why.text, rows[i].says);
        }
        EXPECT(rows[i].says, root == NULL && a.used == 0);
        EXPECT_CODE("also when no one asks", json_parse(&a, text, NULL, NULL, &root), rows[i].code);
    }
}

/* A text from the heap, exactly as long as it says, so that a step past its end is seen. */
static enum err_code parse_alone(struct slice text)
{
    CLEANUP_PTR(heap) char *copy = malloc(text.len == 0 ? 1 : text.len);
    CLEANUP(arena) struct arena a = {0};
    assert_non_null(copy);
    memcpy(copy, text.ptr, text.len);
    arena_init(&a, 64 * 1024);
    const struct json *root = NULL;
    return json_parse(&a, slice_from(copy, text.len), NULL, NULL, &root).code;
}

static void every_cut_of_a_text_is_refused(void **state)
{
    (void)state;
    struct slice text =
        SLICE("{\"id\":\"64b0\\u20ac\\ud83d\\ude00\xC3\xA4\\\\\",\"n\":[-1.5e+7,true,"
              "false,null,{}],\"o\":{\"p\":[[]]}}");
    EXPECT("whole", parse_alone(text) == ERR_OK);
    for (size_t len = 0; len < text.len; len++) {
        enum err_code code = parse_alone(slice_sub(text, 0, len));
        EXPECT("cut", code == ERR_SYNTAX || code == ERR_UTF8);
        code = parse_alone(slice_sub(text, len + 1, text.len));
        EXPECT("beheaded", code == ERR_SYNTAX || code == ERR_UTF8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_says_what_and_where),
        cmocka_unit_test(every_cut_of_a_text_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
