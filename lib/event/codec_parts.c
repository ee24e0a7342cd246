#include "event/codec_parts.h"

#include "event/command.h"
#include "event/conversation.h"
#include "event/escalation.h"
#include "event/event.h"

#include "wire/conversation.pb-c.h"
#include "wire/event.pb-c.h"

#define DOMAIN struct customer
#define WIRE Tieline__V1__Customer
static const struct row customer_rows[] = {
    ID(user_id),  ID(external_id), ID(zendesk_id),  LABEL(name),
    LABEL(email), LABEL(locale),   URL(avatar_url), LABEL(phone),
};
#undef DOMAIN
#undef WIRE
const struct schema codec_customer =
    SCHEMA(customer_rows, struct customer, tieline__v1__customer__descriptor, NULL);

#define DOMAIN struct attachment
#define WIRE Tieline__V1__Attachment
static const struct row attachment_rows[] = {
    URL(url),
    LABEL(media_type),
    LABEL(name),
};
#undef DOMAIN
#undef WIRE
const struct schema codec_attachment =
    SCHEMA(attachment_rows, struct attachment, tieline__v1__attachment__descriptor, NULL);

/* NONE stands first, and is left out where there must be a value. */
static const struct enum_row effect_rows[] = {
    {EFFECT_NONE, TIELINE__V1__EFFECT_KIND__EFFECT_KIND_UNSPECIFIED},
#define X(name, number, label) {EFFECT_##name, TIELINE__V1__EFFECT_KIND__EFFECT_KIND_##name},
    EFFECT_TABLE(X)
#undef X
};
const struct enum_rows codec_effects_or_none = ENUM_ROWS(effect_rows);
const struct enum_rows codec_effects = ENUM_ROWS_NEEDED(effect_rows);

static const struct enum_row slot_rows[] = {
    {0, TIELINE__V1__SLOT__SLOT_UNSPECIFIED},
    {SLOT_TURN, TIELINE__V1__SLOT__SLOT_TURN},
    {SLOT_WORD, TIELINE__V1__SLOT__SLOT_WORD},
    {SLOT_WELCOME, TIELINE__V1__SLOT__SLOT_WELCOME},
    {SLOT_FETCH_ACTIVE, TIELINE__V1__SLOT__SLOT_FETCH_ACTIVE},
    {SLOT_FENCE, TIELINE__V1__SLOT__SLOT_FENCE},
    {SLOT_NOTICE_HANDOVER, TIELINE__V1__SLOT__SLOT_NOTICE_HANDOVER},
    {SLOT_SUMMARY, TIELINE__V1__SLOT__SLOT_SUMMARY},
    {SLOT_PASS, TIELINE__V1__SLOT__SLOT_PASS},
    {SLOT_NOTICE_ENDED, TIELINE__V1__SLOT__SLOT_NOTICE_ENDED},
    {SLOT_NOTICE_FAILED, TIELINE__V1__SLOT__SLOT_NOTICE_FAILED},
    {SLOT_CREATE_TICKET, TIELINE__V1__SLOT__SLOT_CREATE_TICKET},
    {SLOT_TICKET_UPDATE, TIELINE__V1__SLOT__SLOT_TICKET_UPDATE},
    {SLOT_FETCH_TICKET, TIELINE__V1__SLOT__SLOT_FETCH_TICKET},
    {SLOT_RELEASE, TIELINE__V1__SLOT__SLOT_RELEASE},
    {SLOT_FORWARD, TIELINE__V1__SLOT__SLOT_FORWARD},
    {SLOT_FETCH_MESSAGES, TIELINE__V1__SLOT__SLOT_FETCH_MESSAGES},
    {SLOT_SEARCH, TIELINE__V1__SLOT__SLOT_SEARCH},
    {SLOT_NOTICE_RULE, TIELINE__V1__SLOT__SLOT_NOTICE_RULE},
    {SLOT_CREATE_PLAIN, TIELINE__V1__SLOT__SLOT_CREATE_PLAIN},
    {SLOT_UPDATE_PLAIN, TIELINE__V1__SLOT__SLOT_UPDATE_PLAIN},
    {SLOT_TICKET_AGAIN, TIELINE__V1__SLOT__SLOT_TICKET_AGAIN},
    {SLOT_TICKET_TAGS, TIELINE__V1__SLOT__SLOT_TICKET_TAGS},
    {SLOT_REQUESTER, TIELINE__V1__SLOT__SLOT_REQUESTER},
    {SLOT_USER, TIELINE__V1__SLOT__SLOT_USER},
    {SLOT_CONVERSATION, TIELINE__V1__SLOT__SLOT_CONVERSATION},
    {SLOT_AGENT_WORD, TIELINE__V1__SLOT__SLOT_AGENT_WORD},
    {SLOT_STATUS, TIELINE__V1__SLOT__SLOT_STATUS},
    {SLOT_CHAT_ENDED, TIELINE__V1__SLOT__SLOT_CHAT_ENDED},
    {SLOT_NOTICE_NOBODY, TIELINE__V1__SLOT__SLOT_NOTICE_NOBODY},
    {SLOT_NOTICE_SILENT, TIELINE__V1__SLOT__SLOT_NOTICE_SILENT},
    {SLOT_ENDED_NOTE, TIELINE__V1__SLOT__SLOT_ENDED_NOTE},
    {SLOT_NOTICE_CLOSED, TIELINE__V1__SLOT__SLOT_NOTICE_CLOSED},
    {SLOT_LATE_NOTE, TIELINE__V1__SLOT__SLOT_LATE_NOTE},
    {SLOT_TICKET_FILES, TIELINE__V1__SLOT__SLOT_TICKET_FILES},
    {SLOT_FILE_BEFORE, TIELINE__V1__SLOT__SLOT_FILE_BEFORE},
    {SLOT_TRANSCRIPT, TIELINE__V1__SLOT__SLOT_TRANSCRIPT},
    {SLOT_FETCH_AGENTS, TIELINE__V1__SLOT__SLOT_FETCH_AGENTS},
    {SLOT_NOTICE_AWAY, TIELINE__V1__SLOT__SLOT_NOTICE_AWAY},
};
const struct enum_rows codec_slots_or_none = ENUM_ROWS(slot_rows);
const struct enum_rows codec_slots = ENUM_ROWS_NEEDED(slot_rows);

