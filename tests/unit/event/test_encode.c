/* What encoders write (codec_put.c, with the tables of codec_parts.c): every member of every
 * format, up to its limit, and nothing that could not be read. Row 53: user and source survive into
 * the event. */
#include "tests/golden/v1_records.h"
#include "tests/support/unit.h"
#include "tests/unit/event/handover_records.h"
#include "tests/unit/event/later.h"
#include "tests/unit/event/same.h"

#include "wire/command.pb-c.h"
#include "wire/config.pb-c.h"
#include "wire/conversation.pb-c.h"
#include "wire/dead.pb-c.h"
#include "wire/event.pb-c.h"

static struct arena arena;
static struct buf bytes;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    buf_init(&bytes, 4 * 1024 * 1024);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_deinit(&arena);
    buf_deinit(&bytes);
    return 0;
}

enum { FIELDS_MAX = 512, DEPTH_MAX = 4 };

/* Members of the formats that were seen with a value. */
static struct {
    const ProtobufCFieldDescriptor *field[FIELDS_MAX];
    size_t count;
} seen;

static bool was_seen(const ProtobufCFieldDescriptor *field)
{
    for (size_t i = 0; i < seen.count; i++) {
        if (seen.field[i] == field) {
            return true;
        }
    }
    return false;
}

static const void *member_of(const ProtobufCMessage *message, size_t offset)
{
    const void *place = message;
    return (const char *)place + offset;
}

static bool has_value(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    static const char zeros[32];
    const void *member = member_of(message, field->offset);
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t count = 0;
        memcpy(&count, member_of(message, field->quantifier_offset), sizeof count);
        return count > 0;
    }
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
        uint32_t number = 0;
        memcpy(&number, member_of(message, field->quantifier_offset), sizeof number);
        return number == field->id;
    }
    size_t size = field->type == PROTOBUF_C_TYPE_BYTES     ? sizeof(size_t)
                  : field->type == PROTOBUF_C_TYPE_MESSAGE ? sizeof(void *)
                  : field->type == PROTOBUF_C_TYPE_INT64 || field->type == PROTOBUF_C_TYPE_SINT64 ||
                          field->type == PROTOBUF_C_TYPE_UINT64 ||
                          field->type == PROTOBUF_C_TYPE_DOUBLE
                      ? 8
                      : 4;
    return memcmp(member, zeros, size) != 0;
}

/* Notes what has a value, down to the ground; formats are not recursive. */
static void note(const ProtobufCMessage *message, int depth)
{
    EXPECT("not deep", depth < DEPTH_MAX);
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        if (!has_value(message, field)) {
            continue;
        }
        if (!was_seen(field)) {
            EXPECT("room", seen.count < FIELDS_MAX);
            seen.field[seen.count++] = field;
        }
        if (field->type != PROTOBUF_C_TYPE_MESSAGE) {
            continue;
        }
        const ProtobufCMessage *inner = NULL;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            ProtobufCMessage *const *list = NULL;
            memcpy(&list, member_of(message, field->offset), sizeof list);
            inner = list[0];
        } else {
            memcpy(&inner, member_of(message, field->offset), sizeof inner);
        }
        note(inner, depth + 1);
    }
}

static void expect_seen(const ProtobufCMessageDescriptor *descriptor, int depth)
{
    EXPECT("not deep", depth < DEPTH_MAX);
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        if (!was_seen(field)) {
            fail_msg("%s.%s is never written", descriptor->name, field->name);
        }
        if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
            expect_seen(field->descriptor, depth + 1);
        }
        EXPECT("texts are bytes, never strings", field->type != PROTOBUF_C_TYPE_STRING);
    }
}

static const ProtobufCMessageDescriptor *const formats[ANY_KIND_COUNT] = {
    [ANY_EVENT] = &tieline__v1__event__descriptor,
    [ANY_COMMAND] = &tieline__v1__command__descriptor,
    [ANY_CONVERSATION] = &tieline__v1__conversation__descriptor,
    [ANY_CONFIG] = &tieline__v1__config_record__descriptor,
    [ANY_DEAD] = &tieline__v1__dead__descriptor,
};

static struct any_record record;
static struct any_record again;

