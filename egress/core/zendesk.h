/* zendesk — what its two APIs have in common: addresses, error texts, rate headers. Pure. */
#ifndef EGRESS_CORE_ZENDESK_H
#define EGRESS_CORE_ZENDESK_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include "json/json_read.h"

#include <stdint.h>

/* base + path; a slash at the end of `base` does not count.
 * Errors  SYNTAX: `path` does not begin with a slash, or holds blanks, control characters, a
 *         backslash, a fragment, or a segment that climbs ("..", also percent-encoded): it must
 *         not leave the place that the base names. ARENA_FULL. */
MUST_USE err_t zendesk_url(struct arena *arena, struct slice base, struct slice path,
                           struct slice *ret_url);

/* Any text as a part of a path or query, percent-encoded. ARENA_FULL, BUF_FULL
 * (LIMIT_URI_BYTES_MAX), NO_MEMORY. */
MUST_USE err_t zendesk_encode(struct arena *arena, struct slice text, struct slice *ret_encoded);

/* What a person needs of an error answer: "HTTP 404, conversation_not_found", "HTTP 422,
 * RecordInvalid (status)" with the field that it is about. Only the status and names in the plain
 * form [A-Za-z0-9_-]+ are let through: texts may quote a customer. */
MUST_USE err_t zendesk_error_text(struct arena *arena, uint32_t status, const struct json *root,
                                  struct slice *ret_text);

/* The calls left, from a header as sent ("12", or "total=100; remaining=12; resets=30"); -1 when it
 * does not say. */
int64_t zendesk_rate_remaining(struct slice header);
/* The same for a plain number ("400") or the member `name` of such a list: "total", "resets". */
int64_t zendesk_rate_member(struct slice header, const char *name);

#endif
