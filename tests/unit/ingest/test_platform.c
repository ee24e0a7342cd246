/* What the bot and chat platforms post, judged member by member. Covers row 27 (accounts apart). */
#include "ingest/core/admit.h"
#include "ingest/core/platform.h"
#include "tests/support/unit.h"
#include "tests/unit/ingest/fixture.h"

#define TO "\"conversation\":\"maple/messaging/7b01\""

static struct admitted post(struct arena *arena, const char *body, const char *id)
{
    struct admit_request request = {
        .endpoint = ENDPOINT_EVENTS,
        .account = fixture_account(),
        .store = fixture_store(),
        .body = slice_of(body),
        .id = slice_of(id),
        .traceparent = SLICE("00-11111111111111111111111111111111-2222222222222222-01"),
        .now = {1772438400000},
    };
    struct admitted admitted = {0};
    EXPECT_OK(body, admit(arena, &request, &admitted));
    return admitted;
}

static const struct {
    const char *why;
    const char *body;
    enum event_type type;
    const char *text;
    const char *name;
    const char *reason;
    const char *summary;
    const char *data;
    double value;
} rows[] = {
    {.why = "a reply",
     .body = "{\"type\":\"reply\"," TO ",\"turn\":\"t1\",\"messages\":[{\"markdown\":\"hi\"}]}",
     .type = EVENT_BOT_REPLY},
    {.why = "a reply that only asks for a human",
     .body = "{\"type\":\"reply\"," TO ",\"turn\":\"t1\",\"handoff\":{\"reason\":\"angry\"}}",
     .type = EVENT_BOT_REPLY},
    {.why = "a message of a customer",
     .body = "{\"type\":\"message\"," TO
             ",\"text\":\"hello\",\"customer\":{\"external_id\":\"u1\",\"name\":\"Ada\"}}",
     .type = EVENT_PLATFORM_MESSAGE,
     .text = "hello"},
    {.why = "a rating",
     .body = "{\"type\":\"rating\"," TO ",\"value\":4.5,\"name\":\"stars\",\"text\":\"fine\"}",
     .type = EVENT_RATING,
     .text = "fine",
     .name = "stars",
     .value = 4.5},
    {.why = "a rating of nothing is a rating",
     .body = "{\"type\":\"rating\"," TO ",\"value\":0}",
     .type = EVENT_RATING},
    {.why = "an action",
     .body = "{\"type\":\"action\"," TO ",\"name\":\"refund\"}",
     .type = EVENT_ACTION,
     .name = "refund"},
    {.why = "a call for a human",
     .body = "{\"type\":\"handoff\"," TO ",\"reason\":\"asked\",\"summary\":\"wants a refund\"}",
     .type = EVENT_HANDOFF,
     .reason = "asked",
     .summary = "wants a refund"},
    {.why = "a call for a human without a word",
     .body = "{\"type\":\"handoff\"," TO "}",
     .type = EVENT_HANDOFF},
    {.why = "customer data, as it came",
     .body = "{\"type\":\"customer_data\"," TO ",\"data\": {\"orders\" : [1, 2]} }",
     .type = EVENT_CUSTOMER_DATA,
     .data = "{\"orders\" : [1, 2]}"},
    {.why = "the end",
     .body = "{\"type\":\"end\"," TO ",\"reason\":\"left\"}",
     .type = EVENT_END,
     .reason = "left"},
    {.why = "given back",
     .body = "{\"type\":\"handback\"," TO ",\"reason\":null}",
     .type = EVENT_HANDBACK},
    {.why = "members that do not exist yet",
     .body = "{\"type\":\"end\"," TO ",\"mood\":{\"x\":[]}}",
     .type = EVENT_END},
};

static void reads_every_type(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *why = rows[i].why;
        struct admitted admitted = post(&arena, rows[i].body, "given-1");
        if (admitted.refused) {
            fail_msg("%s: refused: %s", why, admitted.why.text);
        }
        EXPECT(why, admitted.event_count == 1);
        const struct event *event = &admitted.events[0];
        const struct platform_event *body = &event->body.platform;
        EXPECT(why, event->type == rows[i].type && event->source == EVENT_FROM_PLATFORM);
        EXPECT_SLICE(why, event->id, SLICE("given-1"));
        EXPECT_SLICE(why, event->conversation, SLICE("maple/messaging/7b01"));
        EXPECT_SLICE(why, event->store, SLICE("bikes"));
        EXPECT_SLICE(why, body->text, slice_of(rows[i].text));
        EXPECT_SLICE(why, body->name, slice_of(rows[i].name));
        EXPECT_SLICE(why, body->reason, slice_of(rows[i].reason));
        EXPECT_SLICE(why, body->summary, slice_of(rows[i].summary));
        EXPECT_SLICE(why, body->data, slice_of(rows[i].data));
        EXPECT(why, body->value >= rows[i].value && body->value <= rows[i].value);
        EXPECT_SLICE(why, body->turn, slice_of(rows[i].type == EVENT_BOT_REPLY ? "t1" : NULL));
        fixture_round_trip(why, event);
    }
    struct admitted admitted = post(&arena, rows[2].body, NULL);
    const struct platform_event *message = &admitted.events[0].body.platform;
    EXPECT_SLICE("who wrote", message->customer.external_id, SLICE("u1"));
    EXPECT_SLICE("who wrote", message->customer.name, SLICE("Ada"));
    EXPECT_SLICE("its own id", message->message_id, admitted.events[0].id);
    admitted = post(&arena, rows[0].body, NULL);
    EXPECT("what it says", admitted.events[0].body.platform.answer.message_count == 1);
}

