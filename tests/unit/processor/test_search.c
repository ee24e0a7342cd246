/* search.c: one search for an account, page by page and once more. Rows 42 and 44. */
#include "processor/core/search.h"
#include "tests/support/story_test.h"

static const char config[] =
    "{\"config\":{\"accounts\":[{\"name\":\"acme\",\"integration\":\"int\",\"bot_user\":\"900\"}],"
    "\"stores\":[{\"name\":\"shoes\",\"account\":\"acme\",\"widget\":\"w1\",\"brand\":\"11\"}]}}";

static int open_story(void **state)
{
    return story_test_open(state, config);
}

static void missed(struct story *s, const char *since, const char *until)
{
    struct slice line = {0};
    EXPECT_OK("line", arena_printf(&s->arena, &line,
                                   "{\"at\":\"2026-09-14T10:00:00Z\",\"of\":"
                                   "\"acme/account/tickets\",\"missed\":{\"since\":\"2026-09-14T%s"
                                   "Z\",\"until\":\"2026-09-14T%sZ\"}}",
                                   since, until));
    play(s, line.ptr);
}

static void page(struct story *s, const char *list, bool more)
{
    struct slice line = {0};
    EXPECT_OK("line", arena_printf(&s->arena, &line,
                                   "{\"at\":\"2026-09-14T10:00:01Z\",\"outcome\":{\"of\":"
                                   "\"search_tickets\",\"result\":\"applied\",\"fetched\":"
                                   "{\"tickets\":[%s],\"more\":%s}}}",
                                   list, more ? "true" : "false"));
    play(s, line.ptr);
}

static void timer(struct story *s)
{
    play(s, "{\"at\":\"2026-09-14T10:10:00Z\",\"timer\":\"search\"}");
}

#define FOUND(id, at) "{\"id\":\"" id "\",\"updated_at\":\"2026-09-14T" at "Z\"}"
#define PATH(from, page)                                                                           \
    "/api/v2/search?query=type%3Aticket%20updated%3E%3D2026-09-14T" from                           \
    "Z&sort_by=updated_at&sort_order=asc&page=" page

static void each_ticket_found_is_an_event_of_its_own(void **state)
{
    struct story *s = *state;
    missed(s, "09:30:00.700", "10:00:00");
    EXPECT("one command", s->effects.command_count == 1);
    EXPECT("a search", s->effects.commands[0].effect == EFFECT_SEARCH_TICKETS);
    EXPECT_SLICE("since then", s->effects.commands[0].path, SLICE(PATH("09%3A30%3A00", "1")));
    EXPECT("of the account", s->effects.commands[0].api == API_SUPPORT);
    page(s, FOUND("17", "09:40:00") "," FOUND("18", "09:41:00"), false);
    EXPECT("two tickets", s->effects.event_count == 2);
    const struct event *event = &s->effects.events[1];
    EXPECT("missed", event->type == EVENT_MISSED && event->source == EVENT_FROM_PROCESSOR);
    EXPECT_SLICE("each on its own partition", event->conversation, SLICE("acme/ticket/18"));
    EXPECT("when it was updated", event->body.missed.updated.ms % 86400000 == 34860000);
    EXPECT_SLICE("known by that", event->id, SLICE("missed/18/1789378860000"));
    timer(s);
    EXPECT_SLICE("once more for what the index did not show", s->effects.commands[0].path,
                 SLICE(PATH("09%3A30%3A00", "1")));
    page(s, "", false);
    EXPECT("then it is done", !wall_known(s->state->search.since) && s->state->timer_count == 0);
}

static void one_search_for_all_that_ask(void **state)
{
    struct story *s = *state;
    missed(s, "09:30:00", "10:00:00");
    missed(s, "09:30:00", "10:00:00");
    EXPECT("the same gap", !s->effects.changed);
    missed(s, "09:30:10", "09:59:50");
    EXPECT("that of a partition which saw less of it", !s->effects.changed);
    missed(s, "09:29:58", "10:00:01");
    EXPECT("of one which saw more", s->effects.command_count == 0 && s->effects.changed);
    page(s, "", false);
    timer(s);
    EXPECT_SLICE("is in the second round", s->effects.commands[0].path,
                 SLICE(PATH("09%3A29%3A58", "1")));
    missed(s, "09:29:58", "10:00:01");
    EXPECT("once", !s->effects.changed);
    missed(s, "09:20:00", "10:00:01");
    missed(s, "09:21:00", "10:00:02");
    EXPECT("later than that", s->effects.command_count == 0 && s->effects.changed);
    page(s, "", false);
    EXPECT_SLICE("one more for all of them", s->effects.commands[0].path,
                 SLICE(PATH("09%3A20%3A00", "1")));
    page(s, "", false);
    timer(s);
    page(s, "", false);
    EXPECT("done", !wall_known(s->state->search.since));
    missed(s, "09:22:00", "10:00:01.500");
    EXPECT("who comes too late finds it done", !s->effects.changed);
    missed(s, "10:30:00", "11:00:00");
    EXPECT_SLICE("the next gap is its own", s->effects.commands[0].path,
                 SLICE(PATH("10%3A30%3A00", "1")));
}

