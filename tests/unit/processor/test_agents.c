/* agents.c: when it is asked who is online, and what an answer may and may not do. Whole stories of
 * it: tests/golden/stories/agents_*. Rows 10, 58, 75, 103. */
#include "processor/core/agents.h"
#include "tests/support/story_test.h"

static const char config[] =
    "{\"config\":{\"accounts\":[{\"name\":\"acme\",\"integration\":\"int\",\"bot_user\":\"900\"}],"
    "\"stores\":[{\"name\":\"shoes\",\"account\":\"acme\",\"widget\":\"w1\",\"brand\":\"11\","
    "\"agents\":{\"then\":\"ticket\",\"text\":\"Nobody is online.\"}}]}}";

static int open_story(void **state)
{
    return story_test_open(state, config);
}

static const struct command *commanded(const struct story *s, enum effect_kind effect)
{
    for (size_t i = 0; i < s->effects.command_count; i++) {
        if (s->effects.commands[i].effect == effect) {
            return &s->effects.commands[i];
        }
    }
    return NULL;
}

static void asks_for_a_human(struct story *s)
{
    play(s, "{\"at\":\"2026-09-14T09:00:01Z\",\"webhook\":{\"id\":\"e1\",\"type\":"
            "\"conversation:message\",\"createdAt\":\"2026-09-14T09:00:01Z\",\"payload\":{"
            "\"conversation\":{\"id\":\"c1\",\"activeSwitchboardIntegration\":{\"id\":\"s\","
            "\"integrationId\":\"int\"}},\"message\":{\"id\":\"m1\",\"author\":{\"type\":\"user\","
            "\"userId\":\"u1\"},\"content\":{\"type\":\"text\",\"text\":\"human please\"},"
            "\"source\":{\"type\":\"web\",\"integrationId\":\"w1\"}}}}}");
}

static void it_is_asked_before_anything_is_told(void **state)
{
    struct story *s = *state;
    asks_for_a_human(s);
    const struct command *fetch = commanded(s, EFFECT_FETCH_AGENTS);
    EXPECT("asked", fetch != NULL && s->effects.command_count == 2);
    EXPECT("at Support", fetch->api == API_SUPPORT && fetch->method == METHOD_GET);
    EXPECT_SLICE("of messaging alone", fetch->path,
                 SLICE("/api/v2/agent_availabilities?filter%5Bchannel_status%5D=messaging%3Aonline"
                       "&page%5Bsize%5D=100"));
    EXPECT("fenced off before", s->effects.commands[0].effect == EFFECT_FENCE);
    EXPECT("the bot is silent",
           s->state->phase == PHASE_HANDING_OFF && s->state->handover == HANDOVER_ASKING);
}

