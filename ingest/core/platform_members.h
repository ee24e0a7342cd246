/* platform_members — members of what a platform posts, read strictly: this sender can mend what is
 * wrong. Used by platform.c and its parts only. Pure. */
#ifndef INGEST_CORE_PLATFORM_MEMBERS_H
#define INGEST_CORE_PLATFORM_MEMBERS_H

#include "base/arena.h"
#include "base/err.h"
#include "event/event.h"
#include "json/json_read.h"

/* The member, or NULL; JSON null says the same as leaving it out. */
const struct json *platform_given(const struct json *object, const char *name);
/* WRONG_TYPE with what was wanted and what stands there. */
MUST_USE err_t platform_refuse_type(struct why *why, const char *name, const char *wanted,
                                    const struct json *found);
/* A string of at most `bytes_max` bytes without NUL; untouched when it is absent.
 * WRONG_TYPE, TOO_LARGE, RANGE. */
MUST_USE err_t platform_string(const struct json *object, const char *name, size_t bytes_max,
                               struct why *why, struct slice *ret_text);
/* `customer`; untouched when it is absent. The same errors. */
MUST_USE err_t platform_customer(const struct json *root, struct why *why,
                                 struct customer *ret_customer);
/* `attachments`: each with the `url` of a file that anybody may fetch. Also MISSING, ARENA_FULL. */
MUST_USE err_t platform_attachments(struct arena *arena, const struct json *root, struct why *why,
                                    struct platform_event *body);

#endif
