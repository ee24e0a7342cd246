/* RFC 8259 class by class: what it allows is read, what it forbids is refused, and what it leaves
 * to the reader is decided as docs/WEBHOOKS.md says: each of those rows names the words there. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "json/json_read.h"
#include "tests/support/unit.h"

#include <string.h>

enum { TEXT_BYTES_MAX = 8 * 1024 * 1024 };
enum law { ALLOWED, FORBIDDEN, OPEN };

/* `many` times: open, then inside, then `many` times: close. many = 0: inside alone. */
struct row {
    const char *why;
    enum law law;
    const char *inside;
    size_t len;
    enum err_code code;
    const char *docs; /* OPEN: what the page says */
    size_t many;
    const char *open;
    const char *close;
};
#define T(text) text, sizeof(text) - 1
#define YES(section, text)                                                                         \
    {                                                                                              \
        section, ALLOWED, T(text), ERR_OK, NULL, 0, NULL, NULL                                     \
    }
#define NO(section, text)                                                                          \
    {                                                                                              \
        section, FORBIDDEN, T(text), ERR_SYNTAX, NULL, 0, NULL, NULL                               \
    }
#define NO_UTF8(section, text)                                                                     \
    {                                                                                              \
        section, FORBIDDEN, T(text), ERR_UTF8, NULL, 0, NULL, NULL                                 \
    }
#define LEFT(section, text, code, docs)                                                            \
    {                                                                                              \
        section, OPEN, T(text), ERR_##code, docs, 0, NULL, NULL                                    \
    }
#define MANY(section, n, open, inside, close, code, docs)                                          \
    {                                                                                              \
        section, OPEN, T(inside), ERR_##code, docs, n, open, close                                 \
    }

