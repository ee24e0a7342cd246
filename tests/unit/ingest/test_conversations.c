/* Every documented type of Zendesk Conversations, and what is not documented. Covers rows 47, 49,
 * 50, 51, 52 and 53; data/conversations/ holds the deliveries. member.c is covered with it. */
#include "ingest/core/admit.h"
#include "tests/support/unit.h"
#include "tests/unit/ingest/fixture.h"

#define S(literal)                                                                                 \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }
#define BOT                                                                                        \
    {                                                                                              \
        true, S("7a00000000000000000000c1"), S("maple-bot"), S("7a00000000000000000000c2"),        \
            S("custom")                                                                            \
    }
#define DESK                                                                                       \
    {                                                                                              \
        true, S("7a00000000000000000000d1"), S("zd-agentWorkspace"),                               \
            S("7a00000000000000000000d2"), S("zd:agentWorkspace")                                  \
    }
#define ADA                                                                                        \
    {                                                                                              \
        .user_id = S("7c0000000000000000000001"), .external_id = S("rider-17"),                    \
        .zendesk_id = S("5500110022"), .name = S("Ada Kowalska"), .email = S("ada@rider.example"), \
        .locale = S("pl-PL")                                                                       \
    }
#define CONVERSATION .conversation_id = S("7b0000000000000000000001"), .brand_id = S("4400110022")
#define WIDGET .widget_id = S("7d0000000000000000000001"), .source_type = S("web")
#define MESSAGE .message_id = S("7e0000000000000000000001")
#define BY_ADA .author = AUTHOR_CUSTOMER, .author_name = S("Ada K"), .customer = ADA
#define TEXT .content_type = S("text")
#define KEY "maple/messaging/7b0000000000000000000001"
#define USER_KEY "maple/user/7c0000000000000000000001"
enum { CREATED_MS = 900, RECEIVED_MS = 250 }; /* fraction of 2026-03-02T08:15:30 */