static const struct enum_row way_rows[] = {
    {WAY_UNSET, TIELINE__V1__WAY__WAY_UNSPECIFIED},
    {WAY_MESSAGE, TIELINE__V1__WAY__WAY_MESSAGE},
    {WAY_TICKET, TIELINE__V1__WAY__WAY_TICKET},
    {WAY_LIVE, TIELINE__V1__WAY__WAY_LIVE},
};
const struct enum_rows codec_ways = ENUM_ROWS(way_rows);

static const struct enum_row priority_rows[] = {
    {PRIORITY_UNSET, TIELINE__V1__PRIORITY__PRIORITY_UNSPECIFIED},
    {PRIORITY_LOW, TIELINE__V1__PRIORITY__PRIORITY_LOW},
    {PRIORITY_NORMAL, TIELINE__V1__PRIORITY__PRIORITY_NORMAL},
    {PRIORITY_HIGH, TIELINE__V1__PRIORITY__PRIORITY_HIGH},
    {PRIORITY_URGENT, TIELINE__V1__PRIORITY__PRIORITY_URGENT},
};
const struct enum_rows codec_priorities = ENUM_ROWS(priority_rows);

static const struct enum_row ticket_state_rows[] = {
    {TICKET_STATE_UNKNOWN, TIELINE__V1__TICKET_STATE__TICKET_STATE_UNSPECIFIED},
    {TICKET_STATE_OPEN, TIELINE__V1__TICKET_STATE__TICKET_STATE_OPEN},
    {TICKET_STATE_SOLVED, TIELINE__V1__TICKET_STATE__TICKET_STATE_SOLVED},
    {TICKET_STATE_CLOSED, TIELINE__V1__TICKET_STATE__TICKET_STATE_CLOSED},
};
const struct enum_rows codec_ticket_states_or_none = ENUM_ROWS(ticket_state_rows);
const struct enum_rows codec_ticket_states = ENUM_ROWS_NEEDED(ticket_state_rows);

static const struct enum_row timer_rows[] = {
    {TIMER_TURN, TIELINE__V1__TIMER_KIND__TIMER_KIND_TURN},
    {TIMER_INACTIVITY, TIELINE__V1__TIMER_KIND__TIMER_KIND_INACTIVITY},
    {TIMER_NOBODY_TOOK_IT, TIELINE__V1__TIMER_KIND__TIMER_KIND_NOBODY_TOOK_IT},
    {TIMER_SEARCH, TIELINE__V1__TIMER_KIND__TIMER_KIND_SEARCH},
    {TIMER_EVICT, TIELINE__V1__TIMER_KIND__TIMER_KIND_EVICT},
};
const struct enum_rows codec_timers = ENUM_ROWS(timer_rows);

static const struct enum_row speaker_rows[] = {
    {SPEAKER_CUSTOMER, TIELINE__V1__SPEAKER__SPEAKER_CUSTOMER},
    {SPEAKER_BOT, TIELINE__V1__SPEAKER__SPEAKER_BOT},
    {SPEAKER_AGENT, TIELINE__V1__SPEAKER__SPEAKER_AGENT},
    {SPEAKER_NOTICE, TIELINE__V1__SPEAKER__SPEAKER_NOTICE},
};
const struct enum_rows codec_speakers = ENUM_ROWS(speaker_rows);
