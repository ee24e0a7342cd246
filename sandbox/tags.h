/* tags — a set of words, kept as one text: sorted, lower case, joined by single blanks. */
#ifndef SANDBOX_TAGS_H
#define SANDBOX_TAGS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include "json/json_read.h"

#include <stdbool.h>

enum { TAGS_MAX = 1000 };

/* The set of the words in `words` (blanks and commas part them). ERR_ARENA_FULL; ERR_TOO_LARGE. */
MUST_USE err_t tags_set(struct arena *arena, struct slice words, struct slice *ret_tags);
MUST_USE err_t tags_add(struct arena *arena, struct slice tags, struct slice words,
                        struct slice *ret_tags);
MUST_USE err_t tags_remove(struct arena *arena, struct slice tags, struct slice words,
                           struct slice *ret_tags);
/* The words of a JSON value: a text, or a list of texts. ERR_WRONG_TYPE for anything else. */
MUST_USE err_t tags_read(struct arena *arena, const struct json *value, struct slice *ret_words);
bool tags_has(struct slice tags, struct slice tag);
/* True when any of the words is in the set. */
bool tags_has_any(struct slice tags, struct slice words);
/* Takes the first word off *words; false = there is none left. */
bool tags_next(struct slice *words, struct slice *ret_word);

#endif
