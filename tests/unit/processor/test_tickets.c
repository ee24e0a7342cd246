/* tickets.c, handoff.c, render_support.c and render_common.c in the corners that the golden stories
 * do not reach: answers that are none, and many comments. Feature rows 42-45. */
#include "processor/core/handoff.h"
#include "processor/core/render_common.h"
#include "processor/core/render_support.h"
#include "processor/core/tickets.h"
#include "tests/support/story_test.h"

static const char config[] =
    "{\"config\":{\"accounts\":[{\"name\":\"acme\",\"integration\":\"int\",\"bot_user\":\"900\"}],"
    "\"stores\":[{\"name\":\"shoes\",\"account\":\"acme\",\"widget\":\"w1\",\"brand\":\"11\"}]}}";

static int open_story(void **state)
{
    return story_test_open(state, config);
}

static void changed(struct story *s)
{
    play(s, "{\"at\":\"2026-09-14T09:00:01Z\",\"ticket\":{\"id\":\"17\",\"event\":\"x\"}}");
}

static void fetched(struct story *s, const char *json)
{
    struct slice line = {0};
    EXPECT_OK("line",
              arena_printf(&s->arena, &line,
                           "{\"at\":\"2026-09-14T09:00:02Z\",\"outcome\":{\"of\":\"fetch_ticket\","
                           "\"result\":\"applied\",\"fetched\":%s}}",
                           json));
    play(s, line.ptr);
}

static const struct {
    const char *why, *json;
} poor[] = {
    {"no ticket in it", "{}"},
    {"a ticket that is none", "{\"ticket\":7}"},
    {"members of other types", "{\"ticket\":{\"brand_id\":[],\"assignee_id\":{},\"tags\":7,"
                               "\"updated_at\":1},\"comments\":{}}"},
    {"comments without ids",
     "{\"ticket\":{\"brand_id\":11,\"assignee_id\":900,\"updated_at\":\"2026-09-14T09:00:00Z\"},"
     "\"comments\":[{},{\"id\":\"\"},7,null]}"},
};

static void what_is_no_answer_starts_nothing(void **state)
{
    struct story *s = *state;
    for (size_t i = 0; i < COUNT_OF(poor); i++) {
        changed(s);
        fetched(s, poor[i].json);
        EXPECT(poor[i].why, s->state->turn.state == TURN_NONE && !s->state->fetch_asked);
    }
    changed(s);
    play(s, "{\"at\":\"2026-09-14T09:00:02Z\",\"outcome\":{\"of\":\"fetch_ticket\",\"result\":"
            "\"refused\"}}");
    EXPECT("a fetch that failed", effects_has_note(&s->effects, NOTE_FETCH_FAILED));
}

static void one_fetch_at_a_time_and_once_more_for_what_came_meanwhile(void **state)
{
    struct story *s = *state;
    changed(s);
    EXPECT("fetched", s->effects.command_count == 1);
    changed(s);
    changed(s);
    EXPECT("not again", s->effects.command_count == 0 && s->state->fetch_again);
    fetched(s, "{}");
    EXPECT("once more", s->effects.command_count == 1 && s->state->fetch_asked);
    fetched(s, "{}");
    EXPECT("then no more", s->effects.command_count == 0 && !s->state->fetch_asked);
}

