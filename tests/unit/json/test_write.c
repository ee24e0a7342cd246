#include "base/arena.h"
#include "base/buf.h"
#include "base/rng.h"
#include "json/json_read.h"
#include "json/json_write.h"
#include "tests/support/unit.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { OUT_BYTES = 64 * 1024 };

static void members_stand_in_the_order_of_the_calls(void **state)
{
    (void)state;
    CLEANUP(buf) struct buf b = {0};
    buf_init(&b, OUT_BYTES);
    struct json_write w;
    json_write_init(&w, &b);
    json_object(&w);
    json_put_text(&w, "z", "text");
    json_put_slice(&w, "a", SLICE("slice"));
    json_put_int(&w, "n", -7);
    json_put_bool(&w, "t", true);
    json_put_slice_if(&w, "absent", SLICE(""));
    json_put_slice_if(&w, "present", SLICE("x"));
    json_key(&w, "list");
    json_array(&w);
    json_null(&w);
    json_boolean(&w, false);
    json_uint(&w, UINT64_MAX);
    json_int(&w, INT64_MIN);
    json_number(&w, 0.5);
    json_raw(&w, SLICE("{\"raw\": 1}"));
    json_array(&w);
    json_end(&w);
    json_object(&w);
    json_end(&w);
    json_end(&w);
    json_key_slice(&w, SLICE("k\"ey"));
    json_slice(&w, (struct slice){0});
    json_end(&w);
    EXPECT_OK("done", json_write_done(&w));
    EXPECT_TEXT(
        "all", buf_text(&b),
        "{\"z\":\"text\",\"a\":\"slice\",\"n\":-7,\"t\":true,\"present\":\"x\",\"list\":[null,"
        "false,18446744073709551615,-9223372036854775808,0.5,{\"raw\": 1},[],{}],"
        "\"k\\\"ey\":\"\"}");
}

static void strings_are_escaped_and_mended(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct slice text;
        const char *json;
    } rows[] = {
        {"empty", {"", 0}, "\"\""},
        {"plain", {"a/b<>&'", 7}, "\"a/b<>&'\""},
        {"must be escaped", {"\"\\", 2}, "\"\\\"\\\\\""},
        {"short forms", {"\b\f\n\r\t", 5}, "\"\\b\\f\\n\\r\\t\""},
        {"control", {"\0\x01\x1F\x7F", 4}, "\"\\u0000\\u0001\\u001f\x7F\""},
        {"UTF-8",
         {"\xC3\xA4\xE2\x80\xA8\xF0\x9F\x98\x80", 9},
         "\"\xC3\xA4\xE2\x80\xA8\xF0\x9F\x98\x80\""},
        {"not UTF-8", {"a\xFFz", 3}, "\"a\xEF\xBF\xBDz\""},
        {"each byte of it", {"\xC0\x80", 2}, "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"cut at the end", {"a\xE2\x82", 3}, "\"a\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"surrogate", {"\xED\xA0\x80\n", 4}, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\\n\""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf) struct buf b = {0};
        buf_init(&b, OUT_BYTES);
        struct json_write w;
        json_write_init(&w, &b);
        json_slice(&w, rows[i].text);
        EXPECT_OK(rows[i].why, json_write_done(&w));
        EXPECT_TEXT(rows[i].why, buf_text(&b), rows[i].json);
    }
}

/* Text is looked at eight bytes at a time: each byte at each place. */
static void what_must_be_escaped_is_found_wherever_it_stands(void **state)
{
    (void)state;
    enum { LEN = 18 };
    for (int byte = 1; byte < 0x80; byte++) {
        for (size_t at = 0; at < LEN; at++) {
            char text[LEN + 1] = "abcdefgh !#[]~\x7Fxyz";
            CLEANUP(buf) struct buf b = {0};
            struct json_write w;
            buf_init(&b, OUT_BYTES);
            text[at] = (char)byte;
            json_write_init(&w, &b);
            json_slice(&w, slice_from(text, LEN));
            EXPECT_OK("done", json_write_done(&w));
            bool is_escaped = buf_slice(&b).ptr[at + 1] == '\\' && buf_slice(&b).len > LEN + 2;
            EXPECT("escaped", is_escaped == (byte < 0x20 || byte == '"' || byte == '\\'));
            EXPECT("the rest stands",
                   slice_equal(slice_sub(buf_slice(&b), b.len - (LEN - at), b.len - 1),
                               slice_from(text + at + 1, LEN - at - 1)));
        }
    }
}

static void numbers_are_the_shortest_that_come_back(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *json;
    } rows[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {0.1, "0.1"},
        {1.0 / 3, "0.33333333333333331"},
        {1e21, "1e+21"},
        {5e-324, "4.94065645841247e-324"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {9007199254740993.0, "9007199254740992"},
        {(double)NAN, "null"},
        {(double)INFINITY, "null"},
        {-(double)INFINITY, "null"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf) struct buf b = {0};
        buf_init(&b, OUT_BYTES);
        struct json_write w;
        json_write_init(&w, &b);
        json_number(&w, rows[i].value);
        EXPECT_OK(rows[i].json, json_write_done(&w));
        EXPECT_TEXT("number", buf_text(&b), rows[i].json);
    }
}

