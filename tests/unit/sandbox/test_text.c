#include "sandbox/text.h"
#include "tests/support/unit.h"

enum { SCRATCH_BYTES = 256 * 1024 };

static void percent_is_decoded(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text, *want;
    } rows[] = {
        {"nothing to do", "abc", "abc"},
        {"slash and blank", "a%2Fb%20c", "a/b c"},
        {"either case", "%c3%BC", "\xc3\xbc"},
        {"a lone percent stays", "100%", "100%"},
        {"half an escape stays", "%4", "%4"},
        {"no hex stays", "%zz", "%zz"},
        {"a plus is a plus in a path", "a+b", "a+b"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena) struct arena arena = {0};
        struct slice got = {0};
        arena_init(&arena, SCRATCH_BYTES);
        EXPECT_OK(rows[i].why, text_percent_decode(&arena, slice_of(rows[i].text), &got));
        EXPECT_SLICE(rows[i].why, got, slice_of(rows[i].want));
    }
}

static void parameters_are_found_in_a_query(void **state)
{
    (void)state;
    static const struct {
        const char *why, *query, *name, *want; /* NULL = absent */
    } rows[] = {
        {"plain", "a=1&b=2", "b", "2"},
        {"brackets as they are", "page[size]=5", "page[size]", "5"},
        {"brackets encoded", "x=1&page%5Bsize%5D=5", "page[size]", "5"},
        {"a plus is a blank", "q=a+b%2Bc", "q", "a b+c"},
        {"no value", "q=&r", "q", ""},
        {"no equals sign", "q=&r", "r", ""},
        {"a prefix is not the name", "ab=1", "a", NULL},
        {"an empty query", "", "a", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena) struct arena arena = {0};
        struct slice got = {0};
        arena_init(&arena, SCRATCH_BYTES);
        bool found = text_query(&arena, slice_of(rows[i].query), rows[i].name, &got);
        EXPECT(rows[i].why, found == (rows[i].want != NULL));
        EXPECT_SLICE(rows[i].why, got, slice_of(rows[i].want));
    }
}

static void length_is_counted_as_javascript_does(void **state)
{
    (void)state;
    EXPECT("ASCII", text_units(SLICE("abc")) == 3);
    EXPECT("two bytes are one", text_units(SLICE("\xc3\xbc")) == 1);
    EXPECT("three bytes are one", text_units(SLICE("\xe2\x82\xac")) == 1);
    EXPECT("beyond the first plane are two", text_units(SLICE("\xf0\x9f\x98\x80")) == 2);
    EXPECT("nothing", text_units((struct slice){0}) == 0);
}

static void patterns_match(void **state)
{
    (void)state;
    static const struct {
        const char *why, *pattern, *text;
        bool want;
    } rows[] = {
        {"empty matches all", "", "/x", true},
        {"without a star: anywhere", "/messages", "/c/1/messages", true},
        {"without a star: nowhere", "/message/", "/c/1/messages", false},
        {"a star goes over slashes", "/v2/*/messages", "/v2/a/b/messages", true},
        {"with a star: to the end", "/v2/*/messages", "/v2/a/messages/1", false},
        {"a star may be nothing", "a*b", "ab", true},
        {"it tries again", "*ab", "aab", true},
        {"stars at the end", "a**", "a", true},
        {"only a star", "*", "", true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT(rows[i].why,
               text_matches(slice_of(rows[i].pattern), slice_of(rows[i].text)) == rows[i].want);
    }
}

static void html_becomes_text(void **state)
{
    (void)state;
    static const struct {
        const char *why, *html, *want;
    } rows[] = {
        {"tags go", "<p>a <b>b</b></p>", "a b"},
        {"blocks are lines", "<p>a</p>\n<p>b</p>", "a\nb"},
        {"items are lines", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>", "a\nb"},
        {"entities", "1 &lt; 2 &amp;&quot;x&quot;&#39;", "1 < 2 &\"x\"'"},
        {"an unknown entity stays", "&copy;", "&copy;"},
        {"a lone bracket stays", "a < b", "a < b"},
        {"line breaks", "a<br>b<br />c", "a\nb\nc"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena) struct arena arena = {0};
        struct slice got = {0};
        arena_init(&arena, SCRATCH_BYTES);
        EXPECT_OK(rows[i].why, text_from_html(&arena, slice_of(rows[i].html), &got));
        EXPECT_SLICE(rows[i].why, got, slice_of(rows[i].want));
    }
}

static void markdown_becomes_html_without_raw_html(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    struct slice got = {0};
    arena_init(&arena, SCRATCH_BYTES);
    EXPECT_OK("markdown", text_from_markdown(
                              &arena, SLICE("**a** <script>x</script> [l](javascript:1)"), &got));
    EXPECT("bold", text_contains(got, SLICE("<strong>a</strong>")));
    EXPECT("no script", !text_contains(got, SLICE("<script>")));
    EXPECT("no javascript", !text_contains(got, SLICE("javascript:")));
}

static void json_is_written_as_it_was_read(void **state)
{
    (void)state;
    static const char text[] =
        "{\"b\":[1,2.50,\"\\u00fc\",null,true],\"a\":{\"x\":12345678901234567890}}";
    CLEANUP(arena) struct arena arena = {0};
    const struct json *root = NULL;
    struct slice got = {0};
    arena_init(&arena, SCRATCH_BYTES);
    EXPECT_OK("parse", json_parse(&arena, slice_of(text), NULL, NULL, &root));
    EXPECT_OK("render", text_render_json(&arena, root, &got));
    EXPECT_SLICE(
        "same", got,
        SLICE("{\"b\":[1,2.50,\"\xc3\xbc\",null,true],\"a\":{\"x\":12345678901234567890}}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percent_is_decoded),
        cmocka_unit_test(parameters_are_found_in_a_query),
        cmocka_unit_test(length_is_counted_as_javascript_does),
        cmocka_unit_test(patterns_match),
        cmocka_unit_test(html_becomes_text),
        cmocka_unit_test(markdown_becomes_html_without_raw_html),
        cmocka_unit_test(json_is_written_as_it_was_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
