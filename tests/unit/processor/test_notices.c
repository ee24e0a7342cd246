/* notices.c: what the bot's platform is told, with its id and version. Rows 105, 106. */
#include "processor/core/notices.h"
#include "processor/core/render_common.h"
#include "tests/unit/processor/bare_context.h"

#include <string.h>

static struct context begin(const char *key)
{
    bare_begin(EVENT_SWITCHBOARD);
    store = (struct store){
        .name = SLICE("shoes"), .bot_kind = BOT_HTTP, .bot_url = SLICE("https://bot.example")};
    state.key = slice_of(key);
    state.store = store.name;
    state.routing = ROUTING_STORE;
    EXPECT_OK("key", ident_key_parse(state.key, &state.account, &state.surface, &state.remote_id));
    return bare_context((wall_ms_t){1789377125000});
}

static bool says(const char *part)
{
    static char body[4096];
    struct slice bytes = effects.commands[effects.command_count - 1].body;
    CHECK(bytes.len < sizeof body);
    memcpy(body, bytes.ptr, bytes.len);
    body[bytes.len] = '\0';
    return strstr(body, part) != NULL;
}

static void a_status_has_a_version_that_rises(void **unused)
{
    (void)unused;
    struct context ctx = begin("acme/messaging/c1");
    state.ticket_id = SLICE("17");
    EXPECT_OK("told", notices_status(&ctx, NOTICE_ESCALATED, SLICE("asked")));
    const struct command *first = &effects.commands[0];
    EXPECT("to the bot", first->effect == EFFECT_BOT_NOTICE && first->api == API_BOT &&
                             first->method == METHOD_POST && first->slot == SLOT_STATUS);
    EXPECT("a human waits behind it", first->voice == VOICE_NOTICE);
    EXPECT("how it stands", says("\"type\":\"status\"") && says("\"status\":\"escalated\"") &&
                                says("\"reason\":\"asked\"") && says("\"ticket\":\"17\""));
    EXPECT("no chat", !says("\"chat\""));
    EXPECT("the first", says("\"version\":1"));
    char id[IDENT_EFFECT_TEXT_BYTES];
    effect_id_text(first->effect_id, id);
    EXPECT("named by its id", says(id));
    EXPECT_OK("told", notices_status(&ctx, NOTICE_HUMAN, SLICE("")));
    EXPECT("the second", says("\"version\":2") && !says("reason"));
    EXPECT("news: the bot's words wait behind it", effects.commands[1].voice == VOICE_NOTICE);
    EXPECT("another effect", !effect_id_equal(first->effect_id, effects.commands[1].effect_id));
    EXPECT("an outcome of each is awaited", state.outstanding_count == 2);
    ctx = begin("acme/chat/shoes:47:11");
    EXPECT_OK("told", notices_status(&ctx, NOTICE_HUMAN, SLICE("")));
    EXPECT("a chat hears of nothing else", effects.commands[0].voice == VOICE_NONE);
}

static void an_agents_words_come_with_files(void **unused)
{
    (void)unused;
    struct context ctx = begin("acme/chat/shoes:47:11");
    static const struct attachment files[] = {
        {{"https://f/1.png", 15}, {"image/png", 9}, {"box", 3}}};
    struct effect_cause cause = render_by_event(&ctx, SLOT_AGENT_WORD, 0);
    struct notice_message message = {.from = SPEAKER_AGENT,
                                     .id = SLICE("m7"),
                                     .name = SLICE("Grace"),
                                     .text = SLICE("Look:"),
                                     .at = {1789377125000},
                                     .attachments = files,
                                     .attachment_count = 1};
    EXPECT_OK("told", notices_message(&ctx, &cause, &message));
    EXPECT("kept at as long as any", effects.commands[0].voice == VOICE_NONE);
    EXPECT("the platform's own id", says("\"chat\":\"47:11\"") && says("\"surface\":\"chat\""));
    EXPECT("row 105: who, what and which",
           says("\"from\":\"agent\"") && says("\"name\":\"Grace\"") && says("\"text\":\"Look:\"") &&
               says("\"url\":\"https://f/1.png\",\"media_type\":\"image/"
                    "png\",\"name\":\"box\""));
    cause = render_by_attempt(&ctx, SLOT_NOTICE_ENDED, 0);
    message = (struct notice_message){
        .from = SPEAKER_NOTICE, .text = SLICE("**One** moment"), .is_markdown = true};
    EXPECT_OK("told", notices_message(&ctx, &cause, &message));
    EXPECT("a notice", effects.commands[1].voice == VOICE_NONE && says("\"from\":\"notice\"") &&
                           says("\"markdown\":\"**One** moment\""));
}

static void who_does_not_speak_the_protocol_is_told_nothing(void **unused)
{
    (void)unused;
    struct context ctx = begin("acme/messaging/c1");
    struct effect_cause cause = render_by_event(&ctx, SLOT_AGENT_WORD, 0);
    struct notice_message message = {.from = SPEAKER_AGENT, .text = SLICE("x")};
    store.bot_kind = BOT_OPENAI;
    EXPECT_OK("a model", notices_status(&ctx, NOTICE_ENDED, SLICE("")));
    store.bot_kind = BOT_HTTP;
    store.bot_url = SLICE("");
    EXPECT_OK("no address", notices_message(&ctx, &cause, &message));
    ctx.store = NULL;
    EXPECT_OK("nobody's", notices_status(&ctx, NOTICE_ENDED, SLICE("")));
    EXPECT("nothing", effects.command_count == 0 && state.status_version == 0);
}

int main(void)
{
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_has_a_version_that_rises),
        cmocka_unit_test(an_agents_words_come_with_files),
        cmocka_unit_test(who_does_not_speak_the_protocol_is_told_nothing),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