static const struct {
    const char *why;
    const char *file;
    enum event_type type;
    const char *key;
    int received;
    struct conversations_event want;
} rows[] = {
    {"row 49: a customer's text",
     "message_text",
     EVENT_MESSAGE,
     KEY,
     RECEIVED_MS,
     {CONVERSATION, WIDGET, MESSAGE, BY_ADA, TEXT, .active = BOT,
      .text = S("Czy rower \"Wisła\" jest dostępny?\n🚲")}},
    {"row 53: the user is not included",
     "message_bare_user",
     EVENT_MESSAGE,
     KEY,
     RECEIVED_MS,
     {CONVERSATION, WIDGET, MESSAGE, TEXT, .active = BOT, .author = AUTHOR_CUSTOMER,
      .author_name = S("Ada K"), .text = S("hello"),
      .customer = {.user_id = S("7c0000000000000000000001"), .name = S("Ada K")}}},
    {"rows 7 and 53: a full source of another channel",
     "message_full_source",
     EVENT_MESSAGE,
     KEY,
     RECEIVED_MS,
     {CONVERSATION, MESSAGE, BY_ADA, TEXT, .active = BOT, .source_type = S("whatsapp"),
      .widget_id = S("7d0000000000000000000002"), .text = S("from my phone")}},
    {"an image with words",
     "message_image",
     EVENT_MESSAGE,
     KEY,
     RECEIVED_MS,
     {CONVERSATION, WIDGET, MESSAGE, BY_ADA, .active = BOT, .content_type = S("image"),
      .text = S("flat tyre"), .attachment_count = 1,
      .attachments = &(struct attachment){S("https://files.maple.example/flat.jpg"),
                                          S("image/jpeg"), S("flat.jpg")}}},
    {"row 49: an agent's file",
     "message_agent_file",
     EVENT_MESSAGE,
     KEY,
     RECEIVED_MS,
     {CONVERSATION, MESSAGE, .active = DESK, .source_type = S("zd:agentWorkspace"),
      .author = AUTHOR_BUSINESS, .author_subtype = S("agent"), .author_name = S("Tomasz"),
      .content_type = S("file"), .attachment_count = 1,
      .attachments = &(struct attachment){S("https://files.maple.example/form.pdf"),
                                          S("application/pdf"), S("form.pdf")}}},
    {"an answered form",
     "message_form_response",
     EVENT_MESSAGE,
     KEY,
     RECEIVED_MS,
     {CONVERSATION, WIDGET, MESSAGE, BY_ADA, .active = BOT, .content_type = S("formResponse"),
      .text = S("Size: M")}},
    {"a pressed reply button",
     "message_reply_button",
     EVENT_MESSAGE,
     KEY,
     RECEIVED_MS,
     {CONVERSATION, WIDGET, MESSAGE, BY_ADA, TEXT, .active = BOT, .payload = S("HUMAN"),
      .text = S("A human, please")}},
    {"our own words come back, with our stamp",
     "message_own_echo",
     EVENT_MESSAGE,
     KEY,
     RECEIVED_MS,
     {CONVERSATION, MESSAGE, TEXT, .active = BOT, .source_type = S("api:conversations"),
      .author = AUTHOR_BUSINESS, .author_subtype = S("bot"), .author_name = S("Maple Bot"),
      .text = S("It is in stock."), .effect_id = S("00112233445566778899aabbccddeeff")}},
    {"a system message",
     "message_activity",
     EVENT_MESSAGE,
     KEY,
     RECEIVED_MS,
     {CONVERSATION, MESSAGE, TEXT, .active = DESK, .source_type = S("zd:agentWorkspace"),
      .author = AUTHOR_BUSINESS, .author_subtype = S("activity"), .text = S("Ada ended the chat"),
      .activity = S("conversation:endedByUser")}},
    {"a message that was taken back",
     "message_deleted",
     EVENT_MESSAGE,
     KEY,
     RECEIVED_MS,
     {CONVERSATION, WIDGET, MESSAGE, BY_ADA, TEXT, .active = BOT, .deleted = true}},
    {"a structured message",
     "message_carousel",
     EVENT_MESSAGE,
     KEY,
     RECEIVED_MS,
     {CONVERSATION, MESSAGE, .active = BOT, .source_type = S("api:conversations"),
      .author = AUTHOR_BUSINESS, .author_subtype = S("bot"), .author_name = S("Maple Bot"),
      .content_type = S("carousel"), .text = S("City bike\nTrail bike")}},
    {"a place",
     "message_location",
     EVENT_MESSAGE,
     KEY,
     RECEIVED_MS,
     {CONVERSATION, WIDGET, MESSAGE, BY_ADA, .active = BOT, .content_type = S("location"),
      .text = S("At the river")}},
    {"members of types that nobody promised",
     "message_odd_members",
     EVENT_MESSAGE,
     KEY,
     CREATED_MS,
     {CONVERSATION, .message_id = S("17")}},
    {"a conversation of our making, keyed by the key it carries",
     "message_our_key",
     EVENT_MESSAGE,
     "maple/chat/visitor-9",
     RECEIVED_MS,
     {CONVERSATION, WIDGET, MESSAGE, BY_ADA, TEXT, .active = BOT, .text = S("bridged")}},
    {"the same key, but not from us",
     "message_forged_key",
     EVENT_MESSAGE,
     KEY,
     RECEIVED_MS,
     {CONVERSATION, WIDGET, MESSAGE, BY_ADA, TEXT, .active = BOT, .text = S("forged")}},
    {"row 50: a conversation begins in the widget",
     "create_widget",
     EVENT_CONVERSATION_CREATED,
     KEY,
     CREATED_MS,
     {CONVERSATION, WIDGET, .active = BOT, .customer = ADA, .reason = S("startConversation")}},
    {"row 50: one that was made by an API",
     "create_api",
     EVENT_CONVERSATION_CREATED,
     KEY,
     CREATED_MS,
     {CONVERSATION, .active = BOT, .customer = ADA, .source_type = S("api"), .reason = S("none")}},
    {"a pressed button",
     "postback",
     EVENT_POSTBACK,
     KEY,
     CREATED_MS,
     {CONVERSATION, WIDGET, .active = BOT, .customer = ADA, .author = AUTHOR_CUSTOMER,
      .payload = S("BASKET:3")}},
    {"control was passed",
     "pass_control",
     EVENT_SWITCHBOARD,
     KEY,
     CREATED_MS,
     {CONVERSATION, .active = DESK, .switchboard = SWITCHBOARD_PASS}},
    {"control was passed because it goes on by mail",
     "pass_control_email",
     EVENT_SWITCHBOARD,
     KEY,
     CREATED_MS,
     {CONVERSATION, .active = BOT, .switchboard = SWITCHBOARD_PASS,
      .reason = S("transferToEmail")}},
    {"control could not be passed",
     "pass_control_failed",
     EVENT_SWITCHBOARD,
     KEY,
     CREATED_MS,
     {CONVERSATION, .active = BOT, .switchboard = SWITCHBOARD_PASS_FAILED,
      .reason = S("not_found")}},
    {"control is offered",
     "offer_control",
     EVENT_SWITCHBOARD,
     KEY,
     CREATED_MS,
     {CONVERSATION, .active = BOT, .pending = DESK, .switchboard = SWITCHBOARD_OFFER}},
    {"control could not be offered",
     "offer_control_failed",
     EVENT_SWITCHBOARD,
     KEY,
     CREATED_MS,
     {CONVERSATION, .active = BOT, .switchboard = SWITCHBOARD_OFFER_FAILED,
      .reason = S("bad_request")}},
    {"control was accepted",
     "accept_control",
     EVENT_SWITCHBOARD,
     KEY,
     CREATED_MS,
     {CONVERSATION, .active = DESK, .switchboard = SWITCHBOARD_ACCEPT}},
    {"control could not be accepted",
     "accept_control_failed",
     EVENT_SWITCHBOARD,
     KEY,
     CREATED_MS,
     {CONVERSATION, .active = BOT, .switchboard = SWITCHBOARD_ACCEPT_FAILED,
      .reason = S("forbidden")}},
    {"row 51: released, the ticket is closed",
     "release_control_closed",
     EVENT_SWITCHBOARD,
     KEY,
     CREATED_MS,
     {CONVERSATION, .switchboard = SWITCHBOARD_RELEASE, .reason = S("ticketClosed")}},
    {"row 51: released, and nobody says why",
     "release_control",
     EVENT_SWITCHBOARD,
     KEY,
     CREATED_MS,
     {CONVERSATION, .switchboard = SWITCHBOARD_RELEASE}},
    {"a conversation is gone",
     "conversation_removed",
     EVENT_CONVERSATION_REMOVED,
     KEY,
     CREATED_MS,
     {CONVERSATION, .active = BOT}},
    {"two users are one",
     "user_merged",
     EVENT_USER_MERGED,
     USER_KEY,
     CREATED_MS,
     {.customer = ADA,
      .discarded_user_id = S("7c0000000000000000000099"),
      .surviving_conversation_id = S("7b0000000000000000000001"),
      .discarded_conversation_id = S("7b0000000000000000000099"),
      .reason = S("channelLinking")}},
    {"row 52: a user changed",
     "user_updated",
     EVENT_CONVERSATIONS_OTHER,
     USER_KEY,
     CREATED_MS,
     {WIDGET, .customer = ADA, .reason = S("profile")}},
    {"row 52: a user is gone",
     "user_removed",
     EVENT_CONVERSATIONS_OTHER,
     USER_KEY,
     CREATED_MS,
     {.customer = {.user_id = S("7c0000000000000000000001")}}},
    {"row 52: reading",
     "read",
     EVENT_CONVERSATIONS_OTHER,
     KEY,
     CREATED_MS,
     {CONVERSATION, WIDGET, .active = BOT, .customer = ADA, .author = AUTHOR_CUSTOMER}},
    {"row 52: typing",
     "typing",
     EVENT_CONVERSATIONS_OTHER,
     KEY,
     CREATED_MS,
     {CONVERSATION, WIDGET, .active = BOT, .customer = ADA, .author = AUTHOR_CUSTOMER}},
    {"row 52: referral",
     "referral",
     EVENT_CONVERSATIONS_OTHER,
     KEY,
     CREATED_MS,
     {CONVERSATION, WIDGET, .active = BOT, .customer = ADA}},
    {"row 52: join",
     "join",
     EVENT_CONVERSATIONS_OTHER,
     KEY,
     CREATED_MS,
     {CONVERSATION, .active = BOT, .customer = ADA}},
    {"row 52: leave",
     "leave",
     EVENT_CONVERSATIONS_OTHER,
     KEY,
     CREATED_MS,
     {CONVERSATION, .active = BOT, .customer = ADA}},
    {"row 52: delivered to a channel",
     "delivery_channel",
     EVENT_CONVERSATIONS_OTHER,
     KEY,
     CREATED_MS,
     {CONVERSATION, MESSAGE, .active = BOT, .customer = ADA}},
    {"row 52: delivered to a user",
     "delivery_user",
     EVENT_CONVERSATIONS_OTHER,
     KEY,
     CREATED_MS,
     {CONVERSATION, MESSAGE, .active = BOT, .customer = ADA}},
    {"row 52: not delivered",
     "delivery_failure",
     EVENT_CONVERSATIONS_OTHER,
     KEY,
     CREATED_MS,
     {CONVERSATION, MESSAGE, .active = BOT, .customer = ADA, .reason = S("bad_request")}},
    {"row 52: a client was added",
     "client_added",
     EVENT_CONVERSATIONS_OTHER,
     KEY,
     CREATED_MS,
     {CONVERSATION, WIDGET, .active = BOT, .customer = ADA, .reason = S("sdkLogin")}},
    {"row 52: a type with neither conversation nor user",
     "passthrough",
     EVENT_CONVERSATIONS_OTHER,
     NULL,
     CREATED_MS,
     {.deleted = false}},
    {"row 52: a type that does not exist yet",
     "unknown_type",
     EVENT_CONVERSATIONS_OTHER,
     KEY,
     CREATED_MS,
     {CONVERSATION, .active = BOT}},
};

