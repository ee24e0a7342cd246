/* sent_files.c: what a customer sent is kept, within bounds, for the ticket of a hand-over. Rows
 * 84, 88, 104. */
#include "processor/core/sent_files.h"
#include "tests/unit/processor/bare_context.h"

static const struct attachment box = {
    {"https://acme.zendesk.com/sc/a", 29}, {"image/png", 9}, {"box.png", 7}};
static const struct attachment label = {
    {"https://bot.example/label.pdf", 29}, {"application/pdf", 15}, {"label.pdf", 9}};
static const struct attachment far = {.url = {"https://elsewhere.example/c", 27}};

static bool has(struct slice text, const char *words)
{
    struct slice want = slice_of(words);
    for (size_t i = 0; i + want.len <= text.len; i++) {
        if (slice_equal(slice_sub(text, i, i + want.len), want)) {
            return true;
        }
    }
    return false;
}

static struct context begin(enum surface surface)
{
    bare_begin(EVENT_OUTCOME);
    account.subdomain = SLICE("acme");
    store = (struct store){.name = SLICE("shoes"), .bot_url = SLICE("https://bot.example/turn")};
    state.key = surface == SURFACE_CHAT ? SLICE("acme/chat/shoes:1") : SLICE("acme/messaging/c1");
    state.account = SLICE("acme");
    state.surface = surface;
    state.ticket_id = SLICE("77");
    return bare_context((wall_ms_t){1});
}

static void one_that_is_too_many_costs_the_oldest(void **unused)
{
    struct context ctx = begin(SURFACE_MESSAGING);
    (void)unused;
    sent_files_keep(&state, &label, 1);
    for (size_t i = 0; i < LIMIT_SENT_FILES_MAX; i++) {
        sent_files_keep(&state, &box, 1);
    }
    EXPECT("the newest", state.file_count == LIMIT_SENT_FILES_MAX && state.files_cut == 1 &&
                             slice_equal(state.files[0].name, box.name));
    EXPECT_OK("told", sent_files_onto_ticket(&ctx));
    EXPECT("how many are missing",
           effects.command_count == 1 &&
               has(effects.commands[0].body, "1 older file is not here, but in the "
                                             "conversation."));
    EXPECT("forgotten", state.file_count == 0 && state.files_cut == 0);
}

static void long_addresses_are_bounded_together(void **unused)
{
    static char text[LIMIT_URL_BYTES_MAX];
    struct attachment large = {.url = slice_from(text, sizeof text)};
    (void)begin(SURFACE_MESSAGING);
    (void)unused;
    for (size_t i = 0; i < 6; i++) {
        sent_files_keep(&state, &large, 1);
    }
    EXPECT("bytes", state.file_count == LIMIT_SENT_FILES_BYTES_MAX / LIMIT_URL_BYTES_MAX &&
                        state.files_cut == 6 - state.file_count);
}

static void a_tickets_files_are_on_it(void **unused)
{
    (void)begin(SURFACE_TICKET);
    (void)unused;
    sent_files_keep(&state, &box, 1);
    EXPECT("not kept", state.file_count == 0);
}

static void who_told_of_a_file_decides_who_reads_it(void **unused)
{
    const struct attachment all[] = {box, label, far};
    struct context ctx = begin(SURFACE_MESSAGING);
    (void)unused;
    sent_files_keep(&state, all, COUNT_OF(all));
    EXPECT_OK("messaging", sent_files_onto_ticket(&ctx));
    const struct command *command = &effects.commands[0];
    EXPECT("Zendesk's alone", command->file_count == 1 && command->files[0].zendesks &&
                                  slice_equal(command->files[0].url, box.url));
    EXPECT_SLICE("its body", command->path, SLICE("/api/v2/tickets/77"));
    EXPECT("by name, by address",
           has(command->body, "\"The customer had sent:\\n[file] box.png\\n[file] "
                              "label.pdf https://bot.example/label.pdf\\n[file] "
                              "https://elsewhere.example/c\",\"public\":false"));
    EXPECT("all by address",
           has(command->fallback, "[file] box.png https://acme.zendesk.com/sc/a\\n"));

    ctx = begin(SURFACE_CHAT);
    sent_files_keep(&state, all, COUNT_OF(all));
    EXPECT_OK("chat", sent_files_onto_ticket(&ctx));
    EXPECT("the bot's alone", effects.commands[0].file_count == 1 &&
                                  !effects.commands[0].files[0].zendesks &&
                                  slice_equal(effects.commands[0].files[0].url, label.url));
    EXPECT_OK("nothing left", sent_files_onto_ticket(&ctx));
    EXPECT("nothing said", effects.command_count == 1);
}

static void the_bridge_gets_each_once(void **unused)
{
    struct context ctx = begin(SURFACE_CHAT);
    (void)unused;
    state.remote_id = SLICE("zc1");
    state.customer.user_id = SLICE("u1");
    sent_files_keep(&state, &label, 1);
    EXPECT_OK("goes", sent_files_into_bridge(&ctx));
    EXPECT("as the customer's", effects.command_count == 1 &&
                                    effects.commands[0].voice == VOICE_CUSTOMER &&
                                    effects.commands[0].slot == SLOT_FILE_BEFORE);
    EXPECT_OK("is there", sent_files_into_bridge(&ctx));
    EXPECT("once", effects.command_count == 1 && state.file_count == 1);
    sent_files_keep(&state, &far, 1);
    EXPECT_OK("one more", sent_files_into_bridge(&ctx));
    EXPECT("that one", effects.command_count == 2 && effects.commands[1].index == 1);
}

static void what_is_merged_comes_first(void **unused)
{
    static struct conversation other;
    (void)begin(SURFACE_MESSAGING);
    (void)unused;
    other = (struct conversation){.surface = SURFACE_MESSAGING, .files_cut = 2};
    sent_files_keep(&other, &far, 1);
    sent_files_keep(&state, &box, 1);
    sent_files_absorb(&state, &other);
    EXPECT("both", state.file_count == 2 && state.files_cut == 2 &&
                       slice_equal(state.files[0].url, far.url) &&
                       slice_equal(state.files[1].url, box.url));
}

int main(void)
{
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_is_too_many_costs_the_oldest),
        cmocka_unit_test(long_addresses_are_bounded_together),
        cmocka_unit_test(a_tickets_files_are_on_it),
        cmocka_unit_test(who_told_of_a_file_decides_who_reads_it),
        cmocka_unit_test(the_bridge_gets_each_once),
        cmocka_unit_test(what_is_merged_comes_first),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
