/* Whose turn it is from a hand-over to its end, and what an end means: chat.c, handoff.c,
 * lifecycle.c and turns.c through step.c. Rows 58-60, 103, 107. */
#include "processor/core/effects.h"
#include "processor/core/handoff.h"
#include "tests/support/story_test.h"

#define AT(second) "{\"at\":\"2026-09-14T09:" second "Z\","
#define OURS "{\"id\":\"s\",\"name\":\"tieline\",\"integrationId\":\"int\"}"
#define AGENTS "{\"id\":\"z\",\"name\":\"zd-agentWorkspace\",\"integrationId\":\"int-zd\"}"
#define STORE(more)                                                                                \
    "{\"config\":{\"accounts\":[{\"name\":\"acme\",\"integration\":\"int\","                       \
    "\"switchboard_integration\":\"tieline\"}],\"stores\":[{\"name\":\"shoes\",\"account\":"       \
    "\"acme\",\"widget\":\"w1\",\"notice\":\"A colleague comes.\",\"ended\":\"It is over.\"" more  \
    "}]}}"

static const char config[] = STORE("");

static int open_story(void **state)
{
    return story_test_open(state, config);
}

static void says(struct story *s, int n, const char *words, const char *active)
{
    struct slice line = {0};
    EXPECT_OK("line",
              arena_printf(&s->arena, &line,
                           AT("%02d:%02d") "\"webhook\":{\"id\":\"e%d\",\"type\":"
                                           "\"conversation:message\",\"createdAt\":"
                                           "\"2026-09-14T09:%02d:%02dZ\",\"payload\":{"
                                           "\"conversation\":{\"id\":\"c1\","
                                           "\"activeSwitchboardIntegration\":%s},\"message\":{"
                                           "\"id\":\"m%d\",\"author\":{\"type\":\"user\","
                                           "\"userId\":\"u1\"},\"content\":{\"type\":\"text\","
                                           "\"text\":\"%s\"},\"source\":{\"type\":\"web\","
                                           "\"integrationId\":\"w1\"}}}}}",
                           n / 60, n % 60, n, n / 60, n % 60, active, n, words));
    play(s, line.ptr);
}

/* conversation  what the webhook names besides its id */
static void switches(struct story *s, int n, const char *kind, const char *conversation)
{
    struct slice line = {0};
    EXPECT_OK("line", arena_printf(
                          &s->arena, &line,
                          AT("%02d:%02d") "\"webhook\":{\"id\":\"e%d\",\"type\":\"switchboard:%s\","
                                          "\"createdAt\":\"2026-09-14T09:%02d:%02dZ\",\"payload\":"
                                          "{\"conversation\":{\"id\":\"c1\"%s},\"metadata\":{}}}}",
                          n / 60, n % 60, n, kind, n / 60, n % 60, conversation));
    play(s, line.ptr);
}

static size_t commands(const struct story *s, enum effect_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < s->effects.command_count; i++) {
        count += s->effects.commands[i].effect == kind ? 1 : 0;
    }
    return count;
}

static size_t told(const struct story *s, enum slot slot)
{
    size_t count = 0;
    for (size_t i = 0; i < s->effects.command_count; i++) {
        count += s->effects.commands[i].slot == slot ? 1 : 0;
    }
    return count;
}

/* A human is called and comes. */
static void call(struct story *s)
{
    says(s, 1, "talk to a human", OURS);
    EXPECT("row 58: control is passed", commands(s, EFFECT_PASS_CONTROL) == 1);
    EXPECT("row 103: and told", told(s, SLOT_NOTICE_HANDOVER) == 1);
    says(s, 1, "talk to a human", OURS);
    EXPECT("told again: nothing", s->effects.command_count == 0);
    play(s, AT("00:02") "\"outcome\":{\"of\":\"pass_control\",\"result\":\"applied\"}}");
    switches(s, 3, "passControl", ",\"activeSwitchboardIntegration\":" AGENTS);
    switches(s, 3, "passControl", ",\"activeSwitchboardIntegration\":" AGENTS);
    EXPECT("the human's", s->state->phase == PHASE_HUMAN && s->effects.command_count == 0);
}

