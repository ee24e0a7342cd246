#include "tests/golden/v1_records.h"

#include "base/check.h"

#include <stdint.h>
#include <stdio.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct effect_id effect_id = {{0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,
                                            0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff}};

static const enum event_type types[] = {
    EVENT_CONVERSATION_CREATED,
    EVENT_MESSAGE,
    EVENT_POSTBACK,
    EVENT_SWITCHBOARD,
    EVENT_USER_MERGED,
    EVENT_CONVERSATION_REMOVED,
    EVENT_CONVERSATIONS_OTHER,
    EVENT_TICKET,
    EVENT_BOT_REPLY,
    EVENT_PLATFORM_MESSAGE,
    EVENT_RATING,
    EVENT_ACTION,
    EVENT_HANDOFF,
    EVENT_CUSTOMER_DATA,
    EVENT_END,
    EVENT_HANDBACK,
    EVENT_OUTCOME,
    EVENT_HORIZON,
    EVENT_TAKEOVER,
    EVENT_TIMER,
    EVENT_CONFIG,
    EVENT_ALIVE,
    EVENT_ABSORB,
    EVENT_OPERATOR,
};

static const struct attachment attachments[] = {
    {.url = {"https://files.example/1.png", 27},
     .media_type = {"image/png", 9},
     .name = {"1.png", 5}},
    {.url = {"https://files.example/2", 23}},
};
static const struct slice words[] = {
    {"**Hello** \xc3\xa4\xf0\x9f\x91\x9f", 16}, {"a\0b", 3}, /* a NUL is text like any other */
};
static const struct slice actions[] = {{"order.lookup", 12}, {"refund", 6}};

static struct customer customer(void)
{
    return (struct customer){
        .user_id = SLICE("6a10000000000000000000c1"),
        .external_id = SLICE("shop-77"),
        .zendesk_id = SLICE("38000000000001"),
        .name = SLICE("J\xc3\xb6rg Example"),
        .email = SLICE("joerg@customer.example"),
        .locale = SLICE("de-DE"),
    };
}

static struct integration integration(void)
{
    return (struct integration){
        .present = true,
        .id = SLICE("6a10000000000000000000a1"),
        .name = SLICE("zd-agentWorkspace"),
        .integration_id = SLICE("6a10000000000000000000a2"),
        .type = SLICE("zd:agentWorkspace"),
    };
}

static struct bot_answer answer(void)
{
    return (struct bot_answer){
        .messages = words,
        .message_count = COUNT_OF(words),
        .confidence = 0.875,
        .intent = SLICE("order_status"),
        .sentiment = SLICE("negative"),
        .actions = actions,
        .action_count = COUNT_OF(actions),
        .resolved_given = true,
        .resolved = true,
        .handoff = true,
        .handoff_reason = SLICE("customer asked"),
        .handoff_summary = SLICE("Wants to know where order 17 is."),
    };
}

static struct conversations_event conversations(void)
{
    struct integration pending = integration();
    pending.name = SLICE("bot");
    return (struct conversations_event){
        .type = SLICE("conversation:message"),
        .conversation_id = SLICE("6a1000000000000000000001"),
        .brand_id = SLICE("36000000000001"),
        .widget_id = SLICE("6a10000000000000000000b1"),
        .source_type = SLICE("web"),
        .active = integration(),
        .pending = pending,
        .customer = customer(),
        .message_id = SLICE("6a10000000000000000000d1"),
        .received = {1790000000123},
        .author = AUTHOR_CUSTOMER,
        .author_subtype = SLICE("activity"),
        .author_name = SLICE("J\xc3\xb6rg"),
        .content_type = SLICE("text"),
        .text = SLICE("Where is my order?"),
        .payload = SLICE("ORDER_STATUS"),
        .attachments = attachments,
        .attachment_count = COUNT_OF(attachments),
        .activity = SLICE("transfer"),
        .effect_id = SLICE("00112233445566778899aabbccddeeff"),
        .deleted = true,
        .switchboard = SWITCHBOARD_RELEASE,
        .reason = SLICE("ticketClosed"),
        .discarded_user_id = SLICE("6a10000000000000000000c2"),
    };
}

static struct platform_event platform(enum event_type type)
{
    if (type == EVENT_BOT_REPLY) {
        return (struct platform_event){
            .turn = SLICE("ffeeddccbbaa99887766554433221100"),
            .answer = answer(),
            .customer = customer(),
        };
    }
    return (struct platform_event){
        .turn = SLICE("ffeeddccbbaa99887766554433221100"),
        .message_id = SLICE("m-1"),
        .text = SLICE("said on the platform"),
        .name = SLICE("csat"),
        .value = 4.5,
        .reason = SLICE("wants a person"),
        .summary = SLICE("summary"),
        .data = SLICE("{\"tier\":\"gold\"}"),
        .customer = customer(),
    };
}

