#include "egress/core/owner.h"
#include "tests/support/unit.h"

static void test_when_a_check_is_wanted(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        enum voice voice;
        bool asked, met;
        int64_t age_ms;
        bool want;
    } rows[] = {
        {"a fresh word", VOICE_BOT, false, false, 5000, false},
        {"row 61: a late one", VOICE_BOT, false, false, 5001, true},
        {"the first after a release", VOICE_BOT, true, false, 0, true},
        {"one that met another writer", VOICE_BOT, false, true, 0, true},
        {"a late notice is told all the same", VOICE_NOTICE, false, true, 60000, false},
        {"the end of a session, to nobody but the customer", VOICE_NOTICE, true, false, 0, true},
        {"the customer's words", VOICE_CUSTOMER, false, true, 60000, false},
        {"a change of the ticket", VOICE_NONE, false, true, 60000, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct command c = {
            .voice = rows[i].voice, .check_owner = rows[i].asked, .created = {1000000}};
        wall_ms_t now = {1000000 + rows[i].age_ms};
        EXPECT(rows[i].why, owner_check_wanted(&c, rows[i].met, now) == rows[i].want);
    }
    struct command ageless = {.voice = VOICE_BOT};
    EXPECT("age unknown", !owner_check_wanted(&ageless, false, (wall_ms_t){INT64_MAX}));
}

static void test_who_may_speak_in_a_conversation(void **state)
{
    (void)state;
    const struct account account = {.integration_id = SLICE("i1"),
                                    .switchboard_integration = SLICE("acme-bot"),
                                    .agent_target = SLICE("humans")};
    static const struct {
        const char *why;
        struct integration active;
        bool bot, notice;
    } rows[] = {
        {"nobody is active", {0}, true, true},
        {"we, by the integration", {.present = true, .integration_id = {"i1", 2}}, true, true},
        {"we, by our name", {.present = true, .name = {"acme-bot", 8}}, true, true},
        {"we, by our id", {.present = true, .id = {"acme-bot", 8}}, true, true},
        {"row 10: a human",
         {.present = true, .name = {"zd-agentWorkspace", 17}, .type = {"zd:agentWorkspace", 17}},
         false,
         false},
        {"a human, by the name the account has for them",
         {.present = true, .name = {"humans", 6}},
         false,
         false},
        {"another bot",
         {.present = true, .name = {"zd-answerBot", 12}, .type = {"zd:answerBot", 12}},
         false,
         true},
        {"somebody without a name", {.present = true}, false, true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT(rows[i].why,
               owner_conversation_lets(&account, &rows[i].active, VOICE_BOT) == rows[i].bot);
        EXPECT(rows[i].why,
               owner_conversation_lets(&account, &rows[i].active, VOICE_NOTICE) == rows[i].notice);
    }
    struct integration nameless = {.present = true};
    EXPECT("an account that does not know itself is nobody",
           !owner_conversation_lets(&(struct account){0}, &nameless, VOICE_BOT));
}

static void test_who_may_speak_on_a_ticket(void **state)
{
    (void)state;
    const struct account account = {.bot_user_id = SLICE("900")};
    static const struct {
        const char *why, *assignee;
        bool strictly, plainly;
    } rows[] = {
        {"the bot's", "900", true, true},
        {"row 61: an agent's", "7", false, false},
        {"nobody's", "", false, true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice assignee = slice_of(rows[i].assignee);
        EXPECT(rows[i].why, owner_ticket_lets(&account, assignee, true) == rows[i].strictly);
        EXPECT(rows[i].why, owner_ticket_lets(&account, assignee, false) == rows[i].plainly);
    }
}

static void test_where_to_ask(void **state)
{
    (void)state;
    struct command c = {.path = SLICE("/conversations/c%2F1/messages")};
    EXPECT_SLICE("its conversation", owner_conversation_path(&c), SLICE("/conversations/c%2F1"));
    c.path = SLICE("/conversations/c1/passControl");
    EXPECT_SLICE("of a hand-over", owner_conversation_path(&c), SLICE("/conversations/c1"));
    c.path = SLICE("/conversations/c1/releaseControl");
    EXPECT_SLICE("of a release", owner_conversation_path(&c), SLICE("/conversations/c1"));
    c.path = SLICE("/conversations/c1/activity");
    EXPECT_SLICE("of something else", owner_conversation_path(&c), SLICE(""));
}

static void test_what_takes_a_ticket_away(void **state)
{
    (void)state;
    static const struct {
        const char *why, *body;
        enum effect_kind effect;
        bool want;
    } rows[] = {
        {"nobody's from now on", "{\"ticket\":{\"assignee_id\":null,\"group_id\":3}}",
         EFFECT_TICKET_UPDATE, true},
        {"given to somebody", "{\"ticket\":{\"assignee_id\":7}}", EFFECT_TICKET_UPDATE, false},
        {"left where it is", "{\"ticket\":{\"comment\":{\"body\":\"hi\"}}}", EFFECT_TICKET_UPDATE,
         false},
        {"a new one", "{\"ticket\":{\"assignee_id\":null}}", EFFECT_TICKET_CREATE, false},
        {"no JSON", "{", EFFECT_TICKET_UPDATE, false},
    };
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, 64 * 1024);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct command c = {.effect = rows[i].effect, .body = slice_of(rows[i].body)};
        EXPECT(rows[i].why, owner_unassigns(&arena, &c) == rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_when_a_check_is_wanted),
        cmocka_unit_test(test_who_may_speak_in_a_conversation),
        cmocka_unit_test(test_who_may_speak_on_a_ticket),
        cmocka_unit_test(test_where_to_ask),
        cmocka_unit_test(test_what_takes_a_ticket_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
