/* The rest of what Zendesk documents, type by type: names of events, kinds of messages, and what
 * happens to tickets. Covers rows 7, 39, 42, 43, 47, 49, 50, 51 and 52; test_conversations.c reads
 * the first of each kind member by member. */
#include "ingest/core/admit.h"
#include "tests/support/unit.h"
#include "tests/unit/ingest/fixture.h"

/* Every trigger that a webhook can subscribe to. */
static const struct {
    const char *name;
    enum event_type type;
    enum switchboard_action action;
} names[] = {
    {"client:add", EVENT_CONVERSATIONS_OTHER, SWITCHBOARD_NONE},
    {"client:remove", EVENT_CONVERSATIONS_OTHER, SWITCHBOARD_NONE},
    {"client:update", EVENT_CONVERSATIONS_OTHER, SWITCHBOARD_NONE},
    {"conversation:create", EVENT_CONVERSATION_CREATED, SWITCHBOARD_NONE},
    {"conversation:join", EVENT_CONVERSATIONS_OTHER, SWITCHBOARD_NONE},
    {"conversation:leave", EVENT_CONVERSATIONS_OTHER, SWITCHBOARD_NONE},
    {"conversation:remove", EVENT_CONVERSATION_REMOVED, SWITCHBOARD_NONE},
    {"conversation:message", EVENT_MESSAGE, SWITCHBOARD_NONE},
    {"conversation:message:delivery:channel", EVENT_CONVERSATIONS_OTHER, SWITCHBOARD_NONE},
    {"conversation:message:delivery:failure", EVENT_CONVERSATIONS_OTHER, SWITCHBOARD_NONE},
    {"conversation:message:delivery:user", EVENT_CONVERSATIONS_OTHER, SWITCHBOARD_NONE},
    {"conversation:postback", EVENT_POSTBACK, SWITCHBOARD_NONE},
    {"conversation:read", EVENT_CONVERSATIONS_OTHER, SWITCHBOARD_NONE},
    {"conversation:referral", EVENT_CONVERSATIONS_OTHER, SWITCHBOARD_NONE},
    {"conversation:typing", EVENT_CONVERSATIONS_OTHER, SWITCHBOARD_NONE},
    {"passthrough:messaging", EVENT_CONVERSATIONS_OTHER, SWITCHBOARD_NONE},
    {"switchboard:acceptControl", EVENT_SWITCHBOARD, SWITCHBOARD_ACCEPT},
    {"switchboard:acceptControl:failure", EVENT_SWITCHBOARD, SWITCHBOARD_ACCEPT_FAILED},
    {"switchboard:offerControl", EVENT_SWITCHBOARD, SWITCHBOARD_OFFER},
    {"switchboard:offerControl:failure", EVENT_SWITCHBOARD, SWITCHBOARD_OFFER_FAILED},
    {"switchboard:passControl", EVENT_SWITCHBOARD, SWITCHBOARD_PASS},
    {"switchboard:passControl:failure", EVENT_SWITCHBOARD, SWITCHBOARD_PASS_FAILED},
    {"switchboard:releaseControl", EVENT_SWITCHBOARD, SWITCHBOARD_RELEASE},
    {"user:merge", EVENT_USER_MERGED, SWITCHBOARD_NONE},
    {"user:remove", EVENT_CONVERSATIONS_OTHER, SWITCHBOARD_NONE},
    {"user:update", EVENT_CONVERSATIONS_OTHER, SWITCHBOARD_NONE},
    /* not documented: kept like those that nothing is done with */
    {"conversation:Message", EVENT_CONVERSATIONS_OTHER, SWITCHBOARD_NONE},
    {"conversation:messages", EVENT_CONVERSATIONS_OTHER, SWITCHBOARD_NONE},
    {"planet:align", EVENT_CONVERSATIONS_OTHER, SWITCHBOARD_NONE},
};

