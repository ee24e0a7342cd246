/* codec_parts — the tables that several records share. Private to lib/event/codec_*.c. */
#ifndef EVENT_CODEC_PARTS_H
#define EVENT_CODEC_PARTS_H

#include "event/codec_schema.h"
#include "event/event.h"

extern const struct schema codec_customer;
extern const struct schema codec_attachment;

/* Whole records, for codec_words.c. */
extern const struct schema codec_event_envelope;
extern const struct schema codec_conversation_schema;
extern const struct schema codec_transcript_schema;
/* Of the body of this type; NULL = it has none. */
const struct schema *codec_event_body(enum event_type type);

extern const struct enum_rows codec_effects;         /* without NONE: of a command */
extern const struct enum_rows codec_effects_or_none; /* of an outcome */
extern const struct enum_rows codec_slots;
extern const struct enum_rows codec_slots_or_none;
extern const struct enum_rows codec_ways;
extern const struct enum_rows codec_priorities;
extern const struct enum_rows codec_ticket_states;
extern const struct enum_rows codec_ticket_states_or_none;
extern const struct enum_rows codec_timers;
extern const struct enum_rows codec_speakers;

#endif
