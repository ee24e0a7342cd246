#include "base/check.h"
#include "event/codec.h"
#include "event/codec_parts.h"

#include "wire/event.pb-c.h"

#include <stdalign.h>
#include <string.h>

#define DOMAIN struct integration
#define WIRE Tieline__V1__Integration
static const struct row integration_rows[] = {
    BOOL(present), ID(id), LABEL(name), ID(integration_id), LABEL(type),
};
#undef DOMAIN
#undef WIRE
static const struct schema integration =
    SCHEMA(integration_rows, struct integration, tieline__v1__integration__descriptor, NULL);

static const struct enum_row author_rows[] = {
    {AUTHOR_NONE, TIELINE__V1__AUTHOR__AUTHOR_UNSPECIFIED},
    {AUTHOR_CUSTOMER, TIELINE__V1__AUTHOR__AUTHOR_CUSTOMER},
    {AUTHOR_BUSINESS, TIELINE__V1__AUTHOR__AUTHOR_BUSINESS},
};
static const struct enum_rows authors = ENUM_ROWS(author_rows);

static const struct enum_row switchboard_rows[] = {
#define X(name)                                                                                    \
    {                                                                                              \
        SWITCHBOARD_##name, TIELINE__V1__SWITCHBOARD_ACTION__SWITCHBOARD_ACTION_##name             \
    }
    {SWITCHBOARD_NONE, TIELINE__V1__SWITCHBOARD_ACTION__SWITCHBOARD_ACTION_UNSPECIFIED},
    X(PASS),
    X(OFFER),
    X(ACCEPT),
    X(RELEASE),
    X(PASS_FAILED),
    X(OFFER_FAILED),
    X(ACCEPT_FAILED),
#undef X
};
static const struct enum_rows switchboard_actions = ENUM_ROWS(switchboard_rows);

#define DOMAIN struct conversations_event
#define WIRE Tieline__V1__ConversationsEvent
static const struct row conversations_rows[] = {
    LABEL(type),
    ID(conversation_id),
    ID(brand_id),
    ID(widget_id),
    LABEL(source_type),
    MESSAGE(active, struct integration, integration),
    MESSAGE(pending, struct integration, integration),
    MESSAGE(customer, struct customer, codec_customer),
    ID(message_id),
    WALL(received),
    ENUM(author, enum author, authors),
    LABEL(author_subtype),
    LABEL(author_name),
    LABEL(content_type),
    TEXT(text, LIMIT_TEXT_BYTES_MAX),
    TEXT(payload, LIMIT_TEXT_BYTES_MAX),
    MESSAGES(attachments, attachment_count, LIMIT_ATTACHMENTS_MAX, codec_attachment),
    LABEL(activity),
    LABEL(effect_id),
    BOOL(deleted),
    ENUM(switchboard, enum switchboard_action, switchboard_actions),
    LABEL(reason),
    ID(discarded_user_id),
    ID(surviving_conversation_id),
    ID(discarded_conversation_id),
};
#undef DOMAIN
#undef WIRE
static const struct schema conversations =
    SCHEMA(conversations_rows, struct conversations_event,
           tieline__v1__conversations_event__descriptor, NULL);

#define DOMAIN struct ticket_event
#define WIRE Tieline__V1__TicketEvent
static const struct row ticket_rows[] = {
    LABEL(event),      ID_NEEDED(ticket_id),  ID(brand_id),      ID(current_user_id),
    LABEL(updated_at), ID(latest_comment_id), ID(invocation_id),
};
#undef DOMAIN
#undef WIRE
static const struct schema ticket =
    SCHEMA(ticket_rows, struct ticket_event, tieline__v1__ticket_event__descriptor, NULL);