static void note_record(const char *name)
{
    buf_reset(&bytes);
    EXPECT_OK(name, any_encode(&record, &bytes));
    const void *place = bytes.ptr;
    ProtobufCMessage *wire =
        protobuf_c_message_unpack(formats[record.kind], NULL, bytes.len, place);
    EXPECT(name, wire != NULL && wire->n_unknown_fields == 0);
    note(wire, 0);
    protobuf_c_message_free_unpacked(wire, NULL);
}

/* Members that came after the first version, whose records never change. */
static void note_later_members(void)
{
    record = (struct any_record){.kind = ANY_CONVERSATION};
    v1_conversation(&record.of.conversation);
    later_conversation(&record.of.conversation);
    note_record("a later conversation");
    record = (struct any_record){.kind = ANY_EVENT};
    record.of.event = v1_event(EVENT_HORIZON);
    record.of.event.body.horizon.closes = true;
    note_record("a later horizon");
    record.of.event = v1_event(EVENT_ALIVE);
    record.of.event.type = EVENT_BACKFILL;
    record.of.event.account = SLICE("acme");
    record.of.event.body.missed = (struct missed){{1}, {2}, {3}, SLICE("ops")};
    note_record("a later order");
    record = (struct any_record){.kind = ANY_CONFIG, .of.config = v1_config(CONFIG_DEPLOYMENT)};
    later_deployment(&record.of.config.body.deployment);
    note_record("a later deployment");
    record.of.config = v1_config(CONFIG_ACCOUNT);
    record.of.config.body.account.key_login = KEY_LOGIN_JWT;
    note_record("a later account");
    record.of.config = v1_config(CONFIG_STORE);
    later_store(&record.of.config.body.store);
    note_record("a later store");
    record = (struct any_record){.kind = ANY_COMMAND};
    record.of.command = v1_command(EFFECT_BOT_TURN);
    later_command(&record.of.command);
    note_record("a later command");
}

/* What a chat of the bot's own site has. */
static void note_chat_members(void)
{
    static const struct attachment attachment = {{"u", 1}, {"image/png", 9}, {"n", 1}};
    record = (struct any_record){.kind = ANY_CONVERSATION};
    v1_conversation(&record.of.conversation);
    record.of.conversation.status_version = 3;
    record.of.conversation.bridge = BRIDGE_OPEN;
    handover_under_way(&record.of.conversation);
    record.of.conversation.customer.avatar_url = SLICE("https://img.example/ada.png");
    record.of.conversation.customer.phone = SLICE("+49 30 1");
    note_record("a conversation of a chat");
    record = (struct any_record){.kind = ANY_EVENT};
    record.of.event = v1_event(EVENT_PLATFORM_MESSAGE);
    record.of.event.body.platform.attachments = &attachment;
    record.of.event.body.platform.attachment_count = 1;
    note_record("a message with a file");
    record.of.event = v1_event(EVENT_BOT_REPLY);
    record.of.event.type = EVENT_ANSWERED;
    record.of.event.body.platform.turn = SLICE("");
    note_record("an answer without a turn");
    record.of.event.body.platform.answer.attachments = &attachment;
    record.of.event.body.platform.answer.attachment_count = 1;
    note_record("an answer with a file");
    record = (struct any_record){.kind = ANY_CONFIG};
    record.of.config = v1_config(CONFIG_STORE);
    record.of.config.body.store.chat = true;
    record.of.config.body.store.chat_turns = true;
    note_record("a store with a chat");
}

/* What a hand-over carries. */
static void note_handover_members(void)
{
    record = (struct any_record){.kind = ANY_CONVERSATION};
    v1_conversation(&record.of.conversation);
    handover_conversation(&record.of.conversation);
    note_record("a conversation with a hand-over");
    for (int which = 0; which < 2; which++) {
        record = (struct any_record){.kind = ANY_CONFIG};
        record.of.config = v1_config(CONFIG_STORE);
        handover_store(&record.of.config.body.store, which);
        later_store_time(&record.of.config.body.store);
        note_record("a store with outcomes");
    }
    record = (struct any_record){.kind = ANY_EVENT};
    record.of.event = v1_event(EVENT_HANDOFF);
    record.of.event.body.platform.handoff_way = WAY_LIVE;
    record.of.event.body.platform.handoff_priority = PRIORITY_LOW;
    record.of.event.body.platform.handoff_tags = SLICE("vip");
    note_record("a wish of the platform");
    record.of.event = v1_event(EVENT_BOT_REPLY);
    record.of.event.body.platform.answer.handoff_way = WAY_LIVE;
    record.of.event.body.platform.answer.handoff_priority = PRIORITY_LOW;
    record.of.event.body.platform.answer.handoff_tags = SLICE("vip");
    note_record("a wish of the bot");
}

