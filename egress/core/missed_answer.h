/* missed_answer — what is read again after a gap, as the log keeps it: what decides, nothing else.
 *
 *   GET /conversations/66aa…/messages  ─▶  {"messages":[{"id":…,"received":…,"author":"user",
 *                                            "text":…},…],"more":false}
 *   GET /api/v2/search?query=…         ─▶  {"tickets":[{"id":17,"updated_at":…},…],"more":true,
 *                                            "size":50}
 *
 * At most MISSED_FETCHED_BYTES_MAX: of messages the newest stay. Pure. */
#ifndef EGRESS_CORE_MISSED_ANSWER_H
#define EGRESS_CORE_MISSED_ANSWER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "json/json_read.h"

#include <stdint.h>

enum { MISSED_FETCHED_BYTES_MAX = 512 * 1024 };

/* The size of the page of a search at `path`: of that which the path ends with, else the largest.
 *
 * failures  how often a page was too much to read: fewer are asked for each time */
uint32_t missed_search_size(struct slice path, uint32_t failures);
/* That page's path. */
MUST_USE err_t missed_search_path(struct arena *arena, struct slice path, uint32_t failures,
                                  struct slice *ret_path);

/* Appends the messages of the answer. MISSING: it is no list of messages. BUF_FULL, NO_MEMORY. */
MUST_USE err_t missed_messages_put(const struct json *root, struct buf *out);
/* Appends the tickets of the answer. size  of the page that was asked for: with pages of another
 * size the next one begins elsewhere. MISSING: it is no page of a search. BUF_FULL, NO_MEMORY. */
MUST_USE err_t missed_tickets_put(const struct json *root, uint32_t size, struct buf *out);

#endif
