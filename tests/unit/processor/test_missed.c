/* missed.c and words.c: what is fetched after a gap, and what is still unanswered of it. Rows 43,
 * 44, 61. */
#include "processor/core/missed.h"
#include "tests/support/story_test.h"

static const char config[] =
    "{\"config\":{\"accounts\":[{\"name\":\"acme\",\"integration\":\"int\",\"bot_user\":\"900\"}],"
    "\"stores\":[{\"name\":\"shoes\",\"account\":\"acme\",\"widget\":\"w1\",\"brand\":\"11\"}]}}";

#define OURS "{\"id\":\"s\",\"name\":\"tieline\",\"integrationId\":\"int\"}"
#define AGENTS "{\"id\":\"z\",\"name\":\"zd-agentWorkspace\",\"integrationId\":\"zd\"}"
#define MISSED                                                                                     \
    "{\"at\":\"2026-09-14T10:00:00Z\",\"missed\":{\"since\":\"2026-09-14T09:30:00Z\",\"until\":"   \
    "\"2026-09-14T10:00:00Z\"}}"

static int open_story(void **state)
{
    return story_test_open(state, config);
}

/* A customer's message of 09:00, answered. */
static void talk(struct story *s)
{
    play(s, "{\"at\":\"2026-09-14T09:00:00Z\",\"webhook\":{\"id\":\"e1\",\"createdAt\":"
            "\"2026-09-14T09:00:00Z\",\"type\":\"conversation:message\",\"payload\":{"
            "\"conversation\":{\"id\":\"c1\",\"activeSwitchboardIntegration\":" OURS "},"
            "\"message\":{\"id\":\"m1\",\"received\":\"2026-09-14T09:00:00Z\",\"author\":{\"type\":"
            "\"user\",\"userId\":\"u\"},\"content\":{\"type\":\"text\",\"text\":\"hi\"},\"source\":"
            "{\"type\":\"web\",\"integrationId\":\"w1\"}}}}}");
    play(s, "{\"at\":\"2026-09-14T09:00:01Z\",\"outcome\":{\"of\":\"bot_turn\",\"result\":"
            "\"applied\",\"answer\":{\"messages\":[{\"markdown\":\"hello\"}]}}}");
    play(s, "{\"at\":\"2026-09-14T09:00:02Z\",\"outcome\":{\"of\":\"message\",\"result\":"
            "\"applied\"}}");
    EXPECT("answered", s->state->turn.state == TURN_NONE && s->state->pending_count == 0);
}

static void active(struct story *s, const char *who)
{
    struct slice line = {0};
    EXPECT_OK("line", arena_printf(&s->arena, &line,
                                   "{\"at\":\"2026-09-14T10:00:01Z\",\"outcome\":{\"of\":"
                                   "\"fetch_active\",\"result\":\"applied\",\"date\":"
                                   "\"2026-09-14T10:00:01Z\",\"active\":%s}}",
                                   who));
    play(s, line.ptr);
}

static void messages(struct story *s, const char *list)
{
    struct slice line = {0};
    EXPECT_OK("line", arena_printf(&s->arena, &line,
                                   "{\"at\":\"2026-09-14T10:00:02Z\",\"outcome\":{\"of\":"
                                   "\"fetch_messages\",\"result\":\"applied\",\"fetched\":"
                                   "{\"messages\":[%s],\"more\":false}}}",
                                   list));
    play(s, line.ptr);
}

#define USER(id, at, words)                                                                        \
    "{\"id\":\"" id "\",\"received\":\"2026-09-14T" at "Z\",\"author\":\"user\",\"user_id\":"      \
    "\"u\",\"widget_id\":\"w1\",\"text\":\"" words "\"}"
#define AGENT(id, at)                                                                              \
    "{\"id\":\"" id "\",\"received\":\"2026-09-14T" at "Z\",\"author\":\"business\",\"text\":"     \
    "\"said by a human\"}"
#define ECHO(id, at)                                                                               \
    "{\"id\":\"" id "\",\"received\":\"2026-09-14T" at "Z\",\"author\":\"business\",\"text\":"     \
    "\"hello\",\"effect\":\"d6af42e466103448eeb99f8b41d95ceb\"}"
