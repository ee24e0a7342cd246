/* markup.c: words are words. Feature row 66. */
#include "processor/core/markup.h"
#include "tests/support/unit.h"

#define WJ "\xE2\x81\xA0"

static const struct {
    const char *why, *text, *want;
} guards[] = {
    {"nothing to guard", "50 % off, **now**: [shop](https://a.example/)", NULL},
    {"a button of the shorthand", "%[Buy](reply:BUY)", "%" WJ "[Buy](reply:BUY)"},
    {"a template", "%((template:X))%", "%" WJ "((template:X))%"},
    {"a message template", "&((namespace=[[a]]))&", "&" WJ "((namespace=[[a]]))&"},
    {"a placeholder of tickets", "{{ticket.id}}", "{" WJ "{ticket.id}}"},
    {"a block of Liquid", "{% if x %}", "{" WJ "% if x %}"},
    {"three braces", "{{{", "{" WJ "{" WJ "{"},
    {"an image with a label is a link", "see ![a shoe](https://a.example/1.png)!",
     "see [a shoe](https://a.example/1.png)!"},
    {"an image without one is named by its address", "![](https://a.example/1.png)",
     "[https://a.example/1.png](https://a.example/1.png)"},
    {"an image that never ends", "![](https://a.example", "[https://a.example](https://a.example"},
    {"a mark at the end", "really!", NULL},
    {"at the very end", "%[", "%" WJ "["},
    {"empty", "", NULL},
};

static void what_zendesk_would_act_on_is_broken(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < COUNT_OF(guards); i++) {
        CLEANUP(arena) struct arena arena = {0};
        struct slice out = {0};
        arena_init(&arena, 4096);
        EXPECT_OK(guards[i].why, markup_guard(&arena, slice_of(guards[i].text), &out));
        const char *want = guards[i].want != NULL ? guards[i].want : guards[i].text;
        EXPECT_SLICE(guards[i].why, out, slice_of(want));
    }
}

static const struct {
    const char *why, *markdown, *want;
} pages[] = {
    {"bold, links, bullets (row 66)", "**Open** [now](https://a.example/)\n\n- one\n- two",
     "<p><strong>Open</strong> <a href=\"https://a.example/\">now</a></p>\n"
     "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"},
    {"a line end is a line break", "one\ntwo", "<p>one<br />\ntwo</p>"},
    {"a tag in a line is shown", "use <b>this</b> & that",
     "<p>use &lt;b&gt;this&lt;/b&gt; &amp; that</p>"},
    {"a block of HTML is shown", "<script>\nalert(1)\n</script>",
     "<p>&lt;script&gt;\nalert(1)\n&lt;/script&gt;\n</p>"},
    {"an address that runs is no link", "[x](javascript:alert(1))", "<p><a href=\"\">x</a></p>"},
    {"an entity stays one", "&lt;", "<p>&lt;</p>"},
    {"empty", "", ""},
};

static void markdown_becomes_html(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < COUNT_OF(pages); i++) {
        CLEANUP(arena) struct arena arena = {0};
        struct slice out = {0};
        arena_init(&arena, 4096);
        EXPECT_OK(pages[i].why, markup_html(&arena, slice_of(pages[i].markdown), &out));
        EXPECT_SLICE(pages[i].why, out, slice_of(pages[i].want));
    }
}

/* Deep or long for the size of it: each is read in a time that grows with it alone, or nobody
 * would be answered meanwhile. */
static void odd_texts_are_read(void **unused)
{
    (void)unused;
    static const char *const odd[] = {"> ", "*a ", "[", "![[]()", "`a``", "<!--", "- ", "_*", "&"};
    for (size_t i = 0; i < COUNT_OF(odd); i++) {
        CLEANUP(arena) struct arena arena = {0};
        static char text[16 * 1024];
        struct slice out = {0};
        size_t len = strlen(odd[i]);
        for (size_t at = 0; at + len <= sizeof text; at += len) {
            memcpy(text + at, odd[i], len);
        }
        arena_init(&arena, 16 * 1024 * 1024);
        struct slice all = slice_from(text, sizeof text - sizeof text % len);
        EXPECT_OK(odd[i], markup_guard(&arena, all, &out));
        EXPECT_OK(odd[i], markup_html(&arena, out, &out));
        EXPECT(odd[i], out.len > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_zendesk_would_act_on_is_broken),
        cmocka_unit_test(markdown_becomes_html),
        cmocka_unit_test(odd_texts_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