static void a_search_ends_where_it_began(void **state)
{
    struct story *s = *state;
    missed(s, "09:30:00", "10:00:00");
    page(s, FOUND("17", "10:00:59"), true);
    EXPECT("it goes on", s->state->search.round == 0);
    timer(s);
    page(s, FOUND("18", "10:01:01"), true);
    EXPECT("what comes then has its webhooks", s->state->search.round == 1);
    timer(s);
    page(s, FOUND("18", "10:01:01"), true);
    EXPECT("the second round is later", s->state->search.round == 1);
    timer(s);
    page(s, FOUND("19", "11:00:00"), true);
    EXPECT("and ends as well", !wall_known(s->state->search.since));
}

static void paged(struct story *s, uint32_t size)
{
    struct slice line = {0};
    EXPECT_OK("line", arena_printf(&s->arena, &line,
                                   "{\"at\":\"2026-09-14T10:00:01Z\",\"outcome\":{\"of\":"
                                   "\"search_tickets\",\"result\":\"applied\",\"fetched\":"
                                   "{\"tickets\":[" FOUND("17", "09:30:00") "],\"more\":true,"
                                                                            "\"size\":%u}}}",
                                   (unsigned)size));
    play(s, line.ptr);
    timer(s);
}

static void pages_of_one_second_are_of_one_size(void **state)
{
    struct story *s = *state;
    missed(s, "09:30:00", "10:00:00");
    paged(s, 20);
    EXPECT_SLICE("as the first", s->effects.commands[0].path,
                 SLICE(PATH("09%3A30%3A00", "2&per_page=20")));
    paged(s, 20);
    EXPECT_SLICE("and on", s->effects.commands[0].path,
                 SLICE(PATH("09%3A30%3A00", "3&per_page=20")));
    paged(s, 3);
    EXPECT_SLICE("too much to read: the same place", s->effects.commands[0].path,
                 SLICE(PATH("09%3A30%3A00", "14&per_page=3")));
    paged(s, 3);
    EXPECT_SLICE("then on", s->effects.commands[0].path,
                 SLICE(PATH("09%3A30%3A00", "15&per_page=3")));
    page(s, FOUND("18", "09:31:00"), true);
    timer(s);
    EXPECT_SLICE("another second begins anew", s->effects.commands[0].path,
                 SLICE(PATH("09%3A31%3A00", "1")));
}

static void pages_begin_where_the_last_one_ended(void **state)
{
    struct story *s = *state;
    missed(s, "09:30:00", "10:00:00");
    page(s, FOUND("17", "09:40:00") "," FOUND("18", "09:41:00.900"), true);
    EXPECT("not at once", s->effects.command_count == 0 && s->state->timer_count == 1);
    EXPECT("as long as two fetches may take",
           wall_since(s->state->timers[0].due, s->state->updated).ms ==
               2 * 60 * 1000 / LIMIT_MISSED_PER_MINUTE);
    timer(s);
    EXPECT_SLICE("from the last", s->effects.commands[0].path, SLICE(PATH("09%3A41%3A00", "1")));
    page(s, FOUND("18", "09:41:00"), true);
    timer(s);
    EXPECT_SLICE("all of one second", s->effects.commands[0].path,
                 SLICE(PATH("09%3A41%3A00", "2")));
    for (int i = 0; i < 9; i++) {
        page(s, FOUND("18", "09:41:00"), true);
        timer(s);
    }
    EXPECT_SLICE("no more than Zendesk shows", s->effects.commands[0].path,
                 SLICE(PATH("09%3A41%3A01", "1")));
}

static void a_page_that_fails_is_tried_again_a_few_times(void **state)
{
    struct story *s = *state;
    missed(s, "09:30:00", "10:00:00");
    for (int i = 0; i < 2; i++) {
        play(s, "{\"at\":\"2026-09-14T10:00:01Z\",\"outcome\":{\"of\":\"search_tickets\","
                "\"result\":\"gave_up\"}}");
        EXPECT("later", s->state->timer_count == 1);
        timer(s);
        EXPECT("again", s->effects.command_count == 1);
    }
    play(s, "{\"at\":\"2026-09-14T10:00:01Z\",\"outcome\":{\"of\":\"search_tickets\",\"result\":"
            "\"gave_up\"}}");
    EXPECT("given up", !wall_known(s->state->search.since) && s->state->timer_count == 0);
    missed(s, "09:30:00", "10:05:00");
    EXPECT("the next gap searches again", s->effects.command_count == 1);
    play(s, "{\"at\":\"2026-09-14T10:00:01Z\",\"outcome\":{\"of\":\"search_tickets\",\"result\":"
            "\"refused\"}}");
    EXPECT("a refusal is final", !wall_known(s->state->search.since));
}

static void nonsense_finds_nothing(void **state)
{
    struct story *s = *state;
    missed(s, "09:30:00", "10:00:00");
    page(s, "7,null,{},{\"id\":\"1\"},{\"updated_at\":\"x\",\"id\":2}", false);
    EXPECT("no event", s->effects.event_count == 0 && s->effects.changed);
    play(s, "{\"at\":\"2026-09-14T10:00:01Z\",\"operator\":\"escalate\"}");
    EXPECT("it is no conversation", s->effects.command_count == 0 && !s->effects.changed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_TEST(each_ticket_found_is_an_event_of_its_own),
        STORY_TEST(one_search_for_all_that_ask),
        STORY_TEST(a_search_ends_where_it_began),
        STORY_TEST(pages_of_one_second_are_of_one_size),
        STORY_TEST(pages_begin_where_the_last_one_ended),
        STORY_TEST(a_page_that_fails_is_tried_again_a_few_times),
        STORY_TEST(nonsense_finds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
