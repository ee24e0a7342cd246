/* turns.c, render.c, timers.c, effects.c and lifecycle.c through step.c: bounds and corners that
 * the golden stories do not reach. */
#include "json/json_read.h"
#include "processor/core/effects.h"
#include "processor/core/lifecycle.h"
#include "processor/core/render.h"
#include "processor/core/timers.h"
#include "processor/core/turns.h"
#include "tests/support/story_test.h"

static const char config[] =
    "{\"config\":{\"accounts\":[{\"name\":\"acme\",\"integration\":\"int\"}],\"stores\":[{"
    "\"name\":\"shoes\",\"account\":\"acme\",\"widget\":\"w1\",\"author\":\"Shoe Bot\"}]}}";

static int open_story(void **state)
{
    return story_test_open(state, config);
}

/* A customer's message number `n`, `second` seconds after nine. */
static void says(struct story *s, int n, int second, const char *words)
{
    struct slice line = {0};
    EXPECT_OK("line",
              arena_printf(&s->arena, &line,
                           "{\"at\":\"2026-09-14T09:%02d:%02dZ\",\"webhook\":{\"id\":\"e%d\","
                           "\"type\":\"conversation:message\",\"createdAt\":"
                           "\"2026-09-14T09:%02d:%02dZ\",\"payload\":{\"conversation\":{\"id\":"
                           "\"a/b c\",\"activeSwitchboardIntegration\":{\"id\":\"s\","
                           "\"integrationId\":\"int\"}},\"message\":{\"id\":\"m%d\",\"author\":{"
                           "\"type\":\"user\",\"userId\":\"u1\"},\"content\":{\"type\":\"text\","
                           "\"text\":\"%s\"},\"source\":{\"type\":\"web\",\"integrationId\":\"w1\"}"
                           "}}}}",
                           second / 60, second % 60, n, second / 60, second % 60, n, words));
    play(s, line.ptr);
}

static void a_conversation_holds_back_so_many_messages(void **state)
{
    struct story *s = *state;
    for (int i = 0; i < LIMIT_PENDING_MESSAGES_MAX; i++) {
        says(s, i, i, "hello");
    }
    EXPECT("all kept", s->state->pending_count == LIMIT_PENDING_MESSAGES_MAX);
    EXPECT("one turn outstanding", s->waiting_count == 1);
    says(s, LIMIT_PENDING_MESSAGES_MAX, LIMIT_PENDING_MESSAGES_MAX, "one too many");
    EXPECT("said so", effects_has_note(&s->effects, NOTE_PENDING_FULL));
    EXPECT("not more", s->state->pending_count == LIMIT_PENDING_MESSAGES_MAX);
    play(s, "{\"at\":\"2026-09-14T09:10:00Z\",\"outcome\":{\"of\":\"bot_turn\",\"result\":"
            "\"applied\",\"answer\":{\"messages\":[]}}}");
    EXPECT("an empty answer ends the turn and the next takes what it may",
           s->state->turn.state == TURN_ASKED && s->state->turn.covers == LIMIT_TURN_MESSAGES_MAX);
}

static void it_holds_back_so_many_bytes(void **state)
{
    struct story *s = *state;
    static char words[16 * 1024];
    memset(words, 'w', sizeof words - 1);
    for (int i = 0; i < 20; i++) {
        says(s, i, i, words);
    }
    size_t bytes = 0;
    for (size_t i = 0; i < s->state->pending_count; i++) {
        bytes += s->state->pending[i].text.len;
    }
    EXPECT("some", s->state->pending_count > 0);
    EXPECT("not all", s->state->pending_count < 20 && bytes <= LIMIT_PENDING_BYTES_MAX);
    EXPECT("said so", effects_has_note(&s->effects, NOTE_PENDING_FULL));
}

