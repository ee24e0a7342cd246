/* markup_parts.c: long answers in messages that Zendesk takes. Feature row 66. */
#include "base/limits.h"
#include "base/rng.h"
#include "processor/core/markup.h"
#include "processor/core/markup_parts.h"
#include "tests/support/unit.h"

enum { TEXT_MAX = 40 * 1024, PARTS_MAX = 64 };

struct cut {
    struct arena arena;
    struct slice parts[PARTS_MAX];
    size_t count;
};

static void deinit(struct cut *cut)
{
    arena_deinit(&cut->arena);
}
DEFINE_CLEANUP(cut, struct cut, deinit)

/* An independent count, so that a mistake in the product's own is seen. */
static size_t characters(struct slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        if (byte < 0x80 || byte >= 0xC0) {
            count += byte >= 0xF0 ? 2 : 1;
        }
    }
    return count;
}

static void cut_all(const char *why, struct slice text, struct cut *cut)
{
    struct slice rest = text;
    arena_init(&cut->arena, 16 * 1024 * 1024);
    while (rest.len > 0) {
        EXPECT(why, cut->count < PARTS_MAX);
        EXPECT_OK(why, markup_part(&cut->arena, &rest, &cut->parts[cut->count]));
        struct slice part = cut->parts[cut->count++];
        struct slice html = {0};
        EXPECT_OK(why, markup_html(&cut->arena, part, &html));
        EXPECT(why, part.len > 0 && slice_is_utf8(part));
        EXPECT(why, characters(part) <= LIMIT_CONVERSATIONS_TEXT_CHARS_MAX);
        EXPECT(why, characters(html) <= LIMIT_CONVERSATIONS_TEXT_CHARS_MAX);
    }
}

/* `unit` so often, each with its number where the unit has a '#'. */
static struct slice repeated(char *text, const char *first, const char *unit, size_t times)
{
    size_t len = strlen(first);
    memcpy(text, first, len);
    for (size_t i = 0; i < times; i++) {
        for (const char *c = unit; *c != 0; c++) {
            len += *c == '#' ? (size_t)snprintf(text + len, TEXT_MAX - len, "%zu", i)
                             : (size_t)snprintf(text + len, TEXT_MAX - len, "%c", *c);
        }
    }
    EXPECT(unit, len < TEXT_MAX - 1);
    return slice_from(text, len);
}

static const struct {
    const char *why, *first, *unit;
    size_t times, parts_min, parts_max;
} joined[] = {
    {"short: one part", "", "word # ", 10, 1, 1},
    {"paragraphs", "", "This is paragraph number # of a long answer.\n\n", 200, 2, 4},
    {"one long paragraph", "", "word# ", 3000, 6, 9},
    {"no place to cut", "", "x#", 3000, 4, 9},
    {"characters of four bytes", "", "\xF0\x9F\x98\x80# ", 1500, 2, 4},
    {"what HTML writes longer", "", "\"#\" & ", 1000, 4, 8},
    {"items of one list", "", "- item number # of a list\n", 400, 3, 5},
    {"a paragraph behind a short one", "Hello!\n\n", "word# ", 1500, 3, 5},
    {"lines of one paragraph", "", "line number # of the text\n", 400, 3, 5},
};

static void the_parts_are_the_text(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < COUNT_OF(joined); i++) {
        CLEANUP(cut) struct cut cut = {0};
        static char text[TEXT_MAX], back[TEXT_MAX];
        size_t len = 0;
        struct slice whole = repeated(text, joined[i].first, joined[i].unit, joined[i].times);
        cut_all(joined[i].why, whole, &cut);
        EXPECT(joined[i].why, cut.count >= joined[i].parts_min && cut.count <= joined[i].parts_max);
        for (size_t j = 0; j < cut.count; j++) {
            memcpy(back + len, cut.parts[j].ptr, cut.parts[j].len);
            len += cut.parts[j].len;
        }
        EXPECT(joined[i].why, slice_equal(slice_from(back, len), whole));
    }
}

static size_t occurrences(struct slice text, const char *part)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += slice_starts_with(slice_sub(text, i, text.len), slice_of(part)) ? 1 : 0;
    }
    return count;
}

static void markup_is_not_torn(void **unused)
{
    (void)unused;
    CLEANUP(cut) struct cut cut = {0};
    static char text[TEXT_MAX];
    cut_all("bold", repeated(text, "", "**two words #** and [a link #](https://a.example/) ", 300),
            &cut);
    EXPECT("several", cut.count > 1);
    for (size_t i = 0; i < cut.count; i++) {
        EXPECT("as many begin as end", occurrences(cut.parts[i], "**") % 2 == 0);
        EXPECT("links are whole", occurrences(cut.parts[i], "[a link") ==
                                      occurrences(cut.parts[i], "](https://a.example/)"));
    }
}

static void code_is_closed_and_opened_again(void **unused)
{
    (void)unused;
    CLEANUP(cut) struct cut cut = {0};
    static char text[TEXT_MAX];
    struct slice code = repeated(text, "```python\n", "print(#)  <- a line\n", 400);
    code.len += (size_t)snprintf(text + code.len, TEXT_MAX - code.len, "```\n\nThat was it.");
    cut_all("code", code, &cut);
    size_t lines = 0;
    for (size_t i = 0; i < cut.count; i++) {
        EXPECT("opened", slice_starts_with(cut.parts[i], SLICE("```python\n")) ||
                             slice_equal(slice_trim(cut.parts[i]), SLICE("That was it.")));
        EXPECT("closed", occurrences(cut.parts[i], "```") % 2 == 0);
        lines += occurrences(cut.parts[i], "print(");
    }
    EXPECT("each line once", lines == 400 && cut.count > 2);
    EXPECT("what follows follows",
           slice_ends_with(cut.parts[cut.count - 1], SLICE("That was it.")));
}

static void a_line_of_code_longer_than_a_message_ends(void **unused)
{
    (void)unused;
    CLEANUP(cut) struct cut cut = {0};
    static char text[TEXT_MAX];
    cut_all("one line", repeated(text, "```\n", "<#>", 3000), &cut);
    EXPECT("several", cut.count > 3);
}

/* Texts of little more than marks: what is left whole must fit whatever becomes of it. */
static void marks_never_come_to_more_than_is_counted(void **unused)
{
    (void)unused;
    static const char *const pieces[] = {
        "a", " ", "\n", "\n\n", "> ",   "- ", "1. ", "1) ", "# ",    "~~~", "```", "**",
        "*", "_", "\"", "`",    "    ", "\t", "---", "===", "word ", "\\",  "é",   "('/);:!?,."};
    struct rng rng;
    rng_seed(&rng, 7);
    for (int round = 0; round < 400; round++) {
        CLEANUP(cut) struct cut cut = {0};
        static char text[TEXT_MAX];
        size_t len = 0;
        size_t marks = 5 + rng_below(&rng, 300);
        size_t kinds = 1 + rng_below(&rng, COUNT_OF(pieces));
        for (size_t i = 0; i < marks; i++) {
            const char *piece = pieces[(rng_below(&rng, kinds) + (size_t)round) % COUNT_OF(pieces)];
            len += (size_t)snprintf(text + len, TEXT_MAX - len, "%s", piece);
        }
        cut_all("marks", slice_from(text, len), &cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_parts_are_the_text),
        cmocka_unit_test(marks_never_come_to_more_than_is_counted),
        cmocka_unit_test(markup_is_not_torn),
        cmocka_unit_test(code_is_closed_and_opened_again),
        cmocka_unit_test(a_line_of_code_longer_than_a_message_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
