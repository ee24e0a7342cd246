#include "event/codec.h"
#include "event/codec_parts.h"

#include "wire/conversation.pb-c.h"

#include <stdalign.h>
#include <string.h>

static const struct enum_row surface_rows[] = {
    {SURFACE_TICKET, TIELINE__V1__SURFACE__SURFACE_TICKET},
    {SURFACE_MESSAGING, TIELINE__V1__SURFACE__SURFACE_MESSAGING},
    {SURFACE_CHAT, TIELINE__V1__SURFACE__SURFACE_CHAT},
    {SURFACE_USER, TIELINE__V1__SURFACE__SURFACE_USER},
    {SURFACE_ACCOUNT, TIELINE__V1__SURFACE__SURFACE_ACCOUNT},
};
static const struct enum_rows surfaces = ENUM_ROWS(surface_rows);

static const struct enum_row routing_rows[] = {
    {ROUTING_WAITING, TIELINE__V1__ROUTING__ROUTING_WAITING},
    {ROUTING_STORE, TIELINE__V1__ROUTING__ROUTING_STORE},
    {ROUTING_SILENT, TIELINE__V1__ROUTING__ROUTING_SILENT},
};
static const struct enum_rows routings = ENUM_ROWS(routing_rows);

static const struct enum_row phase_rows[] = {
    {PHASE_NEW, TIELINE__V1__PHASE__PHASE_NEW},
    {PHASE_BOT, TIELINE__V1__PHASE__PHASE_BOT},
    {PHASE_HANDING_OFF, TIELINE__V1__PHASE__PHASE_HANDING_OFF},
    {PHASE_HUMAN, TIELINE__V1__PHASE__PHASE_HUMAN},
    {PHASE_RELEASED, TIELINE__V1__PHASE__PHASE_RELEASED},
    {PHASE_ENDED, TIELINE__V1__PHASE__PHASE_ENDED},
};
static const struct enum_rows phases = ENUM_ROWS(phase_rows);

static const struct enum_row handover_rows[] = {
    {HANDOVER_NONE, TIELINE__V1__HANDOVER__HANDOVER_UNSPECIFIED},
    {HANDOVER_PASSING, TIELINE__V1__HANDOVER__HANDOVER_PASSING},
    {HANDOVER_TICKETING, TIELINE__V1__HANDOVER__HANDOVER_TICKETING},
    {HANDOVER_DONE, TIELINE__V1__HANDOVER__HANDOVER_DONE},
    {HANDOVER_ASKING, TIELINE__V1__HANDOVER__HANDOVER_ASKING},
};
static const struct enum_rows handovers = ENUM_ROWS(handover_rows);

static const struct enum_row bridge_rows[] = {
    {BRIDGE_NONE, TIELINE__V1__BRIDGE__BRIDGE_UNSPECIFIED},
    {BRIDGE_USER, TIELINE__V1__BRIDGE__BRIDGE_USER},
    {BRIDGE_CONVERSATION, TIELINE__V1__BRIDGE__BRIDGE_CONVERSATION},
    {BRIDGE_OPEN, TIELINE__V1__BRIDGE__BRIDGE_OPEN},
};
static const struct enum_rows bridges = ENUM_ROWS(bridge_rows);

static const struct enum_row turn_state_rows[] = {
    {TURN_NONE, TIELINE__V1__TURN_STATE__TURN_STATE_UNSPECIFIED},
    {TURN_ASKED, TIELINE__V1__TURN_STATE__TURN_STATE_ASKED},
    {TURN_DEFERRED, TIELINE__V1__TURN_STATE__TURN_STATE_DEFERRED},
    {TURN_SPEAKING, TIELINE__V1__TURN_STATE__TURN_STATE_SPEAKING},
};
static const struct enum_rows turn_states = ENUM_ROWS(turn_state_rows);