/* What two conversations have that are one. */
static void note_absorb_members(void)
{
    record = (struct any_record){.kind = ANY_CONVERSATION};
    v1_conversation(&record.of.conversation);
    record.of.conversation.absorbed_into = SLICE("acme/messaging/c1");
    record.of.conversation.absorb_told = true;
    later_ticket(&record.of.conversation);
    note_record("a conversation that goes into another");
    record = (struct any_record){.kind = ANY_EVENT};
    record.of.event = v1_event(EVENT_USER_MERGED);
    record.of.event.body.conversations.surviving_conversation_id = SLICE("c1");
    record.of.event.body.conversations.discarded_conversation_id = SLICE("c2");
    note_record("a merge of conversations");
    record.of.event = v1_event(EVENT_ABSORB);
    record.of.event.type = EVENT_TICKET_STATUS;
    record.of.event.body.ticket_status =
        (struct ticket_status){SLICE("17"), TICKET_STATE_CLOSED, {7}};
    note_record("how a ticket stands");
    record.of.event = v1_event(EVENT_ABSORB);
    record.of.event.body.absorb =
        (struct absorb){SLICE("acme/messaging/c1"), SLICE("acme/messaging/c2"), SLICE("its state")};
    note_record("a joining");
}

static void every_member_is_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < v1_count(); i++) {
        char name[V1_NAME_BYTES];
        v1_at(i, name, &record);
        note_record(name);
    }
    note_later_members();
    note_handover_members();
    note_chat_members();
    note_absorb_members();
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        expect_seen(formats[i], 0);
    }
}

static char filler[LIMIT_TEXT_BYTES_MAX];
static struct attachment many_attachments[LIMIT_ATTACHMENTS_MAX + 1];
static struct slice many_words[LIMIT_TURN_WORDS_MAX + 1];
static struct slice many_actions[LIMIT_ACTIONS_MAX + 1];

static void fill_lists(void)
{
    memset(filler, 'x', sizeof filler);
    for (size_t i = 0; i < COUNT_OF(many_attachments); i++) {
        many_attachments[i].url = SLICE("u");
    }
    for (size_t i = 0; i < COUNT_OF(many_words); i++) {
        many_words[i] = SLICE("w");
    }
    for (size_t i = 0; i < COUNT_OF(many_actions); i++) {
        many_actions[i] = SLICE("a");
    }
}

static void fill_answer(struct bot_answer *answer)
{
    answer->messages = many_words;
    answer->message_count = LIMIT_TURN_WORDS_MAX;
    answer->actions = many_actions;
    answer->action_count = LIMIT_ACTIONS_MAX;
}

static void fill_state(struct conversation *c)
{
    c->seen_count = LIMIT_SEEN_IDS_MAX;
    c->pending_count = LIMIT_PENDING_MESSAGES_MAX;
    for (size_t i = 0; i < LIMIT_PENDING_MESSAGES_MAX; i++) {
        c->pending[i].attachments = many_attachments;
        c->pending[i].attachment_count = LIMIT_ATTACHMENTS_MAX;
    }
    c->history_count = LIMIT_HISTORY_ENTRIES_MAX;
    for (size_t i = 0; i < LIMIT_HISTORY_ENTRIES_MAX; i++) {
        c->history[i] = (struct history_entry){
            SPEAKER_AGENT, slice_from(filler, LIMIT_HISTORY_TEXT_BYTES_MAX), {1}};
    }
    c->timer_count = LIMIT_TIMERS_MAX;
    for (size_t i = 0; i < LIMIT_TIMERS_MAX; i++) {
        c->timers[i].kind = TIMER_INACTIVITY;
    }
    c->outstanding_count = LIMIT_OUTSTANDING_MAX;
    for (size_t i = 0; i < LIMIT_OUTSTANDING_MAX; i++) {
        c->outstanding[i] = (struct outstanding){{{7}}, EFFECT_MESSAGE, SLOT_WORD};
    }
    c->given_up_count = LIMIT_GIVEN_UP_MAX;
    for (size_t i = 0; i < LIMIT_GIVEN_UP_MAX; i++) {
        c->given_up[i] =
            (struct given_up){{{7}}, EFFECT_TICKET_CREATE, SLOT_CREATE_TICKET, INT64_MAX};
    }
    c->halted = true;
}