#define DOMAIN struct bot_answer
#define WIRE Tieline__V1__BotAnswer
static const struct row answer_rows[] = {
    TEXTS(messages, message_count, LIMIT_TURN_WORDS_MAX, LIMIT_TEXT_BYTES_MAX),
    DOUBLE_GIVEN(confidence, TIELINE__V1__BOT_ANSWER__CONFIDENCE_GIVEN_CONFIDENCE),
    LABEL(intent),
    LABEL(sentiment),
    LABELS(actions, action_count, LIMIT_ACTIONS_MAX),
    BOOL_GIVEN(resolved, resolved_given, TIELINE__V1__BOT_ANSWER__RESOLVED_GIVEN_RESOLVED),
    BOOL(handoff),
    LABEL(handoff_reason),
    TEXT(handoff_summary, LIMIT_TEXT_BYTES_MAX),
    MESSAGES(attachments, attachment_count, LIMIT_ATTACHMENTS_MAX, codec_attachment),
    ENUM(handoff_way, enum way, codec_ways),
    ENUM(handoff_priority, enum priority, codec_priorities),
    LABEL(handoff_tags),
};
#undef DOMAIN
#undef WIRE
static const struct schema answer =
    SCHEMA(answer_rows, struct bot_answer, tieline__v1__bot_answer__descriptor, NULL);

#define DOMAIN struct platform_event
#define WIRE Tieline__V1__PlatformEvent
static const struct row platform_rows[] = {
    ID(turn),
    ID(message_id),
    TEXT(text, LIMIT_TEXT_BYTES_MAX),
    LABEL(name),
    DOUBLE(value),
    LABEL(reason),
    TEXT(summary, LIMIT_TEXT_BYTES_MAX),
    BYTES(data, LIMIT_BODY_BYTES_MAX),
    MESSAGE(customer, struct customer, codec_customer),
    ENUM(handoff_way, enum way, codec_ways),
    ENUM(handoff_priority, enum priority, codec_priorities),
    LABEL(handoff_tags),
    MESSAGES(attachments, attachment_count, LIMIT_ATTACHMENTS_MAX, codec_attachment),
};
/* A reply is the same, and an answer; what was answered without a turn is an answer alone. */
static const struct row reply_rows[] = {
    ID_NEEDED(turn),
    MESSAGE_NEEDED(answer, struct bot_answer, answer),
    MESSAGE(customer, struct customer, codec_customer),
};
static const struct row answered_rows[] = {
    MESSAGE_NEEDED(answer, struct bot_answer, answer),
    MESSAGE(customer, struct customer, codec_customer),
};
#undef DOMAIN
#undef WIRE
static const struct schema platform =
    SCHEMA(platform_rows, struct platform_event, tieline__v1__platform_event__descriptor, NULL);
static const struct schema reply =
    SCHEMA(reply_rows, struct platform_event, tieline__v1__platform_event__descriptor, NULL);
static const struct schema answered =
    SCHEMA(answered_rows, struct platform_event, tieline__v1__platform_event__descriptor, NULL);

static const struct enum_row result_rows[] = {
#define X(name, number, text) {OUTCOME_##name, TIELINE__V1__OUTCOME_RESULT__OUTCOME_RESULT_##name},
    OUTCOME_TABLE(X)
#undef X
};
static const struct enum_rows results = ENUM_ROWS(result_rows);

#define DOMAIN struct outcome
#define WIRE Tieline__V1__Outcome
static const struct row outcome_rows[] = {
    EFFECT_ID(effect_id),
    OFFSET(command_offset),
    U64(incarnation),
    ENUM(effect, uint32_t, codec_effects_or_none),
    ENUM(slot, uint32_t, codec_slots_or_none),
    U32(episode),
    U32(attempt),
    U32(epoch),
    ENUM(result, enum outcome_result, results),
    U32(status),
    U32(tries),
    LABEL(detail),
    ID(remote_id),
    WALL(answered),
    ID(turn),
    MESSAGE_GIVEN(answer, struct bot_answer, answer_given, answer),
    MESSAGE_GIVEN(active, struct integration, active_given, integration),
    BYTES(fetched, LIMIT_ANSWER_BYTES_MAX),
};
#undef DOMAIN
#undef WIRE
static const struct schema outcome =
    SCHEMA(outcome_rows, struct outcome, tieline__v1__outcome__descriptor, NULL);

