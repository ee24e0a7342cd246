/* timeline.c: records as lines that a person reads. */
#include "base/limits.h"
#include "ctl/timeline.h"
#include "event/codec.h"
#include "tests/support/unit.h"

#include <string.h>

/* SLICE() for tables that are there before the program runs. */
#define TEXT(literal)                                                                              \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }

static const struct {
    const char *why;
    struct event event;
    const char *line; /* NULL = it tells nothing */
} events[] = {
    {"a customer's words, on one line",
     {.type = EVENT_MESSAGE,
      .body.conversations = {.author = AUTHOR_CUSTOMER, .text = TEXT("Hello\n\x1b[2Jthere")}},
     "customer   Hello  [2Jthere"},
    {"an agent's",
     {.type = EVENT_MESSAGE,
      .body.conversations = {.author = AUTHOR_BUSINESS,
                             .author_subtype = TEXT("agent"),
                             .text = TEXT("Hi")}},
     "agent      Hi"},
    {"a file without words",
     {.type = EVENT_MESSAGE,
      .body.conversations = {.author = AUTHOR_CUSTOMER,
                             .content_type = TEXT("image"),
                             .attachment_count = 1}},
     "customer    [1 file]"},
    {"something without either",
     {.type = EVENT_MESSAGE,
      .body.conversations = {.author = AUTHOR_CUSTOMER, .content_type = TEXT("location")}},
     "customer   [location]"},
    {"our own echo",
     {.type = EVENT_MESSAGE,
      .body.conversations = {.author = AUTHOR_BUSINESS, .effect_id = TEXT("00")}},
     NULL},
    {"control",
     {.type = EVENT_SWITCHBOARD,
      .body.conversations = {.switchboard = SWITCHBOARD_RELEASE,
                             .reason = TEXT("ticketClosed"),
                             .active = {.present = true, .name = TEXT("tieline")}}},
     "owner      control released; active: tieline (ticketClosed)"},
    {"a rating",
     {.type = EVENT_RATING, .body.platform = {.name = TEXT("stars"), .value = 2}},
     "rating     stars 2"},
    {"an answer",
     {.type = EVENT_OUTCOME,
      .body.outcome = {.effect = EFFECT_BOT_TURN,
                       .result = OUTCOME_APPLIED,
                       .answer_given = true,
                       .answer = {.message_count = 2,
                                  .confidence = 0.25,
                                  .handoff = true,
                                  .handoff_reason = TEXT("angry")}}},
     "answer     the bot: 2 messages, sure 0.25, wants a human: angry"},
    {"a call that was refused",
     {.type = EVENT_OUTCOME,
      .body.outcome = {.effect = EFFECT_MESSAGE,
                       .result = OUTCOME_REFUSED,
                       .status = 403,
                       .tries = 2,
                       .detail = TEXT("forbidden")}},
     "NOT DONE   message, refused, 403, 2 tries: forbidden"},
    {"a person's order",
     {.type = EVENT_OPERATOR,
      .body.operator_call = {OPERATOR_ESCALATE, TEXT("she called"), TEXT("rita")}},
     "operator   calls a human: she called (rita)"},
    {"an order to erase",
     {.type = EVENT_OPERATOR,
      .body.operator_call = {OPERATOR_ERASE_FORCED, TEXT(""), TEXT("rita")}},
     "operator   erases it, whatever is under way:  (rita)"},
    {"a horizon", {.type = EVENT_HORIZON}, NULL},
    {"a sign of life", {.type = EVENT_ALIVE}, NULL},
};

static void events_are_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        CLEANUP(buf) struct buf out = {0};
        bool tells = false;
        buf_init(&out, 4096);
        EXPECT_OK(events[i].why, timeline_event(&out, &events[i].event, &tells));
        EXPECT(events[i].why, tells == (events[i].line != NULL));
        EXPECT_SLICE(events[i].why, buf_slice(&out),
                     slice_of(events[i].line == NULL ? "" : events[i].line));
    }
}

static const struct {
    const char *why;
    struct command command;
    const char *line;
} commands[] = {
    {"a fence", {.effect = EFFECT_FENCE, .epoch = 3}, "owner      changed: epoch 3"},
    {"a turn", {.effect = EFFECT_BOT_TURN}, "ask        the bot is asked"},
    {"the bot's words",
     {.effect = EFFECT_MESSAGE,
      .voice = VOICE_BOT,
      .body = TEXT("{\"content\":{\"markdownText\":\"Hi\"}}")},
     "say        bot: Hi"},
    {"a note",
     {.effect = EFFECT_TICKET_UPDATE,
      .body = TEXT("{\"ticket\":{\"comment\":{\"body\":\"Why\"}}}")},
     "say        for agents: Why"},
    {"an update without words",
     {.effect = EFFECT_TICKET_UPDATE, .body = TEXT("{\"ticket\":{}}")},
     "call       ticket_update"},
    {"a body that is none",
     {.effect = EFFECT_MESSAGE, .body = TEXT("{")},
     "say        for agents: "},
    {"a pass", {.effect = EFFECT_PASS_CONTROL}, "call       pass_control"},
};

static void commands_are_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        CLEANUP(buf) struct buf out = {0};
        bool tells = false;
        buf_init(&out, 4096);
        EXPECT_OK(commands[i].why, timeline_command(&out, &commands[i].command, &tells));
        EXPECT(commands[i].why, tells);
        EXPECT_SLICE(commands[i].why, buf_slice(&out), slice_of(commands[i].line));
    }
}

static void records_are_chosen(void **state)
{
    (void)state;
    const struct {
        const char *why;
        struct timeline_filter filter;
        bool tells;
    } rows[] = {
        {"all", {.account = {0}}, true},
        {"its account", {.account = SLICE("acme")}, true},
        {"another's", {.account = SLICE("globex")}, false},
        {"its conversation", {.conversation = SLICE("acme/messaging/c1")}, true},
        {"another", {.conversation = SLICE("acme/messaging/c2")}, false},
        {"its type", {.type = SLICE("platform.end")}, true},
        {"another type", {.type = SLICE("platform.rating")}, false},
        {"all at once", {.account = SLICE("acme"), .store = SLICE("hats")}, false},
    };
    struct event event = {.type = EVENT_END,
                          .source = EVENT_FROM_PLATFORM,
                          .id = SLICE("e-1"),
                          .account = SLICE("acme"),
                          .store = SLICE("shoes"),
                          .conversation = SLICE("acme/messaging/c1")};
    CLEANUP(buf) struct buf value = {0};
    buf_init(&value, LIMIT_RECORD_BYTES_MAX);
    EXPECT_OK("encoded", codec_event_encode(&event, &value));
    const struct bus_record record = {.topic = TOPIC_EVENTS,
                                      .partition = 3,
                                      .offset = 17,
                                      .time = {1000},
                                      .value = buf_slice(&value)};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena) struct arena arena = {0};
        CLEANUP(buf) struct buf out = {0};
        bool tells = false;
        arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
        buf_init(&out, 4096);
        EXPECT_OK(rows[i].why,
                  timeline_record(&arena, &out, &record, true, &rows[i].filter, &tells));
        EXPECT(rows[i].why, tells == rows[i].tells);
        EXPECT("where it is", !tells || strstr(buf_text(&out), "\"offset\":17,\"time\":") != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_lines),
        cmocka_unit_test(commands_are_lines),
        cmocka_unit_test(records_are_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
