/* transcript — all that was said in a conversation, as far as its state has no room for it.
 *
 *     state          history: the newest turns, short ones whole
 *     chunk FIRST …  older and longer turns, in order      one record each, beside the state
 *
 * A chunk stands in `conversations` on the partition of its conversation, under the conversation's
 * key, a NUL byte (which no such key has) and its number as eight hex digits. So a reader that
 * looks for states knows it by its key. Feature row 85; docs/decisions/0021. */
#ifndef EVENT_TRANSCRIPT_H
#define EVENT_TRANSCRIPT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"
#include "event/conversation.h"
#include "json/json_write.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TRANSCRIPT_SCHEMA = 1,
    TRANSCRIPT_KEY_TAIL = 1 + 8, /* NUL and digits */
    TRANSCRIPT_KEY_BYTES_MAX = LIMIT_KEY_BYTES_MAX + TRANSCRIPT_KEY_TAIL,
};

/* One turn, whole. */
struct transcript_entry {
    enum speaker speaker;
    struct slice id; /* of the message; empty = not known */
    wall_ms_t at;
    struct slice author_name; /* empty = not known */
    struct slice text;        /* at most LIMIT_TEXT_BYTES_MAX */
    const struct attachment *attachments;
    size_t attachment_count;
    uint32_t episode;
};

struct transcript_chunk {
    struct slice conversation; /* key */
    uint32_t number;
    struct transcript_entry *entries; /* oldest first */
    size_t entry_count;
};

/* The record's key of a chunk; in the arena. ARENA_FULL. */
MUST_USE err_t transcript_key(struct arena *arena, struct slice conversation, uint32_t number,
                              struct slice *ret_key);
/* False: it is the key of no chunk. *ret_conversation borrows from `key`; the hash of it, not that
 * of `key`, says on which partition the record stands. Either result may be NULL. */
bool transcript_key_parse(struct slice key, struct slice *ret_conversation, uint32_t *ret_number);
/* "transcript": { … }; nothing where there is none. */
void transcript_describe(struct json_write *w, const struct transcript *transcript);

#endif
