#include "base/slice.h"
#include "tests/support/unit.h"

static void slices_compare_as_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct slice a;
        struct slice b;
        int order;
    } rows[] = {
        {"zero value and empty text", {NULL, 0}, {"", 0}, 0},
        {"equal", {"ab", 2}, {"ab", 2}, 0},
        {"a prefix comes first", {"ab", 2}, {"abc", 3}, -1},
        {"bytes before length", {"b", 1}, {"abc", 3}, 1},
        {"bytes have no sign", {"\xff", 1}, {"a", 1}, 1},
        {"NUL is a byte", {"a\0b", 3}, {"a\0c", 3}, -1},
        {"empty before all", {NULL, 0}, {"\0", 1}, -1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int order = slice_compare(rows[i].a, rows[i].b);
        int back = slice_compare(rows[i].b, rows[i].a);
        EXPECT(rows[i].why, (order > 0) - (order < 0) == rows[i].order);
        EXPECT(rows[i].why, (back > 0) - (back < 0) == -rows[i].order);
        EXPECT(rows[i].why, slice_equal(rows[i].a, rows[i].b) == (rows[i].order == 0));
    }
}

static void prefixes_suffixes_and_case(void **state)
{
    (void)state;
    EXPECT("prefix", slice_starts_with(SLICE("abc"), SLICE("ab")));
    EXPECT("empty prefix", slice_starts_with((struct slice){0}, SLICE("")));
    EXPECT("longer prefix", !slice_starts_with(SLICE("ab"), SLICE("abc")));
    EXPECT("suffix", slice_ends_with(SLICE("abc"), SLICE("bc")));
    EXPECT("longer suffix", !slice_ends_with(SLICE("bc"), SLICE("abc")));
    EXPECT("other suffix", !slice_ends_with(SLICE("abc"), SLICE("ab")));
    EXPECT("case", slice_equal_nocase(SLICE("Content-TYPE"), SLICE("cONTENT-type")));
    EXPECT("other length", !slice_equal_nocase(SLICE("ab"), SLICE("a")));
    EXPECT("[ is no small {", !slice_equal_nocase(SLICE("["), SLICE("{")));
    EXPECT("no case but of ASCII", !slice_equal_nocase(SLICE("\xC3\x84"), SLICE("\xC3\xA4")));
}

static void parts_are_clamped(void **state)
{
    (void)state;
    struct slice s = SLICE("abcdef");
    EXPECT_SLICE("middle", slice_sub(s, 1, 3), SLICE("bc"));
    EXPECT_SLICE("to beyond", slice_sub(s, 4, SIZE_MAX), SLICE("ef"));
    EXPECT_SLICE("from beyond", slice_sub(s, 7, 9), SLICE(""));
    EXPECT_SLICE("backwards", slice_sub(s, 4, 2), SLICE(""));
    EXPECT_SLICE("of nothing", slice_sub((struct slice){0}, 0, 5), SLICE(""));
    EXPECT("found", slice_find(s, 'd') == 3);
    EXPECT("not found", slice_find(s, 'x') == 6);
    EXPECT("not found in nothing", slice_find((struct slice){0}, 'x') == 0);
    EXPECT("NUL inside", slice_has_nul(slice_from("a\0b", 3)));
    EXPECT("no NUL behind", !slice_has_nul(s));
}

