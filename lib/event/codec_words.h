/* codec_words — every text and id in a decoded record, by the tables that the codec itself reads
 * and writes by: for who has to change all of them, and must not forget one.
 *
 * What a new member is called and which kind it is stands in its row; so it is seen here from its
 * first day on. */
#ifndef EVENT_CODEC_WORDS_H
#define EVENT_CODEC_WORDS_H

#include "base/err.h"
#include "base/slice.h"
#include "event/conversation.h"
#include "event/event.h"
#include "event/transcript.h"

enum codec_word {
    CODEC_BYTES,
    CODEC_ID,
    CODEC_LABEL, /* names of people and things, types, reasons */
    CODEC_TEXT,
    CODEC_NAME,   /* of an account or store */
    CODEC_KEY,    /* of a conversation */
    CODEC_EFFECT, /* 16 bytes of an effect id */
};

/* One value that is not empty; `*value` may be set to another of the same kind, which lives as long
 * as the record.
 *
 * parent  the member that it is a part of ("customer"); "" = of the record itself
 * name    its own ("email") */
typedef err_t (*codec_word_fn)(void *arg, const char *parent, const char *name,
                               enum codec_word kind, struct slice *value);

/* Of a decoded record: its lists are changed where they are. An error of `each` ends it. */
MUST_USE err_t codec_event_words(struct event *event, codec_word_fn each, void *arg);
MUST_USE err_t codec_conversation_words(struct conversation *state, codec_word_fn each, void *arg);
MUST_USE err_t codec_transcript_words(struct transcript_chunk *chunk, codec_word_fn each,
                                      void *arg);

#endif
