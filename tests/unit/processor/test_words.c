/* words.c: what counts as a customer's word, and what a person sees of it. Rows 49, 104, 105. */
#include "processor/core/words.h"
#include "tests/support/unit.h"

#define T(text)                                                                                    \
    {                                                                                              \
        "" text, sizeof(text) - 1                                                                  \
    }
static const struct attachment box = {T("https://f/box.png"), T("image/png"), T("box.png")};
static const struct attachment nameless = {T("https://f/1"), T(""), T("")};

static const struct {
    const char *why;
    enum event_type type;
    struct conversations_event body;
    bool is_word;
    const char *text;
} rows[] = {
    {"words", EVENT_MESSAGE, {.content_type = T("text"), .text = T("hi")}, true, "hi"},
    {"no words", EVENT_MESSAGE, {.content_type = T("text")}, false, ""},
    {"of no type", EVENT_MESSAGE, {.text = T("")}, false, ""},
    {"a file of a newer kind without a type",
     EVENT_MESSAGE,
     {.attachments = &box, .attachment_count = 1},
     true,
     "[file] box.png"},
    {"an image",
     EVENT_MESSAGE,
     {.content_type = T("image"), .attachments = &box, .attachment_count = 1},
     true,
     "[image] box.png"},
    {"one without a name",
     EVENT_MESSAGE,
     {.content_type = T("image"), .attachments = &nameless, .attachment_count = 1},
     true,
     "[image]"},
    {"with words",
     EVENT_MESSAGE,
     {.content_type = T("file"), .text = T("see"), .attachments = &box, .attachment_count = 1},
     true,
     "see"},
    {"a type that nobody knows", EVENT_MESSAGE, {.content_type = T("sticker")}, true, "[sticker]"},
    {"a pressed button", EVENT_POSTBACK, {.payload = T("ADD:1")}, true, "ADD:1"},
    {"a reply button",
     EVENT_MESSAGE,
     {.content_type = T("text"), .text = T("Add"), .payload = T("ADD:1")},
     true,
     "Add"},
    {"taken back", EVENT_MESSAGE, {.content_type = T("image"), .deleted = true}, false, "[image]"},
    {"a system message",
     EVENT_MESSAGE,
     {.content_type = T("sticker"), .activity = T("x")},
     false,
     "[sticker]"},
};

static void what_a_customer_sends(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arena arena;
        struct slice text = {0};
        struct event event = {.type = rows[i].type};
        arena_init(&arena, 4096);
        event.body.conversations = rows[i].body;
        event.body.conversations.author = AUTHOR_CUSTOMER;
        EXPECT(rows[i].why, words_are_customers(&event) == rows[i].is_word);
        EXPECT_OK(rows[i].why, words_text(&arena, &event.body.conversations, &text));
        EXPECT_SLICE(rows[i].why, text, slice_of(rows[i].text));
        event.body.conversations.author = AUTHOR_BUSINESS;
        EXPECT("an agent's is none",
               rows[i].type == EVENT_POSTBACK || !words_are_customers(&event));
        arena_deinit(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_a_customer_sends)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