static struct admitted admit_file(struct arena *arena, const char *file, struct slice *ret_body)
{
    char name[128];
    (void)snprintf(name, sizeof name, "conversations/%s", file);
    *ret_body = fixture_file(name);
    struct admit_request request = {
        .endpoint = ENDPOINT_CONVERSATIONS,
        .account = fixture_account(),
        .body = *ret_body,
        .traceparent = SLICE("00-11111111111111111111111111111111-2222222222222222-01"),
        .now = {1772438400000},
    };
    struct admitted admitted = {0};
    EXPECT_OK(file, admit(arena, &request, &admitted));
    EXPECT(file, !admitted.refused);
    return admitted;
}

#define SAME(member_) EXPECT_SLICE(why, got->member_, want->member_)

static void expect_integration(const char *why, const struct integration *got,
                               const struct integration *want)
{
    EXPECT(why, got->present == want->present);
    SAME(id);
    SAME(name);
    SAME(integration_id);
    SAME(type);
}

static void expect_who(const char *why, const struct conversations_event *got,
                       const struct conversations_event *want)
{
    expect_integration(why, &got->active, &want->active);
    expect_integration(why, &got->pending, &want->pending);
    SAME(customer.user_id);
    SAME(customer.external_id);
    SAME(customer.zendesk_id);
    SAME(customer.name);
    SAME(customer.email);
    SAME(customer.locale);
    EXPECT(why, got->author == want->author);
    SAME(author_subtype);
    SAME(author_name);
}

