/* ticket_answer — a fetched ticket as the log keeps it: what decides, and nothing else.
 *
 *   GET /tickets/17            ─▶  {"ticket":{"id":17,"brand_id":…,"assignee_id":…,…},
 *   GET /tickets/17/comments   ─▶   "comments":[{"id":…,"author_role":"end-user",…},
 * …],"more":false}
 *
 * Ids stay as Zendesk gives them (numbers or strings). Comments are the newest first, at most
 * SUPPORT_COMMENTS_MAX of them and TICKET_FETCHED_BYTES_MAX in all. Pure. */
#ifndef EGRESS_CORE_TICKET_ANSWER_H
#define EGRESS_CORE_TICKET_ANSWER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/instant.h"
#include "base/slice.h"
#include "json/json_read.h"

#include <stdbool.h>

enum {
    TICKET_FETCHED_BYTES_MAX = 256 * 1024,
    TICKET_BYTES_MAX = 32 * 1024, /* of the "ticket" member */
};

/* What a ticket says of its owner and its age. */
struct ticket_seen {
    struct slice id;
    struct slice assignee_id; /* empty = nobody's */
    wall_ms_t updated;        /* 0 = it does not say */
};
/* MISSING: the answer holds no ticket. */
MUST_USE err_t ticket_seen_read(const struct json *root, struct ticket_seen *ret_seen);

/* Appends the "ticket" member's value. MISSING: the answer holds no ticket. BUF_FULL. */
MUST_USE err_t ticket_answer_put(const struct json *root, struct buf *out);

/* Appends the whole.
 *
 * arena     for what is read of `ticket`
 * ticket    what ticket_answer_put() wrote
 * root      the answer to the comments' list
 * MISSING: it is none. ARENA_FULL, BUF_FULL, NO_MEMORY. */
MUST_USE err_t ticket_answer_whole(struct arena *arena, struct slice ticket,
                                   const struct json *root, struct buf *out);

/* True for mail that a machine sent (RFC 3834, out of office), as far as a comment shows it. */
bool ticket_comment_is_automatic(const struct json *comment);

#endif