static const struct row rows[] = {
    /* 2: any value at the top, the six structural characters, four blanks */
    YES("2 an object", "{}"),
    YES("2 an array", "[]"),
    YES("2 a string at the top", "\"a\""),
    YES("2 a number at the top", "7"),
    YES("2 a literal at the top", "null"),
    YES("2 each blank around each structural character",
        " \t\r\n{ \t\r\n\"a\" \t\r\n: \t\r\n[ \t\r\n1 \t\r\n, \t\r\n2 \t\r\n] \t\r\n} \t\r\n"),
    NO("2 nothing", ""),
    NO("2 only blanks", " \n"),
    NO("2 two values", "{} {}"),
    NO("2 a comma behind", "[],"),
    NO("2 a form feed", "[1,\f2]"),
    NO("2 a vertical tab", "\v[]"),
    NO("2 a no-break space", "\xC2\xA0[]"),
    NO("2 a comment", "[1 /* one */]"),
    NO("2 a comment to the end of the line", "// x\n[]"),
    NO("2 NUL behind the text", "[]\0"),
    NO("2 NUL instead of a blank", "[\0]"),
    /* 3: three literals, in small letters */
    YES("3 the literals", "[true,false,null]"),
    NO("3 another letter case", "True"),
    NO("3 cut", "nul"),
    NO("3 too long", "nulll"),
    NO("3 another word", "undefined"),
    /* 4: objects */
    YES("4 members", "{\"a\":1,\"b\":{\"a\":[]}}"),
    YES("4 an empty key", "{\"\":1}"),
    YES("4 the same key in two objects", "[{\"a\":1},{\"a\":2}]"),
    NO("4 a key without quotes", "{a:1}"),
    NO("4 a key in single quotes", "{'a':1}"),
    NO("4 a number for a key", "{1:1}"),
    NO("4 no colon", "{\"a\" 1}"),
    NO("4 no value", "{\"a\":}"),
    NO("4 a comma at the end", "{\"a\":1,}"),
    NO("4 no comma", "{\"a\":1 \"b\":2}"),
    NO("4 not closed", "{\"a\":1"),
    NO("4 closed as an array", "{\"a\":1]"),
    LEFT("4 a doubled key", "{\"a\":1,\"a\":1}", DUPLICATE, "A key twice in one object"),
    LEFT("4 a doubled key, written in two ways", "{\"a\":1,\"\\u0061\":2}", DUPLICATE,
         "A key twice in one object"),
    LEFT("4 keys that only look alike", "{\"\xC3\xA9\":1,\"e\xCC\x81\":2}", OK,
         "compared byte by byte"),
    LEFT("4 NUL in a key", "{\"a\\u0000\":1}", SYNTAX, "NUL in a key"),
    /* 5: arrays */
    YES("5 elements of all types", "[1,\"a\",{},[],null,true]"),
    NO("5 a comma at the end", "[1,]"),
    NO("5 a comma at the beginning", "[,1]"),
    NO("5 two commas", "[1,,2]"),
    NO("5 not closed", "[1"),
    NO("5 closed twice", "[]]"),
    NO("5 closed as an object", "[1}"),
    /* 6: numbers */
    YES("6 an integer", "[0,-0,7,-7,10]"),
    YES("6 a fraction", "[0.5,-0.25,1.50]"),
    YES("6 an exponent", "[1e5,1E+05,-1e-7,0e0]"),
    NO("6 a plus sign", "+1"),
    NO("6 a leading zero", "01"),
    NO("6 no digit before the point", ".5"),
    NO("6 no digit behind the point", "1."),
    NO("6 no digit in the exponent", "1e"),
    NO("6 a sign alone", "-"),
    NO("6 hexadecimal", "0x10"),
    NO("6 no number", "NaN"),
    NO("6 infinity", "-Infinity"),
    NO("6 digits of another script", "\xD9\xA1"),
    LEFT("6 an id of 20 digits", "[12345678901234567890]", OK,
         "numbers are kept as they are written"),
    LEFT("6 beyond a double", "[1e400,-1e400]", OK, "numbers are kept as they are written"),
    LEFT("6 below a double", "[1e-400]", OK, "numbers are kept as they are written"),
    MANY("6 a number of 100,000 digits", 100 * 1000, "1", "", "", OK,
         "numbers are kept as they are written"),
    /* 7: strings */
    YES("7 each short escape", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
    YES("7 escapes by number", "\"\\u0041\\u00e4\\u20AC\""),
    YES("7 a pair of surrogates", "\"\\ud83d\\ude00\""),
    YES("7 the last character", "\"\\uDBFF\\uDFFF\""),
    YES("7 what need not be escaped", "\"\x7F/'\xE2\x80\xA8\""),
    YES("7 a byte order mark within a string", "\"\xEF\xBB\xBF\""),
    NO("7 a line feed", "\"a\nb\""),
    NO("7 a tab", "\"a\tb\""),
    NO("7 NUL", "\"a\0b\""),
    NO("7 the last control character", "\"\x1F\""),
    NO("7 an escape that is none", "\"\\x41\""),
    NO("7 an escape in capitals", "\"\\U0041\""),
    NO("7 three digits", "\"\\u041\""),
    NO("7 single quotes", "'a'"),
    NO("7 not closed", "\"abc"),
    NO("7 closed by an escaped quote", "\"abc\\\""),
    LEFT("7 NUL, escaped", "\"a\\u0000b\"", OK, "NUL in a text, escaped"),
    LEFT("7 a character that is none", "\"\\uFFFF\\uFDD0\"", OK, "noncharacters"),
    /* 8.1: UTF-8, no byte order mark */
    LEFT("8.1 a byte order mark before the text", "\xEF\xBB\xBF[]", SYNTAX, "A byte order mark"),
    NO_UTF8("8.1 UTF-16", "\xFF\xFE[\0]\0"),
    NO_UTF8("8.1 Latin-1", "\"\xE4\x62\""),
    NO_UTF8("8.1 an overlong form", "\"\xC0\xAF\""),
    NO_UTF8("8.1 a surrogate in UTF-8", "\"\xED\xA0\x80\""),
    NO_UTF8("8.1 beyond the last character", "\"\xF4\x90\x80\x80\""),
    NO_UTF8("8.1 cut within a character", "\"\xC3\""),
    NO_UTF8("8.1 a byte that continues nothing", "\"\x80\""),
    /* 8.2: what can be written but is no text */
    LEFT("8.2 the first half of a pair", "\"\\ud800\"", UTF8, "Half of a surrogate pair"),
    LEFT("8.2 the second half", "\"\\udc00\"", UTF8, "Half of a surrogate pair"),
    LEFT("8.2 a pair the wrong way round", "\"\\ude00\\ud83d\"", UTF8, "Half of a surrogate pair"),
    LEFT("8.2 half of a pair in a key", "{\"\\ud800\":1}", UTF8, "Half of a surrogate pair"),
    /* 9: a parser may set limits */
    MANY("9 as deep as may be", LIMIT_JSON_DEPTH_MAX, "[", "", "]", OK, "32 levels"),
    MANY("9 deeper", LIMIT_JSON_DEPTH_MAX + 1, "[", "", "]", TOO_DEEP, "32 levels"),
    MANY("9 deeper, of objects", LIMIT_JSON_DEPTH_MAX + 1, "{\"a\":", "1", "}", TOO_DEEP,
         "32 levels"),
    MANY("9 a million, never closed", 1000 * 1000, "[", "", "", TOO_DEEP, "32 levels"),
    MANY("9 many values", LIMIT_JSON_VALUES_MAX - 2, "0,", "0", "", OK, "100,000 values"),
    MANY("9 too many values", LIMIT_JSON_VALUES_MAX, "0,", "0", "", TOO_LARGE, "100,000 values"),
    MANY("9 a text of a megabyte", 1000 * 1000, "x", "", "", OK, "A text may be as long"),
};

static void put(struct buf *out, const char *text, size_t times)
{
    for (size_t i = 0; i < times && text[0] != '\0'; i++) {
        EXPECT_OK("test text", buf_append_text(out, text));
    }
}

/* Lists of values and long texts stand in an array or in quotes. */
static void compose(const struct row *row, struct buf *out)
{
    bool list = row->many > 0 && row->open[0] == '0';
    bool text = row->many > 0 && row->open[0] == 'x';
    put(out, list ? "[" : text ? "\"" : "", 1);
    put(out, row->open == NULL ? "" : row->open, row->many);
    EXPECT_OK("test text", buf_append(out, slice_from(row->inside, row->len)));
    put(out, row->close == NULL ? "" : row->close, row->many);
    put(out, list ? "]" : text ? "\"" : "", 1);
}

static void read_docs(struct buf *out)
{
    FILE *file = fopen(TEST_SOURCE_DIR "/docs/WEBHOOKS.md", "rb");
    char *room = NULL;
    EXPECT("docs/WEBHOOKS.md", file != NULL);
    EXPECT_OK("room", buf_reserve(out, 256 * 1024, &room));
    buf_grew(out, fread(room, 1, 256 * 1024, file));
    EXPECT("docs/WEBHOOKS.md", fclose(file) == 0 && out->len > 0);
}

/* As each of its callers reads: what differs is meant to. */
static const struct json_options option_sets[] = {
    {.comments = false},
    {.borrow = true},
    {.mend_surrogates = true},
    {.mend_surrogates = true, .borrow = true},
};

/* Only half of a pair in a text, not in a key, is mended. */
static enum err_code code_of(const struct row *row, const struct json_options *options)
{
    bool half = row->docs != NULL && strcmp(row->docs, "Half of a surrogate pair") == 0;
    return half && options->mend_surrogates && row->inside[0] == '"' ? ERR_OK : row->code;
}

static void judge(const struct row *row, struct slice text, const struct json_options *options,
                  struct arena *arena)
{
    char name[128];
    (void)snprintf(name, sizeof name, "%s (mend %d, borrow %d)", row->why, options->mend_surrogates,
                   options->borrow);
    struct why why = {{0}};
    const struct json *root = NULL;
    err_t error = json_parse(arena, text, options, &why, &root);
    EXPECT_CODE(name, error, code_of(row, options));
    EXPECT(name, err_failed(error) == (why.text[0] != '\0'));
}

static void every_class_is_judged(void **state)
{
    (void)state;
    CLEANUP(buf) struct buf docs = {0};
    buf_init(&docs, 512 * 1024);
    read_docs(&docs);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct row *row = &rows[i];
        CLEANUP(buf) struct buf text = {0};
        CLEANUP(arena) struct arena arena = {0};
        buf_init(&text, TEXT_BYTES_MAX);
        arena_init(&arena, 64 * 1024 * 1024);
        compose(row, &text);
        for (size_t set = 0; set < COUNT_OF(option_sets); set++) {
            judge(row, buf_slice(&text), &option_sets[set], &arena);
            arena_reset(&arena);
        }
        EXPECT(row->why, row->law != ALLOWED || row->code == ERR_OK);
        EXPECT(row->why, row->law != FORBIDDEN || row->code != ERR_OK);
        if (row->law == OPEN && strstr(buf_text(&docs), row->docs) == NULL) {
            fail_msg("%s: docs/WEBHOOKS.md does not say \"%s\"", row->why, row->docs);
        }
    }
}