static struct outcome outcome(void)
{
    return (struct outcome){
        .effect_id = effect_id,
        .command_offset = 4711,
        .incarnation = UINT64_MAX,
        .effect = EFFECT_BOT_TURN,
        .slot = SLOT_TURN,
        .episode = 2,
        .attempt = 1,
        .epoch = 5,
        .result = OUTCOME_APPLIED,
        .status = 200,
        .tries = 3,
        .detail = SLICE("after two time-outs"),
        .remote_id = SLICE("6a10000000000000000000d2"),
        .answered = {1790000001000},
        .turn = SLICE("ffeeddccbbaa99887766554433221100"),
        .answer_given = true,
        .answer = answer(),
        .active_given = true,
        .active = integration(),
        .fetched = SLICE("{\"ticket\":{\"id\":17}}"),
    };
}

static enum event_source source_of(enum event_type type)
{
    if (event_is_conversations(type)) {
        return EVENT_FROM_CONVERSATIONS;
    }
    if (event_is_platform(type)) {
        return EVENT_FROM_PLATFORM;
    }
    return type == EVENT_TICKET     ? EVENT_FROM_SUPPORT
           : type == EVENT_ALIVE    ? EVENT_FROM_INGEST
           : type == EVENT_OPERATOR ? EVENT_FROM_OPERATOR
           : type == EVENT_TIMER || type == EVENT_CONFIG || type == EVENT_ABSORB
               ? EVENT_FROM_PROCESSOR
               : EVENT_FROM_EGRESS;
}

static void set_body(struct event *event)
{
    if (event_is_conversations(event->type)) {
        event->body.conversations = conversations();
    } else if (event_is_platform(event->type)) {
        event->body.platform = platform(event->type);
    } else if (event->type == EVENT_TICKET) {
        event->body.ticket = (struct ticket_event){
            .event = SLICE("comment_added"),
            .ticket_id = SLICE("17"),
            .brand_id = SLICE("36000000000001"),
            .current_user_id = SLICE("38000000000001"),
            .updated_at = SLICE("2026-09-14T09:12:05Z"),
            .latest_comment_id = SLICE("39000000000001"),
            .invocation_id = SLICE("01HZ0000000000000000000000"),
        };
    } else if (event->type == EVENT_OUTCOME) {
        event->body.outcome = outcome();
    } else if (event->type == EVENT_HORIZON || event->type == EVENT_TAKEOVER) {
        event->body.horizon = (struct horizon){.offset = 1204, .incarnation = 7};
    } else if (event->type == EVENT_TIMER) {
        event->body.timer = (struct timer_fired){
            .kind = TIMER_TURN, .due = {1790000060000}, .epoch = 5, .ref = SLICE("ffeeddcc")};
    } else if (event->type == EVENT_CONFIG) {
        event->body.config_offset = 42;
    } else if (event->type == EVENT_OPERATOR) {
        event->body.operator_call = (struct operator_call){
            .action = OPERATOR_ESCALATE, .reason = SLICE("by hand"), .who = SLICE("ops")};
    }
}