/* Every list full at once: the encoder's room is large enough, and all of it comes back. */
static void lists_may_be_full(void **state)
{
    (void)state;
    fill_lists();
    struct event message = v1_event(EVENT_MESSAGE);
    message.body.conversations.attachments = many_attachments;
    message.body.conversations.attachment_count = LIMIT_ATTACHMENTS_MAX;
    struct event reply = v1_event(EVENT_BOT_REPLY);
    fill_answer(&reply.body.platform.answer);
    struct event outcome = v1_event(EVENT_OUTCOME);
    fill_answer(&outcome.body.outcome.answer);
    const struct event *events[] = {&message, &reply, &outcome};
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        buf_reset(&bytes);
        EXPECT_OK("encode", codec_event_encode(events[i], &bytes));
        EXPECT_OK("decode", codec_event_decode(&arena, buf_slice(&bytes), NULL, &again.of.event));
        EXPECT("same", event_differs(events[i], &again.of.event) == NULL);
    }
    struct conversation *full = &record.of.conversation;
    v1_conversation(full);
    fill_state(full);
    buf_reset(&bytes);
    EXPECT_OK("encode", codec_conversation_encode(full, &bytes));
    struct conversation *decoded = &again.of.conversation;
    EXPECT_OK("decode", codec_conversation_decode(&arena, buf_slice(&bytes), NULL, decoded));
    EXPECT("same", conversation_differs(full, decoded) == NULL);
    arena_reset(&arena);
}

static void a_state_has_a_limit_as_a_whole(void **state)
{
    (void)state;
    fill_lists();
    struct conversation *full = &record.of.conversation;
    v1_conversation(full);
    for (size_t i = 0; i < 2; i++) {
        full->pending[i].text = slice_from(filler, LIMIT_TEXT_BYTES_MAX);
    }
    full->pending_count = 2;
    buf_reset(&bytes);
    EXPECT_OK("two long ones", codec_conversation_encode(full, &bytes));
    for (size_t i = 2; i < 5; i++) {
        full->pending[i] = full->pending[0];
    }
    full->pending_count = 5;
    buf_reset(&bytes);
    EXPECT_CODE("five", codec_conversation_encode(full, &bytes), ERR_TOO_LARGE);
    EXPECT("nothing was written", bytes.len == 0);
}