static void a_loop_is_broken_by_the_cap(void **state)
{
    struct story *s = *state;
    for (int i = 0; i < LIMIT_TURNS_PER_HOUR_MAX; i++) {
        says(s, i, i * 2, "ping");
        EXPECT("asked", effects_has_note(&s->effects, NOTE_TURN_STARTED));
        struct slice line = {0};
        EXPECT_OK("line", arena_printf(&s->arena, &line,
                                       "{\"at\":\"2026-09-14T09:%02d:%02dZ\",\"outcome\":{\"of\":"
                                       "\"bot_turn\",\"result\":\"applied\",\"answer\":{"
                                       "\"messages\":[]}}}",
                                       (i * 2 + 1) / 60, (i * 2 + 1) % 60));
        play(s, line.ptr);
    }
    says(s, 1000, 150, "ping");
    EXPECT("capped", effects_has_note(&s->effects, NOTE_TURN_CAP));
    EXPECT("silent", s->effects.command_count == 0);
    play(s, "{\"at\":\"2026-09-14T11:00:00Z\",\"webhook\":{\"id\":\"later\",\"type\":"
            "\"conversation:message\",\"createdAt\":\"2026-09-14T11:00:00Z\",\"payload\":{"
            "\"conversation\":{\"id\":\"a/b c\",\"activeSwitchboardIntegration\":{\"id\":\"s\","
            "\"integrationId\":\"int\"}},\"message\":{\"id\":\"later\",\"author\":{\"type\":"
            "\"user\",\"userId\":\"u1\"},\"content\":{\"type\":\"text\",\"text\":\"pong\"},"
            "\"source\":{\"type\":\"web\",\"integrationId\":\"w1\"}}}}}");
    EXPECT("another hour, another count", effects_has_note(&s->effects, NOTE_TURN_STARTED));
}

static void requests_are_rendered_whole(void **state)
{
    struct story *s = *state;
    says(s, 1, 1, "hi");
    struct command turn = s->effects.commands[s->effects.command_count - 1];
    const struct json *root = NULL;
    EXPECT_OK("turn is JSON", json_parse(&s->arena, turn.body, NULL, NULL, &root));
    EXPECT_SLICE("turn", json_string(json_find(root, "turn")), turn.turn);
    EXPECT_SLICE("store", json_string(json_find(root, "store")), SLICE("shoes"));
    EXPECT("one message", json_find(root, "messages")->count == 1);
    play(s, "{\"at\":\"2026-09-14T09:00:09Z\",\"outcome\":{\"of\":\"bot_turn\",\"result\":"
            "\"applied\",\"answer\":{\"messages\":[{\"markdown\":\"a \\\"b\\\"\"}]}}}");
    struct command word = s->effects.commands[0];
    char id[IDENT_EFFECT_TEXT_BYTES];
    effect_id_text(word.effect_id, id);
    EXPECT_SLICE("the id is percent-encoded", word.path,
                 SLICE("/conversations/a%2Fb%20c/messages"));
    EXPECT_OK("word is JSON", json_parse(&s->arena, word.body, NULL, NULL, &root));
    EXPECT_SLICE("row 67: name", json_string(json_find(root, "author.displayName")),
                 SLICE("Shoe Bot"));
    EXPECT("row 68: no avatar, no member", json_find(root, "author.avatarUrl") == NULL);
    EXPECT_SLICE("row 4: as the business", json_string(json_find(root, "author.type")),
                 SLICE("business"));
    EXPECT_SLICE("text", json_string(json_find(root, "content.markdownText")), SLICE("a \"b\""));
    const struct json *metadata = json_find(root, "metadata");
    EXPECT_SLICE("stamped", json_string(json_member(metadata, SLICE("tieline.effect"))),
                 slice_of(id));
    EXPECT("bot's voice", word.voice == VOICE_BOT && word.check_owner);
}

static void an_outcome_told_twice_counts_once(void **state)
{
    struct story *s = *state;
    says(s, 1, 1, "hi");
    s->waiting[s->waiting_count] = s->waiting[0];
    s->waiting_count++;
    const char *answer =
        "{\"at\":\"2026-09-14T09:00:09Z\",\"outcome\":{\"of\":\"bot_turn\","
        "\"result\":\"applied\",\"answer\":{\"messages\":[{\"markdown\":\"a\"}]}}}";
    play(s, answer);
    EXPECT("one word", s->effects.command_count == 1);
    play(s, answer);
    EXPECT("none again", s->effects.command_count == 0 && !s->effects.changed);
    EXPECT("said so", effects_has_note(&s->effects, NOTE_DUPLICATE));
}