#define DOMAIN struct horizon
#define WIRE Tieline__V1__Horizon
static const struct row horizon_rows[] = {
    OFFSET(offset),
    U64(incarnation),
    BOOL(closes),
};
#undef DOMAIN
#undef WIRE
static const struct schema horizon =
    SCHEMA(horizon_rows, struct horizon, tieline__v1__horizon__descriptor, NULL);

#define DOMAIN struct timer_fired
#define WIRE Tieline__V1__TimerFired
static const struct row timer_rows[] = {
    ENUM(kind, enum timer_kind, codec_timers),
    WALL(due),
    U32(epoch),
    ID(ref),
};
#undef DOMAIN
#undef WIRE
static const struct schema timer =
    SCHEMA(timer_rows, struct timer_fired, tieline__v1__timer_fired__descriptor, NULL);

/* In the domain it is one bare number. */
struct config_in_force {
    int64_t offset;
};
#define DOMAIN struct config_in_force
#define WIRE Tieline__V1__ConfigInForce
static const struct row config_rows[] = {
    OFFSET(offset),
};
#undef DOMAIN
#undef WIRE
static const struct schema config =
    SCHEMA(config_rows, struct config_in_force, tieline__v1__config_in_force__descriptor, NULL);

static const struct enum_row operator_rows[] = {
    {OPERATOR_ESCALATE, TIELINE__V1__OPERATOR_ACTION__OPERATOR_ACTION_ESCALATE},
    {OPERATOR_HANDBACK, TIELINE__V1__OPERATOR_ACTION__OPERATOR_ACTION_HANDBACK},
    {OPERATOR_ERASE, TIELINE__V1__OPERATOR_ACTION__OPERATOR_ACTION_ERASE},
    {OPERATOR_ERASE_FORCED, TIELINE__V1__OPERATOR_ACTION__OPERATOR_ACTION_ERASE_FORCED},
};
static const struct enum_rows operator_actions = ENUM_ROWS(operator_rows);

#define DOMAIN struct operator_call
#define WIRE Tieline__V1__OperatorCall
static const struct row operator_call_rows[] = {
    ENUM(action, enum operator_action, operator_actions),
    LABEL(reason),
    LABEL(who),
};
#undef DOMAIN
#undef WIRE
static const struct schema operator_call =
    SCHEMA(operator_call_rows, struct operator_call, tieline__v1__operator_call__descriptor, NULL);

#define DOMAIN struct missed
#define WIRE Tieline__V1__Missed
static const struct row missed_rows[] = {
    WALL(since),
    WALL(until),
    WALL(updated),
    LABEL(who),
};
#undef DOMAIN
#undef WIRE
static const struct schema missed =
    SCHEMA(missed_rows, struct missed, tieline__v1__missed__descriptor, NULL);

#define DOMAIN struct ticket_status
#define WIRE Tieline__V1__TicketStatus
static const struct row ticket_status_rows[] = {
    ID_NEEDED(ticket_id),
    ENUM(state, enum ticket_state, codec_ticket_states),
    WALL(updated),
};
#undef DOMAIN
#undef WIRE
static const struct schema ticket_status =
    SCHEMA(ticket_status_rows, struct ticket_status, tieline__v1__ticket_status__descriptor, NULL);

#define DOMAIN struct absorb
#define WIRE Tieline__V1__Absorb
static const struct row absorb_rows[] = {
    KEY(into),
    KEY(from),
    BYTES(state, LIMIT_STATE_BYTES_MAX),
};
#undef DOMAIN
#undef WIRE
static const struct schema absorb =
    SCHEMA(absorb_rows, struct absorb, tieline__v1__absorb__descriptor, NULL);

static const struct enum_row type_rows[] = {
#define X(name, number, ce_type) {EVENT_##name, TIELINE__V1__EVENT_TYPE__EVENT_TYPE_##name},
    EVENT_TYPE_TABLE(X)
#undef X
};
static const struct enum_rows types = ENUM_ROWS(type_rows);

