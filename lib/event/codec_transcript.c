#include "event/codec.h"
#include "event/codec_parts.h"

#include "wire/conversation.pb-c.h"

#include <stdalign.h>
#include <string.h>

#define DOMAIN struct transcript_entry
#define WIRE Tieline__V1__TranscriptEntry
static const struct row entry_rows[] = {
    ENUM(speaker, enum speaker, codec_speakers),
    ID(id),
    WALL(at),
    LABEL(author_name),
    TEXT(text, LIMIT_TEXT_BYTES_MAX),
    MESSAGES(attachments, attachment_count, LIMIT_ATTACHMENTS_MAX, codec_attachment),
    U32(episode),
};
#undef DOMAIN
#undef WIRE
static const struct schema entry_schema =
    SCHEMA(entry_rows, struct transcript_entry, tieline__v1__transcript_entry__descriptor, NULL);

#define DOMAIN struct transcript_chunk
#define WIRE Tieline__V1__TranscriptChunk
static const struct row chunk_rows[] = {
    KEY_NEEDED(conversation),
    U32(number),
    MESSAGES(entries, entry_count, LIMIT_CHUNK_ENTRIES_MAX, entry_schema),
};
#undef DOMAIN
#undef WIRE
const struct schema codec_transcript_schema =
    SCHEMA(chunk_rows, struct transcript_chunk, tieline__v1__transcript_chunk__descriptor, NULL);

enum {
    ENTRY_BYTES = SCRATCH_LIST(LIMIT_ATTACHMENTS_MAX, Tieline__V1__Attachment),
    CHUNK_SCRATCH_BYTES = SCRATCH_BYTES(sizeof(Tieline__V1__TranscriptChunk)) +
                          SCRATCH_LIST(LIMIT_CHUNK_ENTRIES_MAX, Tieline__V1__TranscriptEntry) +
                          LIMIT_CHUNK_ENTRIES_MAX * ENTRY_BYTES,
};
STATIC_CHECK(CHUNK_SCRATCH_BYTES < 128 * 1024, "the scratch stands on the stack");

err_t codec_transcript_encode(const struct transcript_chunk *chunk, struct buf *out)
{
    alignas(SCRATCH_ALIGN) char room[CHUNK_SCRATCH_BYTES];
    struct scratch scratch = {room, sizeof room};
    ProtobufCMessage *message = NULL;
    TRY(schema_put(&codec_transcript_schema, chunk, NULL, &scratch, &message, NULL));
    void *place = message;
    Tieline__V1__TranscriptChunk *wire = place;
    wire->schema = TRANSCRIPT_SCHEMA;
    return codec_pack(message, LIMIT_CHUNK_BYTES_MAX, out);
}

static err_t chunk_from(struct arena *arena, struct slice bytes, struct why *why,
                        struct transcript_chunk *ret_chunk)
{
    ProtobufCMessage *message = NULL;
    TRY(codec_unpack(&tieline__v1__transcript_chunk__descriptor, bytes, LIMIT_CHUNK_BYTES_MAX,
                     arena, why, &message));
    const void *place = message;
    const Tieline__V1__TranscriptChunk *wire = place;
    TRY(codec_check_version(wire->schema, TRANSCRIPT_SCHEMA, why));
    struct transcript_chunk chunk;
    memset(&chunk, 0, sizeof chunk);
    TRY(schema_get(&codec_transcript_schema, message, arena, why, &chunk));
    *ret_chunk = chunk;
    return err_ok();
}

err_t codec_transcript_decode(struct arena *arena, struct slice bytes, struct why *why,
                              struct transcript_chunk *ret_chunk)
{
    struct arena_mark mark = arena_mark(arena);
    err_t e = chunk_from(arena, bytes, why, ret_chunk);
    if (err_failed(e)) {
        arena_release(arena, mark);
    }
    return e;
}