static void one_timer_of_a_kind(void **unused)
{
    (void)unused;
    static struct conversation state;
    state = (struct conversation){0};
    EXPECT("none", timers_next(&state) == NULL);
    EXPECT_OK("set", timers_set(&state, TIMER_TURN, (wall_ms_t){100}, SLICE("a")));
    EXPECT_OK("set", timers_set(&state, TIMER_INACTIVITY, (wall_ms_t){50}, SLICE("b")));
    EXPECT("earliest", timers_next(&state)->kind == TIMER_INACTIVITY);
    EXPECT_OK("again", timers_set(&state, TIMER_TURN, (wall_ms_t){50}, SLICE("c")));
    EXPECT("still two", state.timer_count == 2);
    EXPECT("tie goes by kind", timers_next(&state)->kind == TIMER_TURN);
    timers_cancel(&state, TIMER_TURN);
    timers_cancel(&state, TIMER_TURN);
    EXPECT("cancelled", state.timer_count == 1);
}

static void effects_are_bounded(void **unused)
{
    (void)unused;
    static struct effects effects;
    struct command *command = NULL;
    effects_reset(&effects);
    for (int i = 0; i < LIMIT_EFFECTS_PER_STEP_MAX; i++) {
        EXPECT_OK("add", effects_add(&effects, &command));
    }
    EXPECT_CODE("full", effects_add(&effects, &command), ERR_TOO_LARGE);
    for (int i = 0; i < 2 * EFFECTS_NOTES_MAX; i++) {
        effects_note(&effects, NOTE_IGNORED);
    }
    EXPECT("notes are dropped, not decisions", effects.note_count == EFFECTS_NOTES_MAX);
    for (unsigned note = 0; note < NOTE_COUNT; note++) {
        EXPECT("each note has a name", note_name((enum note)note)[0] != '\0');
    }
}

/* A timer that outlives its turn would be due for ever, and written to the log as often. */
static void a_turn_that_is_void_waits_no_longer(void **state)
{
    struct story *s = *state;
    says(s, 1, 1, "hello");
    play(s, "{\"at\":\"2026-09-14T09:00:02Z\",\"outcome\":{\"of\":\"bot_turn\",\"result\":"
            "\"deferred\"}}");
    EXPECT("its time runs", s->state->timer_count == 1);
    play(s, "{\"at\":\"2026-09-14T09:00:03Z\",\"webhook\":{\"id\":\"e2\",\"type\":"
            "\"switchboard:passControl\",\"createdAt\":\"2026-09-14T09:00:03Z\",\"payload\":{"
            "\"conversation\":{\"id\":\"a/b c\",\"activeSwitchboardIntegration\":{\"id\":\"z\","
            "\"integrationId\":\"agents\"}}}}}");
    EXPECT("a human has it", phase_owner(s->state->phase) == OWNER_HUMAN);
    EXPECT("nothing is waited for", s->state->timer_count == 0);
}

static void other_surfaces_leave_no_state_yet(void **state)
{
    struct story *s = *state;
    struct event event = {.type = EVENT_TICKET,
                          .id = SLICE("e"),
                          .account = SLICE("acme"),
                          .conversation = SLICE("acme/chat/17")};
    static struct conversation ticket;
    EXPECT_OK("new", step_new(event.conversation, &ticket));
    struct step_input input = {.event = &event, .time = {1000}, .config = s->config};
    EXPECT_OK("step", step(&s->arena, &input, &ticket, &s->effects));
    EXPECT("nothing follows", !s->effects.changed && s->effects.command_count == 0);
    EXPECT_CODE("no key", step_new(SLICE("acme"), &ticket), ERR_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_TEST(a_conversation_holds_back_so_many_messages),
        STORY_TEST(it_holds_back_so_many_bytes),
        STORY_TEST(a_loop_is_broken_by_the_cap),
        STORY_TEST(requests_are_rendered_whole),
        STORY_TEST(an_outcome_told_twice_counts_once),
        STORY_TEST(a_turn_that_is_void_waits_no_longer),
        STORY_TEST(other_surfaces_leave_no_state_yet),
        cmocka_unit_test(one_timer_of_a_kind),
        cmocka_unit_test(effects_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