static void splits_and_trims(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool split;
        const char *head;
        const char *tail;
    } rows[] = {
        {"a/b/c", true, "a", "b/c"}, {"/b", true, "", "b"}, {"a/", true, "a", ""},
        {"abc", false, "abc", ""},   {"", false, "", ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice head = SLICE("?");
        struct slice tail = SLICE("?");
        bool split = slice_split(slice_of(rows[i].text), '/', &head, &tail);
        EXPECT(rows[i].text, split == rows[i].split);
        EXPECT_SLICE(rows[i].text, head, slice_of(rows[i].head));
        EXPECT_SLICE(rows[i].text, tail, slice_of(rows[i].tail));
    }
    struct slice in_place = SLICE("a.b.c");
    struct slice head = {0};
    EXPECT("input and tail may be one", slice_split(in_place, '.', &head, &in_place));
    EXPECT_SLICE("input and tail may be one", in_place, SLICE("b.c"));

    EXPECT_SLICE("both ends", slice_trim(SLICE(" \t\r\n a b \r\n")), SLICE("a b"));
    EXPECT_SLICE("nothing but blanks", slice_trim(SLICE(" \t ")), SLICE(""));
    EXPECT_SLICE("form feed stays", slice_trim(SLICE("\f")), SLICE("\f"));
    EXPECT_SLICE("nothing", slice_trim((struct slice){0}), SLICE(""));
}

static void members_are_taken_in_their_order(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        const char *text;
        bool is_there;
        const char *value;
        const char *rest;
    } rows[] = {
        {"one of two", "v=1;inc=7", true, "1", "inc=7"},
        {"the last one", "v=1", true, "1", ""},
        {"an empty value", "v=;inc=7", true, "", "inc=7"},
        {"another name", "inc=7;v=1", false, "", "inc=7;v=1"},
        {"the name without a value's sign", "v;inc=7", false, "", "v;inc=7"},
        {"nothing", "", false, "", ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice rest = slice_of(rows[i].text);
        struct slice value = {0};
        err_t err = slice_take_member(&rest, SLICE("v="), &value);
        EXPECT(rows[i].why, rows[i].is_there ? !err_failed(err) : err_is(err, ERR_SYNTAX));
        EXPECT(rows[i].why, slice_equal(value, slice_of(rows[i].value)));
        EXPECT(rows[i].why, slice_equal(rest, slice_of(rows[i].rest)));
    }
}

static void numbers_are_whole_and_in_range(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err_code u64_code;
        uint64_t u64;
        enum err_code i64_code;
        int64_t i64;
    } rows[] = {
        {"0", ERR_OK, 0, ERR_OK, 0},
        {"007", ERR_OK, 7, ERR_OK, 7},
        {"-0", ERR_SYNTAX, 0, ERR_OK, 0},
        {"9223372036854775807", ERR_OK, INT64_MAX, ERR_OK, INT64_MAX},
        {"9223372036854775808", ERR_OK, UINT64_C(9223372036854775808), ERR_RANGE, 0},
        {"-9223372036854775808", ERR_SYNTAX, 0, ERR_OK, INT64_MIN},
        {"-9223372036854775809", ERR_SYNTAX, 0, ERR_RANGE, 0},
        {"18446744073709551615", ERR_OK, UINT64_MAX, ERR_RANGE, 0},
        {"18446744073709551616", ERR_RANGE, 0, ERR_RANGE, 0},
        {"99999999999999999999999999", ERR_RANGE, 0, ERR_RANGE, 0},
        {"99999999999999999999999999x", ERR_SYNTAX, 0, ERR_SYNTAX, 0},
        {"", ERR_SYNTAX, 0, ERR_SYNTAX, 0},
        {"-", ERR_SYNTAX, 0, ERR_SYNTAX, 0},
        {"+1", ERR_SYNTAX, 0, ERR_SYNTAX, 0},
        {"--1", ERR_SYNTAX, 0, ERR_SYNTAX, 0},
        {" 1", ERR_SYNTAX, 0, ERR_SYNTAX, 0},
        {"1 ", ERR_SYNTAX, 0, ERR_SYNTAX, 0},
        {"1.0", ERR_SYNTAX, 0, ERR_SYNTAX, 0},
        {"0x1", ERR_SYNTAX, 0, ERR_SYNTAX, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint64_t u = 77;
        int64_t s = 77;
        EXPECT_CODE(rows[i].text, slice_to_u64(slice_of(rows[i].text), &u), rows[i].u64_code);
        EXPECT_CODE(rows[i].text, slice_to_i64(slice_of(rows[i].text), &s), rows[i].i64_code);
        EXPECT(rows[i].text, u == (rows[i].u64_code == ERR_OK ? rows[i].u64 : 77));
        EXPECT(rows[i].text, s == (rows[i].i64_code == ERR_OK ? rows[i].i64 : 77));
    }
    uint64_t u = 0;
    EXPECT_CODE("a NUL ends no number", slice_to_u64(slice_from("1\0", 2), &u), ERR_SYNTAX);
}