static void the_bot_is_silent_from_the_pass_to_the_release(void **state)
{
    enum { WORDS = 100 };
    struct story *s = *state;
    call(s);
    for (int i = 0; i < WORDS; i++) {
        says(s, 4 + i, i % 7 == 0 ? "talk to a human" : "hello?", AGENTS);
        EXPECT("row 60: to the human, and nobody is called again", s->effects.command_count == 0);
        EXPECT("and nothing piles up", s->state->pending_count == 0);
    }
    switches(s, 200, "releaseControl", "");
    EXPECT("row 103: told", told(s, SLOT_NOTICE_ENDED) == 1);
    switches(s, 200, "releaseControl", "");
    EXPECT("once", s->effects.command_count == 0);
    says(s, 201, "hello", OURS);
    EXPECT("row 59: the bot's again", commands(s, EFFECT_BOT_TURN) == 1);
    EXPECT("row 107: a new episode", s->state->phase == PHASE_BOT && s->state->episode == 2);
}

static void after_the_end_words_are_counted_and_nothing_else(void **state)
{
    enum { WORDS = 2 * LIMIT_PENDING_MESSAGES_MAX };
    struct story *s = *state;
    play(s, STORE(",\"after_release\":\"end\""));
    call(s);
    switches(s, 4, "releaseControl", "");
    EXPECT("row 107: ended", s->state->phase == PHASE_ENDED && told(s, SLOT_NOTICE_ENDED) == 1);
    for (int i = 0; i < WORDS; i++) {
        says(s, 5 + i, "hello?", OURS);
        EXPECT("row 107: nobody answers", s->effects.command_count == 0);
        EXPECT("it is counted", effects_has_note(&s->effects, NOTE_AFTER_END));
        EXPECT("and does not pile up", s->state->pending_count == 0);
    }
    EXPECT("what was said is known", s->state->history_count == LIMIT_HISTORY_ENTRIES_MAX &&
                                         s->state->history[0].speaker == SPEAKER_CUSTOMER);
}

/* Whether the newest command is sent only after egress has looked who has it. */
static bool is_checked(const struct story *s, enum slot slot)
{
    for (size_t i = 0; i < s->effects.command_count; i++) {
        if (s->effects.commands[i].slot == slot) {
            return s->effects.commands[i].check_owner;
        }
    }
    fail_msg("nothing is told");
    return false;
}

static void that_it_is_over_is_told_to_nobody_who_has_a_human(void **state)
{
    struct story *s = *state;
    call(s);
    switches(s, 4, "releaseControl", "");
    EXPECT("row 103: asked first, a human may have come again", is_checked(s, SLOT_NOTICE_ENDED));
    says(s, 5, "talk to a human", OURS);
    play(s, AT("00:06") "\"outcome\":{\"of\":\"pass_control\",\"result\":\"applied\"}}");
    play(s, AT("00:07") "\"platform\":{\"conversation\":\"acme/messaging/c1\",\"type\":\"end\","
                        "\"id\":\"x\"}}");
    EXPECT("the platform's end holds whoever has it", !is_checked(s, SLOT_NOTICE_ENDED));
}

static void control_goes_to_whom_the_account_names(void **state)
{
    struct story *s = *state;
    play(s, "{\"config\":{\"accounts\":[{\"name\":\"acme\",\"integration\":\"int\",\"agent\":"
            "\"5f0c\"}],\"stores\":[]}}");
    says(s, 1, "talk to a human", OURS);
    EXPECT("row 58: once", commands(s, EFFECT_PASS_CONTROL) == 1);
    for (size_t i = 0; i < s->effects.command_count; i++) {
        const struct command *command = &s->effects.commands[i];
        if (command->effect == EFFECT_PASS_CONTROL) {
            EXPECT_SLICE("row 58: to the configured id", command->body,
                         SLICE("{\"switchboardIntegration\":\"5f0c\",\"metadata\":{"
                               "\"dataCapture.systemField.tags\":\"tieline_c1\"}}"));
        }
    }
}