/* What is read is what was written: nothing is rounded, cut or made alike. */
static void nothing_is_changed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct slice read;
    } kept[] = {
        {"12345678901234567890", {"12345678901234567890", 20}},
        {"1e400", {"1e400", 5}},
        {"-0.10", {"-0.10", 5}},
        {"\"a\\u0000b\"", {"a\0b", 3}},
        {"\"\\ud83d\\ude00\"", {"\xF0\x9F\x98\x80", 4}},
        {"\"e\xCC\x81\"", {"e\xCC\x81", 3}},
        {"\"\\uFFFF\"", {"\xEF\xBF\xBF", 3}},
    };
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        CLEANUP(arena) struct arena arena = {0};
        arena_init(&arena, 64 * 1024);
        const struct json *root = NULL;
        EXPECT_OK(kept[i].text, json_parse(&arena, slice_of(kept[i].text), NULL, NULL, &root));
        EXPECT_SLICE(kept[i].text, root->text, kept[i].read);
        for (size_t set = 0; set < COUNT_OF(option_sets); set++) {
            EXPECT_OK(kept[i].text,
                      json_parse(&arena, slice_of(kept[i].text), &option_sets[set], NULL, &root));
            EXPECT_SLICE(kept[i].text, root->text, kept[i].read);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_class_is_judged),
        cmocka_unit_test(nothing_is_changed),
    };
    return cmocka_run_group_tests_name("json/rfc8259", tests, NULL, NULL);
}
