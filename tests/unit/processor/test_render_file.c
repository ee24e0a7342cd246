/* render_file.c: a bot's files behind its words, and as its last words. Rows 49, 105. */
#include "processor/core/render_file.h"
#include "tests/unit/processor/bare_context.h"

static const struct attachment files[] = {
    {{"https://bot.example/b", 21}, {"image/png", 9}, {"b.png", 5}},
    {{"https://elsewhere.example/c", 27}, {"", 0}, {"c", 1}},
};

static struct context begin(const char *key)
{
    bare_begin(EVENT_MESSAGE);
    store = (struct store){.name = SLICE("shoes"), .bot_url = SLICE("https://bot.example/turn")};
    state.key = slice_of(key);
    state.store = store.name;
    state.routing = ROUTING_STORE;
    EXPECT_OK("key", ident_key_parse(state.key, &state.account, &state.surface, &state.remote_id));
    return bare_context((wall_ms_t){1});
}

static void files_are_said_where_we_speak(void **unused)
{
    static const struct {
        const char *why, *key;
        bool is_last;
        uint32_t parts;
        size_t carried; /* of the first command */
    } rows[] = {
        {"one message each", "acme/messaging/c1", false, 2, 1},
        {"last words are not held up by an upload", "acme/messaging/c1", true, 2, 0},
        {"its own widget shows them", "acme/chat/shoes:1", false, 0, 0},
        {"a ticket has them in its comment", "acme/ticket/17", false, 0, 0},
        {"and as last words all of them as links", "acme/ticket/17", true, 1, 0},
    };
    struct bot_answer answer = {.attachments = files, .attachment_count = COUNT_OF(files)};
    (void)unused;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct context ctx = begin(rows[i].key);
        uint32_t parts = 9;
        EXPECT_OK(rows[i].why, render_answer_files(&ctx, &answer, rows[i].is_last, 3, &parts));
        EXPECT(rows[i].why, parts == rows[i].parts && effects.command_count == parts);
        if (parts > 0) {
            const struct command *first = &effects.commands[0];
            enum voice voice = rows[i].is_last ? VOICE_NOTICE : VOICE_BOT;
            EXPECT(rows[i].why, first->file_count == rows[i].carried && first->voice == voice);
            EXPECT(rows[i].why, first->slot == SLOT_WORD && first->index == 3);
        }
    }
}

int main(void)
{
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    const struct CMUnitTest tests[] = {cmocka_unit_test(files_are_said_where_we_speak)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
