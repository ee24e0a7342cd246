/* Names that metrics, logs and headers hold on to; and which events belong to a conversation. */
#include "event/command.h"
#include "event/conversation.h"
#include "event/event.h"
#include "tests/support/unit.h"

static void event_types(void **state)
{
    (void)state;
    static const struct {
        enum event_type type;
        int number;
        const char *name;
        bool conversation, conversations, platform;
    } rows[] = {
        {EVENT_NONE, 0, "unknown", false, false, false},
        {EVENT_CONVERSATION_CREATED, 1, "conversations.conversation.created", true, true, false},
        {EVENT_MESSAGE, 2, "conversations.message", true, true, false},
        {EVENT_POSTBACK, 3, "conversations.postback", true, true, false},
        {EVENT_SWITCHBOARD, 4, "conversations.switchboard", true, true, false},
        {EVENT_USER_MERGED, 5, "conversations.user.merged", true, true, false},
        {EVENT_CONVERSATION_REMOVED, 6, "conversations.conversation.removed", true, true, false},
        {EVENT_CONVERSATIONS_OTHER, 7, "conversations.other", true, true, false},
        {EVENT_TICKET, 20, "support.ticket", true, false, false},
        {EVENT_BOT_REPLY, 40, "platform.reply", true, false, true},
        {EVENT_PLATFORM_MESSAGE, 41, "platform.message", true, false, true},
        {EVENT_RATING, 42, "platform.rating", true, false, true},
        {EVENT_ACTION, 43, "platform.action", true, false, true},
        {EVENT_HANDOFF, 44, "platform.handoff", true, false, true},
        {EVENT_CUSTOMER_DATA, 45, "platform.customer-data", true, false, true},
        {EVENT_END, 46, "platform.end", true, false, true},
        {EVENT_HANDBACK, 47, "platform.handback", true, false, true},
        {EVENT_OUTCOME, 60, "tieline.outcome", true, false, false},
        {EVENT_HORIZON, 61, "tieline.horizon", false, false, false},
        {EVENT_TAKEOVER, 62, "tieline.takeover", false, false, false},
        {EVENT_TIMER, 63, "tieline.timer", true, false, false},
        {EVENT_CONFIG, 64, "tieline.config", false, false, false},
        {EVENT_ALIVE, 65, "tieline.alive", false, false, false},
        {EVENT_ABSORB, 66, "tieline.absorb", true, false, false},
        {EVENT_OPERATOR, 67, "tieline.operator", true, false, false},
        {EVENT_BACKFILL, 68, "tieline.backfill", false, false, false},
        {EVENT_MISSED, 69, "tieline.missed", true, false, false},
        {EVENT_TICKET_STATUS, 142, "tieline.ticket-status", true, false, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT_TEXT("name", event_type_name(rows[i].type), rows[i].name);
        EXPECT(rows[i].name, (int)rows[i].type == rows[i].number);
        EXPECT(rows[i].name, event_has_conversation(rows[i].type) == rows[i].conversation);
        EXPECT(rows[i].name, event_is_conversations(rows[i].type) == rows[i].conversations);
        EXPECT(rows[i].name, event_is_platform(rows[i].type) == rows[i].platform);
    }
}

/* Each list of names from its first value on; one more than the last is unknown. */
static void other_names(void **state)
{
    (void)state;
    static const char *const effects[] = {
        "unknown",      "fence",           "bot_turn",      "message",       "fetch_active",
        "pass_control", "release_control", "fetch_ticket",  "ticket_create", "ticket_update",
        "bot_notice",   "fetch_messages",  "search_tickets"};
    static const char *const results[] = {"unknown",    "applied",   "deferred",
                                          "refused",    "timed_out", "failed",
                                          "superseded", "gave_up",   "undecided"};
    static const char *const methods[] = {"none", "GET", "POST", "PUT", "PATCH", "DELETE"};
    static const char *const phases[] = {"new", "bot", "handing_off", "human", "released", "ended"};
    static const char *const routings[] = {"waiting", "store", "silent"};
    static const char *const turns[] = {"none", "asked", "deferred", "speaking"};
    for (unsigned i = 0; i < COUNT_OF(effects); i++) {
        EXPECT_TEXT("effect", effect_name((enum effect_kind)i), effects[i]);
    }
    for (unsigned i = 0; i < COUNT_OF(results); i++) {
        EXPECT_TEXT("result", outcome_result_name((enum outcome_result)i), results[i]);
    }
    for (unsigned i = 0; i < COUNT_OF(methods); i++) {
        EXPECT_TEXT("method", http_method_name((enum http_method)i), methods[i]);
    }
    for (unsigned i = 0; i < COUNT_OF(phases); i++) {
        EXPECT_TEXT("phase", phase_name((enum phase)i), phases[i]);
    }
    for (unsigned i = 0; i < COUNT_OF(routings); i++) {
        EXPECT_TEXT("routing", routing_name((enum routing)i), routings[i]);
    }
    for (unsigned i = 0; i < COUNT_OF(turns); i++) {
        EXPECT_TEXT("turn", turn_state_name((enum turn_state)i), turns[i]);
    }
}

static void owners(void **state)
{
    (void)state;
    static const struct {
        enum phase phase;
        enum owner owner;
    } rows[] = {
        {PHASE_NEW, OWNER_BOT},           {PHASE_BOT, OWNER_BOT},
        {PHASE_HANDING_OFF, OWNER_HUMAN}, {PHASE_HUMAN, OWNER_HUMAN},
        {PHASE_RELEASED, OWNER_NOBODY},   {PHASE_ENDED, OWNER_NOBODY},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT(phase_name(rows[i].phase), phase_owner(rows[i].phase) == rows[i].owner);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event_types),
        cmocka_unit_test(other_names),
        cmocka_unit_test(owners),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