static void an_answer_is_one_update(void **state)
{
    struct story *s = *state;
    changed(s);
    fetched(s, "{\"ticket\":{\"brand_id\":11,\"assignee_id\":900,\"updated_at\":"
               "\"2026-09-14T09:00:00Z\"},\"comments\":[{\"id\":2,\"author_id\":5,\"author_role\":"
               "\"end-user\",\"public\":true,\"created_at\":\"2026-09-14T09:00:00Z\",\"text\":"
               "\"b\"},{\"id\":1,\"author_id\":5,\"author_role\":\"end-user\",\"public\":true,"
               "\"created_at\":\"2026-09-14T08:59:00Z\",\"text\":\"a\"}]}");
    EXPECT("both travel together", s->state->turn.covers == 2);
    EXPECT_SLICE("oldest first", s->state->pending[0].text, SLICE("a"));
    play(s, "{\"at\":\"2026-09-14T09:00:03Z\",\"outcome\":{\"of\":\"bot_turn\",\"result\":"
            "\"applied\",\"answer\":{\"messages\":[{\"markdown\":\"x\"},{\"markdown\":\"y\"}]}}}");
    EXPECT("row 2: one update", s->effects.command_count == 1);
    EXPECT("as the bot", s->effects.commands[0].voice == VOICE_BOT);
    EXPECT("of a ticket", s->effects.commands[0].effect == EFFECT_TICKET_UPDATE);
}

#define COMMENT(id, role, at, text)                                                                \
    "{\"id\":" id ",\"author_id\":5,\"author_role\":\"" role                                       \
    "\",\"public\":true,\"created_at\":\"2026-0" at "\",\"text\":\"" text "\"}"
#define TICKET(assignee, comments)                                                                 \
    "{\"ticket\":{\"brand_id\":11,\"assignee_id\":" assignee                                       \
    ",\"updated_at\":\"2026-09-14T09:00:00Z\"},\"comments\":[" comments "]}"

/* The state of a ticket goes when nothing happened for weeks; its comments stay on it. */
static void what_was_answered_weeks_ago_is_not_answered_again(void **state)
{
    struct story *s = *state;
    changed(s);
    fetched(s,
            TICKET("900",
                   COMMENT("4", "end-user", "9-14T08:59:00Z", "And now?") "," COMMENT(
                       "3", "end-user", "8-03T09:00:00Z",
                       "Thanks") "," COMMENT("2", "agent", "8-02T09:00:00Z",
                                             "It is on its way") "," COMMENT("1", "end-user",
                                                                             "8-02T09:00:00Z",
                                                                             "talk to a human")));
    EXPECT("row 79: nobody is called for it", !effects_has_note(&s->effects, NOTE_ESCALATED));
    EXPECT("asked is what has no answer", s->state->turn.covers == 2);
    EXPECT_SLICE("from there on", s->state->pending[0].text, SLICE("Thanks"));
}

static void an_answer_of_today_leaves_all_to_the_bot(void **state)
{
    struct story *s = *state;
    changed(s);
    fetched(s,
            TICKET("900", COMMENT("2", "agent", "9-14T08:59:00Z", "Our bot will know") "," COMMENT(
                              "1", "end-user", "9-14T08:00:00Z", "Which size?")));
    EXPECT("given to it on purpose", s->state->turn.covers == 1);
}

/* Row 71: what a rule wants is weighed when the bot has the ticket, whenever it was said. */
static void who_asked_for_a_human_before_the_bot_had_it_gets_one(void **state)
{
    struct story *s = *state;
    changed(s);
    fetched(s, TICKET("null", COMMENT("1", "end-user", "9-14T08:59:00Z", "talk to a human")));
    EXPECT("nobody's yet", s->state->pending_count == 1 && s->effects.command_count == 0);
    changed(s);
    fetched(s, TICKET("900", COMMENT("1", "end-user", "9-14T08:59:00Z", "talk to a human")));
    EXPECT("called", effects_has_note(&s->effects, NOTE_ESCALATED));
    EXPECT("not asked", s->state->turn.state == TURN_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_TEST(what_is_no_answer_starts_nothing),
        STORY_TEST(one_fetch_at_a_time_and_once_more_for_what_came_meanwhile),
        STORY_TEST(an_answer_is_one_update),
        STORY_TEST(what_was_answered_weeks_ago_is_not_answered_again),
        STORY_TEST(an_answer_of_today_leaves_all_to_the_bot),
        STORY_TEST(who_asked_for_a_human_before_the_bot_had_it_gets_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
