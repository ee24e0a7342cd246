/* signals.c through step.c, and rules that look back: what the platform tells beside the messages,
 * and when nothing follows of it. Feature rows 73, 74, 76, 78, 81, 82. */
#include "processor/core/effects.h"
#include "processor/core/signals.h"
#include "tests/support/story_test.h"

#define AT(second) "{\"at\":\"2026-09-14T09:00:" second "Z\","
#define TELLS(second, members)                                                                     \
    AT(second) "\"platform\":{\"conversation\":\"acme/messaging/c1\"," members "}}"
#define HANDOFF(second, id, members) TELLS(second, "\"type\":\"handoff\",\"id\":\"" id "\"" members)

static const char config[] =
    "{\"config\":{\"accounts\":[{\"name\":\"acme\",\"integration\":\"int\"}],\"stores\":[{"
    "\"name\":\"shoes\",\"account\":\"acme\",\"widget\":\"w1\"},{"
    "\"name\":\"hats\",\"account\":\"acme\",\"widget\":\"w2\"}]}}";

static int open_story(void **state)
{
    return story_test_open(state, config);
}

static void says(struct story *s, int n, const char *words)
{
    struct slice line = {0};
    EXPECT_OK("line",
              arena_printf(&s->arena, &line,
                           "{\"at\":\"2026-09-14T09:00:%02dZ\",\"webhook\":{\"id\":\"e%d\","
                           "\"type\":\"conversation:message\",\"createdAt\":"
                           "\"2026-09-14T09:00:%02dZ\",\"payload\":{\"conversation\":{\"id\":"
                           "\"c1\",\"activeSwitchboardIntegration\":{\"id\":\"s\","
                           "\"integrationId\":\"int\"}},\"message\":{\"id\":\"m%d\",\"author\":{"
                           "\"type\":\"user\",\"userId\":\"u1\"},\"content\":{\"type\":\"text\","
                           "\"text\":\"%s\"},\"source\":{\"type\":\"web\",\"integrationId\":\"w1\"}"
                           "}}}}",
                           n, n, n, n, words));
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

static void a_handoff_calls_a_human_at_any_time(void **state)
{
    struct story *s = *state;
    says(s, 1, "hello");
    EXPECT("a turn is outstanding", s->state->turn.state == TURN_ASKED);
    play(s, HANDOFF("02", "h1", ",\"reason\":\"angry\",\"summary\":\"Wants a refund.\""));
    EXPECT("row 81: called", commands(s, EFFECT_PASS_CONTROL) == 1);
    EXPECT("as the bot's wish", s->state->reasons == REASON_BIT(REASON_BOT));
    EXPECT_SLICE("with reason and summary", s->state->bots_summary,
                 SLICE("angry: Wants a refund."));
    EXPECT("the turn is void", s->state->turn.state == TURN_NONE);
    play(s, HANDOFF("03", "h1", ""));
    EXPECT("told again", effects_has_note(&s->effects, NOTE_DUPLICATE));
    play(s, HANDOFF("04", "h2", ",\"summary\":\"Another one.\""));
    EXPECT("row 78: nobody is called again",
           s->effects.command_count == 0 && effects_has_note(&s->effects, NOTE_REASON_ADDED));
}

static void a_handoff_does_not_wait_for_evidence(void **state)
{
    struct story *s = *state;
    says(s, 1, "hello");
    s->state->evidence_asked = true;
    play(s, HANDOFF("02", "h1", ",\"reason\":\"angry\""));
    EXPECT("called", commands(s, EFFECT_PASS_CONTROL) == 1);
    EXPECT_SLICE("a reason alone", s->state->bots_summary, SLICE("angry"));
}

static void who_may_not_call_does_not(void **state)
{
    struct story *s = *state;
    play(s, HANDOFF("01", "h1", ""));
    EXPECT("nobody's conversation yet", !s->effects.changed);
    says(s, 2, "hello");
    play(s, AT("03") "\"store\":\"hats\",\"platform\":{\"type\":\"handoff\",\"conversation\":"
                     "\"acme/messaging/c1\"}}");
    EXPECT("another store's", effects_has_note(&s->effects, NOTE_WRONG_STORE));
    s->state->phase = PHASE_RELEASED;
    play(s, HANDOFF("04", "h3", ""));
    EXPECT("nobody has it", !s->effects.changed && s->effects.command_count == 0);
    s->state->phase = PHASE_BOT;
    play(s, TELLS("05", "\"type\":\"handback\""));
    EXPECT("no human has it", s->effects.command_count == 0 && s->state->phase == PHASE_BOT);
    play(s, "{\"config\":{\"stores\":[{\"name\":\"shoes\",\"account\":\"acme\",\"widget\":\"w1\","
            "\"reasons_off\":4}]}}");
    play(s, HANDOFF("06", "h4", ""));
    EXPECT("row 77: switched off", !s->effects.changed && s->state->reasons == 0);
    play(s, TELLS("07", "\"type\":\"end\""));
    EXPECT("it has ended", s->state->phase == PHASE_ENDED);
    play(s, TELLS("08", "\"type\":\"handoff\""));
    EXPECT("nobody calls any more", !s->effects.changed && s->effects.command_count == 0);
}

#define RATING(second, value)                                                                      \
    TELLS(second, "\"type\":\"rating\",\"name\":\"stars\",\"value\":" value)

static void a_low_rating_calls_a_human_where_wanted(void **state)
{
    struct story *s = *state;
    says(s, 1, "hello");
    play(s, RATING("02", "1"));
    EXPECT("row 73: off", s->effects.command_count == 0 && s->state->reasons == 0);
    EXPECT("row 96: kept for a human", s->state->rated && s->state->rating >= 1);
    play(s, "{\"config\":{\"stores\":[{\"name\":\"shoes\",\"account\":\"acme\",\"widget\":\"w1\","
            "\"reasons_on\":128,\"low_rating\":2}]}}");
    play(s, RATING("03", "2.5"));
    EXPECT("row 73: above", s->effects.command_count == 0 && s->state->reasons == 0);
    play(s, RATING("04", "2"));
    EXPECT("row 73: at it", commands(s, EFFECT_PASS_CONTROL) == 1);
    EXPECT("told why", s->state->reasons == REASON_BIT(REASON_LOW_RATING));
    play(s, HANDOFF("05", "h1", ""));
    EXPECT("row 78: one human, both reasons",
           s->effects.command_count == 0 &&
               s->state->reasons == (REASON_BIT(REASON_LOW_RATING) | REASON_BIT(REASON_BOT)));
}

static void a_listed_action_calls_a_human(void **state)
{
    struct story *s = *state;
    play(s, "{\"config\":{\"stores\":[{\"name\":\"shoes\",\"account\":\"acme\",\"widget\":\"w1\","
            "\"reasons_on\":256,\"action\":\"refund\"}]}}");
    says(s, 1, "hello");
    play(s, TELLS("02", "\"type\":\"action\",\"name\":\"looked_up\""));
    EXPECT("row 74: unlisted", !s->effects.changed);
    play(s, TELLS("03", "\"type\":\"action\",\"name\":\"refund\""));
    EXPECT("row 74: listed",
           commands(s, EFFECT_PASS_CONTROL) == 1 && s->state->reasons == REASON_BIT(REASON_ACTION));
}

static const char wants_repeats[] =
    "{\"config\":{\"stores\":[{\"name\":\"shoes\",\"account\":\"acme\",\"widget\":\"w1\","
    "\"reasons_on\":512}]}}";

static void words_said_again_and_again_call_a_human(void **state)
{
    struct story *s = *state;
    play(s, wants_repeats);
    says(s, 1, "Where is my parcel?");
    says(s, 2, "I asked you something");
    says(s, 3, "where is my parcel");
    EXPECT("row 76: twice is no sign", s->state->phase == PHASE_BOT && s->state->said_count == 3);
    says(s, 4, "WHERE IS MY PARCEL!!");
    EXPECT("row 76: three times is", commands(s, EFFECT_PASS_CONTROL) == 1 &&
                                         s->state->reasons == REASON_BIT(REASON_FRUSTRATED));
    EXPECT("forgotten by then", s->state->said_count == 0);
}

static void the_window_of_repeats_is_bounded(void **state)
{
    struct story *s = *state;
    play(s, wants_repeats);
    static const char *const others[] = {"is it the red one", "or the blue one",
                                         "or the green one",  "or the black one",
                                         "or the white one",  "or a grey one"};
    says(s, 1, "Where is my parcel?");
    says(s, 2, "Where is my parcel?");
    for (int i = 0; i < (int)COUNT_OF(others); i++) {
        says(s, i + 3, others[i]);
    }
    says(s, 9, "Where is my parcel?");
    EXPECT("row 76: the first has fallen out", s->state->phase == PHASE_BOT);
    EXPECT("so many are kept", s->state->said_count == LIMIT_SAID_MAX);
    for (int i = 10; i < 16; i++) {
        says(s, i, "yes");
    }
    EXPECT("short words never count", s->state->phase == PHASE_BOT);
    play(s, config);
    says(s, 20, "Where is my parcel?");
    EXPECT("row 77: without the rule nothing is kept", s->state->said_count == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_TEST(a_handoff_calls_a_human_at_any_time),
        STORY_TEST(a_handoff_does_not_wait_for_evidence),
        STORY_TEST(who_may_not_call_does_not),
        STORY_TEST(a_low_rating_calls_a_human_where_wanted),
        STORY_TEST(a_listed_action_calls_a_human),
        STORY_TEST(words_said_again_and_again_call_a_human),
        STORY_TEST(the_window_of_repeats_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