/* What may stand where a payload is promised. */
static const char *const payloads[] = {
    "",
    ",\"payload\":null",
    ",\"payload\":[]",
    ",\"payload\":{}",
    ",\"payload\":{\"conversation\":{\"id\":\"c1\"}}",
    (",\"payload\":{\"conversation\":{\"id\":\"c1\",\"activeSwitchboardIntegration\":null,"
     "\"pendingSwitchboardIntegration\":null}}"),
    ",\"payload\":{\"conversation\":{\"id\":\"c1\"},\"message\":null,\"user\":7,\"source\":[]}",
    ",\"payload\":{\"user\":{\"id\":\"u1\"}}",
};

static struct admitted admit_text(struct arena *arena, enum endpoint endpoint, struct slice body)
{
    struct admit_request request = {
        .endpoint = endpoint,
        .account = fixture_account(),
        .store = endpoint == ENDPOINT_CONVERSATIONS ? NULL : fixture_store(),
        .body = body,
        .invocation_id = SLICE("inv-1"),
        .traceparent = SLICE("00-11111111111111111111111111111111-2222222222222222-01"),
        .nonce = SLICE("n"),
        .now = {1772438400000},
    };
    struct admitted admitted = {0};
    arena_reset(arena);
    EXPECT_OK("always an answer", admit(arena, &request, &admitted));
    return admitted;
}

static void knows_every_name(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        for (size_t k = 0; k < COUNT_OF(payloads); k++) {
            char body[512];
            (void)snprintf(body, sizeof body, "{\"events\":[{\"id\":\"e1\",\"type\":\"%s\"%s}]}",
                           names[i].name, payloads[k]);
            struct admitted admitted = admit_text(&arena, ENDPOINT_CONVERSATIONS, slice_of(body));
            EXPECT(body, admitted.event_count == 1 && admitted.dead_count == 0);
            const struct event *event = &admitted.events[0];
            EXPECT(body, event->type == names[i].type);
            EXPECT(body, event->body.conversations.switchboard == names[i].action);
            EXPECT_SLICE(body, event->body.conversations.type, slice_of(names[i].name));
            bool conversation = strstr(payloads[k], "c1") != NULL;
            EXPECT_SLICE(body, event->conversation,
                         conversation                        ? SLICE("maple/messaging/c1")
                         : strstr(payloads[k], "u1") != NULL ? SLICE("maple/user/u1")
                                                             : SLICE("maple/user/e1"));
            fixture_round_trip(body, event);
        }
    }
}

static const struct {
    const char *why;
    const char *file;
    enum author author;
    const char *subtype;
    const char *source;
    const char *active; /* kind of who has it */
    const char *content;
    const char *text;
    const char *activity;
    size_t attachments;
} messages[] = {
    {"row 49: an agent's words", "message_agent_text", AUTHOR_BUSINESS, "agent",
     "zd:agentWorkspace", "zd:agentWorkspace", "text", "I have it here.", NULL, 0},
    {"row 49: a customer's, while an agent has it", "message_while_agent_has_it", AUTHOR_CUSTOMER,
     NULL, "web", "zd:agentWorkspace", "text", "thank you, Tomasz", NULL, 0},
    {"Zendesk's own bot", "message_answer_bot", AUTHOR_BUSINESS, NULL, "zd:answerBot",
     "zd:answerBot", "text", "Have you seen our articles?", NULL, 0},
    {"a text that a trigger sent", "message_messaging_trigger", AUTHOR_BUSINESS, NULL,
     "zd:agentWorkspace", "zd:agentWorkspace", "text", "We open at nine.", NULL, 0},
    {"a customer's file", "message_file", AUTHOR_CUSTOMER, NULL, "web", "custom", "file", NULL,
     NULL, 1},
    {"a form", "message_form", AUTHOR_BUSINESS, "bot", "api:conversations", "custom", "form", NULL,
     NULL, 0},
    {"a text with buttons", "message_buttons", AUTHOR_BUSINESS, "bot", "api:conversations",
     "custom", "text", "City or trail?", NULL, 0},
    {"a list", "message_list", AUTHOR_BUSINESS, "bot", "api:conversations", "custom", "list",
     "City bike", NULL, 0},
    {"a template", "message_template", AUTHOR_BUSINESS, NULL, "api:conversations", "custom",
     "template", NULL, NULL, 0},
    {"row 52: content of a kind that does not exist yet", "message_new_content", AUTHOR_CUSTOMER,
     NULL, "web", "custom", "hologram", NULL, NULL, 0},
    {"its ticket was closed", "message_ticket_closed", AUTHOR_BUSINESS, "activity",
     "zd:agentWorkspace", "zd:agentWorkspace", "text", "The ticket was closed", "ticket:closed", 0},
    {"it goes on by mail", "message_gone_to_mail", AUTHOR_BUSINESS, "activity", "zd:agentWorkspace",
     "zd:agentWorkspace", "text", "It goes on by mail", "ticket:transfer:email", 0},
};