#define DOMAIN struct pending_message
#define WIRE Tieline__V1__PendingMessage
static const struct row pending_rows[] = {
    ID(id),
    TEXT(text, LIMIT_TEXT_BYTES_MAX),
    WALL(received),
    MESSAGES(attachments, attachment_count, LIMIT_ATTACHMENTS_MAX, codec_attachment),
    LABEL(type),
    TEXT(payload, LIMIT_TEXT_BYTES_MAX),
};
#undef DOMAIN
#undef WIRE
static const struct schema pending_schema =
    SCHEMA(pending_rows, struct pending_message, tieline__v1__pending_message__descriptor, NULL);

#define DOMAIN struct turn
#define WIRE Tieline__V1__Turn
static const struct row turn_rows[] = {
    ENUM(state, enum turn_state, turn_states),
    ID(id),
    EFFECT_ID(effect_id),
    U32(epoch),
    COUNT(covers),
    U32(words_open),
};
#undef DOMAIN
#undef WIRE
static const struct schema turn_schema =
    SCHEMA(turn_rows, struct turn, tieline__v1__turn__descriptor, NULL);

#define DOMAIN struct history_entry
#define WIRE Tieline__V1__HistoryEntry
static const struct row history_rows[] = {
    ENUM(speaker, enum speaker, codec_speakers),
    TEXT(text, LIMIT_HISTORY_TEXT_BYTES_MAX),
    WALL(at),
};
#undef DOMAIN
#undef WIRE
static const struct schema history_schema =
    SCHEMA(history_rows, struct history_entry, tieline__v1__history_entry__descriptor, NULL);

#define DOMAIN struct timer
#define WIRE Tieline__V1__Timer
static const struct row timer_rows[] = {
    ENUM(kind, enum timer_kind, codec_timers),
    WALL(due),
    ID(ref),
};
#undef DOMAIN
#undef WIRE
static const struct schema timer_schema =
    SCHEMA(timer_rows, struct timer, tieline__v1__timer__descriptor, NULL);

#define DOMAIN struct outstanding
#define WIRE Tieline__V1__Outstanding
static const struct row outstanding_rows[] = {
    EFFECT_ID_NEEDED(effect_id),
    ENUM(effect, enum effect_kind, codec_effects),
    ENUM(slot, enum slot, codec_slots),
};
#undef DOMAIN
#undef WIRE
static const struct schema outstanding_schema =
    SCHEMA(outstanding_rows, struct outstanding, tieline__v1__outstanding__descriptor, NULL);

#define DOMAIN struct given_up
#define WIRE Tieline__V1__GivenUp
static const struct row given_up_rows[] = {
    EFFECT_ID_NEEDED(effect_id),
    ENUM(effect, enum effect_kind, codec_effects),
    ENUM(slot, enum slot, codec_slots),
    OFFSET(command_offset),
};
#undef DOMAIN
#undef WIRE
static const struct schema given_up_schema =
    SCHEMA(given_up_rows, struct given_up, tieline__v1__given_up__descriptor, NULL);

#define DOMAIN struct search
#define WIRE Tieline__V1__Search
static const struct row search_rows[] = {
    WALL(since), WALL(from),  U32(page),   U32(round), U32(failures),
    BOOL(asked), WALL(again), WALL(began), U32(size),
};
#undef DOMAIN
#undef WIRE
static const struct schema search_schema =
    SCHEMA(search_rows, struct search, tieline__v1__search__descriptor, NULL);

static const struct enum_row owed_rows[] = {
    {TRANSCRIPT_SETTLED, TIELINE__V1__TRANSCRIPT_OWED__TRANSCRIPT_OWED_UNSPECIFIED},
    {TRANSCRIPT_WAITING, TIELINE__V1__TRANSCRIPT_OWED__TRANSCRIPT_OWED_WAITING},
    {TRANSCRIPT_DUE, TIELINE__V1__TRANSCRIPT_OWED__TRANSCRIPT_OWED_DUE},
};
static const struct enum_rows oweds = ENUM_ROWS(owed_rows);

#define DOMAIN struct transcript
#define WIRE Tieline__V1__Transcript
static const struct row transcript_rows[] = {
    U32(first),
    U32(count),
    COUNT(kept),
    U32(turns),
    U32(cut),
    U32(told),
    ENUM(owed, enum transcript_owed, oweds),
};
#undef DOMAIN
#undef WIRE