static const struct enum_row source_rows[] = {
#define X(name)                                                                                    \
    {                                                                                              \
        EVENT_FROM_##name, TIELINE__V1__EVENT_SOURCE__EVENT_SOURCE_##name                          \
    }
    X(CONVERSATIONS), X(SUPPORT), X(PLATFORM), X(INGEST), X(PROCESSOR), X(EGRESS), X(OPERATOR),
#undef X
};
static const struct enum_rows sources = ENUM_ROWS(source_rows);

#define DOMAIN struct event
#define WIRE Tieline__V1__Event
static const struct row event_rows[] = {
    ENUM(type, enum event_type, types),
    ENUM(source, enum event_source, sources),
    ID(id),
    NAME(account),
    NAME(store),
    KEY(conversation),
    WALL(occurred),
    WALL(accepted),
    ID(traceparent),
    BYTES(raw, LIMIT_BODY_BYTES_MAX),
};
#undef DOMAIN
#undef WIRE

/* Events of a conversation say whose they are; events of a partition have no conversation, and an
 * account only where it is about one. */
static err_t check_event(const void *domain, struct why *why)
{
    const struct event *event = domain;
    if (!event_has_conversation(event->type)) {
        if (!slice_empty(event->conversation)) {
            why_set(why, "conversation: an event of the partition has none");
            return ERR(RANGE);
        }
        if (event->type == EVENT_BACKFILL && slice_empty(event->account)) {
            why_set(why, "account: is missing");
            return ERR(MISSING);
        }
        return err_ok();
    }
    if (slice_empty(event->id) || slice_empty(event->account) || slice_empty(event->conversation)) {
        why_set(why, "%s: is missing",
                slice_empty(event->id)        ? "id"
                : slice_empty(event->account) ? "account"
                                              : "conversation");
        return ERR(MISSING);
    }
    return codec_check_key(event->conversation, event->account, why);
}
const struct schema codec_event_envelope =
    SCHEMA(event_rows, struct event, tieline__v1__event__descriptor, check_event);

struct body {
    Tieline__V1__Event__BodyCase number; /* of its field */
    const struct schema *of;             /* NULL: the type has none */
};

static struct body body_of(enum event_type type)
{
    if (event_is_conversations(type)) {
        return (struct body){TIELINE__V1__EVENT__BODY_CONVERSATIONS, &conversations};
    }
    if (event_is_platform(type)) {
        return (struct body){TIELINE__V1__EVENT__BODY_PLATFORM, type == EVENT_BOT_REPLY ? &reply
                                                                : type == EVENT_ANSWERED
                                                                    ? &answered
                                                                    : &platform};
    }
    static const struct {
        enum event_type type;
        struct body body;
    } bodies[] = {
        {EVENT_TICKET, {TIELINE__V1__EVENT__BODY_TICKET, &ticket}},
        {EVENT_OUTCOME, {TIELINE__V1__EVENT__BODY_OUTCOME, &outcome}},
        {EVENT_HORIZON, {TIELINE__V1__EVENT__BODY_HORIZON, &horizon}},
        {EVENT_TAKEOVER, {TIELINE__V1__EVENT__BODY_HORIZON, &horizon}},
        {EVENT_TIMER, {TIELINE__V1__EVENT__BODY_TIMER, &timer}},
        {EVENT_CONFIG, {TIELINE__V1__EVENT__BODY_CONFIG, &config}},
        {EVENT_OPERATOR, {TIELINE__V1__EVENT__BODY_OPERATOR_CALL, &operator_call}},
        {EVENT_BACKFILL, {TIELINE__V1__EVENT__BODY_MISSED, &missed}},
        {EVENT_MISSED, {TIELINE__V1__EVENT__BODY_MISSED, &missed}},
        {EVENT_ABSORB, {TIELINE__V1__EVENT__BODY_ABSORB, &absorb}},
        {EVENT_TICKET_STATUS, {TIELINE__V1__EVENT__BODY_TICKET_STATUS, &ticket_status}},
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        if (bodies[i].type == type) {
            return bodies[i].body;
        }
    }
    return (struct body){TIELINE__V1__EVENT__BODY__NOT_SET, NULL};
}

const struct schema *codec_event_body(enum event_type type)
{
    return body_of(type).of;
}

