/* search — which tickets of an account were updated in a gap: one search, page by page.
 *
 *     missed ─▶ search from `since`, oldest update first ─▶ each ticket found: a `missed` event of
 *                  ▲                 │                       its conversation
 *                  │ timer           ├── more: the next page begins where this one ended
 *                  └─────────────────┴── done: once more after five minutes, since Zendesk's index
 *                                        shows a ticket minutes late
 *
 * It lives in the state of a conversation of its own, ACCOUNT/account/tickets, so that there is one
 * for each account: every partition that met a gap tells of it, each with times of its own, and
 * what lies in a span that was searched is known. What is told while the first round runs is
 * searched for by the second; what is told later, by another search. A round ends where it began:
 * at the tickets that were updated since. Pages wait for each other as long as the fetches of their
 * tickets take at LIMIT_MISSED_PER_MINUTE. */
#ifndef PROCESSOR_CORE_SEARCH_H
#define PROCESSOR_CORE_SEARCH_H

#include "base/err.h"
#include "processor/core/context.h"

/* The key of an account's search, in the arena. RANGE: not a name; ARENA_FULL. */
MUST_USE err_t search_key(struct arena *arena, struct slice account, struct slice *ret_key);

/* The event of `ctx` says that something was missed in this account. */
MUST_USE err_t search_missed(struct context *ctx);
/* A page came back, or did not. */
MUST_USE err_t search_fetched(struct context *ctx, const struct outcome *outcome);
MUST_USE err_t search_timer(struct context *ctx, const struct timer_fired *timer);

#endif
