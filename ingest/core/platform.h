/* platform — what the bot or chat platform posts to its store's events endpoint.
 *
 *     {"type":"reply","conversation":KEY,"turn":ID,"messages":[{"markdown":…}],…}
 *
 *     type            needs    may have
 *     reply           turn     the members of a bot's answer
 *     message         text     customer, attachments (which may stand alone); in a chat also `id`
 *     rating          value    name (its scale), text
 *     action          name     text
 *     handoff                  reason, summary
 *     customer_data   data     customer
 *     end, handback            reason, summary
 *     answer                   the members of a bot's answer: given without a turn
 *
 * All have `conversation`, the key that the bot was given (opaque to it), or `chat`, the platform's
 * own id of a chat in its own widget, which becomes account/chat/STORE:ID. All may have `id`, which
 * a repeated post repeats. Unknown members are ignored: the protocol grows. Unlike Zendesk, this
 * sender can mend what is wrong, so everything is judged strictly. Pure. */
#ifndef INGEST_CORE_PLATFORM_H
#define INGEST_CORE_PLATFORM_H

#include "base/arena.h"
#include "base/err.h"
#include "event/config.h"
#include "event/event.h"
#include "json/json_read.h"

struct platform_call {
    const struct account *account;
    const struct store *store;
    struct slice body; /* what `root` was parsed from */
    struct slice id;   /* Idempotency-Key or webhook-id; empty = none */
};

/* Sets type, source, id, account, store, conversation and the body of *ret_event, which borrows
 * from call, tree and arena.
 * Errors  WRONG_TYPE, MISSING, RANGE, TOO_LARGE, UTF8, ARENA_FULL: all POISON. `why` says what is
 *         wrong and what to send; the first name in it that stands in backquotes is the member's.
 */
MUST_USE err_t platform_read(struct arena *arena, const struct platform_call *call,
                             const struct json *root, struct why *why, struct event *ret_event);

/* The member that `why` names; empty when it names none. Borrows from `why`. */
struct slice platform_field(const struct why *why);

#endif