static void knows_every_kind_of_message(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    for (size_t i = 0; i < COUNT_OF(messages); i++) {
        const char *why = messages[i].why;
        char name[128];
        (void)snprintf(name, sizeof name, "conversations/%s", messages[i].file);
        struct admitted admitted = admit_text(&arena, ENDPOINT_CONVERSATIONS, fixture_file(name));
        EXPECT(why, admitted.event_count == 1 && admitted.dead_count == 0);
        const struct event *event = &admitted.events[0];
        const struct conversations_event *body = &event->body.conversations;
        EXPECT(why, event->type == EVENT_MESSAGE && body->author == messages[i].author);
        EXPECT_SLICE(why, event->conversation, SLICE("maple/messaging/7b0000000000000000000001"));
        EXPECT_SLICE(why, body->author_subtype, slice_of(messages[i].subtype));
        EXPECT_SLICE(why, body->source_type, slice_of(messages[i].source));
        EXPECT_SLICE(why, body->active.type, slice_of(messages[i].active));
        EXPECT_SLICE(why, body->content_type, slice_of(messages[i].content));
        EXPECT_SLICE(why, body->text, slice_of(messages[i].text));
        EXPECT_SLICE(why, body->activity, slice_of(messages[i].activity));
        EXPECT(why, body->attachment_count == messages[i].attachments);
        EXPECT(why, body->widget_id.len > 0 || messages[i].author == AUTHOR_BUSINESS);
        EXPECT(why, slice_empty(body->effect_id));
        fixture_round_trip(why, event);
    }
}

/* Channels of messaging; one that does not exist yet too. */
static const char *const channels[] = {
    "web",  "ios",     "android", "whatsapp", "twilio",      "messenger", "instagram", "telegram",
    "line", "twitter", "wechat",  "mailgun",  "messagebird", "viber",     "kakao",     "holo",
};

static void takes_every_channel_alike(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    for (size_t i = 0; i < COUNT_OF(channels); i++) {
        char body[512];
        (void)snprintf(body, sizeof body,
                       "{\"events\":[{\"id\":\"e1\",\"type\":\"conversation:message\",\"payload\":{"
                       "\"conversation\":{\"id\":\"c1\"},\"message\":{\"id\":\"m1\","
                       "\"author\":{\"type\":\"user\",\"userId\":\"u1\"},"
                       "\"content\":{\"type\":\"text\",\"text\":\"hi\"},"
                       "\"source\":{\"type\":\"%s\",\"integrationId\":\"i1\"}}}}]}",
                       channels[i]);
        struct admitted admitted = admit_text(&arena, ENDPOINT_CONVERSATIONS, slice_of(body));
        EXPECT("row 7: one event", admitted.event_count == 1 && admitted.dead_count == 0);
        const struct conversations_event *message = &admitted.events[0].body.conversations;
        EXPECT("row 7: a message", admitted.events[0].type == EVENT_MESSAGE);
        EXPECT_SLICE("row 7: of a customer's", admitted.events[0].conversation,
                     SLICE("maple/messaging/c1"));
        EXPECT_SLICE("row 7: its channel is kept", message->source_type, slice_of(channels[i]));
        EXPECT_SLICE("row 7: routed by its widget", message->widget_id, SLICE("i1"));
        fixture_round_trip("row 7", &admitted.events[0]);
        arena_reset(&arena);
    }
}

