/* json_keys — finds a key that stands twice in one object, in n log n steps whatever the keys are.
 *
 * Two readers of one text may disagree about which of the two counts, and one of them may be the
 * one that checked it. Private to lib/json. */
#ifndef JSON_JSON_KEYS_H
#define JSON_JSON_KEYS_H

#include "base/arena.h"
#include "base/err.h"
#include "json/json_read.h"

/* *ret_second is the first member, in the order of the text, whose key stood there before; NULL
 * when all differ. Leaves the arena as it was. ERR_ARENA_FULL: a big object, and no room to sort.
 */
MUST_USE err_t json_keys_twice(struct arena *arena, const struct json *object,
                               const struct json **ret_second);

#endif