static err_t check_transcript(const void *domain, struct why *why)
{
    const struct transcript *transcript = domain;
    if (transcript->count > LIMIT_TRANSCRIPT_CHUNKS_MAX) {
        why_set(why, "transcript.count: %u chunks, %d is the most", (unsigned)transcript->count,
                (int)LIMIT_TRANSCRIPT_CHUNKS_MAX);
        return ERR(RANGE);
    }
    return err_ok();
}
static const struct schema transcript_schema = SCHEMA(
    transcript_rows, struct transcript, tieline__v1__transcript__descriptor, check_transcript);

#define DOMAIN struct datum
#define WIRE Tieline__V1__Datum
static const struct row datum_rows[] = {
    LABEL_NEEDED(key),
    {.name = "value",
     .kind = ROW_TEXT,
     .required = true,
     .wire = WIRE_OFFSET(value, ProtobufCBinaryData),
     .domain = DOMAIN_OFFSET(value, struct slice),
     .max = LIMIT_DATA_VALUE_BYTES_MAX},
};
#undef DOMAIN
#undef WIRE
static const struct schema datum_schema =
    SCHEMA(datum_rows, struct datum, tieline__v1__datum__descriptor, NULL);

/* `seen` and `said` are missing here: they are packed columns, see below. */
#define DOMAIN struct conversation
#define WIRE Tieline__V1__Conversation
static const struct row conversation_rows[] = {
    KEY_NEEDED(key),
    NAME_NEEDED(account),
    NAME(store),
    ENUM(surface, enum surface, surfaces),
    ID(remote_id),
    ENUM(routing, enum routing, routings),
    ID(widget_id),
    ID(brand_id),
    LABEL(source_type),
    MESSAGE(customer, struct customer, codec_customer),
    ENUM(phase, enum phase, phases),
    U32(epoch),
    U32(episode),
    U32(attempt),
    BOOL(welcomed),
    BOOL(speak_checked),
    WALL(switchboard_at),
    BOOL(evidence_asked),
    U32(nobody_seen),
    U32(reasons),
    U32(told),
    ENUM(way, enum way, codec_ways),
    ENUM(priority, enum priority, codec_priorities),
    LABEL(tags),
    MESSAGES(data, data_count, LIMIT_DATA_ENTRIES_MAX, datum_schema),
    BOOL(rated),
    DOUBLE(rating),
    ENUM(handover, enum handover, handovers),
    ID(ticket_id),
    ID(assignee_id),
    BOOL(fetch_asked),
    BOOL(fetch_again),
    WALL(missed_since),
    WALL(missed_until),
    MESSAGE(search, struct search, search_schema),
    TEXT(bots_summary, LIMIT_SUMMARY_BYTES_MAX),
    WALL(watermark),
    MESSAGES_IN(pending, pending_count, LIMIT_PENDING_MESSAGES_MAX, pending_schema),
    MESSAGE(turn, struct turn, turn_schema),
    MESSAGES_IN(history, history_count, LIMIT_HISTORY_ENTRIES_MAX, history_schema),
    MESSAGE(transcript, struct transcript, transcript_schema),
    MESSAGES_IN(files, file_count, LIMIT_SENT_FILES_MAX, codec_attachment),
    TEXT(newest, LIMIT_NEWEST_BYTES_MAX),
    U32(files_cut),
    COUNT(files_there),
    MESSAGES_IN(timers, timer_count, LIMIT_TIMERS_MAX, timer_schema),
    MESSAGES_IN(outstanding, outstanding_count, LIMIT_OUTSTANDING_MAX, outstanding_schema),
    MESSAGES_IN(given_up, given_up_count, LIMIT_GIVEN_UP_MAX, given_up_schema),
    BOOL(halted),
    WALL(turns_since),
    U32(turns_count),
    WALL(created),
    WALL(updated),
    U32(status_version),
    ENUM(bridge, enum bridge, bridges),
    KEY(absorbed_into),
    BOOL(absorb_told),
    BOOL(bridge_failed),
    ID(status_ticket),
    ENUM(ticket_state, enum ticket_state, codec_ticket_states_or_none),
    WALL(ticket_state_at),
    U32(life),
    BOOL(ending),
    U32(ticket_attempt),
    BOOL(pass_unsure),
    BOOL(ticket_plain),
};
#undef DOMAIN
#undef WIRE

