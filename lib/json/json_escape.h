/* json_escape — escapes that name half of a surrogate pair: where they are, and what they are read
 * as where the text must not be lost for them. Pure. */
#ifndef JSON_JSON_ESCAPE_H
#define JSON_JSON_ESCAPE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

#include <stddef.h>

/* raw  between the quotes, or with them; its escapes are well formed
 * Place of the first half without its other half, or raw.len. */
size_t json_escape_lone(struct slice raw);

/* The text of a string, each lone half read as U+FFFD.
 * raw  between the quotes; its escapes are well formed. ARENA_FULL, NO_MEMORY. */
MUST_USE err_t json_escape_mend(struct arena *arena, struct slice raw, struct slice *ret_text);

#endif