/* Encodes any number as UTF-8 would, also those that may not be encoded. */
static size_t encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (c & 0x3F));
        c >>= 6;
    }
    out[0] = (char)(lead[len] | c);
    return len;
}

static void every_character_is_utf8_and_surrogates_are_not(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x120000; c++) {
        char text[4] = {0};
        size_t len = encode(c, text);
        bool good = (c < 0xD800 || c > 0xDFFF) && c <= 0x10FFFF;
        if (slice_is_utf8(slice_from(text, len)) != good) {
            fail_msg("U+%04X", c);
        }
        for (size_t cut = 1; cut < len; cut++) {
            if (slice_is_utf8(slice_from(text, cut))) {
                fail_msg("U+%04X cut to %zu bytes", c, cut);
            }
        }
    }
}

static void what_is_not_utf8_is_found_where_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        const char *text;
        size_t prefix;
    } rows[] = {
        {"nothing", "", 0},
        {"NUL in two bytes", "\xC0\x80", 0},
        {"slash in two bytes", "ab\xC0\xAF", 2},
        {"overlong in three", "\xE0\x9F\xBF", 0},
        {"overlong in four", "\xF0\x8F\xBF\xBF", 0},
        {"first surrogate", "\xED\xA0\x80", 0},
        {"a pair of them", "\xED\xA0\xBD\xED\xB8\x80", 0},
        {"above U+10FFFF", "\xF4\x90\x80\x80", 0},
        {"five bytes", "\xF8\x88\x80\x80\x80", 0},
        {"FE", "\xFE", 0},
        {"continuation alone", "\x80", 0},
        {"one too many", "\xC3\xA4\xA4", 2},
        {"second byte missing", "\xC3", 0},
        {"second byte is a letter", "\xC3z", 0},
        {"third byte is a letter", "\xE2\x82z", 0},
        {"fourth byte is a letter", "\xF0\x9F\x98z", 0},
        {"behind eight letters", "12345678\x80", 8},
        {"among the second eight", "123456789\xC3\xA4z\x80", 12},
        {"across the eight", "1234567\xC3\xA4z", 10},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice s = slice_of(rows[i].text);
        EXPECT(rows[i].why, slice_utf8_prefix(s) == rows[i].prefix);
        EXPECT(rows[i].why, slice_is_utf8(s) == (rows[i].prefix == s.len));
    }
}

static void a_cut_never_splits_a_character(void **state)
{
    (void)state;
    struct slice s = SLICE("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80z"); /* a ä € 😀 z */
    static const size_t cuts[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
    for (size_t max = 0; max < COUNT_OF(cuts); max++) {
        struct slice cut = slice_cut_utf8(s, max);
        EXPECT("cut", cut.len == cuts[max] && slice_is_utf8(cut));
    }
    EXPECT("what is not UTF-8 is not eaten up",
           slice_cut_utf8(SLICE("\x80\x80\x80\x80\x80\x80\x80\x80"), 7).len == 4);
    EXPECT("nothing", slice_cut_utf8((struct slice){0}, 3).len == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_compare_as_bytes),
        cmocka_unit_test(prefixes_suffixes_and_case),
        cmocka_unit_test(parts_are_clamped),
        cmocka_unit_test(splits_and_trims),
        cmocka_unit_test(members_are_taken_in_their_order),
        cmocka_unit_test(numbers_are_whole_and_in_range),
        cmocka_unit_test(every_character_is_utf8_and_surrogates_are_not),
        cmocka_unit_test(what_is_not_utf8_is_found_where_it_is),
        cmocka_unit_test(a_cut_never_splits_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