static err_t check_conversation(const void *domain, struct why *why)
{
    const struct conversation *c = domain;
    TRY(codec_check_key(c->key, c->account, why));
    if ((c->routing == ROUTING_STORE) == slice_empty(c->store)) {
        why_set(why, "store: must be there when the routing is decided for one, and only then");
        return ERR(RANGE);
    }
    if (c->turn.covers > c->pending_count) {
        why_set(why, "turn.covers: is %zu, but only %zu messages are pending", c->turn.covers,
                c->pending_count);
        return ERR(RANGE);
    }
    if (c->transcript.kept > c->history_count) {
        why_set(why, "transcript.kept: is %zu, but there are only %zu entries of history",
                c->transcript.kept, c->history_count);
        return ERR(RANGE);
    }
    if (c->files_there > c->file_count) {
        why_set(why, "files_there: is %zu, but there are only %zu files", c->files_there,
                c->file_count);
        return ERR(RANGE);
    }
    return err_ok();
}
const struct schema codec_conversation_schema =
    SCHEMA(conversation_rows, struct conversation, tieline__v1__conversation__descriptor,
           check_conversation);

static const struct row seen_row = {.name = "seen", .kind = ROW_I64, .max = LIMIT_SEEN_IDS_MAX};

static err_t put_seen(const struct conversation *c, struct scratch *scratch,
                      Tieline__V1__Conversation *wire)
{
    TRY(row_check_count(&seen_row, c->seen_count, NULL));
    uint64_t *digests = scratch_take(scratch, c->seen_count * sizeof *digests);
    int64_t *times = scratch_take(scratch, c->seen_count * sizeof *times);
    for (size_t i = 0; i < c->seen_count; i++) {
        TRY(row_check_i64(&seen_row, c->seen[i].at.ms, NULL));
        digests[i] = c->seen[i].digest;
        times[i] = c->seen[i].at.ms;
    }
    wire->n_seen_digest = c->seen_count;
    wire->seen_digest = digests;
    wire->n_seen_at = c->seen_count;
    wire->seen_at = times;
    return err_ok();
}

static err_t get_seen(const Tieline__V1__Conversation *wire, struct why *why,
                      struct conversation *c)
{
    TRY(row_check_count(&seen_row, wire->n_seen_digest, why));
    if (wire->n_seen_at != wire->n_seen_digest) {
        why_set(why, "seen: its two columns differ in length");
        return ERR(RANGE);
    }
    for (size_t i = 0; i < wire->n_seen_digest; i++) {
        TRY(row_check_i64(&seen_row, wire->seen_at[i], why));
        c->seen[i] = (struct seen_id){wire->seen_digest[i], {wire->seen_at[i]}};
    }
    c->seen_count = wire->n_seen_digest;
    return err_ok();
}

static const struct row said_row = {.name = "said", .kind = ROW_U64, .max = LIMIT_SAID_MAX};

static err_t put_said(const struct conversation *c, struct scratch *scratch,
                      Tieline__V1__Conversation *wire)
{
    TRY(row_check_count(&said_row, c->said_count, NULL));
    wire->n_said = c->said_count;
    wire->said = scratch_take(scratch, c->said_count * sizeof *wire->said);
    for (size_t i = 0; i < c->said_count; i++) {
        wire->said[i] = c->said[i];
    }
    return err_ok();
}

static err_t get_said(const Tieline__V1__Conversation *wire, struct why *why,
                      struct conversation *c)
{
    TRY(row_check_count(&said_row, wire->n_said, why));
    for (size_t i = 0; i < wire->n_said; i++) {
        c->said[i] = wire->said[i];
    }
    c->said_count = wire->n_said;
    return err_ok();
}

