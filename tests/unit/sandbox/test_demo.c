#include "sandbox/demo_sign.h"
#include "sandbox/demo_turn.h"
#include "sandbox/text.h"
#include "tests/support/unit.h"

enum { SCRATCH_BYTES = 256 * 1024 };

static void each_word_does_what_it_says(void **state)
{
    (void)state;
    static const struct {
        const char *why, *messages, *contains;
        struct demo_answer order;
    } rows[] = {
        {"echo", "{\"text\":\"echo a b\"}", "{\"markdown\":\"shoes: a b\"}", {.fails = false}},
        {"any case", "{\"text\":\"ECHO a\"}", "shoes: a", {.fails = false}},
        {"slow", "{\"text\":\"slow 2 x\"}", "shoes: x", {.slow_ms = 2000}},
        {"a fraction", "{\"text\":\"slow 0.25 x\"}", "shoes: x", {.slow_ms = 250}},
        {"not a number", "{\"text\":\"slow x\"}", "shoes: x", {.slow_ms = 0}},
        {"later", "{\"text\":\"later 3 x\"}", "shoes: x", {.is_later = true, .later_ms = 3000}},
        {"unsure", "{\"text\":\"unsure x\"}", "\"confidence\":0.2", {.fails = false}},
        {"a picture",
         "{\"text\":\"show http://b/files/x.png a b\"}",
         "\"attachments\":[{\"url\":\"http://b/files/x.png\",\"media_type\":\"image/png\","
         "\"name\":\"x.png\"}]",
         {.fails = false}},
        {"fail", "{\"text\":\"fail\"}", "\"messages\":[]", {.fails = true}},
        {"human", "{\"text\":\" Human \"}", "\"handoff\":{\"reason\":", {.fails = false}},
        {"a topic",
         "{\"text\":\"when will my parcel ARRIVE?\"}",
         "\"intent\":\"shipping\"",
         {.fails = false}},
        {"anything", "{\"text\":\"xyz\"}", "talk to a human", {.fails = false}},
        {"no text", "{\"id\":\"1\"}", "talk to a human", {.fails = false}},
        {"each message",
         "{\"text\":\"echo 1\"},{\"text\":\"echo 2\"}",
         "[{\"markdown\":\"shoes: 1\"},{\"markdown\":\"shoes: 2\"}]",
         {.fails = false}},
        {"the longest wait counts",
         "{\"text\":\"slow 1 x\"},{\"text\":\"slow 2 y\"}",
         "shoes: y",
         {.slow_ms = 2000}},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena) struct arena arena = {0};
        CLEANUP(buf) struct buf out = {0};
        struct slice text = {0};
        const struct json *turn = NULL;
        struct demo_answer order = {0};
        arena_init(&arena, SCRATCH_BYTES);
        buf_init(&out, DEMO_ANSWER_BYTES_MAX);
        EXPECT_OK(rows[i].why,
                  arena_printf(&arena, &text, "{\"messages\":[%s]}", rows[i].messages));
        EXPECT_OK(rows[i].why, json_parse(&arena, text, NULL, NULL, &turn));
        EXPECT_OK(rows[i].why, demo_turn(turn, SLICE("shoes"), false, &out, &order));
        EXPECT(rows[i].why, text_contains(buf_slice(&out), slice_of(rows[i].contains)));
        EXPECT(rows[i].why, order.fails == rows[i].order.fails &&
                                order.slow_ms == rows[i].order.slow_ms &&
                                order.is_later == rows[i].order.is_later &&
                                order.later_ms == rows[i].order.later_ms);
    }
}

static void a_reply_names_its_turn(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    CLEANUP(buf) struct buf out = {0};
    const struct json *turn = NULL;
    struct demo_answer order = {0};
    arena_init(&arena, SCRATCH_BYTES);
    buf_init(&out, DEMO_ANSWER_BYTES_MAX);
    EXPECT_OK("parse", json_parse(&arena, SLICE("{\"turn\":\"t1\",\"conversation\":\"a/b/c\"}"),
                                  NULL, NULL, &turn));
    EXPECT_OK("reply", demo_turn(turn, SLICE("s"), true, &out, &order));
    EXPECT("members",
           slice_starts_with(buf_slice(&out), SLICE("{\"type\":\"reply\",\"turn\":\"t1\","
                                                    "\"conversation\":\"a/b/c\",\"messages\":[]")));
}

/* The example of the Standard Webhooks specification. */
static void signatures_are_checked(void **state)
{
    (void)state;
    static const char id[] = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    static const char good[] = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    static const char two[] = "v1a,x v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    static const struct {
        const char *why, *timestamp, *signatures, *body;
        int64_t now_s;
        bool want;
    } rows[] = {
        {"good", "1614265330", good, "{\"test\": 2432232314}", 1614265330, true},
        {"one of several", "1614265330", two, "{\"test\": 2432232314}", 1614265330, true},
        {"another body", "1614265330", good, "{\"test\": 2432232315}", 1614265330, false},
        {"another time", "1614265331", good, "{\"test\": 2432232314}", 1614265330, false},
        {"too old", "1614265330", good, "{\"test\": 2432232314}", 1614265330 + 301, false},
        {"from the future", "1614265330", good, "{\"test\": 2432232314}", 1614265330 - 301, false},
        {"no signature", "1614265330", "", "{\"test\": 2432232314}", 1614265330, false},
        {"no time", "", good, "{\"test\": 2432232314}", 1614265330, false},
    };
    struct demo_key key = {.len = 0};
    EXPECT_OK("key", demo_key_read(SLICE("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), &key));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT(rows[i].why, demo_signed(&key, slice_of(id), slice_of(rows[i].timestamp),
                                        slice_of(rows[i].signatures), slice_of(rows[i].body),
                                        (wall_ms_t){rows[i].now_s * 1000}) == rows[i].want);
    }
    EXPECT_CODE("no base64", demo_key_read(SLICE("whsec_!"), &key), ERR_SYNTAX);
    EXPECT_CODE("nothing", demo_key_read(SLICE("whsec_"), &key), ERR_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_word_does_what_it_says),
        cmocka_unit_test(a_reply_names_its_turn),
        cmocka_unit_test(signatures_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
