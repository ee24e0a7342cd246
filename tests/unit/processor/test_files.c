/* files.c: which files are carried, and how words name them. Rows 49, 104, 105. */
#include "processor/core/files.h"
#include "tests/unit/processor/bare_context.h"

static const struct attachment files[] = {
    {{"https://acme.zendesk.com/sc/a", 29}, {"image/png", 9}, {"a.png", 5}},
    {{"https://bot.example/b", 21}, {"", 0}, {"", 0}},
    {{"https://elsewhere.example/c", 27}, {"", 0}, {"c", 1}},
};

static struct context begin(void)
{
    bare_begin(EVENT_MESSAGE);
    account.subdomain = SLICE("acme");
    store = (struct store){.name = SLICE("shoes"), .bot_url = SLICE("https://bot.example/turn")};
    return bare_context((wall_ms_t){1});
}

static void who_told_decides_what_is_carried(void **unused)
{
    struct context ctx = begin();
    struct command command = {.effect = EFFECT_MESSAGE};
    (void)unused;
    EXPECT_OK("the bot's", files_carry(&ctx, files, COUNT_OF(files), false, &command));
    EXPECT("its own alone", command.file_count == 1 && !command.files[0].zendesks &&
                                slice_equal(command.files[0].url, files[1].url));
    EXPECT("asked for",
           files_is_carried(&command, files[1].url) && !files_is_carried(&command, files[0].url));
    EXPECT_OK("and more", files_carry(&ctx, files, COUNT_OF(files), true, &command));
    EXPECT("Zendesk's alone", command.file_count == 2 && command.files[1].zendesks &&
                                  slice_equal(command.files[1].name, SLICE("a.png")) &&
                                  slice_equal(command.files[1].media_type, SLICE("image/png")));
    ctx.store = NULL;
    command = (struct command){0};
    EXPECT_OK("nobody's bot", files_carry(&ctx, files, COUNT_OF(files), false, &command));
    EXPECT("nothing", command.file_count == 0);
}

static void a_command_carries_so_many(void **unused)
{
    struct context ctx = begin();
    struct command command = {0};
    (void)unused;
    for (size_t i = 0; i < LIMIT_ATTACHMENTS_MAX + 2; i++) {
        EXPECT_OK("one more", files_carry(&ctx, &files[1], 1, false, &command));
    }
    EXPECT("bounded", command.file_count == LIMIT_ATTACHMENTS_MAX);
}

static void words_name_a_file(void **unused)
{
    CLEANUP(buf) struct buf text = {0};
    (void)unused;
    buf_init(&text, 1024);
    EXPECT_OK("name", files_put_name(&text, &files[0], false));
    EXPECT_SLICE("name", buf_slice(&text), SLICE("[file] a.png"));
    buf_reset(&text);
    EXPECT_OK("address", files_put_name(&text, &files[1], true));
    EXPECT_SLICE("address", buf_slice(&text), SLICE("[file] https://bot.example/b"));
}

int main(void)
{
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_told_decides_what_is_carried),
        cmocka_unit_test(a_command_carries_so_many),
        cmocka_unit_test(words_name_a_file),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
