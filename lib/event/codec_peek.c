#include "event/codec.h"

#include "wire/conversation.pb-c.h"

/* As proto/conversation.proto and proto/command.proto have them. */
enum { FIELD_SCHEMA = 1, FIELD_PHASE = 20, FIELD_TIMERS = 46, FIELD_UPDATED = 63 };
enum { COMMAND_FIELD_CREATED = 16 };
enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5, VARINT_BYTES_MAX = 10 };

static bool take_varint(struct slice *rest, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (size_t i = 0; i < rest->len && i < VARINT_BYTES_MAX; i++) {
        unsigned char byte = (unsigned char)rest->ptr[i];
        value |= (uint64_t)(byte & 0x7F) << (7 * i);
        if ((byte & 0x80) == 0) {
            *rest = slice_from(rest->ptr + i + 1, rest->len - i - 1);
            *ret_value = value;
            return true;
        }
    }
    return false;
}

/* Passes over the value of a field; *ret_number is that of a varint. */
static bool take_value(struct slice *rest, unsigned kind, uint64_t *ret_number)
{
    uint64_t bytes = 0;
    *ret_number = 0;
    switch (kind) {
    case WIRE_VARINT: return take_varint(rest, ret_number);
    case WIRE_64: bytes = 8; break;
    case WIRE_32: bytes = 4; break;
    case WIRE_BYTES:
        if (!take_varint(rest, &bytes)) {
            return false;
        }
        break;
    default: return false;
    }
    if (bytes > rest->len) {
        return false;
    }
    *rest = slice_from(rest->ptr + bytes, rest->len - bytes);
    return true;
}

bool codec_conversation_is_timeless(struct slice bytes)
{
    bool is_known = false;
    while (bytes.len > 0) {
        uint64_t tag = 0;
        uint64_t number = 0;
        if (!take_varint(&bytes, &tag) || tag >> 3 == FIELD_TIMERS ||
            !take_value(&bytes, (unsigned)(tag & 7), &number)) {
            return false;
        }
        if (tag >> 3 == FIELD_SCHEMA) {
            is_known = number == CONVERSATION_SCHEMA;
        }
    }
    return is_known;
}

/* The newest value of a number among the members; 0 = it is not there. False as below. */
static bool find_number(struct slice bytes, uint64_t schema, uint64_t field, uint64_t *ret_number)
{
    bool is_known = false;
    uint64_t found = 0;
    while (bytes.len > 0) {
        uint64_t tag = 0;
        uint64_t number = 0;
        if (!take_varint(&bytes, &tag) || !take_value(&bytes, (unsigned)(tag & 7), &number)) {
            return false;
        }
        if (tag >> 3 == FIELD_SCHEMA) {
            is_known = number == schema;
        }
        if (tag >> 3 == field) {
            found = number;
        }
    }
    *ret_number = found;
    return is_known;
}

static bool find_time(struct slice bytes, uint64_t schema, uint64_t field, wall_ms_t *ret_time)
{
    uint64_t time = 0;
    if (!find_number(bytes, schema, field, &time) || time == 0 || time > INT64_MAX) {
        return false;
    }
    ret_time->ms = (int64_t)time;
    return true;
}

bool codec_conversation_updated(struct slice bytes, wall_ms_t *ret_updated)
{
    return find_time(bytes, CONVERSATION_SCHEMA, FIELD_UPDATED, ret_updated);
}

bool codec_command_created(struct slice bytes, wall_ms_t *ret_created)
{
    return find_time(bytes, COMMAND_SCHEMA, COMMAND_FIELD_CREATED, ret_created);
}

bool codec_conversation_owner(struct slice bytes, enum owner *ret_owner)
{
    uint64_t phase = 0;
    if (!find_number(bytes, CONVERSATION_SCHEMA, FIELD_PHASE, &phase)) {
        return false;
    }
    switch (phase) {
    case TIELINE__V1__PHASE__PHASE_NEW:
    case TIELINE__V1__PHASE__PHASE_BOT: *ret_owner = OWNER_BOT; return true;
    case TIELINE__V1__PHASE__PHASE_HANDING_OFF:
    case TIELINE__V1__PHASE__PHASE_HUMAN: *ret_owner = OWNER_HUMAN; return true;
    case TIELINE__V1__PHASE__PHASE_RELEASED:
    case TIELINE__V1__PHASE__PHASE_ENDED: *ret_owner = OWNER_NOBODY; return true;
    default: return false;
    }
}
