/* comments — what was said on a ticket: the comments that a fetch brought, as lines for a person.
 *
 *     customer   Where is my order?
 *     agent      I shall have a look.
 *     note       Their third this week.
 *
 * A ticket's webhook has ids only, and each fetch brings the newest comments once more; so what was
 * told is remembered. The bot's own stand in the timeline already, as what it said. Pure. */
#ifndef CTL_COMMENTS_H
#define CTL_COMMENTS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "event/config_log.h"
#include "event/event.h"

#include <stddef.h>
#include <stdint.h>

enum { COMMENTS_SEEN_MAX = 4096 };

/* The newest that were told. Zeroed to begin with. */
struct comments_seen {
    uint64_t digests[COMMENTS_SEEN_MAX];
    size_t count; /* ever */
};

/* Appends "kind       words" and a line end for each comment that the outcome of a fetch brought
 * and that was not told before, oldest first. Any other event has none, and neither has what cannot
 * be read.
 *
 * set     where the bot's user is known from; an account that is not in it has no bot
 * Errors  BUF_FULL, NO_MEMORY, ARENA_FULL */
MUST_USE err_t comments_put(struct arena *arena, const struct event *event,
                            const struct config_set *set, struct comments_seen *seen,
                            struct buf *out);

#endif