/* Outcomes by which nobody learns how many are online. */
static void what_cannot_be_read_is_somebody(void **state)
{
    static const struct {
        const char *why, *outcome;
        bool is_known;
    } rows[] = {
        {"refused", "\"result\":\"refused\",\"status\":403", false},
        {"given up", "\"result\":\"gave_up\"", false},
        {"without a body", "\"result\":\"applied\"", false},
        {"of another shape", "\"result\":\"applied\",\"fetched\":{\"data\":[]}", false},
        {"some", "\"result\":\"applied\",\"fetched\":{\"online\":1}", true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct story *s = *state;
        char line[256];
        asks_for_a_human(s);
        (void)snprintf(line, sizeof line,
                       "{\"at\":\"2026-09-14T09:00:02Z\",\"outcome\":{\"of\":\"fetch_agents\",%s}}",
                       rows[i].outcome);
        play(s, line);
        EXPECT(rows[i].why, commanded(s, EFFECT_PASS_CONTROL) != NULL);
        EXPECT(rows[i].why,
               effects_has_note(&s->effects, NOTE_AGENTS_UNKNOWN) == !rows[i].is_known);
        EXPECT(rows[i].why, story_test_close(state) == 0 && open_story(state) == 0);
    }
}

static void nobody_online_is_a_ticket(void **state)
{
    struct story *s = *state;
    asks_for_a_human(s);
    play(s, "{\"at\":\"2026-09-14T09:00:02Z\",\"outcome\":{\"of\":\"fetch_agents\",\"result\":"
            "\"applied\",\"fetched\":{\"online\":0}}}");
    EXPECT("a ticket",
           commanded(s, EFFECT_TICKET_CREATE) != NULL && commanded(s, EFFECT_PASS_CONTROL) == NULL);
    const struct command *told = commanded(s, EFFECT_MESSAGE);
    EXPECT("told", told != NULL && told->slot == SLOT_NOTICE_AWAY);
    EXPECT("noted", effects_has_note(&s->effects, NOTE_AGENTS_AWAY));
    EXPECT("by that way", s->state->way == WAY_TICKET);
}

/* row 75: while it is asked a person calls by hand */
static void by_hand_is_called_all_the_same(void **state)
{
    struct story *s = *state;
    asks_for_a_human(s);
    play(s, "{\"at\":\"2026-09-14T09:00:02Z\",\"operator\":\"escalate\"}");
    play(s, "{\"at\":\"2026-09-14T09:00:03Z\",\"outcome\":{\"of\":\"fetch_agents\",\"result\":"
            "\"applied\",\"fetched\":{\"online\":0}}}");
    EXPECT("passed", commanded(s, EFFECT_PASS_CONTROL) != NULL);
}

static void an_answer_too_late_does_nothing(void **state)
{
    struct story *s = *state;
    asks_for_a_human(s);
    play(s, "{\"at\":\"2026-09-14T09:00:02Z\",\"webhook\":{\"id\":\"e2\",\"type\":"
            "\"switchboard:releaseControl\",\"createdAt\":\"2026-09-14T09:00:02Z\",\"payload\":{"
            "\"conversation\":{\"id\":\"c1\"},\"metadata\":{}}}}");
    EXPECT("given back meanwhile", s->state->phase == PHASE_RELEASED);
    play(s, "{\"at\":\"2026-09-14T09:00:03Z\",\"outcome\":{\"of\":\"fetch_agents\",\"result\":"
            "\"applied\",\"fetched\":{\"online\":2}}}");
    EXPECT("nothing follows",
           s->effects.command_count == 0 && effects_has_note(&s->effects, NOTE_IGNORED));
}

static void what_asks_nothing(void **unused)
{
    static const struct {
        const char *why;
        bool asked;
        enum way way;
        enum surface surface;
        uint32_t reasons;
        bool wanted;
    } rows[] = {
        {"live", true, WAY_LIVE, SURFACE_MESSAGING, REASON_BIT(REASON_ASKED), true},
        {"a chat's", true, WAY_LIVE, SURFACE_CHAT, REASON_BIT(REASON_ASKED), true},
        {"a store that does not care", false, WAY_LIVE, SURFACE_MESSAGING, 4, false},
        {"a ticket waits for whoever comes", true, WAY_TICKET, SURFACE_MESSAGING, 4, false},
        {"so does mail", true, WAY_LIVE, SURFACE_TICKET, 4, false},
        {"row 75: by hand", true, WAY_LIVE, SURFACE_MESSAGING,
         REASON_BIT(REASON_MANUAL) | REASON_BIT(REASON_ASKED), false},
    };
    (void)unused;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct store store = {.agents_asked = rows[i].asked};
        static struct conversation state;
        state.way = rows[i].way;
        state.surface = rows[i].surface;
        state.reasons = rows[i].reasons;
        struct context ctx = {.store = &store, .state = &state};
        EXPECT(rows[i].why, agents_wanted(&ctx) == rows[i].wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_TEST(it_is_asked_before_anything_is_told),
        STORY_TEST(what_cannot_be_read_is_somebody),
        STORY_TEST(nobody_online_is_a_ticket),
        STORY_TEST(by_hand_is_called_all_the_same),
        STORY_TEST(an_answer_too_late_does_nothing),
        cmocka_unit_test(what_asks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