static void expect_what(const char *why, const struct conversations_event *got,
                        const struct conversations_event *want)
{
    SAME(conversation_id);
    SAME(brand_id);
    SAME(widget_id);
    SAME(source_type);
    SAME(message_id);
    SAME(content_type);
    SAME(text);
    SAME(payload);
    SAME(activity);
    SAME(effect_id);
    SAME(reason);
    SAME(discarded_user_id);
    SAME(surviving_conversation_id);
    SAME(discarded_conversation_id);
    EXPECT(why, got->deleted == want->deleted);
    EXPECT(why, got->switchboard == want->switchboard);
    EXPECT(why, got->attachment_count == want->attachment_count);
    for (size_t i = 0; i < got->attachment_count; i++) {
        SAME(attachments[i].url);
        SAME(attachments[i].media_type);
        SAME(attachments[i].name);
    }
}

static void reads_every_type(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    wall_ms_t second = {0};
    EXPECT_OK("time", instant_parse_iso8601(SLICE("2026-03-02T08:15:30Z"), &second));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice body = {0};
        arena_reset(&arena);
        struct admitted admitted = admit_file(&arena, rows[i].file, &body);
        EXPECT(rows[i].why, admitted.event_count == 1 && admitted.dead_count == 0);
        const struct event *event = &admitted.events[0];
        EXPECT(rows[i].why, event->type == rows[i].type);
        EXPECT(rows[i].why, event->source == EVENT_FROM_CONVERSATIONS);
        EXPECT_SLICE(rows[i].why, event->account, SLICE("maple"));
        EXPECT(rows[i].why, event->id.len == 24);
        EXPECT(rows[i].why, event->occurred.ms == second.ms + CREATED_MS);
        EXPECT(rows[i].why, event->body.conversations.received.ms == second.ms + rows[i].received);
        if (rows[i].key != NULL) {
            EXPECT_SLICE(rows[i].why, event->conversation, slice_of(rows[i].key));
        }
        expect_who(rows[i].why, &event->body.conversations, &rows[i].want);
        expect_what(rows[i].why, &event->body.conversations, &rows[i].want);
        fixture_round_trip(rows[i].why, event);
    }
}

