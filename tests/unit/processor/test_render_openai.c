/* render_openai.c: a turn for a model. The golden story `model` has the whole. Feature row 82. */
#include "base/buf.h"
#include "processor/core/render_openai.h"
#include "tests/support/unit.h"

#include <string.h>

static struct conversation state;
static struct store store;

static const char *body_of(struct buf *body)
{
    const struct context ctx = {.state = &state, .store = &store};
    struct json_write w;
    buf_init(body, 64 * 1024);
    json_write_init(&w, body);
    render_openai_body(&ctx, &w);
    EXPECT_OK("JSON", json_write_done(&w));
    return buf_text(body);
}

static void say(enum speaker speaker, const char *text)
{
    state.history[state.history_count++] =
        (struct history_entry){.speaker = speaker, .text = slice_of(text)};
}

static void set_up(const char *system, uint32_t context_tokens, uint32_t max_tokens)
{
    memset(&state, 0, sizeof state);
    store = (struct store){.bot_kind = BOT_OPENAI,
                           .bot_model = SLICE("m"),
                           .bot_system = slice_of(system),
                           .bot_context_tokens = context_tokens,
                           .bot_max_tokens = max_tokens};
    say(SPEAKER_CUSTOMER, "twelve bytes");
    say(SPEAKER_BOT, "six by");
    say(SPEAKER_AGENT, "six ag");
    say(SPEAKER_NOTICE, "six no");
}

static void the_newest_words_are_kept(void **unused)
{
    (void)unused;
    static const struct {
        const char *why;
        uint32_t tokens;
        const char *has, *has_not;
    } rows[] = {
        {"all of them", 10, "{\"role\":\"user\",\"content\":\"twelve bytes\"}", "zzz"},
        {"a byte too few", 9, "{\"role\":\"assistant\",\"content\":\"six by\"}", "twelve"},
        {"two of them", 4, "{\"role\":\"assistant\",\"content\":\"six ag\"}", "six by"},
        {"none", 0, "\"messages\":[]", "six"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf) struct buf body = {0};
        set_up("", rows[i].tokens, 0);
        const char *text = body_of(&body);
        EXPECT(rows[i].why, strstr(text, rows[i].has) != NULL);
        EXPECT(rows[i].why, strstr(text, rows[i].has_not) == NULL);
        EXPECT("nothing is asked for that was not set", strstr(text, "max_tokens") == NULL);
        EXPECT("no system text, no message of it", strstr(text, "\"system\"") == NULL);
    }
}

static void files_are_named(void **unused)
{
    (void)unused;
    CLEANUP(buf) struct buf body = {0};
    const struct attachment files[] = {
        {.url = SLICE("https://a.example/1"), .name = SLICE("1.png")},
        {.url = SLICE("https://a.example/2")}};
    set_up("Be kind.", 0, 7);
    state.pending[0] = (struct pending_message){.attachments = files, .attachment_count = 2};
    state.pending[1] = (struct pending_message){.text = SLICE("not in this turn")};
    state.pending_count = 2;
    state.turn.covers = 1;
    const char *text = body_of(&body);
    EXPECT("what the model is told comes first",
           strstr(text, "\"messages\":[{\"role\":\"system\",\"content\":\"Be kind.\"},"
                        "{\"role\":\"user\",\"content\":\"1.png\"},"
                        "{\"role\":\"user\",\"content\":\"https://a.example/2\"}]") != NULL);
    EXPECT("the tool", strstr(text, "\"name\":\"escalate_to_human\"") != NULL);
    EXPECT("the limit", strstr(text, "\"max_tokens\":7") != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_words_are_kept),
        cmocka_unit_test(files_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