/* Nobody is active, as Zendesk says twice. */
static void where_nobody_is_active_only_a_default_responder_speaks(void **state)
{
    static const struct {
        const char *why, *store;
        size_t turns;
    } rows[] = {
        {"it is the default responder", STORE(",\"default_responder\":true"), 1},
        {"it is not", STORE(",\"default_responder\":false"), 0},
    };
    struct story *s = *state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        story_deinit(s);
        story_init(s);
        play(s, rows[i].store);
        says(s, 1, "hello", "null");
        EXPECT("asked first",
               commands(s, EFFECT_FETCH_ACTIVE) == 1 && s->effects.command_count == 1);
        play(s, AT("00:02") "\"outcome\":{\"of\":\"fetch_active\",\"result\":\"applied\","
                            "\"active\":null}}");
        EXPECT("and once more", commands(s, EFFECT_FETCH_ACTIVE) == 1);
        play(s, AT("00:03") "\"outcome\":{\"of\":\"fetch_active\",\"result\":\"applied\","
                            "\"active\":null}}");
        EXPECT(rows[i].why, commands(s, EFFECT_BOT_TURN) == rows[i].turns);
    }
}

/* A bot whose words do not arrive has not answered. */
static void a_lost_word_calls_a_human(void **state)
{
    static const char *const ends[] = {"refused", "gave_up", "undecided"};
    struct story *s = *state;
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        struct slice line = {0};
        story_deinit(s);
        story_init(s);
        play(s, config);
        says(s, 1, "hello", OURS);
        play(s, AT("00:02") "\"outcome\":{\"of\":\"bot_turn\",\"result\":\"applied\",\"answer\":{"
                            "\"messages\":[{\"markdown\":\"Hi\"}]}}}");
        EXPECT_OK("line", arena_printf(&s->arena, &line,
                                       AT("00:03") "\"outcome\":{\"of\":\"message\",\"result\":"
                                                   "\"%s\"}}",
                                       ends[i]));
        play(s, line.ptr);
        EXPECT(ends[i], effects_has_note(&s->effects, NOTE_WORD_LOST));
        EXPECT(ends[i], commands(s, EFFECT_PASS_CONTROL) == 1);
    }
}

/* Nobody would answer what is given back. */
static void without_a_store_nothing_is_given_back(void **state)
{
    struct story *s = *state;
    switches(s, 1, "passControl", ",\"activeSwitchboardIntegration\":" AGENTS);
    EXPECT("a human's, of no store",
           s->state->phase == PHASE_HUMAN && s->state->routing == ROUTING_WAITING);
    play(s, AT("00:02") "\"operator\":\"handback\"}");
    EXPECT("it stays there", s->effects.command_count == 0);
    says(s, 3, "hello", AGENTS);
    EXPECT("the widget is known", s->state->routing == ROUTING_STORE);
    play(s, AT("00:04") "\"operator\":\"handback\"}");
    EXPECT("row 75: given back", commands(s, EFFECT_PASS_CONTROL) == 1);
}

/* The team was promised a ticket: no release of Zendesk's takes it away. */
static void a_ticket_under_way_outlives_a_release(void **state)
{
    struct story *s = *state;
    play(s, STORE(",\"live\":false"));
    says(s, 1, "talk to a human", OURS);
    EXPECT("a ticket", commands(s, EFFECT_TICKET_CREATE) == 1);
    switches(s, 2, "releaseControl", "");
    EXPECT("it goes on", s->state->phase == PHASE_HANDING_OFF && s->effects.command_count == 0);
    play(s, AT("00:03") "\"outcome\":{\"of\":\"ticket_create\",\"result\":\"refused\",\"status\":"
                        "422}}");
    EXPECT("row 98: with the needful", commands(s, EFFECT_TICKET_CREATE) == 1);
    play(s, AT("00:04") "\"platform\":{\"conversation\":\"acme/messaging/"
                        "c1\",\"type\":\"end\",\"id\":\"x\"}}");
    EXPECT("ended by the platform", s->state->phase == PHASE_ENDED);
    play(s, AT("00:05") "\"outcome\":{\"of\":\"ticket_create\",\"result\":\"applied\",\"remote_"
                        "id\":\"77\"}}");
    EXPECT_SLICE("and the ticket is known", s->state->ticket_id, SLICE("77"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_TEST(the_bot_is_silent_from_the_pass_to_the_release),
        STORY_TEST(after_the_end_words_are_counted_and_nothing_else),
        STORY_TEST(that_it_is_over_is_told_to_nobody_who_has_a_human),
        STORY_TEST(control_goes_to_whom_the_account_names),
        STORY_TEST(where_nobody_is_active_only_a_default_responder_speaks),
        STORY_TEST(a_lost_word_calls_a_human),
        STORY_TEST(without_a_store_nothing_is_given_back),
        STORY_TEST(a_ticket_under_way_outlives_a_release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
