/* openai.c: what models answer, as a bot's answer. Feature row 82. */
#include "base/limits.h"
#include "egress/core/openai.h"
#include "tests/support/unit.h"

#define MESSAGE(text) "{\"choices\":[{\"index\":0,\"message\":" text "}]}"
#define CALL(name, arguments)                                                                      \
    "{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"" name                           \
    "\",\"arguments\":\"" arguments "\"}}"

static const struct {
    const char *why, *response;
    enum err_code code;
    const char *words, *reason, *summary, *action;
    bool handoff;
} rows[] = {
    {.why = "words",
     .response = MESSAGE("{\"role\":\"assistant\",\"content\":\" Hello. \",\"refusal\":null}"),
     .words = "Hello."},
    {.why = "row 82: the tool, without words",
     .response = MESSAGE("{\"content\":null,\"tool_calls\":[" CALL(
         "escalate_to_human",
         "{\\\"reason\\\":\\\"angry\\\",\\\"summary\\\":\\\"A shoe.\\\"}") "]}"),
     .handoff = true,
     .reason = "angry",
     .summary = "A shoe."},
    {.why = "the tool and words",
     .response = MESSAGE(
         "{\"content\":\"One moment.\",\"tool_calls\":[" CALL("escalate_to_human", "{}") "]}"),
     .words = "One moment.",
     .handoff = true},
    {.why = "arguments that are no JSON",
     .response = MESSAGE("{\"tool_calls\":[" CALL("escalate_to_human", "{reason") "]}"),
     .handoff = true},
    {.why = "arguments of another kind",
     .response = MESSAGE("{\"tool_calls\":[" CALL("escalate_to_human", "[1]") "]}"),
     .handoff = true},
    {.why = "a tool of another name is an action",
     .response = MESSAGE("{\"content\":\"Done.\",\"tool_calls\":[" CALL("refund", "{}") "]}"),
     .words = "Done.",
     .action = "refund"},
    {.why = "a refusal is said",
     .response = MESSAGE("{\"refusal\":\"I can't.\"}"),
     .words = "I can't."},
    {.why = "of several choices the first",
     .response =
         "{\"choices\":[{\"message\":{\"content\":\"a\"}},{\"message\":{\"content\":\"b\"}}]}",
     .words = "a"},
    {.why = "nothing said", .response = MESSAGE("{\"content\":\"  \"}"), .code = ERR_MISSING},
    {.why = "no choice", .response = "{\"choices\":[]}", .code = ERR_MISSING},
    {.why = "choices of another kind", .response = "{\"choices\":\"a\"}", .code = ERR_MISSING},
    {.why = "an error", .response = "{\"error\":{\"message\":\"x\"}}", .code = ERR_MISSING},
    {.why = "a message of another kind", .response = MESSAGE("\"hello\""), .code = ERR_MISSING},
    {.why = "an array", .response = "[]", .code = ERR_MISSING},
};

static struct slice text_of(const char *text)
{
    return text == NULL ? (struct slice){0} : slice_of(text);
}

static void responses_are_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena) struct arena arena = {0};
        const struct json *root = NULL;
        struct bot_answer answer = {0};
        arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
        EXPECT_OK(rows[i].why, json_parse(&arena, slice_of(rows[i].response), NULL, NULL, &root));
        EXPECT_CODE(rows[i].why, openai_read(&arena, root, &answer), rows[i].code);
        if (rows[i].code != ERR_OK) {
            continue;
        }
        EXPECT(rows[i].why, answer.message_count == (rows[i].words != NULL ? 1 : 0));
        if (rows[i].words != NULL) {
            EXPECT_SLICE(rows[i].why, answer.messages[0], slice_of(rows[i].words));
        }
        EXPECT(rows[i].why, answer.handoff == rows[i].handoff);
        EXPECT_SLICE(rows[i].why, answer.handoff_reason, text_of(rows[i].reason));
        EXPECT_SLICE(rows[i].why, answer.handoff_summary, text_of(rows[i].summary));
        EXPECT(rows[i].why, answer.action_count == (rows[i].action != NULL ? 1 : 0));
        EXPECT("it says nothing of it", answer.confidence < 0 && !answer.resolved_given);
    }
}

static void too_many_words_are_refused(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    struct bot_answer answer = {0};
    static char words[LIMIT_TEXT_BYTES_MAX + 1];
    memset(words, 'x', sizeof words);
    struct json content = {
        .type = JSON_STRING, .key = SLICE("content"), .text = slice_from(words, sizeof words)};
    struct json message = {
        .type = JSON_OBJECT, .key = SLICE("message"), .first = &content, .count = 1};
    struct json choice = {.type = JSON_OBJECT, .first = &message, .count = 1};
    struct json choices = {
        .type = JSON_ARRAY, .key = SLICE("choices"), .first = &choice, .count = 1};
    struct json root = {.type = JSON_OBJECT, .first = &choices, .count = 1};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    EXPECT_CODE("one byte more", openai_read(&arena, &root, &answer), ERR_TOO_LARGE);
    content.text.len--;
    EXPECT_OK("as many as a bot may say", openai_read(&arena, &root, &answer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(responses_are_answers),
        cmocka_unit_test(too_many_words_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
