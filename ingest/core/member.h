/* member — members of foreign JSON, brought into the bounds that a record of ours has.
 *
 *     id     no NUL, at most LIMIT_ID_BYTES_MAX; else as if it were absent
 *     label  at most LIMIT_LABEL_BYTES_MAX, cut there or at a NUL
 *     text   at most LIMIT_TEXT_BYTES_MAX, cut there
 *
 * Nothing is lost by a cut: the event keeps its JSON whole. All take NULL, as json_member() gives
 * it, and answer with the empty slice; what they return borrows from the tree. Pure. */
#ifndef INGEST_CORE_MEMBER_H
#define INGEST_CORE_MEMBER_H

#include "base/instant.h"
#include "base/slice.h"
#include "json/json_read.h"

struct slice member_id(const struct json *value); /* a string or a number */
struct slice member_label(const struct json *value);
struct slice member_text(const struct json *value);
struct slice member_url(const struct json *value); /* over LIMIT_URL_BYTES_MAX: as if absent */
/* ISO 8601; 0 = not known, also for what is no time or before 1970. */
wall_ms_t member_time(const struct json *value);
/* The first of two that is not empty. */
static inline struct slice member_or(struct slice first, struct slice second)
{
    return first.len > 0 ? first : second;
}
/* The bytes of `value` in the text that it was parsed from. */
struct slice member_raw(struct slice text, const struct json *value);

#endif
