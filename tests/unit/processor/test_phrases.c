/* phrases.c: who asks for a human, and who does not. Feature rows 71, 76. */
#include "processor/core/phrases.h"
#include "processor/core/phrases_known.h"
#include "tests/support/unit.h"

static const struct {
    const char *why, *text;
    bool asks;
} rows[] = {
    {"row 71: the example", "talk to a human", true},
    {"row 71: the other example", "I need help from a person", true},
    {"case does not matter", "TALK TO A HUMAN!!", true},
    {"what stands between the words does not", "talk -- to, a\n\"human\"?", true},
    {"no article", "Can I speak to human", true},
    {"two words between", "let me talk to a real human please", true},
    {"three are too many", "talk to me about the human condition", false},
    {"whole words only", "talk to a humane society", false},
    {"not across the end", "talk to a", false},
    {"other words", "where is my order", false},
    {"empty", "", false},
    {"German, with umlaut elsewhere", "Ich möchte mit einem MENSCHEN sprechen", true},
    {"French, folded beyond ASCII", "Je veux PARLER À un humain", true},
    {"Russian", "Хочу Поговорить с живым человеком", true},
    {"Spanish", "¿Puedo hablar con una persona?", true},
    {"bytes that are no UTF-8 separate words", "talk\xff to a human", true},
    {"a star of the customer is no joker", "talk to * * *", false},
};

static bool asks(const char *text)
{
    size_t count = 0;
    const struct slice *known = phrases_known(&count);
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        any = phrase_in(slice_of(text), known[i]) || any;
    }
    EXPECT("all at once are as one by one", any == phrases_in(slice_of(text), known, count));
    return any;
}

static void who_asks_for_a_human(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT(rows[i].why, asks(rows[i].text) == rows[i].asks);
    }
}

static void phrases_of_ones_own(void **unused)
{
    (void)unused;
    EXPECT("a phrase of one word", phrase_in(SLICE("Operator!"), SLICE("operator")));
    EXPECT("no words, no match", !phrase_in(SLICE("anything"), SLICE(" -- ")));
    EXPECT("a star alone matches nothing of itself", !phrase_in(SLICE(""), SLICE("*")));
    EXPECT("later in the text", phrase_in(SLICE("a b c d e"), SLICE("d e")));
    EXPECT("a false start", phrase_in(SLICE("to to be"), SLICE("to be")));
    const struct slice own[] = {SLICE("-- "), SLICE("ÉCOUTEZ moi"), SLICE("Écoutez bien"),
                                SLICE("* vite"), SLICE("please")};
    EXPECT("none of several", !phrases_in(SLICE("vit, où, plea se"), own, COUNT_OF(own)));
    EXPECT("two that begin alike", phrases_in(SLICE("Oh, écoutez BIEN!"), own, COUNT_OF(own)));
    EXPECT("one that begins with a star", phrases_in(SLICE("vite"), own, COUNT_OF(own)));
    EXPECT("the last word", phrases_in(SLICE("so, Please"), own, COUNT_OF(own)));
    EXPECT("row 71: a run of a store's own",
           phrase_in(SLICE("すぐに店長を呼んでください"), SLICE("店長を呼")));
    EXPECT("beside words", phrase_in(SLICE("hi 店 長を呼んで"), SLICE("店長を呼")));
    EXPECT("not the beginning of it alone", !phrase_in(SLICE("店長"), SLICE("店長を呼")));
    EXPECT("what must not follow", !phrase_in(SLICE("店長を呼ぶな"), SLICE("店長を呼!ぶな")) &&
                                       phrase_in(SLICE("店長を呼ぶ"), SLICE("店長を呼!ぶな")));
    const struct slice runs[] = {SLICE("店長"), SLICE("manager"), SLICE("점장")};
    EXPECT("runs and words", phrases_in(SLICE("本当の店長"), runs, COUNT_OF(runs)) &&
                                 phrases_in(SLICE("한국 점장님"), runs, COUNT_OF(runs)) &&
                                 phrases_in(SLICE("the MANAGER"), runs, COUNT_OF(runs)) &&
                                 !phrases_in(SLICE("店、managers 점"), runs, COUNT_OF(runs)));
    EXPECT("no phrases", !phrases_in(SLICE("so, please"), NULL, 0));
}

static void the_same_words_have_the_same_digest(void **unused)
{
    (void)unused;
    uint64_t digest = phrase_digest(SLICE("Where is my PARCEL?"));
    EXPECT("row 76: case, marks and spaces",
           digest != 0 && phrase_digest(SLICE("  where is my -- parcel!!")) == digest);
    EXPECT("other words", phrase_digest(SLICE("Where is my parsnip?")) != digest);
    EXPECT("other borders of words", phrase_digest(SLICE("Whereis my parcel")) != digest);
    EXPECT("it never changes", digest == UINT64_C(0x5c9b319c80eb37f));
    EXPECT("Unicode", phrase_digest(SLICE("ÉCOUTEZ MOI")) == phrase_digest(SLICE("écoutez moi")));
    EXPECT("too short to say anything", phrase_digest(SLICE("Yes, please!")) == 0);
    EXPECT("no words", phrase_digest(SLICE("??? !!! ??? !!!")) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_asks_for_a_human),
        cmocka_unit_test(phrases_of_ones_own),
        cmocka_unit_test(the_same_words_have_the_same_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
