/* transcript_ticket.c through step.c: whom the ticket of Agent Workspace tells that it is there.
 * The golden story transcript_live.jsonl has what follows. Rows 85 and 87. */
#include "processor/core/transcript.h"
#include "processor/core/transcript_ticket.h"
#include "tests/support/story_test.h"

static const char config[] =
    "{\"config\":{\"accounts\":[{\"name\":\"acme\",\"integration\":\"int\",\"bot_user\":\"900\"}],"
    "\"stores\":[{\"name\":\"shoes\",\"account\":\"acme\",\"brand\":\"11\",\"chat\":{},"
    "\"transcript\":\"note\"}]}}";

static int open_story(void **state)
{
    return story_test_open(state, config);
}

/* "messaging/c1" and its MAC under the key of a story's account. */
#define TAG "tielinekey_6d6573736167696e672f6331_56c3907824dfac800b5fa17cbc9f7319"

/* The ticket 17 was fetched and has these tags. */
static void fetched(struct story *s, const char *tags)
{
    CLEANUP(buf) struct buf line = {0};
    buf_init(&line, 4096);
    play(s, "{\"at\":\"2026-09-14T09:00:01Z\",\"ticket\":{\"id\":\"17\"}}");
    EXPECT_OK("line",
              buf_printf(&line,
                         "{\"at\":\"2026-09-14T09:00:02Z\",\"outcome\":{\"of\":\"fetch_ticket\","
                         "\"result\":\"applied\",\"fetched\":{\"ticket\":{\"id\":\"17\","
                         "\"brand_id\":11,\"assignee_id\":null,\"status\":\"open\","
                         "\"updated_at\":\"2026-09-14T09:00:01Z\",\"tags\":[%s],"
                         "\"from_messaging_channel\":true},\"comments\":[],\"more\":false}}}",
                         tags));
    play(s, buf_text(&line));
}

static void its_conversation_hears_of_it(void **state)
{
    struct story *s = *state;
    fetched(s, "\"vip\",\"tieline_c1\",\"" TAG "\"");
    EXPECT("row 85: told", s->effects.event_count == 1);
    const struct event *event = &s->effects.events[0];
    EXPECT_SLICE("whom", event->conversation, SLICE("acme/messaging/c1"));
    EXPECT("what", event->type == EVENT_TICKET && event->source == EVENT_FROM_PROCESSOR);
    EXPECT_SLICE("which", event->body.ticket.ticket_id, SLICE("17"));
    struct slice first = event->id;
    fetched(s, "\"" TAG "\"");
    EXPECT("each time", s->effects.event_count == 1);
    EXPECT("by an event of its own", !slice_equal(first, s->effects.events[0].id));
}

static const struct {
    const char *why;
    const char *tags;
} rows[] = {
    {"none", ""},
    {"of a store that wants none", "\"tieline_c1\""},
    {"forged: another MAC",
     "\"tielinekey_6d6573736167696e672f6331_56c3907824dfac800b5fa17cbc9f7310\""},
    {"forged: another key",
     "\"tielinekey_6d6573736167696e672f6332_56c3907824dfac800b5fa17cbc9f7319\""},
    {"no MAC", "\"tielinekey_6d6573736167696e672f6331\""},
    {"half a byte", "\"tielinekey_6d6573736167696e672f633_56c3907824dfac800b5fa17cbc9f7319\""},
    {"no digit", "\"tielinekey_6d6573736167696e672f63xx_56c3907824dfac800b5fa17cbc9f7319\""},
    {"nothing in it", "\"tielinekey__\""},
    {"not a tag", "17,null,{}"},
};

static void nobody_else_hears_of_it(void **state)
{
    struct story *s = *state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        fetched(s, rows[i].tags);
        EXPECT(rows[i].why, s->effects.event_count == 0);
    }
}

/* What the pass of a chat would put on its ticket, read again. */
static void a_key_fits_into_a_tag(void **state)
{
    struct story *s = *state;
    struct effects effects;
    struct slice tag = {0};
    struct conversation chat = {.account = SLICE("acme")};
    struct store store = {.transcript_place = TRANSCRIPT_NOTE};
    struct context ctx = {.arena = &s->arena,
                          .account = config_account(s->config, SLICE("acme")),
                          .store = &store,
                          .state = &chat,
                          .effects = &effects};
    chat.key = SLICE("acme/chat/shoes:7d1c4b6a-0f7e-4d35-9f0a-0d4f4e1d2c3b");
    EXPECT_OK("tag", transcript_ticket_tag(&ctx, &tag));
    CLEANUP(buf) struct buf tags = {0};
    buf_init(&tags, 512);
    EXPECT_OK("tags", buf_printf(&tags, "\"%.*s\"", SLICE_ARG(tag)));
    fetched(s, buf_text(&tags));
    EXPECT("told", s->effects.event_count == 1);
    EXPECT_SLICE("whom", s->effects.events[0].conversation, chat.key);

    chat.key = SLICE("acme/chat/shoes:"
                     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    EXPECT_OK("tag", transcript_ticket_tag(&ctx, &tag));
    EXPECT("too long for a tag", tag.len == 0);
    chat.key = SLICE("acme/chat/shoes:7");
    store.transcript_place = TRANSCRIPT_OFF;
    EXPECT_OK("tag", transcript_ticket_tag(&ctx, &tag));
    EXPECT("not wanted", tag.len == 0);
}

/* Nothing is owed, or it goes to another ticket. */
static void who_owes_nothing_is_not_moved(void **state)
{
    struct story *s = *state;
    static const char hears[] = "{\"at\":\"2026-09-14T09:00:09Z\",\"ticket\":{\"id\":\"17\","
                                "\"of_conversation\":true}}";
    play(s, "{\"at\":\"2026-09-14T09:00:01Z\",\"platform\":{\"chat\":\"7\",\"type\":\"message\","
            "\"id\":\"m\",\"text\":\"Hello\"}}");
    play(s, hears);
    EXPECT("no hand-over", !s->effects.changed && s->effects.command_count == 0);
    s->state->transcript.owed = TRANSCRIPT_WAITING;
    s->state->way = WAY_TICKET;
    play(s, hears);
    EXPECT("a ticket is being made", !s->effects.changed && s->effects.command_count == 0);
    s->state->way = WAY_LIVE;
    s->state->handover = HANDOVER_TICKETING;
    play(s, hears);
    EXPECT("instead", !s->effects.changed && s->effects.command_count == 0);
    s->state->handover = HANDOVER_DONE;
    s->state->halted = true;
    play(s, hears);
    EXPECT("it waits for an operator", !s->effects.changed && s->effects.command_count == 0);
    s->state->halted = false;
    play(s, hears);
    EXPECT("now it is told",
           s->effects.command_count == 1 && s->effects.commands[0].slot == SLOT_TRANSCRIPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_TEST(its_conversation_hears_of_it),
        STORY_TEST(nobody_else_hears_of_it),
        STORY_TEST(a_key_fits_into_a_tag),
        STORY_TEST(who_owes_nothing_is_not_moved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