static void the_first_failure_sticks(void **state)
{
    (void)state;
    static const char whole[] = "{\"key\":[1,\"two\",null]}";
    for (size_t max = 1; max <= sizeof whole; max++) {
        CLEANUP(buf) struct buf b = {0};
        buf_init(&b, max);
        struct json_write w;
        json_write_init(&w, &b);
        json_object(&w);
        json_key(&w, "key");
        json_array(&w);
        json_int(&w, 1);
        json_text(&w, "two");
        json_null(&w);
        json_end(&w);
        json_end(&w);
        EXPECT_CODE("done", json_write_done(&w), max < strlen(whole) ? ERR_BUF_FULL : ERR_OK);
        EXPECT("nothing behind the failure", slice_starts_with(slice_of(whole), buf_slice(&b)));
    }
}

static void nesting_has_the_limit_of_reading(void **state)
{
    (void)state;
    for (unsigned depth = LIMIT_JSON_DEPTH_MAX - 1; depth < LIMIT_JSON_DEPTH_MAX + 3; depth++) {
        CLEANUP(buf) struct buf b = {0};
        buf_init(&b, OUT_BYTES);
        struct json_write w;
        json_write_init(&w, &b);
        for (unsigned i = 0; i < depth; i++) {
            if (i % 2 == 0) {
                json_object(&w);
                json_key(&w, "a");
            } else {
                json_array(&w);
            }
        }
        json_int(&w, 1);
        for (unsigned i = 0; i < depth; i++) {
            json_end(&w);
        }
        EXPECT_CODE("done", json_write_done(&w),
                    depth > LIMIT_JSON_DEPTH_MAX ? ERR_TOO_DEEP : ERR_OK);
    }
}

static void write_any(struct json_write *w, struct rng *rng, unsigned depth)
{
    char text[16];
    size_t len = (size_t)rng_below(rng, sizeof text);
    for (size_t i = 0; i < len; i++) {
        text[i] = (char)rng_below(rng, rng_below(rng, 4) == 0 ? 256 : 128);
    }
    uint64_t kind = rng_below(rng, depth < 5 ? 9 : 6);
    switch (kind) {
    case 0: json_null(w); break;
    case 1: json_boolean(w, len % 2 == 0); break;
    case 2: json_int(w, (int64_t)rng_next(rng)); break;
    case 3: json_number(w, (double)rng_next(rng) / 1e9); break;
    case 4:
    case 5: json_slice(w, slice_from(text, len)); break;
    case 6:
        json_array(w);
        for (size_t i = 0; i < len; i++) {
            write_any(w, rng, depth + 1);
        }
        json_end(w);
        break;
    default:
        json_object(w);
        for (size_t i = 0; i < len; i++) {
            char key[24];
            (void)snprintf(key, sizeof key, "k%zu", i);
            json_key(w, key);
            write_any(w, rng, depth + 1);
        }
        json_end(w);
        break;
    }
}

static void what_is_written_can_be_read(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct rng rng;
        rng_seed(&rng, seed);
        CLEANUP(buf) struct buf b = {0};
        buf_init(&b, 16 * 1024 * 1024);
        struct json_write w;
        json_write_init(&w, &b);
        write_any(&w, &rng, 0);
        EXPECT_OK("written", json_write_done(&w));
        CLEANUP(arena) struct arena a = {0};
        arena_init(&a, 64 * 1024 * 1024);
        const struct json *root = NULL;
        struct why why = {{0}};
        err_t e = json_parse(&a, buf_slice(&b), NULL, &why, &root);
        EXPECT_OK(why.text, e);
    }
}

static struct buf dead_out;
static struct json_write dead;
static void dead_begin(bool object)
{
    buf_init(&dead_out, OUT_BYTES);
    json_write_init(&dead, &dead_out);
    if (object) {
        json_object(&dead);
    }
}
static void abort_value_without_key(void)
{
    dead_begin(true);
    json_int(&dead, 1);
}
static void abort_key_twice(void)
{
    dead_begin(true);
    json_key(&dead, "a");
    json_key(&dead, "b");
}
static void abort_key_without_value(void)
{
    dead_begin(true);
    json_key(&dead, "a");
    json_end(&dead);
}
static void abort_key_in_array(void)
{
    dead_begin(false);
    json_array(&dead);
    json_key(&dead, "a");
}
static void abort_end_of_nothing(void)
{
    dead_begin(false);
    json_end(&dead);
}
static void abort_two_values(void)
{
    dead_begin(false);
    json_int(&dead, 1);
    json_int(&dead, 2);
}
static void abort_not_ended(void)
{
    dead_begin(true);
    (void)!err_failed(json_write_done(&dead));
}

static void wrong_nesting_is_a_bug(void **state)
{
    (void)state;
    EXPECT("a value without a key", unit_aborts(abort_value_without_key));
    EXPECT("two keys", unit_aborts(abort_key_twice));
    EXPECT("a key without a value", unit_aborts(abort_key_without_value));
    EXPECT("a key in an array", unit_aborts(abort_key_in_array));
    EXPECT("an end too many", unit_aborts(abort_end_of_nothing));
    EXPECT("two values", unit_aborts(abort_two_values));
    EXPECT("an end too few", unit_aborts(abort_not_ended));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_stand_in_the_order_of_the_calls),
        cmocka_unit_test(strings_are_escaped_and_mended),
        cmocka_unit_test(what_must_be_escaped_is_found_wherever_it_stands),
        cmocka_unit_test(numbers_are_the_shortest_that_come_back),
        cmocka_unit_test(the_first_failure_sticks),
        cmocka_unit_test(nesting_has_the_limit_of_reading),
        cmocka_unit_test(what_is_written_can_be_read),
        cmocka_unit_test(wrong_nesting_is_a_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