/* All bodies of the domain start where the union starts, all of the wire are one pointer. */
STATIC_CHECK(offsetof(struct event, body.config_offset) == offsetof(struct event, body), "union");
STATIC_CHECK(offsetof(Tieline__V1__Event, outcome) == offsetof(Tieline__V1__Event, conversations),
             "union");

enum {
    SLICES_BYTES =
        SCRATCH_BYTES((LIMIT_TURN_WORDS_MAX + LIMIT_ACTIONS_MAX) * sizeof(ProtobufCBinaryData)),
    /* More than the largest body: the members of all of them. */
    EVENT_SCRATCH_BYTES = SCRATCH_BYTES(sizeof(Tieline__V1__Event)) +
                          SCRATCH_BYTES(sizeof(Tieline__V1__ConversationsEvent)) +
                          SCRATCH_BYTES(sizeof(Tieline__V1__TicketEvent)) +
                          SCRATCH_BYTES(sizeof(Tieline__V1__PlatformEvent)) +
                          SCRATCH_BYTES(sizeof(Tieline__V1__Outcome)) +
                          SCRATCH_BYTES(sizeof(Tieline__V1__BotAnswer)) + SLICES_BYTES +
                          2 * SCRATCH_ALIGN + SCRATCH_BYTES(sizeof(Tieline__V1__Customer)) +
                          2 * SCRATCH_BYTES(sizeof(Tieline__V1__Integration)) +
                          2 * SCRATCH_LIST(LIMIT_ATTACHMENTS_MAX, Tieline__V1__Attachment),
};

err_t codec_event_encode(const struct event *event, struct buf *out)
{
    alignas(SCRATCH_ALIGN) char room[EVENT_SCRATCH_BYTES];
    struct scratch scratch = {room, sizeof room};
    ProtobufCMessage *message = NULL;
    TRY(schema_put(&codec_event_envelope, event, NULL, &scratch, &message, NULL));
    void *place = message;
    Tieline__V1__Event *wire = place;
    wire->schema = EVENT_SCHEMA;
    struct body body = body_of(event->type);
    const struct absorb *a = &event->body.absorb;
    if (event->type == EVENT_ABSORB && a->into.len + a->from.len + a->state.len == 0) {
        body.of = NULL; /* as it was written before it had one */
    }
    if (body.of != NULL) {
        ProtobufCMessage *inner = NULL;
        TRY(schema_put(body.of, &event->body, NULL, &scratch, &inner, NULL));
        place = inner;
        wire->body_case = body.number;
        wire->conversations = place;
    }
    return codec_pack(message, LIMIT_RECORD_BYTES_MAX, out);
}

static err_t event_from(struct arena *arena, struct slice bytes, struct why *why,
                        struct event *ret_event)
{
    ProtobufCMessage *message = NULL;
    TRY(codec_unpack(&tieline__v1__event__descriptor, bytes, LIMIT_RECORD_BYTES_MAX, arena, why,
                     &message));
    const void *place = message;
    const Tieline__V1__Event *wire = place;
    TRY(codec_check_version(wire->schema, EVENT_SCHEMA, why));
    struct event event;
    memset(&event, 0, sizeof event);
    TRY(schema_get(&codec_event_envelope, message, arena, why, &event));
    struct body body = body_of(event.type);
    bool has_none = wire->body_case == TIELINE__V1__EVENT__BODY__NOT_SET;
    if (event.type == EVENT_ABSORB && has_none) {
        body.of = NULL; /* as it was written before it had one */
    }
    if (body.of != NULL) {
        if (wire->body_case != body.number) {
            why_set(why, "body: is not the one of %s", event_type_name(event.type));
            return ERR(MISSING);
        }
        place = wire->conversations;
        TRY(schema_get(body.of, place, arena, why, &event.body));
    }
    *ret_event = event;
    return err_ok();
}

err_t codec_event_decode(struct arena *arena, struct slice bytes, struct why *why,
                         struct event *ret_event)
{
    struct arena_mark mark = arena_mark(arena);
    err_t e = event_from(arena, bytes, why, ret_event);
    if (err_failed(e)) {
        arena_release(arena, mark);
    }
    return e;
}
