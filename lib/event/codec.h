/* codec — domain types to the bytes of a record and back; the only user of generated code.
 *
 * Everything is validated here, once: schema version, enums, lengths against limits.h, UTF-8 of
 * text, no NUL in ids. What comes out may be CHECKed afterwards. Decoded slices borrow from the
 * arena (copied out of `bytes`, which may then go away).
 *
 * Encoding is canonical: the same value gives the same bytes. Unknown fields of a newer writer
 * are skipped on decoding; a newer `schema` number is UNKNOWN_SCHEMA and nothing is guessed.
 *
 * Errors of all decoders  SYNTAX, UNKNOWN_SCHEMA, RANGE, TOO_LARGE, MISSING, UTF8, ARENA_FULL
 *                         (POISON); `why` (may be NULL) names the field.
 * Errors of all encoders  BUF_FULL, NO_MEMORY, and MISSING, RANGE, TOO_LARGE, UTF8 for a value that
 *                         the decoder would refuse: what is written can be read. They append to
 *                         `out`, or leave it as it was. They use no heap but that of `out`. */
#ifndef EVENT_CODEC_H
#define EVENT_CODEC_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "event/command.h"
#include "event/config.h"
#include "event/conversation.h"
#include "event/dead.h"
#include "event/event.h"
#include "event/transcript.h"

MUST_USE err_t codec_event_encode(const struct event *event, struct buf *out);
MUST_USE err_t codec_event_decode(struct arena *arena, struct slice bytes, struct why *why,
                                  struct event *ret_event);

MUST_USE err_t codec_command_encode(const struct command *command, struct buf *out);
MUST_USE err_t codec_command_decode(struct arena *arena, struct slice bytes, struct why *why,
                                    struct command *ret_command);

MUST_USE err_t codec_conversation_encode(const struct conversation *conversation, struct buf *out);
/* ret_conversation is large (some KiB): it belongs in an arena. On failure it is all zero. Lists
 * beyond their counts are zero. */
MUST_USE err_t codec_conversation_decode(struct arena *arena, struct slice bytes, struct why *why,
                                         struct conversation *ret_conversation);

/* True when a packed state tells, without being unpacked, that it has no timer: for who reads a
 * million of them. False also for what cannot be read so. */
bool codec_conversation_is_timeless(struct slice bytes);
/* When a packed state was changed last, told without unpacking it. False: it cannot be read so. */
bool codec_conversation_updated(struct slice bytes, wall_ms_t *ret_updated);
/* The time of the event that caused a packed command, in the same way. */
bool codec_command_created(struct slice bytes, wall_ms_t *ret_created);
/* Who owns a state, in the same way. */
bool codec_conversation_owner(struct slice bytes, enum owner *ret_owner);

MUST_USE err_t codec_transcript_encode(const struct transcript_chunk *chunk, struct buf *out);
MUST_USE err_t codec_transcript_decode(struct arena *arena, struct slice bytes, struct why *why,
                                       struct transcript_chunk *ret_chunk);

MUST_USE err_t codec_config_encode(const struct config_record *record, struct buf *out);
MUST_USE err_t codec_config_decode(struct arena *arena, struct slice bytes, struct why *why,
                                   struct config_record *ret_record);

MUST_USE err_t codec_dead_encode(const struct dead *dead, struct buf *out);
MUST_USE err_t codec_dead_decode(struct arena *arena, struct slice bytes, struct why *why,
                                 struct dead *ret_dead);

#endif
