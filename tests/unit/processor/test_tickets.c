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

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_TEST(what_is_no_answer_starts_nothing),
        STORY_TEST(one_fetch_at_a_time_and_once_more_for_what_came_meanwhile),
        STORY_TEST(an_answer_is_one_update),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
