#include "event/codec.h"
#include "event/codec_parts.h"

#include "wire/command.pb-c.h"

#include <stdalign.h>
#include <string.h>

static const struct enum_row voice_rows[] = {
    {VOICE_NONE, TIELINE__V1__VOICE__VOICE_UNSPECIFIED},
    {VOICE_BOT, TIELINE__V1__VOICE__VOICE_BOT},
    {VOICE_NOTICE, TIELINE__V1__VOICE__VOICE_NOTICE},
    {VOICE_CUSTOMER, TIELINE__V1__VOICE__VOICE_CUSTOMER},
};
static const struct enum_rows voices = ENUM_ROWS(voice_rows);

static const struct enum_row api_rows[] = {
    {API_NONE, TIELINE__V1__API__API_UNSPECIFIED},
    {API_CONVERSATIONS, TIELINE__V1__API__API_CONVERSATIONS},
    {API_SUPPORT, TIELINE__V1__API__API_SUPPORT},
    {API_BOT, TIELINE__V1__API__API_BOT},
};
static const struct enum_rows apis = ENUM_ROWS(api_rows);

static const struct enum_row method_rows[] = {
    {METHOD_NONE, TIELINE__V1__HTTP_METHOD__HTTP_METHOD_UNSPECIFIED},
    {METHOD_GET, TIELINE__V1__HTTP_METHOD__HTTP_METHOD_GET},
    {METHOD_POST, TIELINE__V1__HTTP_METHOD__HTTP_METHOD_POST},
    {METHOD_PUT, TIELINE__V1__HTTP_METHOD__HTTP_METHOD_PUT},
    {METHOD_PATCH, TIELINE__V1__HTTP_METHOD__HTTP_METHOD_PATCH},
    {METHOD_DELETE, TIELINE__V1__HTTP_METHOD__HTTP_METHOD_DELETE},
};
static const struct enum_rows methods = ENUM_ROWS(method_rows);

#define DOMAIN struct carried_file
#define WIRE Tieline__V1__CarriedFile
static const struct row file_rows[] = {
    URL_NEEDED(url),
    LABEL(media_type),
    LABEL(name),
    BOOL(zendesks),
};
#undef DOMAIN
#undef WIRE
static const struct schema file_schema =
    SCHEMA(file_rows, struct carried_file, tieline__v1__carried_file__descriptor, NULL);

#define DOMAIN struct command
#define WIRE Tieline__V1__Command
static const struct row command_rows[] = {
    EFFECT_ID_NEEDED(effect_id),
    ENUM(effect, enum effect_kind, codec_effects),
    ENUM(slot, enum slot, codec_slots),
    U32(index),
    ENUM(voice, enum voice, voices),
    NAME_NEEDED(account),
    NAME(store),
    KEY_NEEDED(conversation),
    ID(remote_id),
    U32(episode),
    U32(attempt),
    U32(epoch),
    BOOL(look_first),
    BOOL(check_owner),
    WALL(created),
    SPAN(deadline),
    ID(turn),
    ID(traceparent),
    ENUM(api, enum api, apis),
    ENUM(method, enum http_method, methods),
    URL(path),
    BYTES(body, LIMIT_BODY_BYTES_MAX),
    BOOL(openai),
    BOOL(typing),
    MESSAGES(files, file_count, LIMIT_ATTACHMENTS_MAX, file_schema),
    BYTES(fallback, LIMIT_BODY_BYTES_MAX),
};
#undef DOMAIN
#undef WIRE

/* A fence is not sent; everything else must say where to. */
static err_t check_command(const void *domain, struct why *why)
{
    const struct command *command = domain;
    bool fence = command->effect == EFFECT_FENCE;
    bool request = command->api != API_NONE && command->method != METHOD_NONE;
    bool any = command->api != API_NONE || command->method != METHOD_NONE ||
               !slice_empty(command->path) || !slice_empty(command->body);
    if (fence ? any : !request) {
        why_set(why, fence ? "api: a fence has no request" : "api: api or method is missing");
        return fence ? ERR(RANGE) : ERR(MISSING);
    }
    return codec_check_key(command->conversation, command->account, why);
}
static const struct schema command_schema =
    SCHEMA(command_rows, struct command, tieline__v1__command__descriptor, check_command);

err_t codec_command_encode(const struct command *command, struct buf *out)
{
    alignas(SCRATCH_ALIGN) char room[SCRATCH_BYTES(sizeof(Tieline__V1__Command)) +
                                     SCRATCH_LIST(LIMIT_ATTACHMENTS_MAX, Tieline__V1__CarriedFile)];
    struct scratch scratch = {room, sizeof room};
    ProtobufCMessage *message = NULL;
    TRY(schema_put(&command_schema, command, NULL, &scratch, &message, NULL));
    void *place = message;
    Tieline__V1__Command *wire = place;
    wire->schema = COMMAND_SCHEMA;
    return codec_pack(message, LIMIT_RECORD_BYTES_MAX, out);
}

static err_t command_from(struct arena *arena, struct slice bytes, struct why *why,
                          struct command *ret_command)
{
    ProtobufCMessage *message = NULL;
    TRY(codec_unpack(&tieline__v1__command__descriptor, bytes, LIMIT_RECORD_BYTES_MAX, arena, why,
                     &message));
    const void *place = message;
    const Tieline__V1__Command *wire = place;
    TRY(codec_check_version(wire->schema, COMMAND_SCHEMA, why));
    struct command command;
    memset(&command, 0, sizeof command);
    TRY(schema_get(&command_schema, message, arena, why, &command));
    *ret_command = command;
    return err_ok();
}

err_t codec_command_decode(struct arena *arena, struct slice bytes, struct why *why,
                           struct command *ret_command)
{
    struct arena_mark mark = arena_mark(arena);
    err_t e = command_from(arena, bytes, why, ret_command);
    if (err_failed(e)) {
        arena_release(arena, mark);
    }
    return e;
}