/* Nothing is written that the decoder would refuse: one member wrong in each row. */
static void what_could_not_be_read_is_not_written(void **state)
{
    (void)state;
    fill_lists();
    struct event e[15];
    for (size_t i = 0; i < COUNT_OF(e); i++) {
        e[i] = v1_event(EVENT_MESSAGE);
    }
    e[0].type = EVENT_NONE;
    e[1].source = EVENT_FROM_NONE;
    e[2].id = (struct slice){0};
    e[3].account = SLICE("other");
    e[4].conversation = SLICE("x");
    e[5].occurred.ms = -1;
    e[6].body.conversations.text = SLICE("\xff");
    e[7].body.conversations.brand_id = slice_from("\0", 1);
    e[8].body.conversations.attachments = many_attachments;
    e[8].body.conversations.attachment_count = LIMIT_ATTACHMENTS_MAX + 1;
    e[9].body.conversations.author = (enum author)77;
    e[10] = v1_event(EVENT_BOT_REPLY);
    e[10].body.platform.answer.confidence = 1.5;
    e[11] = v1_event(EVENT_BOT_REPLY);
    many_words[1] = (struct slice){0};
    fill_answer(&e[11].body.platform.answer);
    e[12] = v1_event(EVENT_OUTCOME);
    e[12].body.outcome.result = OUTCOME_NONE;
    e[13] = v1_event(EVENT_ALIVE);
    e[13].conversation = SLICE("acme/ticket/1");
    e[14] = (struct event){.type = EVENT_BACKFILL, .source = EVENT_FROM_OPERATOR};
    static const enum err_code codes[] = {ERR_MISSING,   ERR_MISSING, ERR_MISSING, ERR_RANGE,
                                          ERR_SYNTAX,    ERR_RANGE,   ERR_UTF8,    ERR_RANGE,
                                          ERR_TOO_LARGE, ERR_RANGE,   ERR_RANGE,   ERR_MISSING,
                                          ERR_MISSING,   ERR_RANGE,   ERR_MISSING};
    buf_reset(&bytes);
    for (size_t i = 0; i < COUNT_OF(e); i++) {
        char why[16];
        (void)snprintf(why, sizeof why, "event %zu", i);
        EXPECT_CODE(why, codec_event_encode(&e[i], &bytes), codes[i]);
    }
    struct command fence = v1_command(EFFECT_FENCE);
    fence.api = API_BOT;
    EXPECT_CODE("a fence with a request", codec_command_encode(&fence, &bytes), ERR_RANGE);
    struct config_record store = v1_config(CONFIG_STORE);
    store.body.store.tokens.count = LIMIT_LIVE_SECRETS_MAX + 1;
    EXPECT_CODE("three tokens", codec_config_encode(&store, &bytes), ERR_TOO_LARGE);
    struct config_record none = {.kind = CONFIG_NONE};
    EXPECT_CODE("no kind", codec_config_encode(&none, &bytes), ERR_RANGE);
    struct dead dead = v1_dead();
    dead.offset = -2;
    EXPECT_CODE("an offset", codec_dead_encode(&dead, &bytes), ERR_RANGE);
    EXPECT("nothing was written", bytes.len == 0);
}

static void a_full_buffer_stays_as_it_was(void **state)
{
    (void)state;
    CLEANUP(buf) struct buf small = {0};
    buf_init(&small, 100);
    EXPECT_OK("before", buf_append_text(&small, "before"));
    for (size_t i = 0; i < v1_count(); i++) {
        char name[V1_NAME_BYTES];
        v1_at(i, name, &record);
        buf_reset(&bytes);
        EXPECT_OK(name, any_encode(&record, &bytes));
        if (bytes.len > 94) {
            EXPECT_CODE(name, any_encode(&record, &small), ERR_BUF_FULL);
            EXPECT_SLICE(name, buf_slice(&small), SLICE("before"));
        }
    }
}

/* An answer that is not one of a reply is not written, even if the struct has one. */
static void only_replies_carry_an_answer(void **state)
{
    (void)state;
    struct event rating = v1_event(EVENT_RATING);
    rating.body.platform.answer.handoff = true;
    buf_reset(&bytes);
    EXPECT_OK("encode", codec_event_encode(&rating, &bytes));
    EXPECT_OK("decode", codec_event_decode(&arena, buf_slice(&bytes), NULL, &again.of.event));
    EXPECT("no answer", !again.of.event.body.platform.answer.handoff);

    struct event reply = v1_event(EVENT_BOT_REPLY);
    reply.body.platform.answer = (struct bot_answer){.confidence = -1.0};
    buf_reset(&bytes);
    EXPECT_OK("an empty answer", codec_event_encode(&reply, &bytes));
    EXPECT_OK("is one", codec_event_decode(&arena, buf_slice(&bytes), NULL, &again.of.event));
    EXPECT("without confidence", again.of.event.body.platform.answer.confidence < 0);
    arena_reset(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_is_written),
        cmocka_unit_test(lists_may_be_full),
        cmocka_unit_test(a_state_has_a_limit_as_a_whole),
        cmocka_unit_test(what_could_not_be_read_is_not_written),
        cmocka_unit_test(a_full_buffer_stays_as_it_was),
        cmocka_unit_test(only_replies_carry_an_answer),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
