/* timeline.c: records as lines that a person reads. */
#include "base/limits.h"
#include "ctl/timeline.h"
#include "event/codec.h"
#include "event/reason.h"
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
    static const char *const end[] = {"platform.end"};
    static const char *const rating[] = {"platform.rating"};
    static const char *const several[] = {"platform.rating", "platform.end"};
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
        {"its type", {.types = end, .type_count = 1}, true},
        {"another type", {.types = rating, .type_count = 1}, false},
        {"one of several", {.types = several, .type_count = 2}, true},
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

static void add_config(struct config_log *log, int64_t offset, const char *key,
                       const struct config_record *record)
{
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, LIMIT_RECORD_BYTES_MAX);
    EXPECT_OK(key, codec_config_encode(record, &bytes));
    EXPECT_OK(key, config_log_add(log, offset, slice_of(key), buf_slice(&bytes), NULL));
}

/* Zendesk's own events name no store: its widget or brand says whose they are. */
static void a_store_is_known_by_widget_and_brand(void **state)
{
    (void)state;
    CLEANUP_PTR(config_log) struct config_log *log = NULL;
    const struct config_set *set = NULL;
    const struct config_record shoes = {.kind = CONFIG_STORE,
                                        .body.store = {.name = SLICE("shoes"),
                                                       .account = SLICE("acme"),
                                                       .enabled = true,
                                                       .brand_id = SLICE("11"),
                                                       .widget_id = SLICE("w1")}};
    EXPECT_OK("new", config_log_new(&log));
    add_config(log, 0, "store/shoes", &shoes);
    EXPECT_OK("set", config_log_at(log, 0, &set));
    const struct {
        const char *why;
        struct event event;
        bool tells;
    } rows[] = {
        {"its widget",
         {.type = EVENT_MESSAGE,
          .source = EVENT_FROM_CONVERSATIONS,
          .body.conversations = {.author = AUTHOR_CUSTOMER, .widget_id = SLICE("w1")}},
         true},
        {"another's",
         {.type = EVENT_MESSAGE,
          .source = EVENT_FROM_CONVERSATIONS,
          .body.conversations = {.author = AUTHOR_CUSTOMER, .widget_id = SLICE("w2")}},
         false},
        {"its brand",
         {.type = EVENT_TICKET,
          .source = EVENT_FROM_SUPPORT,
          .body.ticket = {.ticket_id = SLICE("7"), .brand_id = SLICE("11")}},
         true},
        {"none of them",
         {.type = EVENT_TICKET,
          .source = EVENT_FROM_SUPPORT,
          .body.ticket = {.ticket_id = SLICE("7")}},
         false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena) struct arena arena = {0};
        CLEANUP(buf) struct buf out = {0};
        CLEANUP(buf) struct buf value = {0};
        const struct timeline_filter filter = {.store = SLICE("shoes"), .set = set};
        struct event event = rows[i].event;
        bool tells = !rows[i].tells;
        event.id = SLICE("e-1");
        event.account = SLICE("acme");
        event.conversation = SLICE("acme/messaging/c1");
        arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
        buf_init(&out, 4096);
        buf_init(&value, LIMIT_RECORD_BYTES_MAX);
        EXPECT_OK(rows[i].why, codec_event_encode(&event, &value));
        const struct bus_record record = {.topic = TOPIC_EVENTS, .value = buf_slice(&value)};
        EXPECT_OK(rows[i].why, timeline_record(&arena, &out, &record, true, &filter, &tells));
        EXPECT(rows[i].why, tells == rows[i].tells);
    }
}

static void unknown_types_have_a_nearest(void **state)
{
    (void)state;
    EXPECT("an event's", timeline_unknown_type("conversations.message") == NULL);
    EXPECT("an effect's", timeline_unknown_type("pass_control") == NULL);
    EXPECT_TEXT("mistyped", timeline_unknown_type("pas_control"), "pass_control");
    EXPECT_TEXT("like none", timeline_unknown_type("zzzzzzzz"), "");
}

/* Rows 71, 78: who has it, and each rule that called a human, once. */
static void changes_are_told_once(void **state)
{
    (void)state;
    const struct {
        const char *why;
        struct conversation now;
        const char *lines;
    } rows[] = {
        {"at first",
         {.phase = PHASE_BOT, .epoch = 1, .episode = 1},
         "owner      the bot (bot), epoch 1\n"},
        {"nothing new", {.phase = PHASE_BOT, .epoch = 1, .episode = 1}, ""},
        {"a rule, and who has it then",
         {.phase = PHASE_HANDING_OFF,
          .epoch = 2,
          .episode = 1,
          .reasons = REASON_BIT(REASON_ASKED)},
         "rule       calls a human: the customer asked for a human\n"
         "owner      a human (handing_off), epoch 2\n"},
        {"another rule beside it",
         {.phase = PHASE_HANDING_OFF,
          .epoch = 2,
          .episode = 1,
          .reasons = REASON_BIT(REASON_ASKED) | REASON_BIT(REASON_BOT)},
         "rule       calls a human: the bot asked for a human\n"},
        {"the next episode begins anew",
         {.phase = PHASE_HANDING_OFF,
          .epoch = 2,
          .episode = 2,
          .reasons = REASON_BIT(REASON_ASKED)},
         "rule       calls a human: the customer asked for a human\n"},
    };
    struct timeline_stand stand = {.is_known = false};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf) struct buf out = {0};
        buf_init(&out, 4096);
        EXPECT_OK(rows[i].why, timeline_change(&out, &stand, &rows[i].now));
        EXPECT_SLICE(rows[i].why, buf_slice(&out), slice_of(rows[i].lines));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_lines),
        cmocka_unit_test(commands_are_lines),
        cmocka_unit_test(records_are_chosen),
        cmocka_unit_test(a_store_is_known_by_widget_and_brand),
        cmocka_unit_test(unknown_types_have_a_nearest),
        cmocka_unit_test(changes_are_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