#define FIRST USER("m1", "09:00:00", "hi")

static bool commanded(const struct story *s, enum effect_kind effect)
{
    for (size_t i = 0; i < s->effects.command_count; i++) {
        if (s->effects.commands[i].effect == effect) {
            return true;
        }
    }
    return false;
}

static void who_is_active_is_asked_before_the_words_are_read(void **state)
{
    struct story *s = *state;
    talk(s);
    play(s, MISSED);
    EXPECT("two fetches", s->effects.command_count == 2);
    EXPECT("first whose it is", s->effects.commands[0].effect == EFFECT_FETCH_ACTIVE);
    EXPECT("then the words", s->effects.commands[1].effect == EFFECT_FETCH_MESSAGES);
    EXPECT_SLICE("its list", s->effects.commands[1].path, SLICE("/conversations/c1/messages"));
    play(s, MISSED);
    EXPECT("each gap once", s->effects.command_count == 0 && !s->effects.changed);
    active(s, OURS);
    EXPECT("silent until both are known", s->effects.command_count == 0);
    messages(s, FIRST "," ECHO("b1", "09:00:02"));
    EXPECT("nothing was missed", s->effects.command_count == 0 && s->state->pending_count == 0);
    EXPECT("and over it is", !s->state->fetch_asked && !wall_known(s->state->missed_since));
}

/* Before a store is known nobody can be asked; with the first word that names a widget one is. */
static void who_is_active_is_asked_when_the_words_tell_the_store(void **state)
{
    struct story *s = *state;
    play(s,
         "{\"at\":\"2026-09-14T09:00:00Z\",\"webhook\":{\"id\":\"e1\",\"createdAt\":"
         "\"2026-09-14T09:00:00Z\",\"type\":\"conversation:message\",\"payload\":{"
         "\"conversation\":{\"id\":\"c1\"},\"message\":{\"id\":\"a1\",\"received\":"
         "\"2026-09-14T09:00:00Z\",\"author\":{\"type\":\"business\"},\"content\":{\"type\":"
         "\"text\",\"text\":\"said by a human\"},\"source\":{\"type\":\"zd:agentWorkspace\"}}}}}");
    play(s, MISSED);
    EXPECT("only the words", s->effects.command_count == 1 && commanded(s, EFFECT_FETCH_MESSAGES));
    messages(s, USER("m1", "09:40:00", "hi"));
    EXPECT("then whose it is", commanded(s, EFFECT_FETCH_ACTIVE));
    EXPECT("and not the bot", !commanded(s, EFFECT_BOT_TURN) && s->state->pending_count == 1);
    active(s, OURS);
    EXPECT("which is ours", commanded(s, EFFECT_BOT_TURN));
}

static void what_is_unanswered_is_asked_once_and_in_order(void **state)
{
    struct story *s = *state;
    talk(s);
    play(s, MISSED);
    active(s, OURS);
    messages(s, USER("m3", "09:41:00", "and the other") "," FIRST
                                                        "," USER("m2", "09:40:00", "where is it"));
    EXPECT("row 44: one turn", commanded(s, EFFECT_BOT_TURN) && s->state->turn.covers == 2);
    EXPECT_SLICE("in Zendesk's order", s->state->pending[0].text, SLICE("where is it"));
    EXPECT_SLICE("whatever the list's", s->state->pending[1].text, SLICE("and the other"));
    play(s, "{\"at\":\"2026-09-14T10:00:03Z\",\"webhook\":{\"id\":\"e2\",\"createdAt\":"
            "\"2026-09-14T09:40:00Z\",\"type\":\"conversation:message\",\"payload\":{"
            "\"conversation\":{\"id\":\"c1\",\"activeSwitchboardIntegration\":" OURS "},"
            "\"message\":{\"id\":\"m2\",\"received\":\"2026-09-14T09:40:00Z\",\"author\":{\"type\":"
            "\"user\",\"userId\":\"u\"},\"content\":{\"type\":\"text\",\"text\":\"where is it\"},"
            "\"source\":{\"type\":\"web\",\"integrationId\":\"w1\"}}}}}");
    EXPECT("a webhook that comes after all is a duplicate",
           effects_has_note(&s->effects, NOTE_DUPLICATE) && s->state->pending_count == 2);
}

