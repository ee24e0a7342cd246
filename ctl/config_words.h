/* config_words — a text that may be given in several languages, from the file's JSON and judged.
 *
 *     "welcome": "Hello"
 *     "welcome": {"default": "Hello", "de": "Hallo", "de-CH": "Grüezi", "pt": ""}
 *
 * Without "default" the usual text is told to whom no language fits; "" is told to nobody. */
#ifndef CTL_CONFIG_WORDS_H
#define CTL_CONFIG_WORDS_H

#include "base/arena.h"
#include "base/err.h"
#include "ctl/problems.h"
#include "event/config.h"
#include "json/json_read.h"

/* The text without a language; `usual` where there is none. */
struct slice config_words_default(const struct json *value, struct slice usual);
/* Every text of every language of a store into `ret`; at is the store's object. NO_MEMORY. */
MUST_USE err_t config_words_draft(struct arena *arena, const struct json *at, struct store *ret);
/* Where the text of this slot stands in a store; NULL = it has none of its own. */
const char *config_words_path(enum slot slot);
/* What is wrong with one value; `path` as a person reads it. */
void config_words_check(struct problems *p, const struct json *value, const char *path,
                        size_t bytes_max);

#endif