static const struct {
    const char *why;
    const char *file;
    const char *event;
    const char *user;
    const char *comment;
} tickets[] = {
    {"a trigger of our own making", "status_changed", "ticket_status_changed", "31", NULL},
    {"row 42: made", "subscribed_created", "zen:event-type:ticket.created", "5500110022", NULL},
    {"row 43: a note of an agent", "subscribed_note", "zen:event-type:ticket.comment_added",
     "5500110022", "990003"},
    {"its status", "subscribed_status", "zen:event-type:ticket.status_changed", "5500110022", NULL},
    {"its assignee", "subscribed_assignee", "zen:event-type:ticket.agent_assignment_changed",
     "5500110022", NULL},
    {"its group", "subscribed_group", "zen:event-type:ticket.group_assignment_changed",
     "5500110022", NULL},
    {"its tags", "subscribed_tags", "zen:event-type:ticket.tags_changed", "5500110022", NULL},
    {"row 52: a type that does not exist yet", "subscribed_new",
     "zen:event-type:ticket.painted_green", "5500110022", NULL},
};

static void knows_what_happens_to_tickets(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    for (size_t i = 0; i < COUNT_OF(tickets); i++) {
        const char *why = tickets[i].why;
        char name[128];
        (void)snprintf(name, sizeof name, "tickets/%s", tickets[i].file);
        struct admitted admitted = admit_text(&arena, ENDPOINT_TICKETS, fixture_file(name));
        EXPECT(why, admitted.event_count == 1 && admitted.dead_count == 0);
        const struct event *event = &admitted.events[0];
        EXPECT(why, event->type == EVENT_TICKET);
        EXPECT_SLICE(why, event->conversation, SLICE("maple/ticket/8801"));
        EXPECT_SLICE(why, event->store, SLICE("bikes"));
        EXPECT_SLICE(why, event->body.ticket.event, slice_of(tickets[i].event));
        EXPECT_SLICE(why, event->body.ticket.brand_id, SLICE("4400110022"));
        EXPECT_SLICE(why, event->body.ticket.current_user_id, slice_of(tickets[i].user));
        EXPECT_SLICE(why, event->body.ticket.latest_comment_id, slice_of(tickets[i].comment));
        fixture_round_trip(why, event);
    }
}

/* Its id is a user's: to take it for a ticket's would fetch somebody else's ticket. */
static void takes_no_other_thing_for_a_ticket(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    struct slice body = fixture_file("tickets/not_a_ticket");
    struct admitted admitted = admit_text(&arena, ENDPOINT_TICKETS, body);
    EXPECT("kept and counted", admitted.event_count == 0 && admitted.dead_count == 1);
    EXPECT_SLICE("whole", admitted.dead[0].value, body);
    EXPECT_SLICE("says why", admitted.dead[0].reason, SLICE("RANGE"));
    admitted = admit_text(&arena, ENDPOINT_TICKETS,
                          SLICE("{\"type\":\"zen:event-type:ticket.created\","
                                "\"subject\":\"zen:ticket:8801\",\"detail\":{}}"));
    EXPECT("the subject names it as well", admitted.event_count == 1);
    EXPECT_SLICE("as well", admitted.events[0].conversation, SLICE("maple/ticket/8801"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_every_name),
        cmocka_unit_test(knows_every_kind_of_message),
        cmocka_unit_test(takes_every_channel_alike),
        cmocka_unit_test(knows_what_happens_to_tickets),
        cmocka_unit_test(takes_no_other_thing_for_a_ticket),
    };
    return cmocka_run_group_tests_name("ingest/types", tests, NULL, NULL);
}