enum {
    PENDING_BYTES = SCRATCH_LIST(LIMIT_ATTACHMENTS_MAX, Tieline__V1__Attachment),
    CONVERSATION_SCRATCH_BYTES =
        SCRATCH_BYTES(sizeof(Tieline__V1__Conversation)) +
        SCRATCH_BYTES(sizeof(Tieline__V1__Customer)) + SCRATCH_BYTES(sizeof(Tieline__V1__Turn)) +
        SCRATCH_BYTES(sizeof(Tieline__V1__Search)) +
        SCRATCH_BYTES(sizeof(Tieline__V1__Transcript)) +
        2 * SCRATCH_BYTES(LIMIT_SEEN_IDS_MAX * sizeof(uint64_t)) +
        SCRATCH_BYTES(LIMIT_SAID_MAX * sizeof(uint64_t)) +
        SCRATCH_LIST(LIMIT_PENDING_MESSAGES_MAX, Tieline__V1__PendingMessage) +
        LIMIT_PENDING_MESSAGES_MAX * PENDING_BYTES +
        SCRATCH_LIST(LIMIT_HISTORY_ENTRIES_MAX, Tieline__V1__HistoryEntry) +
        SCRATCH_LIST(LIMIT_SENT_FILES_MAX, Tieline__V1__Attachment) +
        SCRATCH_LIST(LIMIT_TIMERS_MAX, Tieline__V1__Timer) +
        SCRATCH_LIST(LIMIT_OUTSTANDING_MAX, Tieline__V1__Outstanding) +
        SCRATCH_LIST(LIMIT_GIVEN_UP_MAX, Tieline__V1__GivenUp) +
        SCRATCH_LIST(LIMIT_DATA_ENTRIES_MAX, Tieline__V1__Datum),
};
STATIC_CHECK(CONVERSATION_SCRATCH_BYTES < 128 * 1024, "the scratch stands on the stack");

err_t codec_conversation_encode(const struct conversation *conversation, struct buf *out)
{
    alignas(SCRATCH_ALIGN) char room[CONVERSATION_SCRATCH_BYTES];
    struct scratch scratch = {room, sizeof room};
    ProtobufCMessage *message = NULL;
    TRY(schema_put(&codec_conversation_schema, conversation, NULL, &scratch, &message, NULL));
    void *place = message;
    Tieline__V1__Conversation *wire = place;
    wire->schema = CONVERSATION_SCHEMA;
    TRY(put_seen(conversation, &scratch, wire));
    TRY(put_said(conversation, &scratch, wire));
    return codec_pack(message, LIMIT_STATE_BYTES_MAX, out);
}

static err_t conversation_from(struct arena *arena, struct slice bytes, struct why *why,
                               struct conversation *ret_conversation)
{
    ProtobufCMessage *message = NULL;
    TRY(codec_unpack(&tieline__v1__conversation__descriptor, bytes, LIMIT_STATE_BYTES_MAX, arena,
                     why, &message));
    const void *place = message;
    const Tieline__V1__Conversation *wire = place;
    TRY(codec_check_version(wire->schema, CONVERSATION_SCHEMA, why));
    TRY(schema_get(&codec_conversation_schema, message, arena, why, ret_conversation));
    TRY(get_seen(wire, why, ret_conversation));
    return get_said(wire, why, ret_conversation);
}

err_t codec_conversation_decode(struct arena *arena, struct slice bytes, struct why *why,
                                struct conversation *ret_conversation)
{
    struct arena_mark mark = arena_mark(arena);
    memset(ret_conversation, 0, sizeof *ret_conversation);
    err_t e = conversation_from(arena, bytes, why, ret_conversation);
    if (err_failed(e)) {
        /* What has been written points into what is given back. */
        memset(ret_conversation, 0, sizeof *ret_conversation);
        arena_release(arena, mark);
    }
    return e;
}
