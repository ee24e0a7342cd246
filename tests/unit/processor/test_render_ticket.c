/* render_ticket.c and render_support.c: what a comment has no room for is not left out in silence.
 * Rows 93, 104. */
#include "processor/core/render_common.h"
#include "processor/core/render_support.h"
#include "processor/core/render_ticket.h"
#include "tests/unit/processor/bare_context.h"

static char words[LIMIT_TEXT_BYTES_MAX];

static bool has(struct slice text, struct slice part)
{
    for (size_t i = 0; i + part.len <= text.len; i++) {
        if (slice_equal(slice_sub(text, i, i + part.len), part)) {
            return true;
        }
    }
    return false;
}

static struct context begin(void)
{
    bare_begin(EVENT_OUTCOME);
    memset(words, 'x', sizeof words);
    store = (struct store){.name = SLICE("shoes")};
    state.key = SLICE("acme/chat/shoes:1");
    state.account = SLICE("acme");
    state.surface = SURFACE_CHAT;
    state.ticket_id = SLICE("77");
    state.reasons = REASON_BIT(REASON_ASKED);
    return bare_context((wall_ms_t){1});
}

static void newest_words_are_whole(void **unused)
{
    static const struct {
        const char *why;
        size_t kept;
        bool is_cut;
    } rows[] = {
        {"as long as the history keeps", 0, false},
        {"longer", LIMIT_NEWEST_BYTES_MAX - 4, false},
        {"longer than is kept", LIMIT_NEWEST_BYTES_MAX, true},
    };
    (void)unused;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct context ctx = begin();
        size_t most = rows[i].kept > 0 ? rows[i].kept : LIMIT_HISTORY_TEXT_BYTES_MAX;
        state.newest = slice_from(words, rows[i].kept);
        state.history[0] = (struct history_entry){
            SPEAKER_CUSTOMER, slice_from(words, LIMIT_HISTORY_TEXT_BYTES_MAX), {1}};
        state.history_count = 1;
        EXPECT_OK("made", render_ticket_create(&ctx, false));
        struct slice body = effects.commands[0].body;
        EXPECT(rows[i].why, has(body, slice_from(words, most)));
        EXPECT(rows[i].why, !has(body, slice_from(words, most + 1)));
        EXPECT(rows[i].why, has(body, SLICE("(More was said")) == rows[i].is_cut);
        EXPECT(rows[i].why, has(body, SLICE("\\n\\nWhy: "))); /* nothing behind it is lost */
    }
}

static void words_of_somebody_elses_are_not_taken_for_the_newest(void **unused)
{
    struct context ctx = begin();
    (void)unused;
    state.newest = slice_from(words, LIMIT_HISTORY_TEXT_BYTES_MAX + 1);
    state.history[0] = (struct history_entry){SPEAKER_CUSTOMER, SLICE("My parcel"), {1}};
    state.history_count = 1;
    EXPECT_OK("made", render_ticket_create(&ctx, false));
    EXPECT("the history's", has(effects.commands[0].body, SLICE("\"body\":\"My parcel\\n\\nWhy")));
}

static void more_words_than_a_comment_has_room_for(void **unused)
{
    struct context ctx = begin();
    (void)unused;
    state.pending[0].text = slice_from(words, RENDER_COMMENT_BYTES_MAX - 100);
    state.pending_count = 1;
    EXPECT_OK("told", render_ticket_more(&ctx));
    EXPECT("all of it", !has(effects.commands[0].body, SLICE("(More was said")) &&
                            !effects_has_note(&effects, NOTE_WORDS_CUT));
    state.pending[1].text =
        SLICE("and one more thing, which is far too long by now, as you can see "
              "from what stands before it, and so it does not fit at all");
    state.pending_count = 2;
    EXPECT_OK("told", render_ticket_more(&ctx));
    EXPECT("says so", has(effects.commands[1].body, SLICE("(More was said: it is in the "
                                                          "conversation.)\",\"public\":false")));
    EXPECT("is counted", effects_has_note(&effects, NOTE_WORDS_CUT));
}

int main(void)
{
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(newest_words_are_whole),
        cmocka_unit_test(words_of_somebody_elses_are_not_taken_for_the_newest),
        cmocka_unit_test(more_words_than_a_comment_has_room_for),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
