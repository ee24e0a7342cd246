/* Words become others of the same shape, the same ones each time; what a rule matches stays. */
#include "ctl/replay/redact.h"
#include "processor/core/phrases.h"
#include "processor/core/phrases_known.h"
#include "tests/support/unit.h"

#include <string.h>

struct desk {
    struct arena arena;
    struct redact r;
};

static int open_desk(void **state)
{
    static struct desk desk;
    desk = (struct desk){.r = {.key = "one key"}};
    arena_init(&desk.arena, LIMIT_ARENA_BYTES_MAX);
    desk.r.arena = &desk.arena;
    *state = &desk;
    return 0;
}

static int close_desk(void **state)
{
    struct desk *desk = *state;
    redact_deinit(&desk->r);
    arena_deinit(&desk->arena);
    return 0;
}

static struct slice redacted(struct desk *desk, const char *text)
{
    struct slice out = {0};
    EXPECT_OK(text, redact_text(&desk->r, slice_of(text), &out));
    EXPECT("as long", out.len == strlen(text) && slice_is_utf8(out));
    return out;
}

static bool asks(struct slice text)
{
    size_t count = 0;
    const struct slice *phrases = phrases_known(&count);
    return phrases_in(text, phrases, count);
}

static void shape_stays_and_words_go(void **state)
{
    struct slice out = redacted(*state, "Ada Byron, order 1042: WHERE is it?");
    EXPECT("signs stay", out.ptr[9] == ',' && out.ptr[21] == ':' && out.ptr[out.len - 1] == '?');
    EXPECT("blanks stay", out.ptr[3] == ' ' && out.ptr[10] == ' ');
    EXPECT("capitals stay", out.ptr[0] >= 'A' && out.ptr[0] <= 'Z' && out.ptr[1] >= 'a');
    EXPECT("digits stay digits", out.ptr[17] >= '0' && out.ptr[17] <= '9');
    EXPECT("no word stays", !slice_starts_with(out, SLICE("Ada")) &&
                                !slice_equal(slice_sub(out, 4, 9), SLICE("Byron")) &&
                                !slice_equal(slice_sub(out, 17, 21), SLICE("1042")));
}

static void the_same_word_is_the_same(void **state)
{
    struct slice out = redacted(*state, "order ORDER order");
    EXPECT("twice", slice_equal(slice_sub(out, 0, 5), slice_sub(out, 12, 17)));
    EXPECT("whatever its case", slice_equal_nocase(slice_sub(out, 0, 5), slice_sub(out, 6, 11)));
    EXPECT("said again", phrase_digest(redacted(*state, "Where is my parcel?!")) ==
                             phrase_digest(redacted(*state, "where is MY parcel")));
}

static void what_asks_for_a_human_still_does(void **state)
{
    static const char *const texts[] = {
        "I am Ada Byron, I want to talk to a human now",
        "Kann ich mit einem Menschen sprechen? Ada",
        "转人工 Ada",
        "Quiero hablar con una persona, soy Ada",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct slice out = redacted(*state, texts[i]);
        EXPECT(texts[i], asks(slice_of(texts[i])) && asks(out));
        for (size_t at = 0; at + 3 <= out.len; at++) {
            EXPECT("no name", !slice_equal(slice_sub(out, at, at + 3), SLICE("Ada")));
        }
    }
    EXPECT("and nothing else does", !asks(redacted(*state, "where is my order, dear friend?")));
}

/* Of other scripts too: another text of the same length, in the same script. */
static void other_scripts(void **state)
{
    static const char *const texts[] = {"Müller Größe", "Где мой заказ", "Πού είναι",
                                        "איפה ההזמנה",  "أين طلبي",      "私の注文はどこ",
                                        "내 주문",      "ฉันอยู่ที่ไหน"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct slice out = redacted(*state, texts[i]);
        EXPECT(texts[i], !slice_equal(out, slice_of(texts[i])));
    }
    EXPECT("pictures stay", slice_equal(redacted(*state, "👍 → ✓"), SLICE("👍 → ✓")));
}

static void ids_and_keys(void **state)
{
    struct desk *desk = *state;
    struct slice a = {0};
    struct slice b = {0};
    EXPECT_OK("key", redact_key(&desk->r, SLICE("acme/messaging/6ac7d3e5"), &a));
    EXPECT_OK("again", redact_key(&desk->r, SLICE("acme/messaging/6ac7d3e5"), &b));
    EXPECT("the same", slice_equal(a, b) && !slice_equal(a, SLICE("acme/messaging/6ac7d3e5")));
    EXPECT("of its account and surface", slice_starts_with(a, SLICE("acme/messaging/")));
    EXPECT_OK("ticket", redact_key(&desk->r, SLICE("acme/ticket/35436"), &a));
    EXPECT_SLICE("a number is a number", a, SLICE("acme/ticket/35436"));
}

static void every_word_of_an_event(void **state)
{
    struct desk *desk = *state;
    struct event event = {.type = EVENT_MESSAGE,
                          .source = EVENT_FROM_CONVERSATIONS,
                          .id = SLICE("abcdef01"),
                          .account = SLICE("acme"),
                          .conversation = SLICE("acme/messaging/6ac7d3e5"),
                          .raw = SLICE("{\"text\":\"canary\"}")};
    struct conversations_event *body = &event.body.conversations;
    body->type = SLICE("conversation:message");
    body->widget_id = SLICE("w1");
    body->text = SLICE("canary");
    body->author_name = SLICE("canary");
    body->customer.name = SLICE("canary");
    body->customer.email = SLICE("canary@canary.example");
    body->customer.external_id = SLICE("canary");
    body->active.name = SLICE("tieline");
    EXPECT_OK("redacted", redact_event(&desk->r, &event));
    const struct slice words[] = {event.raw,
                                  event.id,
                                  body->text,
                                  body->author_name,
                                  body->customer.name,
                                  body->customer.email,
                                  body->customer.external_id};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        for (size_t at = 0; at + 6 <= words[i].len; at++) {
            EXPECT("gone", !slice_equal(slice_sub(words[i], at, at + 6), SLICE("canary")));
        }
    }
    EXPECT_SLICE("kinds stay", body->type, SLICE("conversation:message"));
    EXPECT_SLICE("the configuration's ids stay", body->widget_id, SLICE("w1"));
    EXPECT_SLICE("integrations stay", body->active.name, SLICE("tieline"));
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(shape_stays_and_words_go),
        DESK_TEST(the_same_word_is_the_same),
        DESK_TEST(what_asks_for_a_human_still_does),
        DESK_TEST(other_scripts),
        DESK_TEST(ids_and_keys),
        DESK_TEST(every_word_of_an_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