struct event v1_event(enum event_type type)
{
    struct event event = {
        .type = type,
        .source = source_of(type),
        .occurred = {1790000000000},
        .accepted = {1790000000200},
        .traceparent = SLICE("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        .raw = SLICE("{\"id\":\"e-1\"}"),
    };
    if (event_has_conversation(type)) {
        event.id = SLICE("6a10000000000000000000e1");
        event.account = SLICE("acme");
        event.store = SLICE("shoes");
        event.conversation = SLICE("acme/messaging/6a1000000000000000000001");
    }
    set_body(&event);
    return event;
}

struct command v1_command(enum effect_kind effect)
{
    struct command command = {
        .effect_id = effect_id,
        .effect = effect,
        .slot = SLOT_WORD,
        .index = 3,
        .voice = VOICE_BOT,
        .account = SLICE("acme"),
        .store = SLICE("shoes"),
        .conversation = SLICE("acme/messaging/6a1000000000000000000001"),
        .remote_id = SLICE("6a1000000000000000000001"),
        .episode = 2,
        .attempt = 1,
        .epoch = 5,
        .look_first = true,
        .check_owner = true,
        .created = {1790000000000},
        .deadline = {30000},
        .turn = SLICE("ffeeddccbbaa99887766554433221100"),
        .traceparent = SLICE("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    };
    if (effect == EFFECT_FENCE) {
        command.slot = SLOT_FENCE;
        command.voice = VOICE_NONE;
        return command;
    }
    command.api = API_CONVERSATIONS;
    command.method = METHOD_POST;
    command.path = SLICE("/v2/apps/app1/conversations/6a1000000000000000000001/messages");
    command.body = SLICE("{\"author\":{\"type\":\"business\"},\"content\":{\"type\":\"text\"}}");
    return command;
}

static void v1_lists(struct conversation *c)
{
    c->seen_count = 3;
    c->seen[0] = (struct seen_id){1, {1790000000001}};
    c->seen[1] = (struct seen_id){UINT64_MAX, {1790000000002}};
    c->seen[2] = (struct seen_id){0, {0}};
    c->pending_count = 2;
    c->pending[0] = (struct pending_message){
        .id = SLICE("6a10000000000000000000d1"),
        .text = SLICE("Where is my order?"),
        .received = {1790000000123},
        .attachments = attachments,
        .attachment_count = COUNT_OF(attachments),
    };
    c->pending[1] = (struct pending_message){.id = SLICE("6a10000000000000000000d3"),
                                             .text = SLICE("Hello?"),
                                             .received = {1790000000456}};
    c->history_count = 2;
    c->history[0] =
        (struct history_entry){SPEAKER_CUSTOMER, SLICE("Where is my order?"), {1790000000123}};
    c->history[1] = (struct history_entry){SPEAKER_NOTICE, SLICE("One moment."), {1790000000400}};
    c->timer_count = 2;
    c->timers[0] = (struct timer){TIMER_TURN, {1790000060000}, SLICE("ffeeddcc")};
    c->timers[1] = (struct timer){TIMER_NOBODY_TOOK_IT, {1790000090000}, SLICE("")};
    c->outstanding_count = 2;
    c->outstanding[0] = (struct outstanding){effect_id, EFFECT_BOT_TURN, SLOT_TURN};
    c->outstanding[1] = (struct outstanding){{{0xff}}, EFFECT_FETCH_ACTIVE, SLOT_FETCH_ACTIVE};
}

void v1_conversation(struct conversation *ret)
{
    *ret = (struct conversation){
        .key = SLICE("acme/messaging/6a1000000000000000000001"),
        .account = SLICE("acme"),
        .store = SLICE("shoes"),
        .surface = SURFACE_MESSAGING,
        .remote_id = SLICE("6a1000000000000000000001"),
        .routing = ROUTING_STORE,
        .widget_id = SLICE("6a10000000000000000000b1"),
        .brand_id = SLICE("36000000000001"),
        .source_type = SLICE("web"),
        .customer = customer(),
        .phase = PHASE_HANDING_OFF,
        .epoch = 5,
        .episode = 2,
        .attempt = 1,
        .welcomed = true,
        .speak_checked = true,
        .switchboard_at = {1790000000100},
        .evidence_asked = true,
        .nobody_seen = 1,
        .watermark = {1789999999999},
        .turn = {.state = TURN_DEFERRED,
                 .id = SLICE("00112233445566778899aabbccddeeff"),
                 .effect_id = effect_id,
                 .epoch = 5,
                 .covers = 1,
                 .words_open = 2},
        .turns_since = {1789999000000},
        .turns_count = 9,
        .created = {1789990000000},
        .updated = {1790000000456},
    };
    v1_lists(ret);
}

/* As it is after its first event: hardly anything set. */
static void v1_conversation_new(struct conversation *ret)
{
    *ret = (struct conversation){
        .key = SLICE("acme/ticket/17"),
        .account = SLICE("acme"),
        .surface = SURFACE_TICKET,
        .routing = ROUTING_WAITING,
        .phase = PHASE_NEW,
        .created = {1790000000000},
        .updated = {1790000000000},
    };
}

static struct account account(void)
{
    struct account account = {
        .name = SLICE("acme"),
        .enabled = true,
        .id_key = SLICE("0123456789abcdef0123456789abcdef"),
        .subdomain = SLICE("acme"),
        .conversations_url = SLICE("https://conversations.example"),
        .app_id = SLICE("6a1000000000000000000099"),
        .key_id = SLICE("app_6a1000000000000000000098"),
        .key_secret = {SLICE("box 1: \x00\xff")},
        .integration_id = SLICE("6a1000000000000000000097"),
        .switchboard_integration = SLICE("tieline"),
        .agent_target = SLICE("zd-agentWorkspace"),
        .webhook_secrets = {.count = 2},
        .support_url = SLICE("https://support.example"),
        .email = SLICE("bot@acme.example"),
        .api_token = {SLICE("box 2")},
        .oauth_client_id = SLICE("tieline"),
        .oauth_client_secret = {SLICE("box 3")},
        .bot_user_id = SLICE("38000000000009"),
        .signing_secrets = {{SLICE("box 4")}, {SLICE("box 5")}},
        .signing_secret_count = 2,
    };
    for (unsigned char i = 0; i < IDENT_KEY_BYTES; i++) {
        account.webhook_secrets.hash[0].bytes[i] = i;
        account.webhook_secrets.hash[1].bytes[i] = (unsigned char)(255 - i);
    }
    return account;
}

static struct store store(void)
{
    struct store store = {
        .name = SLICE("shoes"),
        .account = SLICE("acme"),
        .enabled = true,
        .brand_id = SLICE("36000000000001"),
        .widget_id = SLICE("6a10000000000000000000b1"),
        .default_responder = true,
        .after_release = AFTER_RELEASE_END,
        .bot_kind = BOT_HTTP,
        .bot_url = SLICE("https://bot.example/turn"),
        .bot_secret = {SLICE("box 6")},
        .bot_timeout = {30000},
        .bot_private_allowed = true,
        .author_name = SLICE("Shoe Bot"),
        .author_avatar_url = SLICE("https://bot.example/face.png"),
        .welcome = SLICE("Hi! I am *Shoe Bot*."),
        .tokens = {.count = 1},
    };
    for (unsigned char i = 0; i < IDENT_KEY_BYTES; i++) {
        store.tokens.hash[0].bytes[i] = (unsigned char)(2 * i);
    }
    return store;
}

struct config_record v1_config(enum config_kind kind)
{
    struct config_record record = {.kind = kind};
    if (kind == CONFIG_DEPLOYMENT) {
        record.body.deployment = (struct deployment){
            .partitions = 16,
            .ingest_public_key = SLICE("ingest--ingest--ingest--ingest--"),
            .egress_public_key = SLICE("egress--egress--egress--egress--"),
        };
    } else if (kind == CONFIG_ACCOUNT) {
        record.body.account = account();
    } else {
        record.body.store = store();
    }
    return record;
}

struct dead v1_dead(void)
{
    return (struct dead){
        .stage = SLICE("processor"),
        .class = SLICE("poison"),
        .reason = SLICE("SYNTAX"),
        .text = SLICE("the bytes are not a record of this kind"),
        .topic = SLICE("events"),
        .partition = 3,
        .offset = 991,
        .tries = 4,
        .at = {1790000000000},
        .account = SLICE("acme"),
        .conversation = SLICE("acme/messaging/6a1000000000000000000001"),
        .effect_id = effect_id,
        .key = SLICE("key\x00\xff"),
        .value = SLICE("value\x00\xff"),
    };
}

size_t v1_count(void)
{
    return COUNT_OF(types) + 2 + 2 + 3 + 1;
}

static void set_name(char name[V1_NAME_BYTES], const char *record, const char *kind)
{
    int written = snprintf(name, V1_NAME_BYTES, "%s.%s", record, kind);
    CHECK(written > 0 && written < V1_NAME_BYTES);
}

void v1_at(size_t index, char name[V1_NAME_BYTES], struct any_record *ret)
{
    CHECK(index < v1_count());
    if (index < COUNT_OF(types)) {
        set_name(name, "event", event_type_name(types[index]));
        ret->kind = ANY_EVENT;
        ret->of.event = v1_event(types[index]);
        return;
    }
    index -= COUNT_OF(types);
    if (index < 2) {
        set_name(name, "command", index == 0 ? "message" : "fence");
        ret->kind = ANY_COMMAND;
        ret->of.command = v1_command(index == 0 ? EFFECT_MESSAGE : EFFECT_FENCE);
        return;
    }
    index -= 2;
    if (index < 2) {
        set_name(name, "conversation", index == 0 ? "full" : "new");
        ret->kind = ANY_CONVERSATION;
        (index == 0 ? v1_conversation : v1_conversation_new)(&ret->of.conversation);
        return;
    }
    index -= 2;
    if (index < 3) {
        static const char *const kinds[] = {"deployment", "account", "store"};
        set_name(name, "config", kinds[index]);
        ret->kind = ANY_CONFIG;
        ret->of.config = v1_config(CONFIG_DEPLOYMENT + (enum config_kind)index);
        return;
    }
    set_name(name, "dead", "record");
    ret->kind = ANY_DEAD;
    ret->of.dead = v1_dead();
}