/* Row 47: as many records as events, in order, each with its own JSON as it was sent. */
static void keeps_a_batch(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    struct slice body = {0};
    struct admitted admitted = admit_file(&arena, "batch_three", &body);
    EXPECT("row 47: all of them", admitted.event_count == 3 && admitted.dead_count == 0);
    const char *why = "row 47: in order";
    EXPECT(why, admitted.events[0].type == EVENT_CONVERSATION_CREATED);
    EXPECT_SLICE(why, admitted.events[1].body.conversations.text, SLICE("one"));
    EXPECT_SLICE(why, admitted.events[2].body.conversations.text, SLICE("two"));
    EXPECT_SLICE(why, admitted.events[2].conversation,
                 SLICE("maple/messaging/7b0000000000000000000002"));
    for (size_t i = 0; i < admitted.event_count; i++) {
        struct slice raw = admitted.events[i].raw;
        why = "row 53: the event as it was sent, whole";
        EXPECT(why, raw.ptr > body.ptr && raw.ptr + raw.len < body.ptr + body.len);
        EXPECT(why, slice_starts_with(raw, SLICE("{\n")) && slice_ends_with(raw, SLICE("\n  }")));
        const struct json *root = NULL;
        EXPECT_OK(why, json_parse(&arena, raw, NULL, NULL, &root));
        EXPECT_SLICE(why, json_id(json_find(root, "id")), admitted.events[i].id);
        EXPECT_SLICE(why, admitted.events[i].traceparent,
                     SLICE("00-11111111111111111111111111111111-2222222222222222-01"));
        EXPECT(why, admitted.events[i].accepted.ms == 1772438400000);
    }
}

static void parts_the_unreadable(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    struct slice body = {0};
    struct admitted admitted = admit_file(&arena, "batch_mixed", &body);
    EXPECT("what can be read is taken", admitted.event_count == 2);
    EXPECT("what cannot is kept", admitted.dead_count == 3);
    EXPECT_SLICE("in order", admitted.events[0].body.conversations.text, SLICE("good"));
    EXPECT("in order", admitted.events[1].type == EVENT_CONVERSATIONS_OTHER);
    EXPECT("an event without id", slice_starts_with(admitted.dead[0].value, SLICE("{")));
    EXPECT_SLICE("an event without id", admitted.dead[0].reason, SLICE("MISSING"));
    EXPECT_SLICE("an event that is a number", admitted.dead[1].value, SLICE("17"));
    EXPECT_SLICE("an event that is a number", admitted.dead[1].reason, SLICE("WRONG_TYPE"));
    EXPECT_SLICE("stage", admitted.dead[2].stage, SLICE("ingest"));
    EXPECT_SLICE("account", admitted.dead[2].account, SLICE("maple"));
    EXPECT("a conversation without id is nobody's", admitted.dead[2].text.len > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_type),
        cmocka_unit_test(keeps_a_batch),
        cmocka_unit_test(parts_the_unreadable),
    };
    return cmocka_run_group_tests_name("ingest/conversations", tests, NULL, NULL);
}
