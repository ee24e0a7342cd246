/* members_json — members of what a bot or its platform sends, read strictly: this sender can mend
 * what is wrong, so `why` names the member and the remedy. Pure. */
#ifndef EVENT_MEMBERS_JSON_H
#define EVENT_MEMBERS_JSON_H

#include "base/arena.h"
#include "base/err.h"
#include "event/event.h"
#include "json/json_read.h"

#include <stddef.h>

/* The member, or NULL; JSON null says the same as leaving it out. */
const struct json *members_given(const struct json *object, const char *name);
/* WRONG_TYPE with what was wanted and what stands there. */
MUST_USE err_t members_refuse_type(struct why *why, const char *name, const char *wanted,
                                   const struct json *found);
/* A string of at most `bytes_max` bytes without NUL; untouched when it is absent.
 * WRONG_TYPE, TOO_LARGE, RANGE. */
MUST_USE err_t members_text(const struct json *object, const char *name, size_t bytes_max,
                            struct why *why, struct slice *ret_text);
/* `attachments`, {"url", "media_type", "name"} each: files that can be fetched, at most
 * LIMIT_ATTACHMENTS_MAX. Untouched when there are none; texts are borrowed from the tree, the list
 * is in the arena. The same errors, MISSING and ARENA_FULL. */
MUST_USE err_t members_attachments(struct arena *arena, const struct json *object, struct why *why,
                                   const struct attachment **ret_files, size_t *ret_count);

#endif