static void what_others_answered_is_not_asked(void **state)
{
    static const struct {
        const char *why, *who, *list;
        size_t asked;
    } rows[] = {
        {"a human answered it", OURS, USER("m2", "09:40:00", "x") "," AGENT("a1", "09:41:00"), 0},
        {"a human answered what came before", OURS,
         USER("m2", "09:40:00", "x") "," AGENT("a1", "09:41:00") "," USER("m3", "09:42:00", "y"),
         1},
        {"our own words answer nothing that we do not know of", OURS,
         USER("m2", "09:40:00", "x") "," ECHO("b2", "09:41:00"), 1},
        {"a human has it", AGENTS, USER("m2", "09:40:00", "x"), 0},
        {"from long before", OURS, USER("m0", "08:00:00", "x"), 0},
        {"a message of another kind", OURS,
         "{\"id\":\"m2\",\"received\":\"2026-09-14T09:40:00Z\",\"author\":\"user\",\"activity\":"
         "\"conversation:read\",\"text\":\"x\"}",
         0},
        {"a customer's that was deleted", OURS,
         "{\"id\":\"m2\",\"received\":\"2026-09-14T09:40:00Z\",\"author\":\"user\",\"deleted\":"
         "true,"
         "\"text\":\"x\"}",
         0},
        {"an agent's that was deleted", OURS,
         USER("m2", "09:40:00", "x") ",{\"id\":\"a1\",\"received\":\"2026-09-14T09:41:00Z\","
                                     "\"author\":\"business\",\"deleted\":true,\"text\":\"x\"}",
         1},
        {"a file", OURS,
         "{\"id\":\"m2\",\"received\":\"2026-09-14T09:40:00Z\",\"author\":\"user\",\"url\":"
         "\"https://x.example/1.png\",\"media_type\":\"image/png\"}",
         1},
        {"no time", OURS, "{\"id\":\"m2\",\"author\":\"user\",\"text\":\"x\"}", 0},
        {"none at all", OURS, "", 0},
        {"nonsense", OURS, "7,null,{},[]", 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        void *fresh = NULL;
        EXPECT("story", open_story(&fresh) == 0);
        struct story *s = fresh;
        talk(s);
        play(s, MISSED);
        active(s, rows[i].who);
        messages(s, rows[i].list);
        EXPECT(rows[i].why, s->state->pending_count == rows[i].asked);
        EXPECT(rows[i].why, commanded(s, EFFECT_BOT_TURN) == (rows[i].asked > 0));
        (void)story_test_close(&fresh);
    }
    (void)state;
}

static void words_that_call_a_human_call_one(void **state)
{
    struct story *s = *state;
    talk(s);
    play(s, MISSED);
    active(s, OURS);
    messages(s, USER("m2", "09:40:00", "let me talk to a human"));
    EXPECT("called", effects_has_note(&s->effects, NOTE_ESCALATED));
    EXPECT("not asked", !commanded(s, EFFECT_BOT_TURN));
}

static void a_release_that_was_missed_is_found(void **state)
{
    struct story *s = *state;
    talk(s);
    play(s, "{\"at\":\"2026-09-14T09:10:00Z\",\"webhook\":{\"id\":\"e9\",\"createdAt\":"
            "\"2026-09-14T09:10:00Z\",\"type\":\"switchboard:passControl\",\"payload\":{"
            "\"conversation\":{\"id\":\"c1\",\"activeSwitchboardIntegration\":" AGENTS "}}}}");
    EXPECT("a human has it", s->state->phase == PHASE_HUMAN);
    play(s, MISSED);
    active(s, OURS);
    EXPECT("row 61: given back", s->state->phase == PHASE_RELEASED);
    messages(s, USER("m2", "09:35:00", "to the human") "," AGENT("a1", "09:36:00") "," USER(
                    "m3", "09:40:00", "to the bot"));
    EXPECT("asked about the last alone", s->state->turn.covers == 1);
    EXPECT_SLICE("that one", s->state->pending[0].text, SLICE("to the bot"));
}

static void what_comes_meanwhile_waits_for_what_was_missed(void **state)
{
    struct story *s = *state;
    talk(s);
    play(s, MISSED);
    active(s, OURS);
    play(s, "{\"at\":\"2026-09-14T10:00:01.500Z\",\"webhook\":{\"id\":\"e3\",\"createdAt\":"
            "\"2026-09-14T10:00:01.500Z\",\"type\":\"conversation:message\",\"payload\":{"
            "\"conversation\":{\"id\":\"c1\",\"activeSwitchboardIntegration\":" OURS "},"
            "\"message\":{\"id\":\"m3\",\"received\":\"2026-09-14T10:00:01.500Z\",\"author\":{"
            "\"type\":\"user\",\"userId\":\"u\"},\"content\":{\"type\":\"text\",\"text\":\"new\"},"
            "\"source\":{\"type\":\"web\",\"integrationId\":\"w1\"}}}}}");
    EXPECT("not asked yet", s->effects.command_count == 0 && s->state->pending_count == 1);
    messages(s, USER("m2", "09:40:00", "old"));
    EXPECT("then both", s->state->turn.covers == 2);
    EXPECT_SLICE("the older first", s->state->pending[0].text, SLICE("old"));
}

static void a_fetch_that_fails_keeps_nobody_silent(void **state)
{
    struct story *s = *state;
    talk(s);
    play(s, MISSED);
    active(s, OURS);
    play(s, "{\"at\":\"2026-09-14T10:15:00Z\",\"outcome\":{\"of\":\"fetch_messages\",\"result\":"
            "\"gave_up\"}}");
    EXPECT("counted", effects_has_note(&s->effects, NOTE_FETCH_FAILED));
    EXPECT("over", !s->state->fetch_asked && s->state->given_up_count == 1);
}

/* --- tickets --- */

#define TICKET(assignee, updated)                                                                  \
    "{\"ticket\":{\"id\":17,\"brand_id\":11,\"assignee_id\":" assignee ",\"updated_at\":"          \
    "\"2026-09-14T" updated "Z\"},\"comments\":["
#define COMMENT(id, role, author, at)                                                              \
    "{\"id\":" id ",\"author_id\":" author ",\"author_role\":\"" role "\",\"public\":true,"        \
    "\"created_at\":\"2026-09-14T" at "Z\",\"text\":\"words\"}"
#define FOUND                                                                                      \
    "{\"at\":\"2026-09-14T10:00:00Z\",\"of\":\"acme/ticket/17\",\"missed\":{\"since\":"            \
    "\"2026-09-14T09:30:00Z\",\"until\":\"2026-09-14T10:00:00Z\",\"updated\":"                     \
    "\"2026-09-14T09:50:00Z\"}}"

static void ticket(struct story *s, const char *json)
{
    struct slice line = {0};
    EXPECT_OK("line", arena_printf(&s->arena, &line,
                                   "{\"at\":\"2026-09-14T10:00:01Z\",\"outcome\":{\"of\":"
                                   "\"fetch_ticket\",\"result\":\"applied\",\"fetched\":%s]}}}",
                                   json));
    play(s, line.ptr);
}

static void a_ticket_that_was_born_in_a_gap_is_answered(void **state)
{
    static const struct {
        const char *why, *json;
        bool asked;
    } rows[] = {
        {"nobody has answered it",
         TICKET("900", "09:50:00") COMMENT("1", "end-user", "5", "09:50:00"), true},
        {"a human has",
         TICKET("900", "09:50:00")
             COMMENT("2", "agent", "7", "09:51:00") "," COMMENT("1", "end-user", "5", "09:50:00"),
         false},
        {"the bot has, and nobody here knows",
         TICKET("900", "09:50:00")
             COMMENT("2", "agent", "900", "09:51:00") "," COMMENT("1", "end-user", "5", "09:50:00"),
         false},
        {"a human has it", TICKET("7", "09:50:00") COMMENT("1", "end-user", "5", "09:50:00"),
         false},
        {"it is older than the gap",
         TICKET("900", "09:50:00") COMMENT("1", "end-user", "5", "09:29:59"), false},
        {"the older of two is history",
         TICKET("900", "09:50:00") COMMENT("2", "end-user", "5", "09:50:00") "," COMMENT(
             "1", "end-user", "5", "09:29:59"),
         true},
        {"the customer wrote after the answer",
         TICKET("900", "09:50:00") COMMENT("3", "end-user", "5", "09:52:00") "," COMMENT(
             "2", "agent", "7", "09:51:00") "," COMMENT("1", "end-user", "5", "09:50:00"),
         true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        void *fresh = NULL;
        EXPECT("story", open_story(&fresh) == 0);
        struct story *s = fresh;
        play(s, FOUND);
        EXPECT("fetched", commanded(s, EFFECT_FETCH_TICKET));
        ticket(s, rows[i].json);
        EXPECT(rows[i].why, commanded(s, EFFECT_BOT_TURN) == rows[i].asked);
        EXPECT(rows[i].why, s->state->pending_count == (rows[i].asked ? 1U : 0U));
        play(s, FOUND);
        EXPECT("what was read since it was updated is not read again", !s->effects.changed);
        (void)story_test_close(&fresh);
    }
    (void)state;
}

static void a_comment_that_was_missed_is_answered(void **state)
{
    struct story *s = *state;
    play(s, "{\"at\":\"2026-09-14T09:00:01Z\",\"ticket\":{\"id\":\"17\",\"event\":\"x\"}}");
    ticket(s, TICKET("900", "09:00:00") COMMENT("1", "end-user", "5", "09:00:00"));
    EXPECT("asked", commanded(s, EFFECT_BOT_TURN));
    play(s, "{\"at\":\"2026-09-14T09:00:03Z\",\"outcome\":{\"of\":\"bot_turn\",\"result\":"
            "\"applied\",\"answer\":{\"messages\":[{\"markdown\":\"x\"}]}}}");
    play(s, "{\"at\":\"2026-09-14T09:00:04Z\",\"outcome\":{\"of\":\"ticket_update\",\"result\":"
            "\"applied\"}}");
    play(s, MISSED);
    EXPECT("fetched", commanded(s, EFFECT_FETCH_TICKET));
    ticket(s, TICKET("900", "09:40:00") COMMENT("3", "end-user", "5", "09:40:00") "," COMMENT(
                  "2", "agent", "900", "09:00:04") "," COMMENT("1", "end-user", "5", "09:00:00"));
    EXPECT("row 43: the second alone", s->state->turn.covers == 1);
}

static void only_what_is_open_is_concerned(void **state)
{
    struct conversation c = {.surface = SURFACE_MESSAGING, .routing = ROUTING_STORE};
    (void)state;
    EXPECT("open", missed_concerns(&c));
    c.phase = PHASE_HUMAN;
    EXPECT("also a human's", missed_concerns(&c));
    c.phase = PHASE_ENDED;
    EXPECT("over", !missed_concerns(&c));
    c = (struct conversation){.surface = SURFACE_MESSAGING, .routing = ROUTING_SILENT};
    EXPECT("nobody's", !missed_concerns(&c));
    c = (struct conversation){.surface = SURFACE_TICKET, .routing = ROUTING_WAITING};
    EXPECT("of a messaging conversation", !missed_concerns(&c));
    c.surface = SURFACE_MESSAGING;
    EXPECT("not known yet", missed_concerns(&c));
    c.halted = true;
    EXPECT("an operator's, for later", missed_concerns(&c));
    c = (struct conversation){.surface = SURFACE_ACCOUNT};
    EXPECT("an account's search", !missed_concerns(&c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_TEST(who_is_active_is_asked_before_the_words_are_read),
        STORY_TEST(who_is_active_is_asked_when_the_words_tell_the_store),
        STORY_TEST(what_is_unanswered_is_asked_once_and_in_order),
        STORY_TEST(what_others_answered_is_not_asked),
        STORY_TEST(words_that_call_a_human_call_one),
        STORY_TEST(a_release_that_was_missed_is_found),
        STORY_TEST(what_comes_meanwhile_waits_for_what_was_missed),
        STORY_TEST(a_fetch_that_fails_keeps_nobody_silent),
        STORY_TEST(a_ticket_that_was_born_in_a_gap_is_answered),
        STORY_TEST(a_comment_that_was_missed_is_answered),
        cmocka_unit_test(only_what_is_open_is_concerned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