static const struct {
    const char *why;
    const char *body;
    const char *field;
} refused[] = {
    {"a list", "[]", ""},
    {"no type", "{" TO "}", "type"},
    {"a type that is a number", "{\"type\":1," TO "}", "type"},
    {"a type that does not exist", "{\"type\":\"dance\"," TO "}", "type"},
    {"no conversation", "{\"type\":\"end\"}", "conversation"},
    {"a conversation that is none", "{\"type\":\"end\",\"conversation\":\"7b01\"}", "conversation"},
    {"a surface that does not exist", "{\"type\":\"end\",\"conversation\":\"maple/fax/7b01\"}",
     "conversation"},
    {"row 27: another account's conversation",
     "{\"type\":\"end\",\"conversation\":\"oak/messaging/7b01\"}", "conversation"},
    {"a user is no conversation", "{\"type\":\"end\",\"conversation\":\"maple/user/7c01\"}",
     "conversation"},
    {"a conversation that is a number", "{\"type\":\"end\",\"conversation\":7}", "conversation"},
    {"a reply to no turn", "{\"type\":\"reply\"," TO ",\"messages\":[]}", "turn"},
    {"a reply to an empty turn", "{\"type\":\"reply\"," TO ",\"turn\":\"\"}", "turn"},
    {"a turn that is a number", "{\"type\":\"reply\"," TO ",\"turn\":7}", "turn"},
    {"messages that are none", "{\"type\":\"reply\"," TO ",\"turn\":\"t\",\"messages\":\"hi\"}",
     "messages"},
    {"a message without words",
     "{\"type\":\"reply\"," TO ",\"turn\":\"t\",\"messages\":[{\"markdown\":\"a\"},{}]}",
     "messages[1]"},
    {"too sure", "{\"type\":\"reply\"," TO ",\"turn\":\"t\",\"confidence\":1.5}", "confidence"},
    {"a message without text", "{\"type\":\"message\"," TO "}", "text"},
    {"a message of nothing", "{\"type\":\"message\"," TO ",\"text\":\"\"}", "text"},
    {"text that is a list", "{\"type\":\"message\"," TO ",\"text\":[]}", "text"},
    {"text with NUL", "{\"type\":\"message\"," TO ",\"text\":\"a\\u0000\"}", "text"},
    {"a rating without value", "{\"type\":\"rating\"," TO "}", "value"},
    {"a rating in words", "{\"type\":\"rating\"," TO ",\"value\":\"good\"}", "value"},
    {"a rating beyond all bounds", "{\"type\":\"rating\"," TO ",\"value\":1e999}", "value"},
    {"an action without name", "{\"type\":\"action\"," TO "}", "name"},
    {"customer data that is a list", "{\"type\":\"customer_data\"," TO ",\"data\":[]}", "data"},
    {"no customer data", "{\"type\":\"customer_data\"," TO "}", "data"},
    {"a customer that is a name", "{\"type\":\"message\"," TO ",\"text\":\"a\",\"customer\":\"x\"}",
     "customer"},
    {"a customer's id that is a number",
     "{\"type\":\"message\"," TO ",\"text\":\"a\",\"customer\":{\"external_id\":1}}", "customer"},
    {"an id that is a number", "{\"type\":\"end\"," TO ",\"id\":1}", "id"},
    {"an id with NUL", "{\"type\":\"end\"," TO ",\"id\":\"\\u0000\"}", "id"},
    {"a doubled member", "{\"type\":\"end\"," TO ",\"id\":\"1\",\"id\":\"2\"}", ""},
};

static void refuses_by_name(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct admitted admitted = post(&arena, refused[i].body, NULL);
        EXPECT(refused[i].why, admitted.refused);
        EXPECT(refused[i].why, admitted.event_count == 0 && admitted.dead_count == 0);
        EXPECT(refused[i].why, admitted.why.text[0] != '\0');
        EXPECT_SLICE(refused[i].why, platform_field(&admitted.why), slice_of(refused[i].field));
    }
}

static const struct {
    const char *why;
    const char *first;
    const char *first_header;
    const char *second;
    const char *second_header;
    bool same;
} ids[] = {
    {"the body's id counts before the header's", "{\"type\":\"end\",\"id\":\"a\"," TO "}", "h1",
     "{\"type\":\"end\",\"id\":\"a\",\"reason\":\"x\"," TO "}", "h2", true},
    {"the header's id", "{\"type\":\"end\"," TO "}", "h1", "{\"type\":\"end\"," TO " }", "h1",
     true},
    {"another header's id", "{\"type\":\"end\"," TO "}", "h1", "{\"type\":\"end\"," TO "}", "h2",
     false},
    {"no id, same bytes", "{\"type\":\"end\"," TO "}", NULL, "{\"type\":\"end\"," TO "}", NULL,
     true},
    {"no id, other bytes", "{\"type\":\"end\"," TO "}", NULL, "{\"type\":\"end\"," TO " }", NULL,
     false},
};

static void names_what_a_retry_repeats(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        struct admitted first = post(&arena, ids[i].first, ids[i].first_header);
        struct admitted second = post(&arena, ids[i].second, ids[i].second_header);
        EXPECT(ids[i].why, first.event_count == 1 && second.event_count == 1);
        EXPECT(ids[i].why, slice_equal(first.events[0].id, second.events[0].id) == ids[i].same);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_type),
        cmocka_unit_test(refuses_by_name),
        cmocka_unit_test(names_what_a_retry_repeats),
    };
    return cmocka_run_group_tests_name("ingest/platform", tests, NULL, NULL);
}
